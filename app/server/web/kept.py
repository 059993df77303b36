"""Answers that cost much to make and are asked for again, in memory and in fewer bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator

import imagecodecs

MOST = 64 * 1024 * 1024
"""Bytes of all that is kept."""
MOST_OF_ONE = 4 * 1024 * 1024
LEVEL = 3


class KeptAnswers:
    """The answers asked for last, by a key that is never used for other bytes; for any thread."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._kept: OrderedDict[str, list[bytes]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def pieces(self, key: str, make: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
        """The answer of `key`; made when it is not kept, and kept when all of it was taken."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        if found is None:
            return self._made(key, make)
        return (bytes(imagecodecs.zstd_decode(piece)) for piece in found)

    def _made(self, key: str, make: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
        found: list[bytes] = []
        size = 0
        for piece in make():
            yield piece
            if size <= self._most_of_one:
                found.append(bytes(imagecodecs.zstd_encode(piece, level=LEVEL)))
                size += len(found[-1])
        if size <= self._most_of_one:
            self._keep(key, found)

    def _keep(self, key: str, found: list[bytes]) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = found
            self._size += _size(found)
            while self._size > self._most:
                _key, oldest = self._kept.popitem(last=False)
                self._size -= _size(oldest)


def _size(pieces: Iterable[bytes]) -> int:
    return sum(map(len, pieces))
