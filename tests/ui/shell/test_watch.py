"""What a session's window is told of its server."""

import pytest

from app.domain.study import WorklistQuery
from app.ui.shell.watch import ServerWatch
from tests.server.samples import an_object, study_uid


@pytest.fixture
def a_watch(a_context):
    watch = ServerWatch(a_context, None)
    yield watch
    watch.close_watch()


def test_what_came_between_the_first_rows_and_the_feed_is_told(qtbot, a_watch, a_context):
    rows = a_context.server.worklist(WorklistQuery())
    a_context.server.store_object(an_object(study="72001"))
    with qtbot.waitSignal(a_watch.changed) as told:
        a_watch.follow(rows.change)
    assert [change.study_uid for change in told.args[0]] == [study_uid("72001")]


def test_a_server_is_followed_once(qtbot, a_watch):
    with qtbot.waitSignal(a_watch.connected):
        a_watch.follow(None)
    feed = a_watch._feed
    a_watch.follow(0)
    assert a_watch._feed is feed


def test_an_ended_session_is_not_followed_again(a_watch):
    a_watch.stop_following()
    a_watch.follow(None)
    assert a_watch._feed is None
