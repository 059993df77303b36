"""What a client accepts (RFC 9110 12.5.1, PS3.18 8.3.3 and 8.7), as clients really write it.

Parameters may be quoted or not, a multipart type may carry the parameters of its parts, and what
can't be read is left out: a broken range must not cost an answer that another one takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from app.domain.errors import Error

ANYTHING = "*/*"
MULTIPART = "multipart/related"
_OLD_NAMES = {
    "image/x-jls": "image/jls",
    "image/x-dicom-rle": "image/dicom-rle",
    "application/json": "application/dicom+json",
}
_WHITE = " \t\r\n"


class NotAcceptableError(Error):
    """The thing is there, but in no form that the client takes."""

    code: ClassVar[str] = "not-acceptable"


@dataclass(frozen=True, slots=True)
class Wish:
    """One form that an answer may have, as a whole or (`is_multipart`) in parts.

    `media_type` is of the whole or of each part, perhaps a wildcard; `transfer_syntax_uid` is a
    UID, `*` for any, or empty where the client left it to the standard's defaults.
    """

    media_type: str
    is_multipart: bool = False
    transfer_syntax_uid: str = ""
    quality: float = 1.0

    def takes(self, media_type: str) -> bool:
        """Whether `media_type` is one of those it stands for."""
        mine, _, sub = self.media_type.partition("/")
        if self.media_type in (ANYTHING, media_type):
            return True
        return sub == "*" and media_type.partition("/")[0] == mine


def wishes(accept: str) -> tuple[Wish, ...]:
    """The wishes of an Accept header, dearest first; one for anything when none can be read."""
    found = [each for each in map(_wish, _split(accept, ",")) if each]
    if not found:
        return (Wish(ANYTHING, is_multipart=True),)
    return tuple(sorted((each for each in found if each.quality), key=lambda each: -each.quality))


def in_parts(wished: Sequence[Wish]) -> tuple[Wish, ...]:
    """The wishes that can be met where several things are answered, dearest first.

    A wildcard takes parts too: whoever writes one leaves the form to us. Raises NotAcceptableError
    when all of them want one thing alone.
    """
    found = [each for each in wished if each.is_multipart or each.media_type.endswith("/*")]
    if not found:
        raise NotAcceptableError(f"several things need {MULTIPART}")
    return tuple(replace(each, is_multipart=True) for each in found)


def parameters(text: str) -> tuple[str, dict[str, str]]:
    """(value, its parameters) of a header such as Content-Type; names and value in lower case."""
    head, *rest = _split(text, ";")
    found: dict[str, str] = {}
    for each in rest:
        name, _, value = each.partition("=")
        found.setdefault(name.strip(_WHITE).lower(), _unquoted(value.strip(_WHITE)))
    return head.strip(_WHITE).lower(), found


def _wish(text: str) -> Wish | None:
    media_type, said = parameters(text)
    is_multipart = media_type in (MULTIPART, "multipart/*", ANYTHING)
    if media_type in (MULTIPART, "multipart/*"):
        media_type, of_parts = parameters(said.get("type") or ANYTHING)
        said = of_parts | said
    if media_type.count("/") != 1 or not all(media_type.split("/")):
        return None
    return Wish(
        _OLD_NAMES.get(media_type, media_type),
        is_multipart,
        said.get("transfer-syntax", ""),
        _quality(said.get("q", "1")),
    )


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 1.0
    return min(quality, 1.0) if quality >= 0 else 0.0  # NaN is 0 too


def _split(text: str, separator: str) -> Iterator[str]:
    """The pieces between separators that stand in no quoted string."""
    start, position, is_quoted = 0, 0, False
    while position < len(text):
        character = text[position]
        if is_quoted and character == "\\":
            position += 1
        elif character == '"':
            is_quoted = not is_quoted
        elif character == separator and not is_quoted:
            yield text[start:position]
            start = position + 1
        position += 1
    yield text[start:]


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    inner, position = [], 1
    while position < len(value) and value[position] != '"':
        position += value[position] == "\\"
        inner.append(value[position : position + 1])
        position += 1
    return "".join(inner)
