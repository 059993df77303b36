"""PDF documents from outside, and out of the archive's Encapsulated PDF objects.

A document from outside is looked at as far as ISO 32000-1 7.5 goes: where its end says that the
cross-references begin they do begin, and it has at least one page. What its pages show is not read:
that they say what the report says is the signer's word, who saw them.
"""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO, RawIOBase

from app.domain.errors import InvalidError

MAX_SIZE = 32 * 1024 * 1024
MAX_UNPACKED = 32 * 1024 * 1024
TRAILER_WITHIN = 2048
HEADER = re.compile(rb"%PDF-[12]\.[0-9]")
END = re.compile(rb"startxref\s{1,4}([0-9]{1,10})\s{1,4}%%EOF")
REFERENCES = re.compile(rb"\s{0,4}(xref\s|[0-9]{1,10} [0-9]{1,5} obj\b)")
ROOT = re.compile(rb"/Root\s{0,4}[0-9]{1,10} [0-9]{1,5} R\b")
PAGE = re.compile(rb"/Type\s{0,4}/Page(?![A-Za-z])")
STREAM = re.compile(rb">>\s{0,4}stream\r?\n")
PACKED_OBJECTS = re.compile(rb"/Type\s{0,4}/ObjStm\b")
DICTIONARY_WITHIN = 1024


def check_pdf(data: bytes) -> None:
    """Raise InvalidError unless `data` is built as a PDF with pages is, within MAX_SIZE."""
    if len(data) > MAX_SIZE:
        raise InvalidError("PDF too large")
    ends = END.findall(data, max(len(data) - TRAILER_WITHIN, 0))
    if not HEADER.match(data) or not ends:
        raise InvalidError("not a PDF")
    start = int(ends[-1])
    if not REFERENCES.match(data, start) or not ROOT.search(data, start):
        raise InvalidError("PDF without its cross-references")
    if not any(PAGE.search(part) for part in _objects(data)):
        raise InvalidError("PDF without pages")


def document_of(file: RawIOBase) -> bytes:
    """The document inside an Encapsulated PDF object (PS3.3 C.24.2), without its padding."""
    import pydicom

    dataset = pydicom.dcmread(BytesIO(file.readall()))
    document = bytes(dataset.EncapsulatedDocument)
    length = dataset.get("EncapsulatedDocumentLength")
    return document[:length] if length else document


def _objects(data: bytes) -> Iterator[bytes]:
    """What lies between the streams, and what streams of packed objects unpack to."""
    position, left = 0, MAX_UNPACKED
    while found := STREAM.search(data, position):
        yield data[position : found.start()]
        end = data.find(b"endstream", found.end())
        if end < 0:
            return
        dictionary = data[max(position, found.start() - DICTIONARY_WITHIN) : found.start()]
        if PACKED_OBJECTS.search(dictionary) and left > 0:
            unpacked = _unpacked(data[found.end() : end], left)
            left -= len(unpacked)
            yield unpacked
        position = end
    yield data[position:]


def _unpacked(packed: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, limit)
    except zlib.error as error:
        raise InvalidError("PDF with a broken stream") from error
