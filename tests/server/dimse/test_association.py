"""What a scanner sends arrives, and what can't be kept is answered with the right status."""

import contextlib
import errno
import io
import socket
import threading
import time
from dataclasses import replace

import pytest
from pydicom import dcmread

from app.domain.errors import (
    ConfigurationError,
    ConflictError,
    StorageFullError,
    UnavailableError,
)
from app.domain.ingest import StoreOutcome
from app.server.core.studies import study
from app.server.dimse import node as node_module
from app.server.dimse import room, wire
from app.server.dimse.node import DicomNode
from app.server.dimse.requestor import Requestor
from app.server.dimse.scu import Peer, echo
from app.server.dimse.sending import NO_RESPONSE, Outgoing
from app.server.dimse.sending import send as send_objects
from app.server.dimse.status import Status
from app.server.dimse.wire import Line
from app.server.store import spool as spool_module
from app.server.store.spool import Spool
from tests.conftest import PATIENCE_S
from tests.server.dimse import raw
from tests.server.samples import an_object, sop_uid, study_uid
from tests.server.stored import object_file

C_STORE, C_ECHO, C_FIND, C_CANCEL = 0x0001, 0x0030, 0x0020, 0x0FFF
ACCEPTED, REJECTED, DATA, RELEASE, RELEASED, ABORTED = 2, 3, 4, 5, 6, 7


@pytest.fixture
def send(peer, tmp_path):
    """Sends objects as a scanner does and answers their statuses."""

    def send(*objects: bytes) -> list[int]:
        files = []
        for number, data in enumerate(objects):
            files.append(tmp_path / f"{number}.dcm")
            files[-1].write_bytes(data)
        outgoing = [Outgoing.of(file) for file in files]
        return [sent.status for sent in send_objects(peer, "SCANNER", outgoing)]

    return send


def data_set_of(part10: bytes) -> bytes:
    return part10[144 + int.from_bytes(part10[140:144], "little") :]


def test_an_echo_is_answered(peer):
    assert echo(peer, "SCANNER") == Status.SUCCESS


def test_a_study_arrives_bit_by_bit(send, database, objects, doctor):
    sent = [an_object(number=number, value=number) for number in range(1, 6)]
    assert send(*sent) == [Status.SUCCESS] * 5
    assert study(database, doctor, study_uid(1)).summary.instance_count == 5
    for number, data in enumerate(sent, 1):
        kept = object_file(database, objects, doctor, sop_uid(1, 1, number)).read_bytes()
        assert data_set_of(kept) == data_set_of(data)
        assert dcmread(io.BytesIO(kept)).file_meta.MediaStorageSOPInstanceUID == sop_uid(
            1, 1, number
        )


@pytest.mark.logs("object-conflict", "request-not-done")
def test_a_repetition_succeeds_and_a_conflict_is_told(send):
    statuses = send(an_object(value=1), an_object(value=1), an_object(value=2))
    assert statuses == [0x0000, 0x0000, Status.DUPLICATE_INSTANCE]


def test_a_large_object_goes_through_the_spool_and_leaves_nothing_there(
    send, spool, database, objects, doctor, monkeypatch
):
    monkeypatch.setattr(spool_module, "PIECE", 4096)
    data = an_object(side=512)
    assert send(data) == [Status.SUCCESS]
    kept = object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes()
    assert data_set_of(kept) == data_set_of(data)
    assert list(spool.iterdir()) == []


def test_what_a_killed_process_was_receiving_is_removed(spool):
    spool.mkdir(parents=True)
    (spool / "c-store-1").write_bytes(b"half")
    Spool(spool)
    assert list(spool.iterdir()) == []


@pytest.mark.logs("request-not-done")
def test_an_object_above_the_limit_is_refused_and_the_next_is_kept(send):
    assert send(an_object(side=4200), an_object(number=2)) == [
        Status.OUT_OF_RESOURCES,
        Status.SUCCESS,
    ]


class FailingDoor:
    """Answers every object with an error."""

    def __init__(self, error):
        self.error = error

    def store(self, actor, source, data):
        raise self.error


