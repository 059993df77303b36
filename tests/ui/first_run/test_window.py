"""The assistant of the first start, with a real server behind it."""

import pytest

from app.client.server import Server
from app.domain.errors import UnauthenticatedError
from app.language import Language, current_language
from app.ui.first_run.window import FirstRunWindow
from app.ui.shell.servers import Servers
from tests.ui.conftest import PASSWORD


@pytest.fixture
def servers(tmp_path, monkeypatch):
    monkeypatch.setenv("KLINIKA_DICOM_PORT", "0")
    opened = Servers(tmp_path / "unused")
    yield opened
    opened.close()


@pytest.fixture
def a_stranger(an_archive):
    """A client from another machine, without the embedded secret."""
    server = Server(an_archive.url)
    yield server
    server.close()


@pytest.fixture
def a_window(qtbot, desktop_settings, servers, tasks, tmp_path):
    window = FirstRunWindow(desktop_settings, tasks, servers.use_folder, tmp_path / "archive")
    qtbot.addWidget(window)
    window.show()
    return window


def fill_in(page, username="m.sokolova", full_name="Мария Соколова", password=PASSWORD):
    page.username.setText(username)
    page.full_name.setText(full_name)
    page.password.first.setText(password)
    page.password.second.setText(password)


def test_four_pages_lead_to_a_signed_in_administrator(qtbot, a_window, desktop_settings, tmp_path):
    a_window.go_on()
    qtbot.waitUntil(a_window.folder.may_continue)
    a_window.go_on()
    fill_in(a_window.administrator)
    assert a_window.next.isEnabled()
    a_window.go_on()
    qtbot.waitUntil(lambda: a_window.stack.currentWidget() is a_window.samples)
    with qtbot.waitSignal(a_window.finished) as told:
        a_window.go_on()
    server, with_samples = told.args
    assert isinstance(server, Server)
    assert server.account.full_name == "Мария Соколова"
    assert with_samples
    assert desktop_settings.data_dir == tmp_path / "archive"
    with pytest.raises(UnauthenticatedError):
        server.sign_in("admin", "admin")


def test_a_folder_with_accounts_leads_to_the_sign_in(
    qtbot, a_stranger, desktop_settings, tasks, tmp_path
):
    window = FirstRunWindow(desktop_settings, tasks, lambda _folder: a_stranger, tmp_path)
    qtbot.addWidget(window)
    window.go_on()
    qtbot.waitUntil(window.folder.may_continue)
    with qtbot.waitSignal(window.has_accounts):
        window.go_on()


def test_rules_are_ticked_off_while_one_types(a_window):
    page = a_window.administrator
    page.username.setText("sokolova")
    page.full_name.setText("Мария Соколова")
    page.password.first.setText("short")
    assert [rule.holds for rule in page.password._rules] == [False, False, False]
    page.password.first.setText("sokolova12345")
    assert [rule.holds for rule in page.password._rules] == [True, False, False]
    page.password.first.setText(PASSWORD)
    assert [rule.holds for rule in page.password._rules] == [True, True, False]
    page.password.second.setText(PASSWORD)
    assert page.may_continue()


def test_a_folder_that_can_not_be_written_to_stops_the_assistant(qtbot, a_window):
    a_window.go_on()
    a_window.folder.path.setText("/proc/klinika")
    qtbot.waitUntil(lambda: a_window.folder._finding is not None)
    assert not a_window.next.isEnabled()


def test_the_language_chosen_first_is_the_one_of_the_next_page(a_window, desktop_settings):
    a_window.language.buttons.button(1).click()
    assert current_language() is Language.RU
    assert desktop_settings.language is Language.RU


def test_one_can_go_back(qtbot, a_window):
    a_window.go_on()
    a_window.back.click()
    assert a_window.stack.currentWidget() is a_window.language
    assert not a_window.back.isVisible()


def test_a_server_of_the_network_wants_its_token_and_no_folder(
    qtbot, desktop_settings, a_stranger, tasks, tmp_path
):
    remote = a_stranger
    window = FirstRunWindow(
        desktop_settings, tasks, lambda _folder: remote, tmp_path, remote=remote
    )
    qtbot.addWidget(window)
    assert window.pages == (window.administrator,)
    fill_in(window.administrator)
    assert not window.next.isEnabled()
    window.administrator.token.setText("token")
    assert window.next.isEnabled()
    window.go_on()
    qtbot.waitUntil(lambda: "token is wrong" in window.message.text())
