"""Chapter one: the assistant of the first start, accounts, signing out and in."""

from PySide6.QtWidgets import QRadioButton

from app.client.server import Server
from app.demo import hands
from app.demo.journey.stage import PEOPLE, Stage
from app.demo.steps import Step, StepFailedError, check
from app.domain.access import Role
from app.domain.errors import UnauthenticatedError
from app.language import LANGUAGE_NAMES
from app.ui.accounts.dialog import AccountsDialog
from app.ui.first_run.window import FirstRunWindow
from app.ui.main_window import MainWindow
from app.ui.sign_in.window import SignInWindow
from app.ui.widgets.passwords import NewPassword

GUESSES = (("admin", "admin"), ("admin", ""), ("root", "password"))


def first_run(stage: Stage, step: Step) -> None:
    """Make the first administrator in the assistant; no default password opens anything."""
    window = hands.wait_for(lambda: hands.window(FirstRunWindow), "the assistant")
    button = window.language.buttons.button(list(LANGUAGE_NAMES).index(stage.language))
    check(isinstance(button, QRadioButton), "the assistant offers no language")
    hands.choose(button)
    stage.picture("first-run-language", window)
    hands.click(window.next)
    hands.write(window.folder.path, str(stage.data_dir))
    hands.wait_for(window.next.isEnabled, "the archive folder to be found good")
    stage.picture("first-run-folder", window)
    hands.click(window.next)
    chief = PEOPLE[Role.ADMIN]
    hands.write(window.administrator.username, chief.username)
    hands.write(window.administrator.full_name, chief.full_name)
    _write_password(window.administrator.password, stage.passwords[Role.ADMIN])
    hands.wait_for(window.next.isEnabled, "the password to be found good")
    stage.picture("first-run-administrator", window)
    hands.click(window.next)
    hands.wait_for(lambda: window.stack.currentWidget() is window.samples, "the account", 40)
    hands.choose(window.samples.empty)
    stage.picture("first-run-samples", window)
    hands.click(window.next)
    hands.wait_for(lambda: hands.window(MainWindow), "the main window")
    _no_default_password(stage)
    step.saw(f"administrator {chief.username} made; {len(GUESSES)} usual passwords refused")


def _write_password(field: NewPassword, password: str) -> None:
    hands.write(field.first, password)
    hands.write(field.second, password)


def _no_default_password(stage: Stage) -> None:
    note = stage.note()
    server = Server(note.url)
    try:
        for username, password in GUESSES:
            try:
                server.sign_in(username, password)
            except UnauthenticatedError:
                continue
            raise StepFailedError(f"the password of {username} is a default one")
    finally:
        server.close()


def make_accounts(stage: Stage, step: Step) -> None:
    """The administrator makes a doctor and an operator."""
    accounts = []

    def work(dialog: AccountsDialog) -> None:
        for role in (Role.DOCTOR, Role.OPERATOR):
            _make_account(stage, dialog, role)
        stage.picture("accounts", dialog)
        accounts.append(dialog.table.rowCount())

    hands.in_dialog(AccountsDialog, lambda: hands.trigger(stage.main, "file.accounts"), work)
    step.saw(f"{accounts[0]} accounts")


def _make_account(stage: Stage, dialog: AccountsDialog, role: Role) -> None:
    person = PEOPLE[role]
    hands.write(dialog.username, person.username)
    hands.write(dialog.full_name, person.full_name)
    dialog.role.setCurrentIndex(dialog.role.findData(role.value))
    _write_password(dialog.password, stage.passwords[role])
    hands.wait_for(dialog.create_button.isEnabled, "the account to be acceptable")
    rows = dialog.table.rowCount()
    hands.click(dialog.create_button)
    hands.wait_for(lambda: dialog.table.rowCount() > rows, "the account in the list")


def sign_out_and_in(stage: Stage, step: Step) -> None:
    """Signing out ends the session on the server; the doctor signs in."""
    token = stage.server.refresh_token
    hands.trigger(stage.main, "file.sign-out")
    window = hands.wait_for(lambda: hands.window(SignInWindow), "the sign-in window")
    _check_revoked(stage, token)
    person = PEOPLE[Role.DOCTOR]
    hands.write(window.username, person.username)
    hands.write(window.password, "a wrong password")
    hands.click(window.button)
    hands.wait_for(window.message.text, "the refusal of a wrong password", 30)
    stage.picture("sign-in-refused", window)
    hands.write(window.password, stage.passwords[Role.DOCTOR])
    stage.picture("sign-in", window)
    hands.click(window.button)
    hands.wait_for(lambda: hands.window(MainWindow), "the main window", 30)
    step.saw("the old session is revoked, a wrong password is refused, the doctor is signed in")


def _check_revoked(stage: Stage, refresh_token: str) -> None:
    note = stage.note()
    server = Server(note.url)
    try:
        server.resume(refresh_token)
    except UnauthenticatedError:
        return
    finally:
        server.close()
    raise StepFailedError("the session goes on after signing out")
