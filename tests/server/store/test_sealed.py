"""Sealed objects: every part of the right one is read, and nothing of a wrong one."""

import io
import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import DamagedError, UnavailableError
from app.server.store import sealed
from app.server.store.sealed import HEADER, TAG_SIZE, DataKey, opened, seal, sealed_size

CHUNK = 64
KEY = DataKey("0a" * 16, "1.2", bytes(range(32)), b"", "")
OTHER_KEY = DataKey("0b" * 16, "1.3", bytes(range(1, 33)), b"", "")
NAME = "ab/cd/1.2.3-00"


@pytest.fixture(scope="module", autouse=True)
def small_chunks():
    """So that small examples have many; the format is the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "CHUNK", CHUNK)
        yield


class Raw(io.RawIOBase):
    """A file of the disk that gives what it likes of what is asked for."""

    def __init__(self, content, most=1 << 30):
        self._content = io.BytesIO(content)
        self._most = most

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, *where):
        return self._content.seek(*where)

    def readinto(self, buffer):
        return self._content.readinto(memoryview(buffer)[: self._most])


def a_sealed(content, key=KEY, name=NAME):
    return b"".join(seal([content], len(content), key, name))


def reader(content, name=NAME, **limits):
    secrets = {each.id: each.secret for each in (KEY, OTHER_KEY)}

    def secret_of(key_id):
        if key_id not in secrets:
            raise DamagedError
        return secrets[key_id]

    return opened(Raw(content, **limits), name, secret_of)


contents = st.binary(max_size=6 * CHUNK)


@given(contents, st.lists(st.integers(0, 6 * CHUNK)), st.integers(1, 200))
def test_any_bytes_come_back_however_they_came(content, cuts, most):
    at = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [memoryview(content)[start:stop] for start, stop in pairwise(at)]
    stored = b"".join(seal(pieces, len(content), KEY, NAME))
    assert len(stored) == sealed_size(len(content))
    assert reader(stored, most=most).readall() == content


@given(contents, st.lists(st.tuples(st.integers(0, 7 * CHUNK), st.integers(0, 7 * CHUNK))))
def test_any_part_is_read_as_of_a_file(content, parts):
    file, plain = reader(a_sealed(content)), io.BytesIO(content)
    for start, size in parts:
        assert file.seek(start) == plain.seek(start)
        assert file.read(size) == plain.read(size)
        assert file.tell() == plain.tell()
    assert file.seek(0, os.SEEK_END) == len(content)
    assert file.seek(-1, os.SEEK_CUR) == max(len(content) - 1, 0)
    assert file.read() == content[-1:]


@given(contents, st.data())
def test_a_changed_bit_anywhere_is_damage(content, data):
    stored = bytearray(a_sealed(content))
    bit = data.draw(st.integers(0, len(stored) * 8 - 1))
    stored[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DamagedError):
        reader(bytes(stored)).readall()


@given(contents, st.data())
def test_what_was_cut_out_put_in_or_moved_is_damage(content, data):
    stored = a_sealed(content)
    places = st.integers(0, len(stored))
    start, stop = sorted((data.draw(places), data.draw(places)))
    part = data.draw(st.binary(max_size=2 * CHUNK))
    changed = stored[:start] + part + stored[stop:]
    if changed != stored:
        with pytest.raises(DamagedError):
            reader(changed).readall()


@given(st.binary(min_size=2 * CHUNK + 1, max_size=6 * CHUNK), st.data())
def test_chunks_in_another_order_are_damage(content, data):
    whole = a_sealed(content)
    step = CHUNK + TAG_SIZE
    starts = range(HEADER.size, len(whole), step)
    chunks = [whole[start : start + step] for start in starts]
    moved = data.draw(st.permutations(chunks))
    if moved != chunks:
        with pytest.raises(DamagedError):
            reader(whole[: HEADER.size] + b"".join(moved)).readall()


@given(st.binary(min_size=CHUNK + 1, max_size=3 * CHUNK))
def test_a_chunk_of_the_same_bytes_sealed_another_time_is_damage(content):
    once, again = a_sealed(content), a_sealed(content)
    assert once[HEADER.size :] != again[HEADER.size :]
    end = HEADER.size + CHUNK + TAG_SIZE
    with pytest.raises(DamagedError):
        reader(once[:end] + again[end:]).readall()
    with pytest.raises(DamagedError):
        reader(once[: HEADER.size] + again[HEADER.size :])


def test_an_object_opens_under_its_own_name_and_key_alone():
    stored = a_sealed(b"pixels")
    with pytest.raises(DamagedError):
        reader(stored, "ab/cd/1.2.3-01")
    other = bytes.fromhex(OTHER_KEY.id)
    with pytest.raises(DamagedError):
        reader(stored[:8] + other + stored[8 + len(other) :])


def test_nothing_of_the_plain_bytes_is_to_be_seen():
    content = b"PatientName" * 40
    assert b"Patient" not in a_sealed(content)


def test_a_source_that_changes_meanwhile_is_told():
    with pytest.raises(UnavailableError):
        list(seal([b"12"], 3, KEY, NAME))


def test_an_object_that_shrinks_while_it_is_read_is_damage():
    file = reader(a_sealed(bytes(3 * CHUNK)))
    file._raw = Raw(a_sealed(bytes(CHUNK)))
    with pytest.raises(DamagedError):
        file.readall()


def test_closing_closes_what_is_below():
    file = reader(a_sealed(b"1"))
    assert file.readable()
    assert file.seekable()
    with file:
        pass
    assert file._raw.closed


def test_real_chunks_are_read_together(monkeypatch):
    monkeypatch.setattr(sealed, "CHUNK", 256 * 1024)
    content = os.urandom(sealed.CHUNK * 18 + 5)
    file = reader(a_sealed(content))
    assert file.readall() == content
    file.seek(sealed.CHUNK - 3)
    assert file.read(6) == content[sealed.CHUNK - 3 :][:6]
