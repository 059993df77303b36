"""What the server lacks is kept for its account alone, and forgotten when it is there."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.report import Heading, KeyImage, ReportContent
from app.ui.reporting.journal import Entry, Journal, Picture
from app.ui.reporting.merging import same_text, with_mine_below

CONTENT = ReportContent("ru", sections={Heading.FINDINGS: "Узел."})
ENTRY = Entry("1.2.3", "r1", 4, datetime(2026, 11, 24, 12, 3, tzinfo=UTC), CONTENT)
PICTURE = Picture.of("1.2.3", KeyImage("pending-1", "1.2", caption="A"), b"first")


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "drafts", "http://pacs", "doctor")


def test_an_entry_comes_back_as_it_was_written(journal):
    assert journal.read("1.2.3") is None
    assert journal.write(ENTRY)
    assert journal.read("1.2.3") == ENTRY
    assert journal.read("1.2.4") is None


def test_another_account_does_not_see_it(journal, tmp_path):
    journal.write(ENTRY)
    assert Journal(tmp_path / "drafts", "http://pacs", "other").read("1.2.3") is None


def test_another_server_gets_none_of_it(journal, tmp_path):
    journal.write(ENTRY)
    journal.keep_picture(PICTURE)
    elsewhere = Journal(tmp_path / "drafts", "http://elsewhere", "doctor")
    assert elsewhere.read("1.2.3") is None
    assert elsewhere.pictures("1.2.3") == ()


def test_pictures_come_back_in_their_order_until_they_are_dropped(journal):
    second = Picture.of("1.2.3", KeyImage("pending-0", "1.2", caption="B"), b"second")
    for picture in (PICTURE, second):
        assert journal.keep_picture(picture)
    assert [one.png for one in journal.pictures("1.2.3")] == [b"first", b"second"]
    assert journal.pictures("1.2.4") == ()
    journal.drop_picture("1.2.3", PICTURE.image.image_id)
    assert journal.pictures("1.2.3") == (second,)


def test_a_newer_entry_stays_when_an_older_one_is_settled(journal):
    newer = replace(ENTRY, written_at=datetime(2026, 11, 24, 12, 4, tzinfo=UTC))
    journal.write(newer)
    journal.settle(ENTRY)
    assert journal.read("1.2.3") == newer
    journal.settle(newer)
    assert journal.read("1.2.3") is None


@pytest.mark.logs("report-journal-unreadable", "report-journal-refused")
def test_a_damaged_file_and_a_refusing_disk_are_not_the_end(journal, tmp_path):
    journal.write(ENTRY)
    (file,) = (tmp_path / "drafts").iterdir()
    file.write_text("{")
    assert journal.read("1.2.3") is None
    (tmp_path / "a-file").touch()
    assert not Journal(tmp_path / "a-file", "http://pacs", "doctor").write(ENTRY)


def test_neither_name_nor_account_is_in_a_file_name(journal, tmp_path):
    journal.write(ENTRY)
    (file,) = (tmp_path / "drafts").iterdir()
    assert "doctor" not in file.name


def test_of_two_texts_nothing_is_lost():
    theirs = ReportContent(
        "en",
        sections={Heading.FINDINGS: "A", Heading.IMPRESSION: "Same"},
        key_images=(KeyImage("1", "s", caption="theirs"),),
    )
    mine = ReportContent(
        "en",
        sections={Heading.FINDINGS: "B", Heading.IMPRESSION: "Same\n", Heading.TECHNIQUE: "C"},
        key_images=(KeyImage("2", "s"), KeyImage("1", "s", caption="mine")),
    )
    merged = with_mine_below(theirs, mine, "---")
    assert merged.sections == {
        Heading.FINDINGS: "A\n---\nB",
        Heading.IMPRESSION: "Same",
        Heading.TECHNIQUE: "C",
    }
    assert [(one.image_id, one.caption) for one in merged.key_images] == [
        ("1", "theirs"),
        ("2", ""),
    ]


def test_empty_sections_make_no_difference():
    assert same_text(CONTENT, replace(CONTENT, sections={Heading.FINDINGS: "Узел.\n", "x": ""}))
    assert not same_text(CONTENT, replace(CONTENT, language="en"))
