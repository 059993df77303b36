"""PDF documents from outside, and out of the archive's Encapsulated PDF objects."""

from pathlib import Path

from app.domain.errors import InvalidError

MAX_SIZE = 32 * 1024 * 1024
TRAILER_WITHIN = 2048


def check_pdf(data: bytes) -> None:
    """Raise InvalidError unless `data` begins and ends as a PDF of bounded size does."""
    if len(data) > MAX_SIZE:
        raise InvalidError("PDF too large")
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-TRAILER_WITHIN:]:
        raise InvalidError("not a PDF")


def document_of(file: Path) -> bytes:
    """The document inside an Encapsulated PDF object (PS3.3 C.24.2), without its padding."""
    import pydicom

    dataset = pydicom.dcmread(file)
    document = bytes(dataset.EncapsulatedDocument)
    length = dataset.get("EncapsulatedDocumentLength")
    return document[:length] if length else document
