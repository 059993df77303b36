"""The strip below the worklist: who the selected study is of, and its series."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from app.domain.access import Permission
from app.domain.study import SeriesSummary, Study, StudySummary, display_name
from app.language import current_language, ntr, tr
from app.report.wording import age_text, date_text, sex_text
from app.ui.context import Context
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.patients import number_beside_name
from app.ui.theme import tokens
from app.ui.widgets.labels import label, line, push_button
from app.ui.worklist.cards import SIZE, SeriesCard

MOST_CARDS = 40
HELD_THUMBNAILS = 400


class PreviewStrip(Translated, QFrame):
    """Asks for the study's series and their thumbnails when a row is selected for a moment."""

    opened = Signal(object, str)
    """The StudySummary, and the UID of the series that was clicked or nothing."""
    deletion_wanted = Signal(object, object)
    """The StudySummary and the SeriesSummary."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._summary: StudySummary | None = None
        self._cards: list[SeriesCard] = []
        self._thumbnails: dict[str, bytes] = {}
        self.setProperty("surface", "foot")
        self.setFixedHeight(SIZE.height() + 2 * tokens.M)
        self._name = label(tone="heading", wrap=True)
        self._facts = label(tone="dim", wrap=True)
        self._words = label(tone="small", wrap=True)
        self.open = push_button("primary", "eye")
        self.open.clicked.connect(self._open)
        self._lay_out()
        self.show_study(None)

    def show_study(self, summary: StudySummary | None) -> None:
        """Show `summary` at once and its series when they are here."""
        same = summary and self._summary and summary.study_uid == self._summary.study_uid
        changed = summary != self._summary
        self._summary = summary
        self.setVisible(summary is not None)
        self.retranslate()
        if same and not changed:
            return
        if not same:
            self._context.tasks.cancel("preview")
            self._show_cards(())
        if summary is not None:
            uid = summary.study_uid
            self._context.tasks.run(
                "preview", lambda _task: self._context.server.study(uid), self._show, _ignore
            )

    def menu_of(self, series: SeriesSummary) -> QMenu:
        """What can be done with a series."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        study, uid = self._summary, series.series_uid
        menu.addAction(icon("eye"), tr("Open")).triggered.connect(lambda: self._open_series(uid))
        if Permission.STUDY_DELETE in self._context.server.permissions:
            deletion = menu.addAction(icon("delete"), tr("Delete series…"))
            deletion.triggered.connect(lambda: self.deletion_wanted.emit(study, series))
        return menu

    def close_strip(self) -> None:
        """Drop what is under way."""
        self._context.tasks.cancel("preview")

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.open.setText(tr("Open"))
        summary = self._summary
        if summary is None:
            return
        language = current_language()
        self._name.setText(display_name(summary.patient_name) or tr("No name"))
        facts = (
            sex_text(summary.sex, language),
            age_text(summary.birth_date, summary.study_date, language),
            number_beside_name(summary),
        )
        self._facts.setText(" · ".join(fact for fact in facts if fact))
        words = (
            date_text(summary.study_date, language),
            summary.description,
            self._counts(summary),
        )
        self._words.setText(" · ".join(word for word in words if word))

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        facts = QVBoxLayout()
        facts.setSpacing(tokens.XS)
        for part in (self._name, self._facts, self._words):
            facts.addWidget(part)
        facts.addStretch(1)
        facts.addWidget(self.open, 0, Qt.AlignmentFlag.AlignLeft)
        left = QWidget()
        left.setFixedWidth(280)
        left.setLayout(facts)
        facts.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        self._row = QHBoxLayout(inner)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(tokens.S)
        self._row.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.L, tokens.M, tokens.M, tokens.M)
        row.setSpacing(tokens.L)
        row.addWidget(left)
        row.addWidget(line(vertical=True))
        row.addWidget(area, 1)

    @staticmethod
    def _counts(summary: StudySummary) -> str:
        series = ntr("{n} series", "{n} series", summary.series_count)
        images = ntr("{n} image", "{n} images", summary.instance_count)
        return f"{series}, {images}"

    def _show(self, study: Study) -> None:
        if self._summary is None or study.summary.study_uid != self._summary.study_uid:
            return
        known = {card.series for card in self._cards}
        if known != set(study.series[:MOST_CARDS]):
            self._show_cards(study.series[:MOST_CARDS])

    def _show_cards(self, series: tuple) -> None:
        for card in self._cards:
            self._row.removeWidget(card)
            card.deleteLater()
        self._cards = []
        for number, one in enumerate(series):
            card = SeriesCard(one)
            card.clicked.connect(lambda _checked, uid=one.series_uid: self._open_series(uid))
            card.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            card.customContextMenuRequested.connect(
                lambda at, card=card: self.menu_of(card.series).popup(card.mapToGlobal(at))
            )
            self._row.insertWidget(number, card)
            self._cards.append(card)
            self._fetch(card)

    def _fetch(self, card: SeriesCard) -> None:
        uid = card.series.series_uid
        if uid in self._thumbnails:
            card.show_thumbnail(self._thumbnails[uid])
            return
        self._context.tasks.run(
            f"preview/{uid}",
            lambda _task: self._context.server.thumbnail(uid),
            lambda png: self._show_thumbnail(uid, png),
            _ignore,
            long=True,
        )

    def _show_thumbnail(self, series_uid: str, png: bytes) -> None:
        while len(self._thumbnails) >= HELD_THUMBNAILS:
            del self._thumbnails[next(iter(self._thumbnails))]
        self._thumbnails[series_uid] = png
        for card in self._cards:
            if card.series.series_uid == series_uid:
                card.show_thumbnail(png)

    def _open(self) -> None:
        self._open_series("")

    def _open_series(self, series_uid: str) -> None:
        if self._summary is not None:
            self.opened.emit(self._summary, series_uid)


def _ignore(_error: Exception) -> None:
    """A preview that can't be had stays empty: the row itself tells when the server is gone."""
