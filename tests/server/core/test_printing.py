"""Printing is asked for by people, and a job does what of it is not done."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.access import Role
from app.domain.errors import ForbiddenError, InvalidError, NotFoundError
from app.domain.nodes import RemoteNode
from app.domain.printing import Film, FilmImage, PrintRequest
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.printing import PRINT, Printing
from app.server.store import jobs, nodes
from tests.server.samples import an_object, sop_uid, study_uid

PRINTER = RemoteNode(
    "FILM", "127.0.0.1", 104, is_printer=True, film_columns=2, film_size="14INX17IN"
)
ONE = FilmImage(sop_uid(1, 1, 1))
BELOW = 400
"""The row of a printed picture beneath what is written on it."""


@pytest.fixture
def printing(database, objects, clock) -> Printing:
    with database.write() as connection:
        for node in (PRINTER, RemoteNode("CT", "127.0.0.1", 105)):
            nodes.insert(connection, node)
        nodes.insert(connection, RemoteNode("AWAY", is_printer=True))
    return Printing(database, objects, clock)


@pytest.fixture
def job_of(database, printing, admin):
    """The job that a request makes."""

    def job_of(*images, **asked):
        printing.request(admin, study_uid(1), PrintRequest("FILM", images, **asked))
        with database.read() as connection:
            return jobs.newest(connection, None, 1, kind=PRINT)[0]

    return job_of


@pytest.fixture
def change_printer(database):
    def change_printer(**changes):
        with database.write() as connection:
            nodes.update(connection, replace(PRINTER, **changes))

    return change_printer


def test_images_are_laid_out_over_as_many_films_as_they_need(
    printing, job_of, ingest, admin, source
):
    for number in (1, 2, 3):
        ingest.store(admin, source, an_object(number=number))
    job = job_of(*(FilmImage(sop_uid(1, 1, number)) for number in (3, 1, 2)), copies=2)
    node, wanted, sheets = printing.due(job)
    assert (node, wanted.copies) == (PRINTER, 2)
    assert [len(sheet.pictures) for sheet in sheets] == [2, 1]
    assert {sheet.film for sheet in sheets} == {Film("14INX17IN", columns=2)}
    own = printing.due(job_of(ONE, film=Film("A4", is_landscape=True)))[2]
    assert own[0].film == Film("A4", is_landscape=True)


def test_films_that_are_printed_are_not_due_again(
    printing, job_of, ingest, admin, source, database
):
    ingest.store(admin, source, an_object(number=1))
    job = job_of(*[ONE] * 7)
    printing.printed(job, 1)
    printing.printed(job, 3)
    with database.read() as connection:
        again = jobs.get(connection, job.id)
    assert [len(sheet.pictures) for sheet in printing.due(again)[2]] == [1]


def test_greys_follow_the_window_of_the_request_in_the_bits_of_the_printer(
    printing, job_of, ingest, admin, source, change_printer
):
    ingest.store(admin, source, an_object(value=1024, RescaleSlope=2))  # 1024 in modality units
    asked = FilmImage(ONE.sop_instance_uid, centre=1024.5, width=1001)
    for bits, grey in ((12, 2047), (8, 127)):
        change_printer(film_bits=bits)
        (picture,) = printing.due(job_of(asked))[2][0].pictures
        assert picture()[BELOW, BELOW] == pytest.approx(grey, abs=1)
        assert picture().dtype == (np.uint16 if bits == 12 else np.uint8)
    assert picture().shape == (512, 512)


def test_colours_are_printed_as_such_or_as_greys(
    printing, job_of, ingest, admin, source, change_printer
):
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[..., 1] = 255
    elements = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelData": pixels.tobytes(),
    }
    ingest.store(admin, source, an_object(**elements))
    ingest.store(admin, source, an_object(number=2, value=5))
    printed = []
    for is_colour, uid in ((False, ONE), (True, ONE), (True, FilmImage(sop_uid(1, 1, 2)))):
        change_printer(film_is_colour=is_colour)
        (picture,) = printing.due(job_of(uid))[2][0].pictures
        printed.append(picture())
    assert printed[0][BELOW, BELOW] == round(0.587 * 4095)
    assert printed[1][BELOW, BELOW].tolist() == [0, 255, 0]
    assert (printed[2].shape, printed[2].dtype) == ((512, 512, 3), np.uint8)


def test_only_printers_print_only_what_there_is(printing, admin, ingest, source, database):
    ingest.store(admin, source, an_object(number=1))
    for title in ("CT", "AWAY", "NOBODY"):
        with pytest.raises(NotFoundError):
            printing.request(admin, study_uid(1), PrintRequest(title, (ONE,)))
    for study, image in ((2, ONE), (1, FilmImage(sop_uid(1, 1, 2)))):
        with pytest.raises(NotFoundError):
            printing.request(admin, study_uid(study), PrintRequest("FILM", (image,)))
    with pytest.raises(InvalidError):
        printing.request(admin, study_uid(1), PrintRequest("FILM", ()))
    with database.read() as connection:
        assert jobs.newest(connection, None, 1, kind=PRINT) == ()


def test_what_went_meanwhile_is_said(printing, job_of, ingest, admin, source, database):
    ingest.store(admin, source, an_object(number=1))
    job = job_of(ONE)
    gone = job_of(ONE)
    gone.payload["request"] = gone.payload["request"].replace(ONE.sop_instance_uid, "1.2.3")
    with pytest.raises(NotFoundError):
        printing.due(gone)
    with database.write() as connection:
        nodes.delete(connection, "FILM")
    with pytest.raises(NotFoundError):
        printing.due(job)


def test_who_may_send_studies_may_print_and_it_is_audited(
    printing, ingest, admin, source, database, nobody, sign_in_as
):
    ingest.store(admin, source, an_object(number=1))
    with pytest.raises(ForbiddenError):
        printing.request(nobody, study_uid(1), PrintRequest("FILM", (ONE,)))
    doctor = sign_in_as(Role.DOCTOR)
    printing.request(doctor, study_uid(1), PrintRequest("FILM", (ONE,)))
    entry = audit.newest(database, admin, 1)[0]
    assert (entry.actor, entry.action) == ("doctor", Action.STUDY_PRINTED)
    assert (entry.subject, entry.new_value) == (study_uid(1), "FILM")
