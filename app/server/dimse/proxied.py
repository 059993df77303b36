"""The PROXY protocol, version 1: a reverse proxy says first whose connection it hands on.

https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt
"""

import ipaddress
import socket
import time

MAX_LINE = 107
"""Bytes of the longest line, with its end."""
TIMEOUT_S = 5.0
"""A proxy sends its line with the connection: so long may it all take."""


class NoProxyLineError(OSError):
    """What came is no line of the protocol."""


def caller_address(connection: socket.socket) -> str:
    """Read the line a proxy sends first: the address of the caller it speaks for.

    Empty when the proxy does not know it, as for its own checks. Raises OSError.
    """
    try:
        words = _line(connection).decode("ascii", "replace").split(" ")
    finally:
        connection.settimeout(None)
    if words[:2] == ["PROXY", "UNKNOWN"]:
        return ""
    if len(words) != 6 or words[0] != "PROXY" or words[1] not in ("TCP4", "TCP6"):
        raise NoProxyLineError("no line of the PROXY protocol")
    try:
        return str(ipaddress.ip_address(words[2]))
    except ValueError as error:
        raise NoProxyLineError("no address in the PROXY protocol") from error


def _line(connection: socket.socket) -> bytes:
    """The line, of which not a byte more is taken: what follows belongs to the caller."""
    line, deadline = b"", time.monotonic() + TIMEOUT_S
    while len(line) < MAX_LINE and not line.endswith(b"\r\n"):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the line of the proxy does not end")
        connection.settimeout(left)
        byte = socket.socket.recv(connection, 1)  # beneath TLS, which begins behind the line
        if not byte:
            break
        line += byte
    if not line.endswith(b"\r\n"):
        raise NoProxyLineError("no line of the PROXY protocol")
    return line[:-2]
