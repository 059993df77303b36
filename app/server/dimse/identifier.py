"""Identifiers and other data sets of requests, as pydicom has them (PS3.5, PS3.7 6.3)."""

import io
from collections.abc import Iterator

from pydicom import Dataset, config
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR

from app.dicom import charset
from app.dicom.charset_encoder import UNICODE, encoder
from app.dicom.part10 import IMPLICIT
from app.domain.errors import InvalidError

CHARACTER_SET = 0x00080005

config.settings.reading_validation_mode = config.IGNORE
"""What breaks a rule is for us to refuse; pydicom would write its value, a name, into the log."""


def decode(data: bytes, transfer_syntax_uid: str, default_character_set: str = "") -> Dataset:
    """The data set in `data`, its texts decoded. Raises InvalidError for one that is broken.

    Texts are read as those of objects are: what is not labelled in the default, a value of
    SpecificCharacterSet (0008,0005), and what is plainly mislabelled as what it is.
    """
    try:
        ds = read_dataset(io.BytesIO(data), transfer_syntax_uid == IMPLICIT, is_little_endian=True)
        _read_texts(ds, charset.declared(default_character_set.encode("latin_1")))
        for _element in ds.iterall():  # reads what pydicom puts off
            pass
    except Exception as error:
        raise InvalidError("the data set can't be read") from error
    return ds


def _read_texts(ds: Dataset, inherited: tuple[str, ...]) -> None:
    terms = inherited
    if CHARACTER_SET in ds:
        terms = charset.declared(ds.get_item(CHARACTER_SET).value or b"") or inherited
    for tag in list(ds.keys()):
        raw = ds.get_item(tag)
        vr = raw.VR or (dictionary_VR(tag) if dictionary_has_tag(tag) else "UN")
        if vr == "SQ":
            for item in ds[tag].value:
                _read_texts(item, terms)
        elif vr in CUSTOMIZABLE_CHARSET_VR and raw.value:
            text = charset.decode(raw.value, terms, is_name=vr == "PN")
            ds.add(DataElement(tag, vr, text, validation_mode=config.IGNORE))


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