@pytest.fixture
def send_to(tmp_path, parts):
    """Sends one object to a node with another door and answers its status."""

    def send_to(door) -> int:
        node = DicomNode(host="127.0.0.1", port=0, parts=replace(parts, door=door))
        node.start()
        file = tmp_path / "1.dcm"
        file.write_bytes(an_object())
        peer = Peer("127.0.0.1", node.port, "KLINIKA")
        try:
            (sent,) = send_objects(peer, "SCANNER", [Outgoing.of(file)])
        finally:
            node.stop()
        return sent.status

    return send_to


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StorageFullError(), Status.OUT_OF_RESOURCES),
        (OSError(28, "No space left"), Status.OUT_OF_RESOURCES),
        (UnavailableError(), Status.OUT_OF_RESOURCES),
        (ConflictError(), Status.PROCESSING_FAILURE),
    ],
)
@pytest.mark.logs("request-not-done")
def test_a_failing_archive_is_told_to_the_peer(send_to, error, expected):
    assert send_to(FailingDoor(error)) == expected


@pytest.mark.logs("association-failed")
def test_a_failure_nobody_expected_ends_the_association_without_an_answer(send_to):
    with pytest.raises(UnavailableError, match="aborted"):
        send_to(FailingDoor(ValueError()))


def test_an_object_of_an_unknown_class_is_not_sent(send):
    private = an_object(SOPClassUID="1.2.3.4")
    private = private.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.3.4.5.6.7.8.9.10.11.1", 1)
    assert send(private, an_object(number=2)) == [NO_RESPONSE, Status.SUCCESS]


def test_a_connection_without_a_thread_is_closed_and_the_next_one_served(
    peer, connect, monkeypatch
):
    def fail(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as exhausted:
        exhausted.setattr(node_module.threading.Thread, "start", fail)
        assert raw.answer(connect())[0] == 0
    assert echo(peer, "SCANNER") == Status.SUCCESS


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS, errno.EPERM, errno.ENETDOWN])
@pytest.mark.logs("accept-failed")
def test_whatever_keeps_the_node_from_accepting_it_goes_on_when_that_is_over(
    parts, monkeypatch, number
):
    failures = iter(range(3))
    accept = socket.socket.accept

    def fail_at_first(listener):
        if next(failures, None) is not None:
            raise OSError(number, "for a while")
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", fail_at_first)
    node = DicomNode(host="127.0.0.1", port=0, parts=parts)
    node.start()
    try:
        assert echo(Peer("127.0.0.1", node.port, "KLINIKA"), "SCANNER") == Status.SUCCESS
    finally:
        node.stop()


@pytest.mark.logs("request-not-done", "spool-full")
def test_a_full_spool_is_told_and_the_association_goes_on(send, monkeypatch, spool):
    monkeypatch.setattr(spool_module, "PIECE", 1024)
    spool.rmdir()
    assert send(an_object(side=64), an_object(side=64)) == [Status.OUT_OF_RESOURCES] * 2


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x08\x00\x18\x00UI\xff\xff1.2", Status.CANNOT_UNDERSTAND),
        (data_set_of(an_object(StudyInstanceUID="")), Status.DATA_SET_MISMATCH),
    ],
)
@pytest.mark.logs("request-not-done")
def test_a_bad_data_set_is_refused_with_its_reason(connect, data, expected):
    connection = connect()
    raw.associate(connection)
    connection.sendall(raw.store_request(data) + raw.pdu(DATA, raw.value(raw.STORE, data)))
    kind, body = raw.answer(connection)
    assert (kind, raw.status(body)) == (DATA, expected)


CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
THE_FIRST, THE_SECOND = sop_uid(1, 1, 1), sop_uid(1, 1, 2)


@pytest.fixture
def store_as(connect):
    """Sends CT image 1 under the UIDs that the command names, and answers the status."""

    def store_as(sop_class: str, sop_instance_uid: str) -> int:
        connection = connect()
        raw.associate(connection)
        uids = {"sop_class": sop_class, "sop_instance_uid": sop_instance_uid}
        command = raw.command(C_STORE, data_set=True, **uids)
        connection.sendall(
            raw.pdu(DATA, raw.value(raw.STORE, command, command=True))
            + raw.pdu(DATA, raw.value(raw.STORE, data_set_of(an_object())))
        )
        return raw.status(raw.answer(connection)[1])

    return store_as


