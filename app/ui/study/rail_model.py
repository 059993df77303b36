"""The series of the study as the rail lists them, and as they are dragged."""

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, Qt
from PySide6.QtGui import QPixmap

from app.domain.study import SeriesSummary
from app.language import ntr, tr
from app.ui.context import Context
from app.ui.study.corners import series_name
from app.ui.study.desk import Desk
from app.ui.texts import modality_text
from app.viewer.model.state import ViewerState

SERIES_MIME = "application/x-klinika-series"
SERIES, PICTURE, PROGRESS, SHOWN, COUNT = (Qt.ItemDataRole.UserRole + n for n in range(1, 6))
NOT_SHOWN, IN_A_TILE, IN_THE_ACTIVE_TILE = range(3)


class RailModel(QAbstractListModel):
    """One row a series; thumbnails come by background tasks."""

    def __init__(self, context: Context, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._desk = desk
        self._pictures: dict[str, QPixmap | None] = {}
        self._rows: tuple[SeriesSummary, ...] = ()
        desk.changed.connect(self._state_changed)
        desk.series_news.connect(self._series_touched)
        desk.study_changed.connect(self.reload)
        self.reload()

    def reload(self) -> None:
        """Take the series from the study again."""
        self.beginResetModel()
        self._rows = self._desk.study.series
        self.endResetModel()
        for series in self._rows:
            if series.image_count and series.series_uid not in self._pictures:
                self._pictures[series.series_uid] = None
                self._fetch(series.series_uid)

    def series(self, index: QModelIndex) -> SeriesSummary | None:
        """The series of a row."""
        return self._rows[index.row()] if index.isValid() else None

    def row_of(self, series_uid: str) -> QModelIndex:
        """The row of a series; an invalid index when there is none."""
        for row, series in enumerate(self._rows):
            if series.series_uid == series_uid:
                return self.index(row)
        return QModelIndex()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """How many series there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the delegate and screen readers ask for."""
        series = self.series(index)
        if series is None:
            return None
        uid = series.series_uid
        answers = {
            Qt.ItemDataRole.DisplayRole: lambda: series_name(series),
            Qt.ItemDataRole.AccessibleTextRole: lambda: described(series),
            Qt.ItemDataRole.ToolTipRole: lambda: described(series),
            SERIES: lambda: series,
            PICTURE: lambda: self._pictures.get(uid),
            PROGRESS: lambda: self._progress(uid),
            SHOWN: lambda: self._shown(uid),
            COUNT: lambda: self._count(series),
        }
        answer = answers.get(role)
        return answer() if answer else None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Series without images can't be opened."""
        series = self.series(index)
        if series is None or not series.image_count:
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        )

    def mimeTypes(self) -> list[str]:
        """A series is dragged by its UID."""
        return [SERIES_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:
        """The dragged series."""
        data = QMimeData()
        series = self.series(indexes[0]) if indexes else None
        if series is not None:
            data.setData(SERIES_MIME, series.series_uid.encode())
        return data

    def _progress(self, uid: str) -> float | None:
        """The loaded part while a series is loading."""
        job = self._desk.jobs.job(uid)
        if job is None or not job.running or job.series is None or not job.series.count:
            return None
        return (job.series.loaded + job.series.failed) / job.series.count

    def _shown(self, uid: str) -> int:
        state = self._desk.state
        if state.tile.series_uid == uid:
            return IN_THE_ACTIVE_TILE
        tiles = state.tiles[: state.layout.tiles]
        return IN_A_TILE if any(tile.series_uid == uid for tile in tiles) else NOT_SHOWN

    def _fetch(self, uid: str) -> None:
        study = self._desk.study.summary.study_uid

        def done(png: bytes) -> None:
            picture = QPixmap()
            if picture.loadFromData(png):
                self._pictures[uid] = picture
                self._series_touched(uid)

        self._context.tasks.run(
            f"study/{study}/thumbnails/{uid}",
            lambda _task: self._context.server.thumbnail(uid),
            done=done,
            failed=lambda _error: None,  # the row keeps its drawing
            long=True,
        )

    def _count(self, series: SeriesSummary) -> int:
        """Pictures, where they are known already, else images: one of those may have many."""
        loaded = self._desk.reading.series.get(series.series_uid)
        if loaded is None or self._desk.missing(series.series_uid):
            return series.image_count
        return loaded.count

    def _state_changed(self, old: ViewerState, new: ViewerState) -> None:
        def shown(state: ViewerState) -> tuple[object, ...]:
            return state.active, *(tile.series_uid for tile in state.tiles[: state.layout.tiles])

        if self._rows and shown(old) != shown(new):
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def _series_touched(self, uid: str) -> None:
        index = self.row_of(uid)
        if index.isValid():
            self.dataChanged.emit(index, index)


def described(series: SeriesSummary) -> str:
    """A series in words: what, and how many images."""
    kind = modality_text(series.modality)
    count = images_text(series)
    return f"{series_name(series)}\n{kind}, {count}"


def images_text(series: SeriesSummary) -> str:
    """How many images a series has."""
    if not series.image_count:
        return tr("No images")
    return ntr("{n} image", "{n} images", series.image_count)
