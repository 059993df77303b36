"""The accounts of a server: who can sign in, and making another account."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.access import Account, Permission, Role
from app.domain.errors import ConflictError, InvalidError, WeakPasswordError
from app.language import tr
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.texts import error_text, role_text
from app.ui.theme import tokens
from app.ui.widgets.fields import Field
from app.ui.widgets.labels import label, line, push_button
from app.ui.widgets.messages import MessageBar
from app.ui.widgets.passwords import NewPassword


class AccountsDialog(Translated, QDialog):
    """A table on top, a form for a new account below it where the role allows."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._accounts: tuple[Account, ...] = ()
        self.table = QTableWidget(0, 3)
        self.message = MessageBar()
        self.username, self.full_name, self.role = QLineEdit(), QLineEdit(), QComboBox()
        self.password = NewPassword(lambda: (self.username.text(), self.full_name.text()))
        self.create_button = push_button("primary", "plus")
        self._close = push_button()
        self._heading = label(tone="heading")
        self._lay_out()
        for field in (self.username, self.full_name):
            field.textChanged.connect(self.password.check)
        self.password.changed.connect(self._show_ready)
        self.create_button.clicked.connect(lambda _checked: self.create_account())
        self._close.clicked.connect(self.accept)
        self.retranslate()
        self._show_ready()
        self._load()

    def create_account(self) -> None:
        """Make the account that is filled in."""
        username, full_name = self.username.text().strip(), self.full_name.text().strip()
        role, password = Role(self.role.currentData()), self.password.text()
        self._context.tasks.run(
            "accounts/create",
            lambda _task: self._context.server.create_account(username, full_name, role, password),
            self._created,
            self._failed,
        )
        self._show_ready()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.setWindowTitle(tr("Accounts"))
        self.table.setAccessibleName(tr("Accounts"))
        self.table.setHorizontalHeaderLabels([tr("User name"), tr("Full name"), tr("Role")])
        self._heading.setText(tr("New account"))
        self.create_button.setText(tr("Create account"))
        self._close.setText(tr("Close"))
        chosen = max(self.role.currentIndex(), 0)
        self.role.clear()
        for role in (Role.DOCTOR, Role.OPERATOR, Role.ADMIN):
            self.role.addItem(role_text(role), role.value)
        self.role.setCurrentIndex(chosen)
        self._show(self._accounts)

    def done(self, result: int) -> None:
        """Drop what is under way."""
        self._context.tasks.cancel("accounts")
        super().done(result)

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.resize(760, 620)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(tokens.ROW_HEIGHT)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        column.addWidget(self.message)
        column.addWidget(self.table, 1)
        form = self._form()
        form.setVisible(Permission.ACCOUNT_CREATE in self._context.server.permissions)
        column.addWidget(form)
        column.addWidget(self._close, 0, Qt.AlignmentFlag.AlignRight)

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

    # --- work ------------------------------------------------------------------------------------

    def _load(self) -> None:
        self._context.tasks.run(
            "accounts/list",
            lambda _task: self._context.server.accounts(),
            self._show,
            self._failed,
        )

    def _show(self, accounts: tuple[Account, ...]) -> None:
        self._accounts = accounts
        self.table.setRowCount(len(accounts))
        for row, account in enumerate(accounts):
            texts = (account.username, account.full_name, role_text(account.role))
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))

    def _created(self, account: Account) -> None:
        for field in (self.username, self.full_name, self.password.first, self.password.second):
            field.clear()
        name = account.full_name
        self.message.show_message("success", lambda: tr("{name} can sign in now.", name=name))
        self._load()

    def _failed(self, error: Exception) -> None:
        self._show_ready()
        self.message.show_message("error", lambda: _failure_text(error))

    def _show_ready(self) -> None:
        filled = bool(self.username.text().strip() and self.full_name.text().strip())
        busy = self._context.tasks.running("accounts/create")
        self.create_button.setEnabled(filled and self.password.is_good() and not busy)


def _failure_text(error: Exception) -> str:
    if isinstance(error, ConflictError):
        return tr("This user name is taken. Choose another one.")
    if isinstance(error, InvalidError) and not isinstance(error, WeakPasswordError):
        return tr("User name or full name can't be used. Take letters, digits and spaces.")
    return error_text(error)
