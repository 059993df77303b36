"""The change feed reaches a desktop, and goes on after a break."""

import queue

import pytest

from app.client.feed import ChangeFeed, EventParser
from app.client.server import Server
from app.domain.changes import Change, ChangeKind
from app.domain.study import WorklistQuery
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object, study_uid


class Listener:
    """Collects what a feed tells."""

    def __init__(self) -> None:
        self.changes: queue.Queue[Change] = queue.Queue()
        self.states: queue.Queue[bool] = queue.Queue()

    def take(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            self.changes.put(change)


@pytest.fixture
def follow():
    """Starts feeds and closes them at the end."""
    feeds = []

    def followed(server: Server, since: int | None = None) -> Listener:
        listener = Listener()
        feed = ChangeFeed(server, listener.take, listener.states.put)
        feeds.append(feed)
        feed.start(since)
        assert listener.states.get(timeout=PATIENCE_S) is True
        return listener

    yield followed
    for feed in feeds:
        feed.close()


def test_an_arrival_is_told(doctor, follow):
    listener = follow(doctor)
    doctor.store_object(an_object(201, 1, 1))
    change = listener.changes.get(timeout=PATIENCE_S)
    assert (change.kind, change.study_uid) == (ChangeKind.STUDY_STORED, study_uid(201))


def test_a_feed_begins_after_the_number_of_the_worklist(doctor, follow):
    before = doctor.worklist(WorklistQuery()).change
    doctor.store_object(an_object(202, 1, 1))
    listener = follow(doctor, since=before)
    assert listener.changes.get(timeout=PATIENCE_S).study_uid == study_uid(202)
    assert doctor.changes(before)[0].study_uid == study_uid(202)


def test_a_feed_without_a_number_begins_now(doctor, follow):
    doctor.store_object(an_object(203, 1, 1))
    listener = follow(doctor)
    doctor.store_object(an_object(204, 1, 1))
    assert listener.changes.get(timeout=PATIENCE_S).study_uid == study_uid(204)


def test_a_closed_feed_is_gone_at_once_and_says_nothing_more(doctor):
    listener = Listener()
    feed = ChangeFeed(doctor, listener.take, listener.states.put)
    feed.start()
    assert listener.states.get(timeout=PATIENCE_S) is True
    feed.close()
    feed._thread.join(PATIENCE_S)
    assert not feed._thread.is_alive()
    assert listener.states.empty()


def test_a_feed_that_never_ran_is_closed_too(doctor):
    ChangeFeed(doctor, print, print).close()


def test_a_session_that_ended_is_told_nothing_more(a_session, follow, doctor):
    listener = follow(a_session)
    a_session.sign_out()
    doctor.store_object(an_object(205, 1, 1))
    assert listener.states.get(timeout=PATIENCE_S) is False
    assert listener.changes.empty()


def test_events_come_in_pieces_of_any_length():
    stream = b"id: 7\n\n: heartbeat\n\nid: 8\nevent: change\ndata: {}\n\nid: 9\ndata: []\n\n"
    for size in range(1, len(stream)):
        events = EventParser()
        found = [
            data
            for start in range(0, len(stream), size)
            for data in events.feed(stream[start : start + size])
        ]
        assert (found, events.last_id) == ([b"{}", b"[]"], 9)
