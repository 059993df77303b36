"""What answers may be anything: it ends as one of our errors, and reads nothing of this machine."""

import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from app.client.feed import ChangeFeed
from app.client.server import Server
from app.domain.access import Account, Permission, Role
from app.domain.changes import Change, ChangeKind
from app.domain.errors import UnavailableError
from app.domain.report import ReportContent
from app.domain.status import Grant
from app.domain.study import WorklistQuery
from app.domain.wire import to_plain
from app.ui.texts import role_text
from tests.client.foreign import Foreign, an_answer
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object, series_uid

GRANT = Grant("access", "refresh", 900, Account("vera", "Vera", Role.DOCTOR), ())
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@pytest.fixture
def foreign():
    """Makes foreign servers, with a client that believes to be signed in."""
    made = []

    def make(*answers, hold=False):
        other = Foreign(*answers, hold=hold)
        server = Server(other.url)
        server.adopt(GRANT)
        made.extend((server, other))
        return server, other

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(
    "answer",
    [
        an_answer(b"<html>Router</html>"),
        an_answer(b"", status="302 Found"),
        an_answer(b"[]", kind="application/json"),
        an_answer(b"{}", kind="application/json"),
        an_answer(b'{"code": "too-many-attempts", "retry_after_s": "soon"}', status="200 OK"),
        an_answer(b"<html>Gone</html>", status="404 Not Found"),
        b"SSH-2.0-OpenSSH\r\n",
    ],
)
def test_the_answer_of_another_kind_of_server_is_one_of_our_errors(foreign, answer):
    server, _ = foreign(answer)
    calls = (
        server.status,
        lambda: server.worklist(WorklistQuery()),
        lambda: server.start_report("1.2", ReportContent("en")),
        lambda: server.put_report_image("1.2", b"png"),
        lambda: server.resume("token"),
    )
    for call in calls:
        with pytest.raises(UnavailableError):
            call()


def test_a_list_that_is_none_is_one_of_our_errors(foreign):
    server, _ = foreign(an_answer(b"{}", kind="application/json"))
    with pytest.raises(UnavailableError):
        server.accounts()


def test_only_a_server_that_shares_the_machine_tells_paths(clinic, doctor, foreign):
    doctor.store_object(an_object(301, 1, 1))
    near = clinic.signed_in(Role.DOCTOR, shares_machine=True).manifest(series_uid(301, 1))
    assert all(image.path for image in near.images)
    lure = replace(near, images=tuple(replace(one, path="/etc/hostname") for one in near.images))
    told = orjson.dumps(to_plain(lure))
    server, _ = foreign(an_answer(told, kind="application/json"))
    assert {image.path for image in server.manifest("1.2").images} == {""}


def test_closing_wakes_who_waits_for_an_answer(foreign):
    server, other = foreign(b"", hold=True)
    errors = []

    def ask():
        try:
            server.status()
        except UnavailableError as error:
            errors.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    assert other.asked.wait(PATIENCE_S)
    server.close()
    waiting.join(PATIENCE_S)
    assert len(errors) == 1


@pytest.mark.parametrize("hang_up", [Server.close, lambda server: server.move_to(server.base_url)])
def test_a_connection_that_opens_while_others_are_closed_is_closed_too(
    foreign, monkeypatch, hang_up
):
    server, _ = foreign(b"", hold=True)
    connect, opened = socket.create_connection, []

    def connect_late(*where, **how):
        opened.append(connect(*where, **how))
        hang_up(server)
        return opened[-1]

    monkeypatch.setattr(socket, "create_connection", connect_late)
    with pytest.raises(UnavailableError):
        server.status()
    assert [each.fileno() for each in opened] == [-1]


def test_roles_and_permissions_that_only_a_newer_server_knows_are_passed_over(foreign):
    newer = to_plain(replace(GRANT, permissions=(Permission.STUDY_READ,)))
    newer["permissions"].append("telepathy:read")
    newer["account"]["role"] = "oracle"
    server, _ = foreign(an_answer(orjson.dumps(newer), kind="application/json"))
    account = server.sign_in("vera", "secret")
    assert (account.role, role_text(account.role)) == ("oracle", "oracle")
    assert server.permissions == {Permission.STUDY_READ}


def test_a_mistake_of_the_reader_of_a_stream_stays_a_mistake(foreign):
    server, _ = foreign(STREAM + b": hello\n\n")
    with (
        pytest.raises(RuntimeError, match="already deleted"),
        server.connection.stream("/api/changes/stream", silence_s=5),
    ):
        raise RuntimeError("already deleted")


def event(number, change):
    return b"id: %s\ndata: %s\n\n" % (number, orjson.dumps(change))


@pytest.mark.logs("change-not-understood")
def test_a_feed_passes_over_what_it_does_not_understand(foreign):
    known = to_plain(Change(9, ChangeKind.STUDY_STORED, "1.2.9", datetime.now(UTC)))
    odd = (
        b"id: x\ndata: {not json\n\n",
        event(b"7", [1, 2]),
        event(b"8", {**known, "kind": "telepathy"}),
        event(b"9", known),
    )
    server, other = foreign(STREAM + b"".join(odd))
    changes, arrived = [], threading.Event()

    def take(some):
        changes.extend(some)
        arrived.set()

    feed = ChangeFeed(server, take, lambda _state: None)
    feed.start(5)
    assert arrived.wait(PATIENCE_S)
    deadline = time.monotonic() + PATIENCE_S
    while len(other.requests) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    feed.close()
    assert [change.study_uid for change in changes][:1] == ["1.2.9"]
    assert b"since=5" in other.requests[0]
    assert b"since=9" in other.requests[1]


def test_a_feed_does_not_take_a_web_page_for_its_stream(foreign):
    server, other = foreign(an_answer(b"<html>Router</html>"))
    states = []
    feed = ChangeFeed(server, lambda _changes: None, states.append)
    feed.start()
    assert other.asked.wait(PATIENCE_S)
    feed.close()
    assert states == []
