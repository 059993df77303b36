"""Texts that came out wrong are read in the character set that a person chooses, and stay so."""

import pytest

from app.domain.access import POLICY, Actor, Role
from app.domain.changes import ChangeKind
from app.domain.deletion import DeletionRequest
from app.domain.errors import ForbiddenError, InvalidError, NotFoundError
from app.domain.query import Level, Query
from app.domain.study import WorklistQuery
from app.server.core import audit, changes, query, worklist
from app.server.core.audit import Action
from app.server.core.deletions import Deletions
from app.server.core.retelling import retell
from app.server.core.studies import study
from app.server.core.texts import Texts
from app.server.store import retrieval
from app.server.store.retrieval import Scope
from tests.server.charsets import DESCRIPTION, NAME, written_in
from tests.server.samples import an_object, study_uid

PATIENT_NAME = 0x00100010
UID = study_uid(1)


@pytest.fixture
def texts(database, objects, clock) -> Texts:
    return Texts(database, objects, clock)


@pytest.fixture
def found(database, doctor):
    """How many studies a query by name finds, and the worklist by words."""

    def found(name: str, words: str) -> tuple[int, int]:
        asked = Query(Level.STUDY, {PATIENT_NAME: name})
        matches = list(query.matches(database, doctor, asked))
        return len(matches), worklist.search(database, doctor, WorklistQuery(words)).total

    return found


def series_texts(database, doctor) -> list[str]:
    return [each.description for each in study(database, doctor, UID).series]


@pytest.mark.parametrize("label", [None, "ISO_IR 100", "ISO_IR 144"])
def test_a_name_is_said_and_found_right_once_its_letters_are_chosen(
    texts, store, found, doctor, database, label
):
    store(written_in("koi8_r", 1, label=label))
    assert found("*ВАНО*", "петр иван") == (0, 0)
    told = texts.choose(doctor, UID, "KOI8-R")
    assert (told.patient_name, told.description, told.character_set) == (
        NAME,
        DESCRIPTION,
        "KOI8-R",
    )
    assert found("*ВАНО*", "пётр иван") == found("иванов^петр", "грудь") == (1, 1)
    assert series_texts(database, doctor) == [DESCRIPTION]


def test_a_choice_is_undone_by_another_one(texts, store, found, doctor, database):
    store(written_in("koi8_r", 1))
    before = study(database, doctor, UID)
    texts.choose(doctor, UID, "ISO_IR 138")
    texts.choose(doctor, UID, "KOI8-R")
    texts.choose(doctor, UID, "")
    assert study(database, doctor, UID) == before
    assert found("*ВАНО*", "иванов") == (0, 0)


def test_the_right_reading_is_offered_first(texts, store, doctor):
    store(written_in("koi8_r", 1))
    first, *others = texts.readings(doctor, UID)
    assert (first.character_set, first.patient_name, first.description) == (
        "KOI8-R",
        NAME,
        DESCRIPTION,
    )
    assert [each.character_set for each in others if each.is_chosen] == [""]
    texts.choose(doctor, UID, "KOI8-R")
    again = texts.readings(doctor, UID)
    assert [each.character_set for each in again if each.is_chosen] == ["KOI8-R"]
    assert "" in {each.character_set for each in again}


def test_each_reading_is_offered_once_and_none_that_is_impossible(texts, store, doctor):
    store(written_in("cp1251", 1))
    offered = texts.readings(doctor, UID)
    names = [each.patient_name for each in offered if each.character_set]
    assert len(names) == len(set(names)) > 3
    assert "ISO_IR 192" not in {each.character_set for each in offered}


def test_who_and_what_is_written_down_and_told(texts, store, doctor, admin, database):
    store(written_in("koi8_r", 1))
    texts.choose(doctor, UID, "KOI8-R")
    entry = audit.newest(database, admin)[0]
    assert (entry.actor, entry.action, entry.subject) == ("doctor", Action.STUDY_REREAD, UID)
    assert (entry.old_value, entry.new_value) == (
        '{"character_set":""}',
        '{"character_set":"KOI8-R"}',
    )
    last = changes.since(database, doctor, 0, 100)[-1]
    assert (last.kind, last.study_uid) == (ChangeKind.STUDY_REREAD, UID)


