"""What of Vault's HTTP interface wraps keys. Vault itself is a server of 400 MB that no package
index has, so the double is written after its documentation: transit/encrypt and transit/decrypt
with associated data, tokens, and errors as Vault words them."""

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "vault:v1:"


class Vault:
    """One transit engine at `transit` with a key `klinika`, for those who have `token`."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(8)
        self.address = ""
        self.body: bytes | None = None
        """What it answers to everything, instead."""
        self._key = AESGCM(AESGCM.generate_key(256))

    def answer(self, path: str, token: str | None, question: dict[str, str]) -> tuple[int, object]:
        """Status and body."""
        if token != self.token:
            return 403, {"errors": ["permission denied"]}
        aad = base64.b64decode(question["associated_data"])
        if path == "/v1/transit/encrypt/klinika":
            nonce, plain = secrets.token_bytes(12), base64.b64decode(question["plaintext"])
            sealed = base64.b64encode(nonce + self._key.encrypt(nonce, plain, aad)).decode()
            return 200, {"data": {"ciphertext": PREFIX + sealed, "key_version": 1}}
        if path == "/v1/transit/decrypt/klinika":
            sealed = base64.b64decode(question["ciphertext"].removeprefix(PREFIX))
            try:
                plain = self._key.decrypt(sealed[:12], sealed[12:], aad)
            except InvalidTag:
                return 400, {"errors": ["cipher: message authentication failed"]}
            return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}
        return 404, {"errors": ["no handler for route"]}


@contextmanager
def a_vault() -> Iterator[Vault]:
    """It runs."""
    vault = Vault()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            token = self.headers.get("X-Vault-Token")
            status, answer = vault.answer(self.path, token, question)
            body = json.dumps(answer).encode() if vault.body is None else vault.body
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        vault.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield vault
        finally:
            server.shutdown()
            thread.join()
