"""The status bar: which server, where scanners send to, who is signed in."""

import socket
from urllib.parse import urlsplit

from PySide6.QtWidgets import QStatusBar

from app.domain.access import Account
from app.domain.status import ServerStatus
from app.language import tr
from app.ui.language import Translated
from app.ui.texts import role_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, picture


class Status(Translated, QStatusBar):
    """Three facts in one line; the server's is red while it is away."""

    def __init__(self, account: Account | None, base_url: str, *, local: bool) -> None:
        super().__init__()
        self._account = account
        self._base_url = base_url
        self._local = local
        self._status: ServerStatus | None = None
        self._wanted_port = 0
        self._connected = True
        self.setSizeGripEnabled(False)
        self.server, self.dicom, self.user = label(), label(), label()
        self.addWidget(picture("server", 14))
        self.addWidget(self.server)
        self.addWidget(picture("scanner", 14))
        self.addWidget(self.dicom)
        self.addPermanentWidget(picture("user", 14))
        self.addPermanentWidget(self.user)
        self.setContentsMargins(tokens.S, 0, tokens.S, 0)
        self.retranslate()

    def show_status(self, status: ServerStatus, base_url: str, wanted_port: int) -> None:
        """Show what the server says of itself; `wanted_port` is the port of the settings."""
        self._status = status
        self._base_url = base_url
        self._wanted_port = wanted_port
        self.retranslate()

    def show_connected(self, *, connected: bool) -> None:
        """Show whether the server answers."""
        self._connected = connected
        self.retranslate()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        where = self._base_url
        if self._local:
            address = urlsplit(self._base_url).netloc
            where = tr("This computer ({address})", address=address)
        away = tr("not reachable")
        self.server.setText(where if self._connected else f"{where} · {away}")
        self.dicom.setText(self._dicom_text())
        account = self._account
        self.user.setText(f"{account.full_name} · {role_text(account.role)}" if account else "")

    def _dicom_text(self) -> str:
        status = self._status
        if status is None:
            return ""
        text = tr("DICOM: {ae_title} port {port}", ae_title=status.ae_title, port=status.dicom_port)
        if status.embedded and self._wanted_port not in (0, status.dicom_port):
            taken = tr("{port} was taken", port=self._wanted_port)
            return f"{text} ({taken})"
        return text


def host_for_scanners(base_url: str, *, embedded: bool) -> str:
    """The address scanners reach the server at, as this machine sees it; sends nothing."""
    if not embedded:
        return urlsplit(base_url).hostname or base_url
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket only asks the system which of our addresses it would use.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
