"""Identifiers and other data sets of requests, as pydicom has them (PS3.5, PS3.7 6.3)."""

import io
from collections.abc import Iterator

from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR

from app.dicom.charset_encoder import UNICODE, encoder
from app.dicom.part10 import IMPLICIT
from app.domain.errors import InvalidError


def decode(data: bytes, transfer_syntax_uid: str) -> Dataset:
    """The data set in `data`, its texts decoded. Raises InvalidError for one that is broken."""
    try:
        ds = read_dataset(io.BytesIO(data), transfer_syntax_uid == IMPLICIT, is_little_endian=True)
        ds.decode()
        for _element in ds.iterall():  # reads what pydicom puts off
            pass
    except Exception as error:
        raise InvalidError("the data set can't be read") from error
    return ds


def encode(ds: Dataset, transfer_syntax_uid: str, character_set: str) -> bytes:
    """`ds` in `character_set`, or in Unicode when a text does not fit; it is labelled so.

    `character_set` is a value of SpecificCharacterSet (0008,0005).
    """
    text = encoder(character_set)
    try:
        for value, is_name in _texts(ds):
            text.encode(value, is_name=is_name)
    except UnicodeError:
        text = encoder(UNICODE)
    if text.label:
        ds.SpecificCharacterSet = text.label.split("\\")
    else:
        ds.pop("SpecificCharacterSet", None)
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, transfer_syntax_uid == IMPLICIT
    write_dataset(file, ds)
    return bytes(file.getvalue())


def _texts(ds: Dataset) -> Iterator[tuple[str, bool]]:
    element: DataElement
    for element in ds.iterall():
        if element.VR in CUSTOMIZABLE_CHARSET_VR and element.value is not None:
            values = element.value if element.VM > 1 else [element.value]
            for value in values:
                yield str(value), element.VR == "PN"
