"""Asking whether somebody is sure: the button says what will be done."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.language import tr


def is_sure(parent: QWidget, question: str, deed: str) -> bool:
    """Whether the person chose `deed`; Cancel is what Enter and Escape mean."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(parent.windowTitle())
    box.setTextFormat(Qt.TextFormat.PlainText)  # a name is never read as markup
    box.setText(question)
    chosen = box.addButton(deed, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    return box.clickedButton() is chosen
