"""A desktop of its own in which the doctor amends a report, and types until it is killed.

Run as `python -m app.demo.journey.typist DATA_DIR STUDY_UID SETTINGS USERNAME`, the password on
stdin. Prints `number seconds` for every word it has typed.
"""

import itertools
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt

from app.demo import hands
from app.demo.journey.others import enter, open_study
from app.domain.report import Heading
from app.ui.context import DesktopSettings
from app.ui.desktop import Desktop, make_application

EACH_MS = 40


def main(data_dir: str, study_uid: str, settings: str, username: str) -> None:
    """Sign in, amend the study's report, and type."""
    password = sys.stdin.readline().strip()
    make_application()
    desktop = Desktop(DesktopSettings.open(Path(settings)), Path(data_dir))
    desktop.start()
    report = open_study(enter(desktop, username, password), study_uid).report
    hands.wait_for(lambda: report.session.loaded, "the report")
    hands.click(report.foot.amend)
    hands.wait_for(lambda: report.session.is_draft, "the amendment")
    editor = report.form.sections.editors[Heading.IMPRESSION]
    hands.press(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    hands.press(editor, Qt.Key.Key_Return)
    for number in itertools.count():
        hands.write(editor, f"№{number} ")
        sys.stdout.write(f"{number} {time.time()}\n")
        sys.stdout.flush()
        hands.pause(EACH_MS)


if __name__ == "__main__":
    main(*sys.argv[1:])
