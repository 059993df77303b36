"""What may be signed: a document that is built as a PDF is and has pages."""

import subprocess
import zlib

import pytest

from app.domain.errors import InvalidError
from app.server.core.pdf import check_pdf
from tests.server.documents import CATALOG, PAGE, PAGES, a_pdf, a_stream

PACKED = b"/Type /ObjStm /N 1 /First 4"


def test_the_sample_document_is_one_for_others_too(tmp_path):
    file = tmp_path / "sample.pdf"
    file.write_bytes(a_pdf())
    subprocess.run(["qpdf", "--check", file], check=True, capture_output=True)
    check_pdf(file.read_bytes())


def test_a_page_among_packed_objects_is_found():
    check_pdf(a_pdf(CATALOG, PAGES, a_stream(b"3 0 " + PAGE, PACKED)))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"no pdf", id="text"),
        pytest.param(b"%PDF-1.4\nnot really a pdf of this report\n%%EOF\n", id="pretended"),
        pytest.param(a_pdf()[:-8], id="cut off"),
        pytest.param(b"\n" * 40 + a_pdf(), id="moved, so that its references point elsewhere"),
        pytest.param(a_pdf().replace(b"/Root", b"/Loot"), id="no root"),
        pytest.param(a_pdf().replace(b"startxref\n", b"startxref\n9"), id="references behind it"),
        pytest.param(a_pdf(CATALOG, PAGES), id="no page"),
        pytest.param(a_pdf(CATALOG, PAGES, a_stream(PAGE)), id="a page only inside a picture"),
        pytest.param(
            a_pdf(CATALOG, PAGES, a_stream(b"").replace(b"endstream", b"")), id="without its end"
        ),
        pytest.param(
            a_pdf(CATALOG, a_stream(PAGE, PACKED).replace(zlib.compress(PAGE), b"?")), id="broken"
        ),
        pytest.param(a_pdf(comment=bytes(33 * 1024 * 1024)), id="very large"),
    ],
)
def test_what_is_no_whole_pdf_with_pages_is_refused(data):
    with pytest.raises(InvalidError):
        check_pdf(data)


def test_objects_that_unpack_to_gigabytes_cost_little():
    bomb = a_stream(bytes(64 * 1024 * 1024), PACKED)
    with pytest.raises(InvalidError):
        check_pdf(a_pdf(CATALOG, PAGES, bomb, bomb, bomb))
