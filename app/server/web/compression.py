"""Text answers in fewer bytes, as the client can take them (RFC 9110 12.5.3, RFC 8878)."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import imagecodecs
from starlette.responses import FileResponse, Response, StreamingResponse

from app.server.web.streams import gathered

GZIP_LEVEL = 3
ZSTD_LEVEL = 3
WORTH = 1024
"""Bytes of a text that is compressed."""
_GZIP = 16 + zlib.MAX_WBITS


def compressed(answer: Response, headers: Mapping[str, str]) -> Response:
    """The answer, its text in fewer bytes when that is worth the work."""
    is_whole = not isinstance(answer, StreamingResponse | FileResponse)
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if not is_whole or not media_type.endswith("json") or len(answer.body) < WORTH:
        return answer
    pieces, said = encoded([bytes(answer.body)], headers)
    answer.body = b"".join(pieces)
    answer.headers.update({"Content-Length": str(len(answer.body)), **said})
    return answer


def encoded(
    pieces: Iterable[bytes], headers: Mapping[str, str]
) -> tuple[Iterator[bytes], dict[str, str]]:
    """(`pieces` as the client of `headers` takes them, the headers that say how)."""
    accepted = _accepted(headers.get("accept-encoding", ""))
    for name, encode in _ENCODERS.items():
        if name in accepted:
            return encode(gathered(pieces)), {"Content-Encoding": name, "Vary": "Accept-Encoding"}
    return iter(pieces), {"Vary": "Accept-Encoding"}


def _accepted(header: str) -> set[str]:
    found = set()
    for each in header.lower().split(","):
        name, _, quality = each.replace(" ", "").partition(";q=")
        if quality.rstrip("0.") or not quality:
            found.add(name)
    return found


def _zstd(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A frame for each piece, which together are one content."""
    for piece in pieces:
        yield bytes(imagecodecs.zstd_encode(piece, level=ZSTD_LEVEL))


def _gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(GZIP_LEVEL, wbits=_GZIP)
    for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()


_ENCODERS: Mapping[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {
    "zstd": _zstd,
    "gzip": _gzip,
}
"""The better first."""
