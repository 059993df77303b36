"""Small pictures of series, each kept as a file until its series has other images."""

import secrets
import time
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

GIVEN_UP = ".given-up"
RETRY_AFTER_S = 300
NONCE_SIZE = 12


class Thumbnails:
    """The pictures in `folder`; the version of one says what it was made of.

    `sealed`: none is ever there in the plain. They are encrypted by a key that ends with this
    process, because making one anew costs less than keeping a key for it.
    """

    def __init__(self, folder: Path, *, sealed: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._cipher = AESGCM(AESGCM.generate_key(256)) if sealed else None
        if sealed:
            for leftover in folder.iterdir():
                leftover.unlink()

    def get(self, series_uid: str, version: str) -> bytes | None:
        """The picture that was kept; empty when its pixels can't be decoded, None without one."""
        file = self._file(series_uid, version)
        try:
            kept = file.read_bytes()
        except FileNotFoundError:
            return None
        if self._cipher is None:
            return kept
        try:
            return self._cipher.decrypt(kept[:NONCE_SIZE], kept[NONCE_SIZE:], file.name.encode())
        except InvalidTag:
            return None

    def keep(self, series_uid: str, version: str, picture: bytes) -> None:
        """Keep a picture in place of the series' older ones."""
        file = self._file(series_uid, version)
        if self._cipher:
            nonce = secrets.token_bytes(NONCE_SIZE)
            picture = nonce + self._cipher.encrypt(nonce, picture, file.name.encode())
        self._write(file, series_uid, picture)

    def give_up(self, series_uid: str, version: str) -> None:
        """Remember for RETRY_AFTER_S that there was no answer."""
        self._write(self._file(series_uid, version, GIVEN_UP), series_uid, b"")

    def was_given_up(self, series_uid: str, version: str) -> bool:
        """Whether it is not worth asking again yet."""
        try:
            since = self._file(series_uid, version, GIVEN_UP).stat().st_mtime
        except FileNotFoundError:
            return False
        return time.time() - since < RETRY_AFTER_S

    def forget(self, series_uid: str) -> None:
        """Drop the picture of a series that has other images now."""
        for suffix in (".png", GIVEN_UP):
            for old in self._folder.glob(f"{series_uid}-*{suffix}"):
                old.unlink(missing_ok=True)

    def _file(self, series_uid: str, version: str, suffix: str = ".png") -> Path:
        return self._folder / f"{series_uid}-{version}{suffix}"

    def _write(self, file: Path, series_uid: str, content: bytes) -> None:
        """As a whole, so that nobody reads half of it."""
        self.forget(series_uid)
        written = file.with_suffix(f".{secrets.token_hex(4)}")
        written.write_bytes(content)
        written.replace(file)
