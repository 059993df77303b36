"""Films are printed: by DCMTK's printer in grey, and by one that fails as a test wants."""

from dataclasses import replace

import numpy as np
import pytest
from pydicom import dcmread

from app.domain.access import POLICY, Actor, Role
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.domain.printing import Film, FilmImage, PrintRequest
from app.server.core.printing import PRINT, Printing
from app.server.jobs.printing import PrintJobs
from app.server.store import jobs, nodes
from app.settings import Settings
from tests.server.foreign_archive import a_free_port, needs_dcmtk
from tests.server.printers import a_fake_printer, a_printer_of_dcmtk
from tests.server.samples import an_object, sop_uid, study_uid

ADMIN = Actor("anna", POLICY[Role.ADMIN])
BELOW = 400
"""The row of a printed picture beneath what is written on it."""
WINDOW = {"centre": 0.5, "width": 2049}


@pytest.fixture
def server_settings(tmp_path) -> Settings:
    """On SQLite: what the database does is tested with both elsewhere."""
    return Settings(data_dir=tmp_path / "ours")


@pytest.fixture
def desk(database, objects, ingest, outbox, clock, source):
    """Prints the images of study 1 at a peer."""
    for number in (1, 2, 3):
        ingest.store(ADMIN, source, an_object(number=number, value=512 * number))
    return Desk(database, Printing(database, objects, clock), outbox)


class Desk:
    """Whoever prints."""

    def __init__(self, database, printing, outbox) -> None:
        self.database, self.printing, self.outbox = database, printing, outbox
        self.peers = {}
        PrintJobs(printing, self.peers.get, "KLINIKA").serve(outbox)

    def know(self, peer, **record) -> None:
        self.peers[peer.ae_title] = peer
        node = RemoteNode("FILM", peer.host, peer.port, is_printer=True, **record)
        with self.database.write() as connection:
            nodes.insert(connection, node)

    def print(self, count=3, **asked):
        images = (FilmImage(sop_uid(1, 1, number), **WINDOW) for number in range(1, count + 1))
        self.printing.request(ADMIN, study_uid(1), PrintRequest("FILM", tuple(images), **asked))
        assert self.outbox.run_one()
        return self.job()

    def job(self):
        with self.database.read() as connection:
            return jobs.newest(connection, None, 1, kind=PRINT)[0]


@needs_dcmtk
def test_dcmtks_printer_prints_what_the_window_shows(desk, tmp_path):
    with a_printer_of_dcmtk(tmp_path) as peer:
        desk.know(peer, film_size="14INX17IN")
        job = desk.print(film=Film("14INX17IN", is_landscape=True, columns=2, rows=2))
        assert (job.state, job.reason) == (JobState.DONE, "")
    kept = [dcmread(file) for file in (tmp_path / "database").rglob("*.dcm")]
    (film,) = [ds for ds in kept if ds.Modality == "STORED_PRINT" or "FilmBoxContentSequence" in ds]
    assert film.FilmBoxContentSequence[0].FilmOrientation == "LANDSCAPE"
    images = [ds for ds in kept if "PixelData" in ds]
    greys = sorted(int(ds.pixel_array[BELOW, BELOW]) for ds in images)
    assert greys == pytest.approx([1024, 2048, 3072], abs=3)
    assert {ds.BitsStored for ds in images} == {12}


def test_a_film_goes_to_the_printer_as_its_record_says(desk):
    with a_fake_printer() as printer:
        desk.know(printer.peer, film_columns=2, film_bits=8, film_is_landscape=True)
        assert desk.print(copies=2).state is JobState.DONE
    assert printer.copies == [2]
    first, second = printer.films
    assert (first.box.ImageDisplayFormat, first.box.FilmOrientation) == ("2x1", "LANDSCAPE")
    assert "FilmSizeID" not in first.box
    assert [len(film.images) for film in (first, second)] == [2, 1]
    assert int(second.pixels()[BELOW, BELOW]) == pytest.approx(191, abs=1)


def test_colours_are_printed_where_the_printer_has_them(desk, ingest, source):
    """By a printer of pynetdicom: dcmprscp offers greyscale alone."""
    rgb = np.zeros((16, 16, 3), np.uint8)
    rgb[:] = (200, 100, 50)
    colours = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelData": rgb.tobytes(),
    }
    ingest.store(ADMIN, source, an_object(number=4, **colours))
    with a_fake_printer() as printer:
        desk.know(printer.peer, film_is_colour=True, film_columns=2, film_rows=2)
        assert desk.print(count=4).state is JobState.DONE
    (film,) = printer.films
    assert film.pixels(3)[BELOW, BELOW].tolist() == [200, 100, 50]
    assert len(set(film.pixels(0)[BELOW, BELOW].tolist())) == 1


def test_only_what_was_not_printed_is_printed_again(desk, clock):
    with a_fake_printer(refuses=2) as printer:
        desk.know(printer.peer)
        waiting = desk.print()
        assert waiting.state is JobState.QUEUED
        assert "N-ACTION of Basic Film Box SOP Class with 0xC603" in waiting.reason
        printer.refuses = 0
        clock.now = waiting.not_before
        assert desk.outbox.run_one()
        assert desk.job().state is JobState.DONE
    assert [int(film.pixels()[BELOW, BELOW]) // 1000 for film in printer.films] == [1, 2, 3]


def test_a_printer_that_says_it_fails_gets_no_further_film(desk, clock):
    with a_fake_printer(fails_after=1) as printer:
        desk.know(printer.peer)
        waiting = desk.print()
        assert (waiting.state, waiting.reason) == (
            JobState.QUEUED,
            "failed: FILM can't print: SUPPLY EMPTY",
        )
        assert (printer.answers, len(printer.films)) == ([0x0000], 1)
        clock.now = waiting.not_before
        assert desk.outbox.run_one()
        assert (desk.job().state, len(printer.films)) == (JobState.DONE, 3)


def test_a_printer_that_fails_before_is_not_given_anything(desk):
    with a_fake_printer(status="FAILURE") as printer:
        desk.know(printer.peer)
        waiting = desk.print()
    assert (waiting.state, waiting.reason) == (JobState.QUEUED, "failed: FILM can't print: FAILURE")
    assert printer.films == []


def test_a_printer_that_is_away_is_tried_again(desk):
    with a_fake_printer() as printer:
        desk.know(replace(printer.peer, port=a_free_port()))
    waiting = desk.print()
    assert waiting.state is JobState.QUEUED
    assert "can't be reached" in waiting.reason


@pytest.mark.logs("job-failed")
def test_an_image_that_can_not_be_shown_is_hopeless(desk, ingest, source):
    ingest.store(ADMIN, source, an_object(number=4, PixelData=b"\0\0"))
    with a_fake_printer() as printer:
        desk.know(printer.peer)
        assert desk.print(count=4).state is JobState.FAILED
    assert len(printer.films) == 3
