"""What a film is like: its size, layout, orientation."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSpinBox, QWidget

from app.domain.printing import FILM_SIZES, MOST_IN_LINE, Film
from app.language import mark, tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.fields import Field, indented


class FilmFields(Translated, QWidget):
    """The fields of a Film; `changed` when one does."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.size_of_film = QComboBox()
        self.size_of_film.addItem("", "")
        for size in FILM_SIZES:
            self.size_of_film.addItem("", size)
        self.columns, self.rows = indented(QSpinBox()), indented(QSpinBox())
        self.is_landscape = QCheckBox()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(tokens.M)
        self.row.addWidget(Field(self.size_of_film, lambda: tr("Film size")), 1)
        for count, name in (
            (self.columns, lambda: tr("Columns")),
            (self.rows, lambda: tr("Rows")),
        ):
            count.setRange(1, MOST_IN_LINE)
            count.valueChanged.connect(self.changed)
            self.row.addWidget(Field(count, name))
        self.row.addWidget(self.is_landscape)
        self.is_landscape.toggled.connect(self.changed)
        self.size_of_film.currentIndexChanged.connect(self.changed)
        self.retranslate()

    def show_film(self, film: Film) -> None:
        """Fill the fields in."""
        self.size_of_film.setCurrentIndex(self.size_of_film.findData(film.size))
        self.columns.setValue(film.columns)
        self.rows.setValue(film.rows)
        self.is_landscape.setChecked(film.is_landscape)

    def film(self) -> Film:
        """The film that is filled in."""
        return Film(
            self.size_of_film.currentData(),
            self.is_landscape.isChecked(),
            self.columns.value(),
            self.rows.value(),
        )

    def retranslate(self) -> None:
        """Name what stands in the current language."""
        for place in range(self.size_of_film.count()):
            size = self.size_of_film.itemData(place)
            text = size_text(size) if size else tr("As the printer has it")
            self.size_of_film.setItemText(place, text)
        self.is_landscape.setText(tr("Landscape"))


def size_text(size: str) -> str:
    """A film size as people write it: 14 × 17 in, 24 × 30 cm, A4."""
    sides = size.replace("_", ".").split("X")
    for unit, text in (("IN", mark("{sides} in")), ("CM", mark("{sides} cm"))):
        if len(sides) == 2 and all(side.endswith(unit) for side in sides):
            return tr(text, sides=" × ".join(side.removesuffix(unit) for side in sides))
    return size
