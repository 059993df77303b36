"""What the widgets of the study page share: the reading, its series, and what one may do."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.dicom.calibration import distance
from app.domain.image import Window
from app.domain.report import MeasurementLine
from app.domain.study import SeriesSummary, Study
from app.language import tr
from app.ui.context import Context
from app.ui.study.jobs import Job, SeriesJobs
from app.viewer.controller.reading import Reading
from app.viewer.load.series import LoadedSeries
from app.viewer.model import changes
from app.viewer.model.choices import Choice, choice_of
from app.viewer.model.length import Length
from app.viewer.model.state import Layout, Tile, ViewerState
from app.viewer.model.windows import AUTOMATIC, Percent, full_window


class Desk(QObject):
    """Holds the state; every widget listens to it, none to another."""

    changed = Signal(object, object)
    """The old and the new ViewerState."""
    series_news = Signal(str)
    """The UID of a series of which pixels arrived, or that failed."""
    study_changed = Signal()
    windowless = Signal()
    """A window was asked for, but the picture is in colour."""

    def __init__(self, context: Context, study: Study, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.study = study
        self.reading = Reading(self.changed.emit)
        self.jobs = SeriesJobs(context, study.summary.study_uid, self)
        self.jobs.news.connect(self._news)

    @property
    def state(self) -> ViewerState:
        """The state of the moment."""
        return self.reading.state

    @property
    def tile(self) -> Tile:
        """The active tile."""
        return self.state.tile

    def apply(self, change: Callable[[ViewerState], ViewerState]) -> None:
        """Change the state."""
        self.reading.apply(change)

    @property
    def readable(self) -> tuple[SeriesSummary, ...]:
        """The series that have pictures."""
        return tuple(series for series in self.study.series if series.image_count)

    def summary(self, series_uid: str) -> SeriesSummary | None:
        """What the study says of a series."""
        return next((each for each in self.study.series if each.series_uid == series_uid), None)

    def job(self, tile: int) -> Job | None:
        """How far the series of a tile is."""
        return self.jobs.job(self.state.tiles[tile].series_uid)

    def loaded(self, tile: int) -> LoadedSeries | None:
        """The series of a tile in memory."""
        return self.reading.series.get(self.state.tiles[tile].series_uid)

    def update_study(self, study: Study) -> None:
        """The server told of the study again: take what is new, and what could not be had."""
        self.study = study
        for series in study.series:
            job = self.jobs.job(series.series_uid)
            if job is not None and not job.running and (self._outgrown(job, series) or job.missed):
                self.jobs.reload(series.series_uid, series.image_count)
        self.study_changed.emit()

    def missing(self, series_uid: str) -> int:
        """How many images of a series came to the archive after it was listed here."""
        job, series = self.jobs.job(series_uid), self.summary(series_uid)
        if job is None or job.series is None or series is None:
            return 0
        return max(0, series.image_count - job.listed)

    def is_whole(self, tile: int) -> bool:
        """Whether everything the archive has of a tile's series is in memory, or can't be had."""
        job, series = self.job(tile), self.loaded(tile)
        return (
            job is not None
            and series is not None
            and job.series is series
            and series.complete
            and not self.missing(self.state.tiles[tile].series_uid)
        )

    def open_series(self, series_uid: str, tile: int | None = None) -> None:
        """Show a series in a tile, by default the active one."""
        tile = self.state.active if tile is None else tile
        series = self.summary(series_uid)
        if series is None or not series.image_count:
            return
        self.jobs.open(series_uid, series.image_count)
        self.apply(lambda state: changes.placed(state, tile, self._opened(series_uid)))
        self._make_room()

    def step_series(self, by: int) -> None:
        """The next or previous series in the active tile."""
        uids = [series.series_uid for series in self.readable]
        if not uids:
            return
        here = uids.index(self.tile.series_uid) if self.tile.series_uid in uids else -by
        if 0 <= here + by < len(uids):
            self.open_series(uids[here + by])

    def arrange(self, rows: int, columns: int) -> None:
        """Another layout, filled with the series that are not shown yet."""
        waiting = [(series.series_uid, 0) for series in self.readable]
        self.apply(lambda state: changes.arranged(state, Layout(rows, columns), waiting))
        for index in range(self.state.layout.tiles):
            tile = self.state.tiles[index]
            if tile.series_uid:
                self.jobs.open(tile.series_uid, self._images(tile.series_uid))
                self._seat(index)
        self._make_room()

    def reload(self, tile: int) -> None:
        """Load the series of a tile again."""
        uid = self.state.tiles[tile].series_uid
        self.reading.series.pop(uid, None)
        self.jobs.reload(uid, self._images(uid))
        self.series_news.emit(uid)

    def scroll(self, by: int, tile: int | None = None) -> None:
        """Leaf through a tile."""
        index = self.state.active if tile is None else tile
        self.scroll_to(self.state.tiles[index].index + by, index)

    def scroll_to(self, picture: int, tile: int | None = None) -> None:
        """Show another picture, and have it loaded next."""
        index = self.state.active if tile is None else tile
        self.apply(lambda state: changes.scrolled_to(state, index, picture))
        self.want(index)

    def want(self, tile: int) -> None:
        """Have the picture a tile is at loaded next."""
        job = self.job(tile)
        if job is not None and job.loader is not None and job.running:
            job.loader.want(self.state.tiles[tile].index)

    def use_preset(self, key: str) -> None:
        """The window on a number key; a colour picture has none."""
        series = self._grey(told=True)
        choice = choice_of(series.shots[self.tile.index].image, key) if series else None
        if choice is not None:
            self.choose(choice)

    def choose(self, choice: Choice) -> None:
        """A window of the number keys or the menu in the active tile."""
        if choice.percent is not None:
            self.use_automatic_window(choice.percent)
        else:
            self.use_window(choice.window)

    @property
    def is_grey(self) -> bool:
        """Whether the active tile has a picture that takes a window."""
        return self._grey() is not None

    def use_window(self, window: Window | None) -> None:
        """A window in the active tile; None gives each picture its own again."""
        active = self.state.active
        if window is None:
            self.apply(lambda state: changes.unwindowed(state, active))
        elif self._grey() is not None:
            self.apply(lambda state: changes.windowed(state, active, window))

    def use_automatic_window(self, percent: Percent = AUTOMATIC) -> None:
        """A window by the values of the picture."""
        series = self._grey()
        if series is not None:
            self.use_window(series.automatic(self.tile.index, percent))

    def use_full_window(self) -> None:
        """A window that shows every value of the picture."""
        series = self._grey(told=True)
        values = series.frame(self.tile.index) if series else None
        if series is not None and values is not None:
            image = series.shots[self.tile.index].image
            self.use_window(full_window(values, image.slope, image.intercept))

    def cancel(self) -> bool:
        """Give up what is half done: a line, a selection. False when there is nothing."""
        state = self.state
        if state.drawing is None and not state.selected:
            return False
        self.apply(lambda state: replace(state, drawing=None, selected=0))
        return True

    def show_image(self, sop_instance_uid: str, frame: int = 0) -> bool:
        """Show a picture in the active tile, when its series is in memory."""
        for uid, series in self.reading.series.items():
            index = series.index_of(sop_instance_uid, frame)
            if index is not None:
                if self.tile.series_uid != uid:
                    self.open_series(uid)
                self.scroll_to(index)
                return True
        return False

    def selected_line(self) -> Length | None:
        """The selected measurement, else the only one of the active tile's picture."""
        for line in self.state.lengths:
            if line.number == self.state.selected:
                return line
        series = self.loaded(self.state.active)
        if series is None or self.tile.index >= series.count:
            return None
        shot = series.shots[self.tile.index]
        lines = self.state.lines_of(shot.image.sop_instance_uid, shot.frame)
        return lines[0] if len(lines) == 1 else None

    def measurement(self, line: Length) -> MeasurementLine | None:
        """A measurement as the report takes it; None when its series left memory."""
        for uid, series in self.reading.series.items():
            index = series.index_of(line.sop_instance_uid, line.frame)
            if index is not None:
                image = series.shots[index].source.image
                found = distance(image, line.frame, line.start, line.end)
                return MeasurementLine(
                    label=_label(self.summary(uid), index + 1),
                    value=found.value,
                    unit=found.unit,
                    calibration=found.note,
                    sop_instance_uid=line.sop_instance_uid,
                    frame=line.frame,
                )
        return None

    def close(self) -> None:
        """Stop loading and drop the pixels."""
        self.jobs.close()
        self.reading.series.clear()

    def _grey(self, *, told: bool = False) -> LoadedSeries | None:
        """The active tile's series when its picture takes a window; `told` says when not."""
        series = self.loaded(self.state.active)
        values = series.frame(self.tile.index) if series else None
        if told and values is not None and values.ndim == 3:
            self.windowless.emit()
        return series if values is not None and values.ndim == 2 else None

    def _opened(self, series_uid: str) -> Tile:
        series = self.reading.series.get(series_uid)
        if series is None:
            return Tile(series_uid)
        return changes.opened_tile(series_uid, series.count, series.first)

    def _news(self, series_uid: str) -> None:
        job, series = self.jobs.job(series_uid), self.summary(series_uid)
        if job is not None and job.series is not None:
            old = self.reading.series.get(series_uid)
            self.reading.series[series_uid] = job.series
            for index in range(self.state.layout.tiles):
                if self.state.tiles[index].series_uid == series_uid:
                    self._seat(index, old)
        if (
            job is not None
            and series is not None
            and not job.running
            and self._outgrown(job, series)
        ):
            self.jobs.reload(series_uid, series.image_count)
        self._make_room()
        self.series_news.emit(series_uid)

    def _images(self, series_uid: str) -> int:
        series = self.summary(series_uid)
        return series.image_count if series else 0

    def _outgrown(self, job: Job, series: SeriesSummary) -> bool:
        """Whether images came since the series was asked for, which its list does not have."""
        return series.image_count > max(job.listed, job.images)

    def _seat(self, index: int, old: LoadedSeries | None = None) -> None:
        """Give a tile whose series was listed only now, or again, its pictures."""
        tile = self.state.tiles[index]
        series = self.reading.series.get(tile.series_uid)
        if series is None or series is old or (old is None and tile.count == series.count):
            return
        if not tile.count:
            seated = changes.opened_tile(tile.series_uid, series.count, series.first)
        else:
            seated = replace(tile, count=series.count, index=_same_picture(old, series, tile.index))
        self.apply(lambda state: changes.with_tile(state, index, seated))
        self.want(index)

    def _make_room(self) -> None:
        shown = frozenset(tile.series_uid for tile in self.state.tiles)
        for uid in self.jobs.make_room(shown):
            self.reading.series.pop(uid, None)


def _same_picture(old: LoadedSeries | None, series: LoadedSeries, index: int) -> int:
    """Where the picture `index` of the series as it was lies now."""
    if old is not None and index < old.count:
        shot = old.shots[index]
        found = series.index_of(shot.image.sop_instance_uid, shot.frame)
        index = index if found is None else found
    return min(index, max(series.count - 1, 0))


def _label(series: SeriesSummary | None, number: int) -> str:
    """`Length, CT lung 3, image 52`: what was measured and where."""
    parts = [series.modality, series.description] if series else []
    name = " ".join(part for part in parts if part)
    if not name:
        return tr("Length, image {number}", number=number)
    return tr("Length, {series}, image {number}", series=name, number=number)
