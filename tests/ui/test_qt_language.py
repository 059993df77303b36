"""Qt's own dialogs speak our languages."""

from pathlib import Path

import pytest
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox, QTextEdit, QWidget

from app.language import Language
from app.ui.language import switch_language
from tests.ui.shown import texts

SAME = {
    Language.RU: {"OK"},
    Language.ES: {"&No", "Color"},
    Language.FR: {"OK", "&Options >>", "Copies", "Options", "Pages", "Type"},
    Language.DE: {"OK", "&Name:", "Computer", "Name"},
}
"""Words that are the same in English, and OK."""
NEVER_SHOWN = {"Form", "Size Grip"}
"""The window titles of parts that are no windows."""


def a_file_dialog(folder) -> QFileDialog:
    dialog = QFileDialog(None, "1", str(folder))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    return dialog


def a_dialog_to_save(folder) -> QFileDialog:
    dialog = a_file_dialog(folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    return dialog


def a_folder_dialog(folder) -> QFileDialog:
    dialog = a_file_dialog(folder)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return dialog


def a_print_dialog(_folder) -> QPrintDialog:
    return QPrintDialog(QPrinter())


def a_question(_folder) -> QMessageBox:
    box = QMessageBox()
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(
        kinds.Yes | kinds.No | kinds.Cancel | kinds.Ok | kinds.Save | kinds.Discard | kinds.Close
    )
    return box


def a_line_with_its_menu(_folder) -> QWidget:
    line = QLineEdit("1")
    line.createStandardContextMenu().setParent(line)
    return line


def a_text_with_its_menu(_folder) -> QWidget:
    text = QTextEdit("1")
    text.createStandardContextMenu().setParent(text)
    return text


@pytest.mark.parametrize("language", [each for each in Language if each is not Language.EN])
@pytest.mark.parametrize(
    "make",
    [
        a_file_dialog,
        a_dialog_to_save,
        a_folder_dialog,
        a_print_dialog,
        a_question,
        a_line_with_its_menu,
        a_text_with_its_menu,
    ],
)
def test_every_text_of_qts_own_is_translated(qtbot, tmp_path, make, language):
    folder = tmp_path / "1"
    folder.mkdir()
    english = make(folder)
    qtbot.addWidget(english)
    before = set(texts(english).values())
    switch_language(language)
    translated = make(folder)
    qtbot.addWidget(translated)
    names = {text for text in before if text.startswith("/")} | {Path.home().name}
    same = before & set(texts(translated).values())
    assert same - SAME[language] - NEVER_SHOWN - names == set()
    assert before - names


def test_a_dialog_in_english_after_another_language_is_english(qtbot, tmp_path):
    switch_language(Language.RU)
    switch_language(Language.EN)
    dialog = a_file_dialog(tmp_path)
    qtbot.addWidget(dialog)
    assert "&Look in:" in texts(dialog).values()
