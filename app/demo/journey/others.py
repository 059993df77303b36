"""What others see and do meanwhile: the operator's desktop, and one that is killed."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtGui import QAction

import app
from app.demo import hands
from app.demo.journey.stage import HEIGHT, PEOPLE, WIDTH, Stage
from app.demo.steps import Step, check
from app.domain.access import Role
from app.domain.report import Heading, ReportState
from app.ui.context import DesktopSettings
from app.ui.desktop import Desktop
from app.ui.main_window import MainWindow
from app.ui.shell.study_desk import StudyDesk
from app.ui.sign_in.window import SignInWindow

TYPING_MS = 3000
MAY_LOSE_S = 5.0
NOT_THEIRS = (
    "file.accounts",
    "report.sign",
    "report.amend",
    "report.preview",
    "report.print",
    "study.key-image",
    "measurement.report",
)
"""Actions that an operator is not offered."""


@contextlib.contextmanager
def desktop_of(stage: Stage, role: Role) -> Iterator[MainWindow]:
    """Another desktop of this computer, which joins the running server, signed in."""
    settings = DesktopSettings.open(stage.own_folder / "second.ini")
    settings.language = stage.language
    second = Desktop(settings, stage.data_dir)
    try:
        second.start()
        window = second.window
        check(isinstance(window, SignInWindow), "the second desktop does not ask for a sign-in")
        enter(second, PEOPLE[role].username, stage.passwords[role])
        server = second.servers.connect("")
        embedded = second.servers.embedded_of(server)
        check(embedded is not None and not embedded.owned, "the second desktop did not join")
        yield second.window
    finally:
        second.close()


def enter(desktop: Desktop, username: str, password: str) -> MainWindow:
    """Sign in by the window, and wait for the worklist."""
    window = desktop.window
    hands.write(window.username, username)
    hands.write(window.password, password)
    hands.click(window.button)
    hands.wait_for(lambda: isinstance(desktop.window, MainWindow), "the main window", 30)
    main = desktop.window
    main.resize(WIDTH, HEIGHT)
    hands.wait_for(lambda: main.worklist.model.is_loaded, "the worklist")
    return main


def open_study(main: MainWindow, study_uid: str) -> StudyDesk:
    """Double click on the study's row; answers its page."""
    table, model = main.worklist.table, main.worklist.model
    row = hands.wait_for(lambda: model.row_of(study_uid) + 1, "the study's row") - 1
    table.select_row(row)
    hands.settle()
    hands.double_click(table.viewport(), table.visualRect(model.index(row, 0)).center())
    return hands.wait_for(lambda: main.desk, "the study's page")


def operator_reads(stage: Stage, step: Step) -> None:
    """The operator sees the images; whatever has to do with reports or accounts is greyed."""
    with desktop_of(stage, Role.OPERATOR) as main:
        study = open_study(main, stage.material.study.study_uid)
        desk = study.page.desk
        hands.wait_for(lambda: (series := desk.loaded(0)) and series.complete, "the images", 60)
        check(study.report is None, "the operator sees the report")
        offered = [name for name in NOT_THEIRS if _can_use(main, name)]
        check(not offered, f"the operator is offered {', '.join(offered)}")
        stage.picture("operator", main)
    step.saw("images, but no report; reports and accounts are greyed")


def _can_use(main: MainWindow, name: str) -> bool:
    return any(each.isEnabled() for each in main.findChildren(QAction, name))


def killed_desktop(stage: Stage, step: Step) -> None:
    """kill -9 of a desktop in which a doctor types: at most five seconds of typing are lost."""
    uid = stage.material.study.study_uid
    command = [sys.executable, "-m", "app.demo.journey.typist", str(stage.data_dir), uid]
    person, password = PEOPLE[Role.DOCTOR], stage.passwords[Role.DOCTOR]
    with subprocess.Popen(
        [*command, str(stage.own_folder / "typist.ini"), person.username],
        cwd=Path(app.__file__).parent.parent,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as typist:
        typist.stdin.write(f"{password}\n")
        typist.stdin.flush()
        first = typist.stdout.readline()
        hands.pause(TYPING_MS)
        typist.send_signal(signal.SIGKILL)
        lines = [first, *typist.stdout.read().splitlines()]
    typed = [float(line.split()[1]) for line in lines if line.count(" ") == 1]
    newest = stage.server.reports(uid)[0]
    check(newest.state is ReportState.DRAFT, "the killed desktop's amendment is not there")
    kept = newest.content.sections.get(Heading.IMPRESSION, "").split()
    count = sum(word.startswith("№") for word in kept)
    check(kept[-count:] == [f"№{number}" for number in range(count)], "the text has holes")
    check(count, "nothing of it was saved")
    lost = typed[-1] - typed[count - 1]
    step.saw(f"{len(typed)} words typed, {count} kept: the last {lost:.1f} s are lost")
    check(lost <= MAY_LOSE_S, f"{lost:.1f} s of typing are lost, more than {MAY_LOSE_S:g} s")
