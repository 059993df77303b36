"""A desktop of its own that types into the report until it is killed; run by test_autosave.

Prints every word just before it types it.
"""

import itertools
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.client.server import Server
from app.domain.report import Heading
from app.ui.context import Context, DesktopSettings
from app.ui.reporting.panel import ReportPanel
from app.ui.tasks import Tasks


def main(url: str, secret: str, refresh_token: str, study_uid: str, data_dir: str) -> None:
    """Open the study's report and type a word every 50 ms."""
    application = QApplication([])
    server = Server(url, secret)
    server.resume(refresh_token)
    settings = DesktopSettings.open(Path(data_dir) / "typist.ini")
    settings.data_dir = Path(data_dir)
    panel = ReportPanel(Context(server, Tasks(), settings), server.study(study_uid))
    panel.show()
    numbers = itertools.count()
    timer = QTimer(panel, interval=50)

    def type_a_word() -> None:
        if not panel.session.is_draft:
            return
        number = next(numbers)
        sys.stdout.write(f"w{number}\n")
        sys.stdout.flush()
        QTest.keyClicks(panel.form.sections.editors[Heading.FINDINGS], f"w{number} ")

    timer.timeout.connect(type_a_word)
    timer.start()
    application.exec()


if __name__ == "__main__":
    main(*sys.argv[1:])
