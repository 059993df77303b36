"""Passwords: argon2id hashes, and which passwords are too weak to be taken.

Parameters: OWASP Password Storage, 64 MiB and three passes. Rules: NIST SP 800-63B 5.1.1.2, length
and a list of known ones instead of character classes.
"""

import itertools
import threading
import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.auth.common import COMMON
from app.domain.errors import WeakPasswordError

MIN_LENGTH = 12
MAX_LENGTH = 256
MIN_DIFFERENT = 5
HASHES_AT_ONCE = 2
"""Each takes 64 MiB: more people who sign in at once wait for their turn."""

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=2, type=Type.ID)
_turn = threading.BoundedSemaphore(HASHES_AT_ONCE)

NOBODYS_HASH = f"$argon2id$v=19$m=65536,t=3,p=2${'A' * 22}${'A' * 43}"
"""A hash that no password has: an unknown name costs the same time as a wrong password."""


def hash_password(password: str) -> str:
    """The argon2id hash of `password` with its parameters and salt."""
    with _turn:
        return _hasher.hash(_normal(password))


def matches(password: str, stored: str) -> bool:
    """Whether `stored` is a hash of `password`."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        with _turn:
            return _hasher.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether `stored` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def check_strength(password: str, *, site_words: tuple[str, ...] = ()) -> None:
    """Raise WeakPasswordError when `password` is short, common, or made of `site_words`.

    `site_words` are the names an attacker tries first: the account's, the clinic's.
    """
    if len(_normal(password)) < MIN_LENGTH:
        raise WeakPasswordError(f"shorter than {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise WeakPasswordError(f"longer than {MAX_LENGTH} characters")
    folded = _normal(password).casefold()
    if len(set(folded)) < MIN_DIFFERENT or _is_sequence(folded):
        raise WeakPasswordError("too few different characters")
    rest = folded
    for word in sorted(_words(site_words) | COMMON, key=len, reverse=True):
        rest = rest.replace(word, "\0")
    if sum(character.isalpha() for character in rest) < MIN_DIFFERENT and "\0" in rest:
        raise WeakPasswordError("made of a common word or of a name")


def _words(site_words: tuple[str, ...]) -> set[str]:
    return {
        part for word in site_words for part in _normal(word).casefold().split() if len(part) >= 3
    }


def _is_sequence(text: str) -> bool:
    """Whether neighbours differ by the same step throughout, as in `abcdefghijkl`."""
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(text)}
    return len(steps) == 1


def _normal(text: str) -> str:
    """One form for a password however a keyboard composes it."""
    return unicodedata.normalize("NFKC", text)
