"""The certificates that the system trusts, for connections to others."""

import ssl
from typing import Any


class SystemTrust(ssl.SSLContext):
    """A client's context that reads those certificates for its first connection.

    That takes some 50 ms, for which no start of a server has to wait.
    """

    _is_read = False

    def wrap_socket(self, *arguments: Any, **named: Any) -> ssl.SSLSocket:  # noqa: ANN401 - its base's
        """As of any context."""
        if not self._is_read:
            self.load_default_certs(ssl.Purpose.SERVER_AUTH)
            self._is_read = True
        return super().wrap_socket(*arguments, **named)
