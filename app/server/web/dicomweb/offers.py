"""In which form an object or a frame is answered: what is wished against how it is kept.

PS3.18 8.7.3 has the media types. What is kept goes as it is wherever the client takes it so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.dicom import part10
from app.dicom.transcode import can_transcode
from app.server.web.dicomweb.accept import NotAcceptableError, Wish

DICOM = "application/dicom"
OCTETS = "application/octet-stream"
ANY_SYNTAX = "*"
FRAME_TYPES = {
    "1.2.840.10008.1.2.4.70": "image/jpeg",  # of each type, its default syntax first
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.4.92": "image/jpx",
    "1.2.840.10008.1.2.4.93": "image/jpx",
    "1.2.840.10008.1.2.4.201": "image/jphc",
    "1.2.840.10008.1.2.4.202": "image/jphc",
    "1.2.840.10008.1.2.4.203": "image/jphc",
    "1.2.840.10008.1.2.4.110": "image/jxl",
    "1.2.840.10008.1.2.4.111": "image/jxl",
    "1.2.840.10008.1.2.4.112": "image/jxl",
    "1.2.840.10008.1.2.5": "image/dicom-rle",
    "1.2.840.10008.1.2.4.100": "video/mpeg2",
    "1.2.840.10008.1.2.4.101": "video/mpeg2",
    "1.2.840.10008.1.2.4.102": "video/mp4",
    "1.2.840.10008.1.2.4.103": "video/mp4",
    "1.2.840.10008.1.2.4.104": "video/mp4",
    "1.2.840.10008.1.2.4.105": "video/mp4",
    "1.2.840.10008.1.2.4.106": "video/mp4",
    "1.2.840.10008.1.2.4.107": "video/h265",
    "1.2.840.10008.1.2.4.108": "video/h265",
}
"""Transfer syntaxes with a media type for a frame of their own; the rest are OCTETS."""


@dataclass(frozen=True, slots=True)
class FrameForm:
    """How frames are answered."""

    media_type: str
    transfer_syntax_uid: str
    is_multipart: bool

    @property
    def content_type(self) -> str:
        """The media type that says its transfer syntax."""
        return f"{self.media_type}; transfer-syntax={self.transfer_syntax_uid}"


def object_wishes(wished: Sequence[Wish]) -> tuple[Wish, ...]:
    """The wishes for Part 10 files, all in parts or all alone, as the dearest of them is.

    Raises NotAcceptableError.
    """
    found = [wish for wish in wished if wish.takes(DICOM)]
    if not found:
        raise NotAcceptableError(f"objects are {DICOM}")
    return tuple(wish for wish in found if wish.is_multipart == found[0].is_multipart)


def object_syntax(kept: str, wished: Sequence[Wish]) -> str:
    """The transfer syntax to send an object in that is kept in `kept`.

    Where the client names none it is explicit VR little endian, or as it is kept if it can't be
    written so (video). Raises NotAcceptableError.
    """
    for wish in _kept_first(kept, wished):
        named = wish.transfer_syntax_uid
        if named in (ANY_SYNTAX, kept):
            return kept
        target = named or part10.EXPLICIT
        if can_transcode(kept, target):
            return target
        if not named:
            return kept
    raise NotAcceptableError(f"kept in {kept}")


def frame_form(kept: str, wished: Sequence[Wish]) -> FrameForm:
    """How to send frames of an object that is kept in `kept`. Raises NotAcceptableError.

    Native frames are little endian, which is told as explicit VR.
    """
    kept = _frame_syntax(kept)
    for wish in _kept_first(kept, wished):
        named = _frame_syntax(wish.transfer_syntax_uid)
        for media_type, syntax in _frame_candidates(kept, named):
            is_possible = syntax == kept or can_transcode(kept, syntax)
            if wish.takes(media_type) and is_possible:
                return FrameForm(media_type, syntax, wish.is_multipart)
    raise NotAcceptableError(f"kept in {kept}")


def _frame_candidates(kept: str, named: str) -> list[tuple[str, str]]:
    """(media type, syntax) of what may be sent, best first."""
    own = FRAME_TYPES.get(kept, OCTETS), kept
    if named == ANY_SYNTAX:
        return [own, (OCTETS, kept)]
    if named:
        return [(FRAME_TYPES.get(named, OCTETS), named), (OCTETS, named)]
    others = [(media_type, syntax) for syntax, media_type in FRAME_TYPES.items()]
    return [(OCTETS, part10.EXPLICIT), own, (OCTETS, kept), *others]


def _frame_syntax(uid: str) -> str:
    is_plain = uid in (part10.NATIVE | {part10.ENCAPSULATED_UNCOMPRESSED})
    return part10.EXPLICIT if is_plain else uid


def _kept_first(kept: str, wished: Sequence[Wish]) -> list[Wish]:
    """Of wishes that are equally dear those first that need no transcoding."""
    as_kept = (ANY_SYNTAX, kept)
    return sorted(wished, key=lambda wish: (-wish.quality, wish.transfer_syntax_uid not in as_kept))