@pytest.mark.logs("request-not-done")
def test_another_object_than_the_command_names_is_refused(store_as):
    assert store_as(CT, THE_SECOND) == Status.DATA_SET_MISMATCH
    assert store_as(MR, THE_FIRST) == Status.DATA_SET_MISMATCH


def test_an_object_may_be_named_with_any_padding_or_not_at_all(store_as):
    assert store_as(CT + "\0", THE_FIRST + "  \0") == Status.SUCCESS
    assert store_as("", "") == Status.SUCCESS


def test_a_message_may_come_in_any_pieces(connect, database, doctor):
    connection = connect()
    raw.associate(connection)
    command = raw.command(C_STORE, data_set=True, sop_instance_uid=sop_uid(1, 1, 1))
    data = data_set_of(an_object())
    pieces = b"".join(
        raw.value(raw.STORE, command[at : at + 7], command=True, last=at + 7 >= len(command))
        for at in range(0, len(command), 7)
    )
    connection.sendall(raw.pdu(DATA, pieces))
    for at in range(0, len(data), 100):
        piece = raw.value(raw.STORE, data[at : at + 100], last=at + 100 >= len(data))
        for byte_range in (piece[:3], piece[3:]):
            connection.sendall(
                raw.pdu(DATA, piece)[:9] if byte_range == piece[:3] else raw.pdu(DATA, piece)[9:]
            )
    kind, body = raw.answer(connection)
    assert (kind, raw.status(body)) == (DATA, Status.SUCCESS)
    assert study(database, doctor, study_uid(1)).summary.instance_count == 1


@pytest.mark.logs("request-not-done")
def test_what_is_not_offered_is_answered_so_and_a_cancel_is_passed_over(connect):
    connection = connect()
    raw.associate(connection)
    for field in (C_CANCEL, C_FIND):
        message = raw.command(field, data_set=False)
        connection.sendall(raw.pdu(DATA, raw.value(raw.ECHO, message, command=True)))
    kind, body = raw.answer(connection)
    assert (kind, raw.status(body)) == (DATA, Status.UNRECOGNIZED_OPERATION)


def test_a_release_is_answered_and_an_abort_ends_it(connect):
    connection = connect()
    raw.associate(connection)
    connection.sendall(raw.pdu(5, bytes(4)))
    assert raw.answer(connection)[0] == RELEASED
    assert raw.answer(connection)[0] == 0
    for before in (b"", raw.request()):  # before and after the handshake
        connection = connect()
        connection.sendall(before + raw.pdu(ABORTED, bytes(4)))
        kind, _body = raw.answer(connection)
        assert kind in (0, ACCEPTED)


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        (raw.request(called="OTHER"), bytes((0, 1, 1, 7))),
        (raw.request(application_context="1.2.3"), bytes((0, 1, 1, 2))),
        (raw.request()[:7] + b"\2" + raw.request()[8:], bytes((0, 1, 2, 2))),
    ],
)
@pytest.mark.logs("association-rejected")
def test_a_request_for_something_else_is_rejected(connect, request_pdu, answer):
    connection = connect()
    connection.sendall(request_pdu)
    assert raw.answer(connection) == (REJECTED, answer)


@pytest.fixture
def a_node_for_one(parts, monkeypatch):
    """A node that takes one association at once."""
    monkeypatch.setattr(room, "MAX_ASSOCIATIONS", 1)
    node = DicomNode(host="127.0.0.1", port=0, parts=parts)
    node.start()
    yield node
    node.stop()


@pytest.mark.logs("association-rejected")
def test_one_association_too_many_is_rejected_for_now(a_node_for_one):
    def connected() -> socket.socket:
        return socket.create_connection(("127.0.0.1", a_node_for_one.port), timeout=PATIENCE_S)

    with connected(), connected() as first, connected() as second:  # the idle one counts not
        raw.associate(first)
        second.sendall(raw.request())
        assert raw.answer(second) == (REJECTED, bytes((0, 2, 3, 2)))
    end = time.monotonic() + PATIENCE_S
    with contextlib.ExitStack() as opened:
        while not _is_served(opened.enter_context(connected())):
            assert time.monotonic() < end


