"""Value representations of elements that are written without them (PS3.5 7.1.3, PS3.6)."""

import re
from functools import lru_cache

from app.dicom.elements import DataSet

SEQUENCE = b"SQ"
UNKNOWN = b"UN"
LUT_DATA = 0x00283006
PIXEL_REPRESENTATION = 0x00280103


def representation(data_set: DataSet, tag: int, *, is_signed: bool) -> bytes:
    """The value representation the dictionaries give `tag`, UN where none knows it.

    `is_signed` decides between US and SS (PixelRepresentation of the image the element is in).
    """
    if tag & 0xFFFF == 0:
        return b"UL"
    if tag >> 16 & 1:
        return _private(data_set, tag)
    known = _known(tag)
    if known in ("US or SS", "US or SS or OW"):
        return b"SS" if is_signed else b"US"
    if known in ("OB or OW", "US or OW"):  # both are OW in implicit VR (PS3.5 A.1, C.11.1.1)
        return b"OW"
    return known.encode("ascii") if len(known) == 2 else UNKNOWN


def tag_of(name: str) -> int:
    """The tag that is written as eight hexadecimal digits or a keyword; 0 for neither."""
    from pydicom.datadict import tag_for_keyword

    if re.fullmatch("[0-9A-Fa-f]{8}", name):
        return int(name, 16)
    return (tag_for_keyword(name) or 0) if name else 0  # retired tags have no keyword


@lru_cache(4096)
def _known(tag: int) -> str:
    from pydicom.datadict import dictionary_VR

    try:
        return dictionary_VR(tag)
    except KeyError:
        return ""


def _private(data_set: DataSet, tag: int) -> bytes:
    """By the dictionary of the creator who reserved the block (PS3.5 7.8.1)."""
    block = tag >> 8 & 0xFF
    if block == 0:
        return b"LO" if tag & 0xFF >= 0x10 else UNKNOWN
    creator = data_set.raw(tag & 0xFFFF0000 | block, 64).decode("latin_1").strip(" \0")
    return _known_private(tag, creator) if creator else UNKNOWN


@lru_cache(4096)
def _known_private(tag: int, creator: str) -> bytes:
    from pydicom.datadict import private_dictionary_VR

    try:
        known = private_dictionary_VR(tag, creator)
    except KeyError:
        return UNKNOWN
    return known.encode("ascii") if len(known) == 2 else UNKNOWN
