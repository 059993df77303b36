"""Small PDF documents, built as ISO 32000-1 7.5 says."""

import zlib

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"


def a_pdf(*objects: bytes, comment: bytes = b"") -> bytes:
    """A PDF of one blank page, or of the given objects; `comment` makes it another one."""
    data = b"%PDF-1.7\n" + (b"%" + comment + b"\n" if comment else b"")
    places = []
    for number, each in enumerate(objects or (CATALOG, PAGES, PAGE), start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    lines = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, lines)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    )


def a_stream(content: bytes, kind: bytes = b"") -> bytes:
    """A compressed stream, of packed objects when `kind` says so."""
    packed = zlib.compress(content)
    head = b"<< %b /Filter /FlateDecode /Length %d >>" % (kind, len(packed))
    return head + b"\nstream\n" + packed + b"\nendstream"