@pytest.mark.logs("connection-refused")
def test_a_peer_with_too_many_connections_is_turned_away(connect, monkeypatch):
    monkeypatch.setattr(room, "MAX_CONNECTIONS_PER_PEER", 2)
    held = [connect(), connect()]
    for connection in held:
        raw.associate(connection)
    assert raw.answer(connect()) == (REJECTED, bytes((0, 2, 3, 2)))
    held[0].close()
    end = time.monotonic() + PATIENCE_S
    while not _is_served(connect()):
        assert time.monotonic() < end


def _is_served(connection: socket.socket) -> bool:
    try:
        connection.sendall(raw.request())
    except OSError:
        return False
    return raw.answer(connection)[0] == ACCEPTED


def test_a_hundred_idle_connections_of_one_host_leave_room_for_others(node, connect):
    for _ in range(120):
        connect()
    with socket.create_connection(
        ("127.0.0.1", node.port), timeout=PATIENCE_S, source_address=("127.0.0.2", 0)
    ) as other:
        raw.associate(other)


def test_a_port_in_use_is_told_or_the_next_one_taken(node, parts):
    def another(**options):
        return DicomNode(host="127.0.0.1", port=node.port, parts=parts, **options)

    with pytest.raises(ConfigurationError):
        another()
    other = another(any_port=True)
    assert other.port != node.port
    other.stop()


def test_an_address_that_is_not_ours_is_told(parts):
    with pytest.raises(ConfigurationError):
        DicomNode(host="192.0.2.1", port=0, parts=parts)


def test_the_node_listens_on_ipv6_when_told(parts):
    if not socket.has_ipv6:
        return
    node = DicomNode(host="::1", port=0, parts=parts)
    node.start()
    with socket.create_connection(("::1", node.port), timeout=PATIENCE_S) as connection:
        raw.associate(connection)
    node.stop()


def test_a_node_that_stops_ends_its_associations(node, connect):
    connection = connect()
    raw.associate(connection)
    node.stop()
    assert raw.answer(connection)[0] in (0, ABORTED)


@pytest.mark.logs("association-rejected")
def test_a_peer_that_does_not_want_us_is_unavailable(node):
    with pytest.raises(UnavailableError):
        echo(Peer("127.0.0.1", node.port, "OTHER"), "SCANNER")


@pytest.mark.logs("object-conflict", "request-not-done")
def test_the_outcome_of_a_conflict_is_in_the_comment(connect, ingest, doctor, source):
    ingest.store(doctor, source, an_object(value=1))
    connection = connect()
    raw.associate(connection)
    data = data_set_of(an_object(value=2))
    connection.sendall(raw.store_request(data) + raw.pdu(DATA, raw.value(raw.STORE, data)))
    _kind, body = raw.answer(connection)
    assert StoreOutcome.CONFLICT.encode() in body


@pytest.mark.parametrize(
    ("taken", "longest"), [(0, 131072), (0xFFFFFFFF, 131072), (16384, 16384), (7, 8)]
)
def test_no_pdu_is_longer_than_the_peer_takes_nor_than_is_sent_in_time(taken, longest):
    data = bytes(range(256)) * 520
    pdus = list(wire.data_pdus(raw.STORE, data, taken, is_command=False))
    bodies = [memoryview(each)[wire.HEADER.size :] for each in pdus]
    assert max(map(len, bodies)) == longest
    assert b"".join(each.data for body in bodies for each in wire.fragments(body)) == data


def test_who_wants_to_leave_at_the_same_time_as_we_is_answered_first():
    ours, theirs = socket.socketpair()
    with theirs:
        requestor = Requestor(Line(ours), Peer("", 0, "PEER"), {}, 0)
        leaving = threading.Thread(target=requestor.release)
        leaving.start()
        assert raw.answer(theirs)[0] == RELEASE
        theirs.sendall(raw.pdu(RELEASE, bytes(4)))
        assert raw.answer(theirs) == (RELEASED, bytes(4))
        assert leaving.is_alive()
        theirs.sendall(raw.pdu(RELEASED, bytes(4)))
        leaving.join(30)
        assert not leaving.is_alive()
        requestor.close(abort=False)
