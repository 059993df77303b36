"""The dialog that prints to film."""

from dataclasses import replace

import pytest

from app.domain.image import Window
from app.domain.nodes import RemoteNode
from app.domain.printing import Film
from app.ui.context import Context
from app.ui.study.film import FilmDialog
from app.ui.widgets.films import size_text
from tests.ui.study.archive import FolderServer

FILM = RemoteNode(
    "FILM", "10.0.0.9", 104, is_printer=True, film_columns=2, film_rows=2, film_size="14INX17IN"
)


class PrintingServer(FolderServer):
    """A server that knows printers and keeps what it is to print."""

    def __init__(self, *folders, printers=(FILM,)) -> None:
        super().__init__(*folders)
        self.known = (RemoteNode("CT", "10.0.0.3", 104), *printers)
        self.asked = []

    def nodes(self):
        return self.known

    def print_images(self, study_uid, wanted):
        self._answer()
        self.asked.append((study_uid, wanted))


@pytest.fixture
def open_dialog(qtbot, open_study, series_folder, tasks, desktop_settings):
    """Opens the dialog over thirty MR images."""

    def open_dialog(server):
        page = open_study(server=server)
        page.desk.use_window(Window(300, 600))
        dialog = FilmDialog(Context(server, tasks, desktop_settings), page.desk, page)
        dialog.show()
        qtbot.waitUntil(lambda: dialog.printer.count() > 0 or dialog.message.isVisible())
        return page, dialog

    return open_dialog


def test_the_images_on_the_screen_are_printed_in_their_windows(qtbot, open_dialog, series_folder):
    server = PrintingServer(series_folder / "mr_pacsman")
    page, dialog = open_dialog(server)
    assert dialog.film.film() == FILM.film
    dialog.copies.setValue(2)
    dialog.print_button.click()
    qtbot.waitUntil(lambda: "FILM prints it" in dialog.message.text())
    ((study_uid, wanted),) = server.asked
    assert study_uid == page.desk.study.summary.study_uid
    assert (wanted.ae_title, wanted.copies, wanted.film) == ("FILM", 2, FILM.film)
    (image,) = wanted.images
    assert image.sop_instance_uid == page.grid.active.shown().image.sop_instance_uid
    assert (image.frame, image.centre, image.width) == (1, 300, 600)


def test_a_whole_series_takes_as_many_films_as_it_needs(qtbot, open_dialog, series_folder):
    server = PrintingServer(series_folder / "mr_pacsman")
    _page, dialog = open_dialog(server)
    dialog.what.setCurrentIndex(1)
    assert "30 images, 8 films" in dialog._count.text()
    dialog.film.columns.setValue(3)
    dialog.film.is_landscape.setChecked(True)
    assert "30 images, 5 films" in dialog._count.text()
    dialog.print_button.click()
    qtbot.waitUntil(lambda: bool(server.asked))
    wanted = server.asked[0][1]
    assert len({image.sop_instance_uid for image in wanted.images}) == 30
    assert wanted.film == Film("14INX17IN", is_landscape=True, columns=3, rows=2)


def test_without_a_printer_it_says_what_to_do(open_dialog, series_folder):
    away = replace(FILM, host="")
    _page, dialog = open_dialog(PrintingServer(series_folder / "mr_pacsman", printers=(away,)))
    assert "No film printer is recorded" in dialog.message.text()
    assert not dialog.print_button.isEnabled()


def test_a_failure_is_said(qtbot, open_dialog, series_folder):
    server = PrintingServer(series_folder / "mr_pacsman")
    _page, dialog = open_dialog(server)
    server.reachable = False
    dialog.print_button.click()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.print_button.isEnabled()


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ("14INX17IN", "14 × 17 in"),
        ("8_5INX11IN", "8.5 × 11 in"),
        ("24CMX30CM", "24 × 30 cm"),
        ("A4", "A4"),
    ],
)
def test_sizes_are_written_as_people_do(size, text):
    assert size_text(size) == text
