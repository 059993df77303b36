"""Printing to film: on which printer, which images, laid out how."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from app.domain.nodes import RemoteNode
from app.domain.printing import MOST_COPIES, MOST_IMAGES, FilmImage, PrintRequest
from app.language import ntr, tr
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.study.desk import Desk
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.fields import Field, indented
from app.ui.widgets.films import FilmFields
from app.ui.widgets.labels import label, push_button
from app.ui.widgets.messages import MessageBar
from app.viewer.controller.shown import window_of
from app.viewer.load.series import LoadedSeries
from app.viewer.model.state import Tile

KEY = "film"


class FilmDialog(Translated, QDialog):
    """Asks, and leaves the printing to the server."""

    def __init__(self, context: Context, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._study_uid = desk.study.summary.study_uid
        self._images = (on_screen(desk), of_series(desk))
        self._printers: tuple[RemoteNode, ...] = ()
        self.printer, self.what, self.copies = QComboBox(), QComboBox(), indented(QSpinBox())
        self.film, self.message = FilmFields(), MessageBar()
        self.print_button, self._close = push_button("primary"), push_button()
        self._count = label(tone="dim")
        self.copies.setRange(1, MOST_COPIES)
        self._lay_out()
        self.printer.currentIndexChanged.connect(self._choose)
        self.what.currentIndexChanged.connect(self._show_ready)
        self.film.changed.connect(self._show_ready)
        self.print_button.clicked.connect(lambda _checked: self.print())
        self._close.clicked.connect(self.reject)
        self.retranslate()
        self._load()

    def print(self) -> None:
        """Let the server print."""
        server, study_uid = self._context.server, self._study_uid
        node = self._printers[self.printer.currentIndex()]
        wanted = PrintRequest(node.ae_title, self._chosen, self.film.film(), self.copies.value())
        self._context.tasks.run(
            f"{KEY}/print",
            lambda _task: server.print_images(study_uid, wanted),
            lambda _nothing: self._printing(node),
            self._failed,
        )
        self._show_ready()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.setWindowTitle(tr("Print to film"))
        chosen = max(self.what.currentIndex(), 0)
        self.what.clear()
        self.what.addItems([tr("The images on the screen"), tr("The whole series")])
        self.what.setCurrentIndex(chosen)
        self.print_button.setText(tr("Print"))
        self._close.setText(tr("Close"))
        self._show_ready()

    def done(self, result: int) -> None:
        """Drop what is under way."""
        self._context.tasks.cancel(KEY)
        super().done(result)

    @property
    def _chosen(self) -> tuple[FilmImage, ...]:
        return self._images[max(self.what.currentIndex(), 0)]

    def _lay_out(self) -> None:
        self.resize(620, 320)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        first, foot = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(tokens.M)
        first.addWidget(Field(self.printer, lambda: tr("Film printer")), 1)
        first.addWidget(Field(self.what, lambda: tr("Images")), 1)
        first.addWidget(Field(self.copies, lambda: tr("Copies")))
        for part in (self.print_button, self._close):
            foot.addWidget(part)
        foot.insertWidget(0, self._count, 1, Qt.AlignmentFlag.AlignVCenter)
        column.addWidget(self.message)
        column.addLayout(first)
        column.addWidget(self.film)
        column.addStretch(1)
        column.addLayout(foot)

    def _load(self) -> None:
        server = self._context.server
        self._context.tasks.run(
            f"{KEY}/list", lambda _task: server.nodes(), self._show, self._failed
        )

    def _show(self, nodes: tuple[RemoteNode, ...]) -> None:
        self._printers = tuple(each for each in nodes if each.is_printer and each.is_reachable)
        self.printer.clear()
        self.printer.addItems([each.description or each.ae_title for each in self._printers])
        if not self._printers:
            self.message.show_message("info", _no_printer, closable=False)
        self._choose()

    def _choose(self) -> None:
        at = self.printer.currentIndex()
        if 0 <= at < len(self._printers):
            self.film.show_film(self._printers[at].film)
        self._show_ready()

    def _show_ready(self) -> None:
        images = len(self._chosen)
        films = -(-images // self.film.film().capacity)
        counts = ntr("{n} image", "{n} images", images), ntr("{n} film", "{n} films", films)
        self._count.setText(", ".join(counts))
        is_busy = self._context.tasks.running(f"{KEY}/print")
        is_ready = bool(self._printers) and 0 < images <= MOST_IMAGES
        self.print_button.setEnabled(is_ready and not is_busy)

    def _printing(self, node: RemoteNode) -> None:
        self._show_ready()
        name = node.description or node.ae_title
        self.message.show_message(
            "success", lambda: tr("{name} prints it. What fails is tried again.", name=name)
        )

    def _failed(self, error: Exception) -> None:
        self._show_ready()
        self.message.show_message("error", lambda: error_text(error))


def on_screen(desk: Desk) -> tuple[FilmImage, ...]:
    """The images of the visible tiles, in the windows they are seen in."""
    found = []
    for number in desk.state.shown:
        series, tile = desk.loaded(number), desk.state.tiles[number]
        if series is not None and tile.index < series.count:
            found.append(_image(series, tile, seen=True))
    return tuple(found)


def of_series(desk: Desk) -> tuple[FilmImage, ...]:
    """All images of the active tile's series, in the window chosen there, else in their own."""
    series, tile = desk.loaded(desk.state.active), desk.tile
    if series is None:
        return ()
    tiles = (replace(tile, index=index) for index in range(series.count))
    return tuple(_image(series, each, seen=False) for each in tiles)


def _image(series: LoadedSeries, tile: Tile, *, seen: bool) -> FilmImage:
    shot = series.shots[tile.index]
    window = window_of(series, tile) if seen else tile.window
    uid, frame = shot.image.sop_instance_uid, shot.frame + 1
    if window is None:
        return FilmImage(uid, frame)
    return FilmImage(uid, frame, window.centre, max(window.width, 1e-6))


def _no_printer() -> str:
    return tr("No film printer is recorded. An administrator adds it to the nodes.")
