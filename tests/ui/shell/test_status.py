"""The status bar."""

from app.domain.access import Account, Role
from app.domain.report import Clinic
from app.domain.status import ServerStatus
from app.ui.shell.status import Status, host_for_scanners

URL = "http://127.0.0.1:40123"


def status_of(port, *, embedded=True):
    return ServerStatus("0.1.0", False, port, "KLINIKA", Clinic(), embedded)


def test_another_dicom_port_is_said_with_the_one_that_was_taken(qtbot):
    bar = Status(Account("doctor", "Иван Смирнов", Role.DOCTOR), URL, local=True)
    qtbot.addWidget(bar)
    bar.show_status(status_of(11113), URL, 11112)
    assert bar.dicom.text() == "DICOM: KLINIKA port 11113 (11112 was taken)"
    bar.show_status(status_of(11112), URL, 11112)
    assert bar.dicom.text() == "DICOM: KLINIKA port 11112"
    assert bar.server.text() == "This computer (127.0.0.1:40123)"
    assert bar.user.text() == "Иван Смирнов · Doctor"


def test_a_server_that_is_away_is_named(qtbot):
    bar = Status(None, "http://pacs:8042", local=False)
    qtbot.addWidget(bar)
    bar.show_connected(connected=False)
    assert bar.server.text() == "http://pacs:8042 · not reachable"
    bar.show_connected(connected=True)
    assert bar.server.text() == "http://pacs:8042"


def test_scanners_are_told_the_host_of_a_server_in_the_network():
    assert host_for_scanners("http://pacs.clinic:8042", embedded=False) == "pacs.clinic"
    assert host_for_scanners("http://127.0.0.1:8042", embedded=True)