def test_what_comes_later_is_read_the_same_way(texts, store, doctor, database):
    store(written_in("koi8_r", 1))
    texts.choose(doctor, UID, "KOI8-R")
    store(written_in("koi8_r", 1, 2))
    assert series_texts(database, doctor) == [DESCRIPTION, DESCRIPTION]


def test_unicode_that_is_declared_stays(texts, store, doctor, database):
    store(written_in("koi8_r", 1))
    store(an_object(1, 2, SeriesDescription="Протокол", PatientName=NAME))
    store(an_object(1, 3, SeriesDescription="Head"))
    texts.choose(doctor, UID, "KOI8-R")
    assert series_texts(database, doctor) == [DESCRIPTION, "Протокол", "Head"]


def test_a_text_that_only_a_later_object_has_is_read_too(texts, store, doctor):
    store(written_in("koi8_r", 1, 1, 1, StudyDescription=""))
    store(written_in("koi8_r", 1, 1, 2, StudyDescription=""))
    store(written_in("koi8_r", 1, 1, 3))
    assert texts.choose(doctor, UID, "KOI8-R").description == DESCRIPTION


def test_a_choice_outlives_deletion(texts, store, doctor, admin, sign_in_as, database, objects):
    store(written_in("koi8_r", 1))
    texts.choose(doctor, UID, "KOI8-R")
    deletions = Deletions(database, objects, texts.clock)
    asked = deletions.request(admin, DeletionRequest(UID, "by mistake"))
    deletions.confirm(sign_in_as(Role.DOCTOR), asked.id)
    deletions.restore(admin, asked.id)
    told = study(database, doctor, UID)
    assert (told.summary.patient_name, told.summary.character_set) == (NAME, "KOI8-R")
    assert told.series[0].description == DESCRIPTION


def test_where_a_file_is_read_again_its_character_sets_are_known(texts, store, doctor, database):
    store(written_in("koi8_r", 1))
    texts.choose(doctor, UID, "KOI8-R")
    with database.read() as connection:
        (stored,) = retrieval.objects_of(connection, Scope(study_uids=(UID,)))
    assert (stored.character_set, stored.chosen_character_set) == ("", "KOI8-R")


@pytest.mark.logs("texts-unreadable")
def test_texts_whose_files_are_gone_stay_as_they_are(texts, store, doctor, database, objects):
    store(written_in("koi8_r", 1))
    with database.read() as connection:
        (stored,) = retrieval.objects_of(connection, Scope(study_uids=(UID,)))
    objects.remove(stored.key)
    with pytest.raises(NotFoundError):
        texts.readings(doctor, UID)
    before = study(database, doctor, UID).summary
    assert texts.choose(doctor, UID, "KOI8-R").patient_name == before.patient_name


def test_one_object_of_a_series_is_enough(texts, store, doctor, database, objects):
    for number in (1, 2):
        store(written_in("koi8_r", 1, 1, number))
    with database.read() as connection:
        _first, second = retrieval.objects_of(connection, Scope(study_uids=(UID,)))
    objects.remove(second.key)  # a read of it would be told in the log
    assert texts.choose(doctor, UID, "KOI8-R").patient_name == NAME


def test_what_can_not_be_chosen_is_refused(texts, store, doctor, nobody, database, objects):
    store(written_in("koi8_r", 1))
    with pytest.raises(InvalidError):
        texts.choose(doctor, UID, "EBCDIC")
    for uid, actor, error in ((UID, nobody, ForbiddenError), ("1.2.3", doctor, NotFoundError)):
        with pytest.raises(error):
            texts.choose(actor, uid, "KOI8-R")
        with pytest.raises(error):
            texts.readings(actor, uid)
    with database.write() as connection:  # it was deleted since
        retell(connection, objects, "1.2.3", "KOI8-R")


def test_an_operator_may_mend_texts_too(texts, store):
    store(written_in("koi8_r", 1))
    operator = Actor("oleg", POLICY[Role.OPERATOR])
    assert texts.choose(operator, UID, "KOI8-R").patient_name == NAME
