"""The accounts of a server: who can sign in, and making another account."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.access import Account, Permission, Role
from app.domain.errors import ConflictError, InvalidError, WeakPasswordError
from app.language import mark, tr
from app.ui.context import Context
from app.ui.texts import error_text, role_text
from app.ui.theme import tokens
from app.ui.widgets.fields import Field
from app.ui.widgets.labels import label, line, push_button
from app.ui.widgets.passwords import NewPassword
from app.ui.widgets.records import RecordsDialog
from app.ui.widgets.tables import RecordColumn, RecordTable

COLUMNS = (
    RecordColumn(mark("User name"), lambda account: account.username),
    RecordColumn(mark("Full name"), lambda account: account.full_name),
    RecordColumn(mark("Role"), lambda account: role_text(account.role)),
)


class AccountsDialog(RecordsDialog):
    """A table on top, a form for a new account below it where the role allows."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, "accounts", parent)
        self.username, self.full_name, self.role = QLineEdit(), QLineEdit(), QComboBox()
        self.password = NewPassword(lambda: (self.username.text(), self.full_name.text()))
        self.create_button = push_button("primary", "plus")
        self._heading = label(tone="heading")
        table = RecordTable(mark("Accounts"), COLUMNS, lambda account: account.username)
        form = self._form()
        form.setVisible(Permission.ACCOUNT_CREATE in context.server.permissions)
        self.lay_out((760, 620), table, (form,))
        for field in (self.username, self.full_name):
            field.textChanged.connect(self.password.check)
        self.password.changed.connect(self.show_chosen)
        self.create_button.clicked.connect(lambda _checked: self.create_account())
        self.retranslate()
        self.show_chosen()
        self.load()

    def create_account(self) -> None:
        """Make the account that is filled in."""
        username, full_name = self.username.text().strip(), self.full_name.text().strip()
        role, password = Role(self.role.currentData()), self.password.text()
        server = self.context.server
        self.run(lambda: server.create_account(username, full_name, role, password), self._created)

    def fetch(self) -> tuple[Account, ...]:
        """Everyone who can sign in."""
        return self.context.server.accounts()

    def show_chosen(self) -> None:
        """Whether the account that is filled in can be made."""
        filled = bool(self.username.text().strip() and self.full_name.text().strip())
        self.create_button.setEnabled(filled and self.password.is_good() and not self.is_busy())

    def failure_text(self, error: Exception) -> str:
        """What is wrong with the account."""
        if isinstance(error, ConflictError):
            return tr("This user name is taken. Choose another one.")
        if isinstance(error, InvalidError) and not isinstance(error, WeakPasswordError):
            return tr("User name or full name can't be used. Take letters, digits and spaces.")
        return error_text(error)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.setWindowTitle(tr("Accounts"))
        self._heading.setText(tr("New account"))
        self.create_button.setText(tr("Create account"))
        chosen = max(self.role.currentIndex(), 0)
        self.role.clear()
        for role in (Role.DOCTOR, Role.OPERATOR, Role.ADMIN):
            self.role.addItem(role_text(role), role.value)
        self.role.setCurrentIndex(chosen)

    # --- parts -----------------------------------------------------------------------------------

    def _form(self) -> QWidget:
        names = QHBoxLayout()
        names.setSpacing(tokens.M)
        names.addWidget(Field(self.username, lambda: tr("User name")), 1)
        names.addWidget(Field(self.full_name, lambda: tr("Full name")), 1)
        names.addWidget(Field(self.role, lambda: tr("Role")), 1)
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.M)
        column.addWidget(line())
        column.addWidget(self._heading)
        column.addLayout(names)
        column.addWidget(self.password)
        column.addWidget(self.create_button, 0, Qt.AlignmentFlag.AlignLeft)
        return form

    def _created(self, account: Account) -> None:
        for field in (self.username, self.full_name, self.password.first, self.password.second):
            field.clear()
        name = account.full_name
        self.message.show_message("success", lambda: tr("{name} can sign in now.", name=name))
        self.load()
