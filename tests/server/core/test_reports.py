"""Reports: drafts, signatures that survive a crash in between, and versions that never change."""

import hashlib
import struct
import threading
import zlib
from datetime import timedelta

import pydicom
import pytest
import sqlalchemy as sa

from app.domain.access import Actor, Permission, Role
from app.domain.changes import ChangeKind
from app.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from app.domain.ingest import Source, SourceKind, StoreOutcome
from app.domain.report import Heading, KeyImage, MeasurementLine, ReportContent, ReportState
from app.domain.study import WorklistQuery
from app.server.core import audit, changes, worklist
from app.server.core import reports as core
from app.server.core.signing import Signature
from app.server.store import reports as rows
from app.server.store import tables
from tests.server.core.conftest import PASSWORD
from tests.server.documents import a_pdf
from tests.server.samples import an_object, sop_uid, study_uid
from tests.server.stored import object_file

PDF = a_pdf()
ANOTHER_PDF = a_pdf(comment=b"printed again")
STUDY = study_uid(1)


def content(text: str = "Без особенностей.") -> ReportContent:
    return ReportContent("ru", sections={Heading.FINDINGS: text})


@pytest.fixture
def doctor_anna(sign_in_as) -> Actor:
    return sign_in_as(Role.DOCTOR, "dr anna")


@pytest.fixture
def draft(reports, ingest, source, doctor_anna):
    """The first draft of a stored study's report."""
    ingest.store(doctor_anna, source, an_object())
    return reports.start(doctor_anna, STUDY, content())


@pytest.fixture
def sign(reports, clock, doctor_anna):
    def signed(report, *, actor=doctor_anna, pdf=PDF, password=PASSWORD, signed_at=None, at=None):
        revision = report.revision if at is None else at
        signature = Signature(revision, password, pdf, signed_at or clock())
        return reports.sign(actor, report.report_id, signature)

    return signed


@pytest.fixture
def pdf_series(database, objects, doctor_anna):
    """The series UID of a signed report's PDF."""

    def of(report) -> str:
        file = object_file(database, objects, doctor_anna, report.pdf_sop_instance_uid)
        return pydicom.dcmread(file).SeriesInstanceUID

    return of


def kinds(database, actor) -> list[ChangeKind]:
    return [change.kind for change in changes.since(database, actor, 0, 100)]


def row_state(database, actor) -> ReportState | None:
    return worklist.search(database, actor, WorklistQuery()).rows[0].report_state


def pdf_objects(database) -> int:
    encapsulated = "1.2.840.10008.5.1.4.1.1.104.1"
    query = sa.select(sa.func.count()).where(tables.instance.c.sop_class_uid == encapsulated)
    with database.read() as connection:
        return connection.scalar(query)


def test_a_draft_is_listed_shown_in_the_worklist_and_told(reports, database, doctor_anna, draft):
    assert (draft.version, draft.revision, draft.state) == (1, 1, ReportState.DRAFT)
    assert draft.author == "dr anna"
    assert reports.of_study(doctor_anna, STUDY) == (draft,)
    assert row_state(database, doctor_anna) is ReportState.DRAFT
    assert kinds(database, doctor_anna)[-1] is ChangeKind.REPORT_DRAFTED


def test_a_save_raises_the_revision_and_keeps_everything(reports, doctor_anna, draft):
    line = MeasurementLine("Очаг", 12.5, "mm", "Pixel spacing")
    changed = ReportContent("ru", "ct", {Heading.IMPRESSION: "Норма"}, measurements=(line,))
    saved = reports.save(doctor_anna, draft.report_id, 1, changed)
    assert (saved.revision, saved.content) == (2, changed)
    assert reports.of_study(doctor_anna, STUDY) == (saved,)


def test_a_save_over_somebody_elses_is_refused(reports, doctor_anna, draft):
    reports.save(doctor_anna, draft.report_id, 1, content("first"))
    with pytest.raises(ConflictError):
        reports.save(doctor_anna, draft.report_id, 1, content("second"))
    assert reports.of_study(doctor_anna, STUDY)[0].content == content("first")


def test_of_many_saves_at_once_one_wins(reports, doctor_anna, draft):
    lost = []

    def save(number):
        try:
            reports.save(doctor_anna, draft.report_id, 1, content(str(number)))
        except ConflictError as error:
            lost.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 3
    assert reports.of_study(doctor_anna, STUDY)[0].revision == 2


def test_a_second_draft_is_refused_while_one_is_open(reports, doctor_anna, draft):
    with pytest.raises(ConflictError):
        reports.start(doctor_anna, STUDY, content())


def test_of_two_first_drafts_at_once_one_is_made(reports, ingest, source, doctor_anna):
    ingest.store(doctor_anna, source, an_object())
    made, refused = [], []

    def start():
        try:
            made.append(reports.start(doctor_anna, STUDY, content()))
        except ConflictError as error:
            refused.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 2)


def test_a_signed_reports_pdf_is_an_object_of_the_study(
    reports, database, objects, doctor_anna, draft, sign
):
    signed = sign(draft)
    assert reports.pdf(doctor_anna, signed.report_id) == PDF
    file = object_file(database, objects, doctor_anna, signed.pdf_sop_instance_uid)
    stored = pydicom.dcmread(file)
    assert (stored.StudyInstanceUID, str(stored.PatientName)) == (STUDY, "Иванов^Пётр")


def test_a_signature_shows_in_the_row_and_the_feed(database, doctor_anna, draft, sign, clock):
    signed_at = clock()
    signed = sign(draft, signed_at=signed_at)
    assert (signed.state, signed.signed_by, signed.signed_at) == (
        ReportState.SIGNED,
        "dr anna",
        signed_at,
    )
    assert row_state(database, doctor_anna) is ReportState.SIGNED
    assert kinds(database, doctor_anna)[-2:] == [ChangeKind.STUDY_STORED, ChangeKind.REPORT_SIGNED]


def test_a_signature_is_in_the_audit_with_the_pdfs_hash(database, admin, draft, sign):
    signed = sign(draft)
    entry = audit.newest(database, admin)[0]
    assert (entry.actor, entry.action, entry.subject) == (
        "dr anna",
        "report-signed",
        signed.report_id,
    )
    with database.read() as connection:
        digest = connection.scalar(sa.select(tables.report.c.pdf_sha256))
    assert digest == hashlib.sha256(PDF).hexdigest()


def test_a_pdf_of_odd_length_comes_back_without_padding(reports, doctor_anna, draft, sign):
    odd = PDF if len(PDF) % 2 else PDF + b"\n"
    sign(draft, pdf=odd)
    assert reports.pdf(doctor_anna, draft.report_id) == odd


def test_a_signed_report_never_changes(reports, doctor_anna, draft, sign, sign_in_as):
    signed = sign(draft)
    other = sign_in_as(Role.DOCTOR, "dr boris")
    with pytest.raises(ConflictError):
        reports.save(doctor_anna, signed.report_id, signed.revision, content("changed"))
    with pytest.raises(ConflictError):
        sign(signed, actor=other)
    assert reports.of_study(doctor_anna, STUDY) == (signed,)


def test_an_amendment_is_the_next_version_and_leaves_the_first(
    reports, database, doctor_anna, draft, sign
):
    first = sign(draft)
    second = reports.start(doctor_anna, STUDY, content("Дополнение"))
    assert (second.version, second.state) == (2, ReportState.DRAFT)
    assert row_state(database, doctor_anna) is ReportState.DRAFT
    signed = sign(second, pdf=ANOTHER_PDF)
    assert reports.of_study(doctor_anna, STUDY) == (signed, first)
    assert reports.pdf(doctor_anna, first.report_id) == PDF
    assert row_state(database, doctor_anna) is ReportState.SIGNED
    assert pdf_objects(database) == 2


def test_signing_again_answers_the_same_report_and_stores_nothing(database, draft, sign):
    assert sign(draft) == sign(draft, pdf=ANOTHER_PDF)
    assert pdf_objects(database) == 1


def test_a_wrong_password_signs_nothing(reports, database, doctor_anna, draft, sign):
    with pytest.raises(UnauthenticatedError):
        sign(draft, password="wrong password")
    assert reports.of_study(doctor_anna, STUDY) == (draft,)
    assert pdf_objects(database) == 0


def test_a_stale_revision_signs_nothing(reports, database, doctor_anna, draft, sign):
    saved = reports.save(doctor_anna, draft.report_id, 1, content("newer"))
    with pytest.raises(ConflictError):
        sign(saved, at=1)
    assert pdf_objects(database) == 0


def test_what_is_no_whole_pdf_is_not_signed(draft, sign):
    with pytest.raises(InvalidError):
        sign(draft, pdf=b"%PDF-1.4\nnot really a pdf of this report\n%%EOF\n")


def test_a_time_that_is_not_now_is_not_signed(draft, sign, clock):
    with pytest.raises(InvalidError, match="clock"):
        sign(draft, signed_at=clock() - timedelta(hours=1))
    with pytest.raises(InvalidError, match="zone"):
        sign(draft, signed_at=clock().replace(tzinfo=None))


def test_a_crash_before_the_pdf_is_stored_leaves_a_draft_that_can_be_signed(
    reports, database, ingest, doctor_anna, draft, sign, monkeypatch
):
    with monkeypatch.context() as crash:
        crash.setattr(ingest, "store", _crash)
        with pytest.raises(UnavailableError):
            sign(draft)
    (left,) = reports.of_study(doctor_anna, STUDY)
    assert (left.state, left.signed_by, left.signed_at) == (ReportState.DRAFT, "", None)
    assert sign(draft).state is ReportState.SIGNED
    assert pdf_objects(database) == 1


def test_a_crash_after_the_pdf_is_stored_is_finished_with_that_pdf_and_its_time(
    reports, database, doctor_anna, draft, sign, clock, monkeypatch
):
    first_time = clock()
    with monkeypatch.context() as crash:
        crash.setattr(reports._signing, "_finish", _crash)
        with pytest.raises(UnavailableError):
            sign(draft, signed_at=first_time)
    assert reports.of_study(doctor_anna, STUDY)[0].state is ReportState.DRAFT
    clock.ahead = timedelta(minutes=5)
    signed = sign(draft, pdf=ANOTHER_PDF)
    assert signed.signed_at == first_time
    assert reports.pdf(doctor_anna, signed.report_id) == PDF
    assert pdf_objects(database) == 1


def test_two_signers_at_once_make_one_signature(
    reports, database, draft, sign, sign_in_as, doctor_anna
):
    doctors = (doctor_anna, sign_in_as(Role.DOCTOR, "dr boris"))
    refused = []

    def try_to_sign(actor):
        try:
            sign(draft, actor=actor)
        except ConflictError as error:
            refused.append(error)

    threads = [threading.Thread(target=try_to_sign, args=(actor,)) for actor in doctors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert pdf_objects(database) == 1


def test_who_signs_on_another_server_meanwhile_wins(
    reports, database, ingest, draft, sign, monkeypatch
):
    real = ingest.store

    def slow(*given):
        with database.write() as connection:
            other = rows.BegunSignature("dr boris", draft.updated_at, "2.25.1", "")
            rows.begin_signature(connection, draft.report_id, other)
        return real(*given)

    monkeypatch.setattr(ingest, "store", slow)
    with pytest.raises(ConflictError):
        sign(draft)


def begun_pdf(database) -> str:
    """UID of the PDF of the one signature under way."""
    with database.read() as connection:
        return connection.scalar(sa.select(tables.report.c.pdf_sop_instance_uid))


@pytest.mark.logs("object-conflict")
def test_another_object_in_the_pdfs_place_is_not_signed_and_the_next_try_is(
    reports, database, ingest, doctor_anna, draft, sign, monkeypatch
):
    real = ingest.store
    scanner = Source(SourceKind.C_STORE, "SCANNER")

    def forged_first(actor, of, data):
        forged = an_object(2, SOPInstanceUID=begun_pdf(database), PatientID="F")
        assert real(actor, scanner, forged).outcome is StoreOutcome.STORED
        return real(actor, of, data)

    with monkeypatch.context() as attack:
        attack.setattr(ingest, "store", forged_first)
        with pytest.raises(ConflictError):
            sign(draft)
    assert reports.of_study(doctor_anna, STUDY)[0].state is ReportState.DRAFT
    assert reports.pdf(doctor_anna, sign(draft).report_id) == PDF


def test_a_stored_pdf_that_is_not_the_signed_one_is_noticed(
    reports, doctor_anna, draft, sign, monkeypatch
):
    with monkeypatch.context() as attack:
        attack.setattr(reports._signing, "pdf", lambda *_: ANOTHER_PDF)
        with pytest.raises(ConflictError):
            sign(draft)
    assert reports.of_study(doctor_anna, STUDY)[0].state is ReportState.DRAFT


def test_all_versions_are_in_one_series_that_nobody_can_know_before(
    reports, ingest, source, doctor_anna, draft, sign, pdf_series
):
    first = sign(draft)
    second = sign(reports.start(doctor_anna, STUDY, content("Дополнение")), pdf=ANOTHER_PDF)
    ingest.store(doctor_anna, source, an_object(2))
    other = sign(reports.start(doctor_anna, study_uid(2), content()))
    assert pdf_series(first) == pdf_series(second) != pdf_series(other)


def test_an_operator_may_neither_read_nor_write_nor_sign(reports, draft, sign, sign_in_as):
    operator = sign_in_as(Role.OPERATOR)
    attempts = (
        lambda: reports.of_study(operator, STUDY),
        lambda: reports.start(operator, STUDY, content()),
        lambda: reports.save(operator, draft.report_id, 1, content()),
        lambda: sign(draft, actor=operator),
        lambda: reports.pdf(operator, draft.report_id),
        lambda: reports.put_image(operator, STUDY, a_png()),
        lambda: reports.image(operator, "0" * 32),
    )
    for attempt in attempts:
        with pytest.raises(ForbiddenError):
            attempt()


def test_an_operator_gets_no_reports_pdf_as_an_object_either(
    database, objects, draft, sign, sign_in_as
):
    signed = sign(draft)
    operator = sign_in_as(Role.OPERATOR)
    assert object_file(database, objects, operator, sop_uid(1, 1, 1)).exists()
    with pytest.raises(ForbiddenError):
        object_file(database, objects, operator, signed.pdf_sop_instance_uid)


def test_signing_needs_its_own_permission(draft, sign, doctor_anna):
    writer = Actor(
        doctor_anna.name,
        doctor_anna.permissions - {Permission.REPORT_SIGN},
        doctor_anna.session_id,
    )
    with pytest.raises(ForbiddenError):
        sign(draft, actor=writer)


def test_what_does_not_exist_is_not_found(reports, doctor_anna, draft):
    with pytest.raises(NotFoundError):
        reports.of_study(doctor_anna, "1.2.3")
    with pytest.raises(NotFoundError):
        reports.start(doctor_anna, "1.2.3", content())
    with pytest.raises(NotFoundError):
        reports.save(doctor_anna, "0" * 32, 1, content())
    with pytest.raises(NotFoundError):
        reports.pdf(doctor_anna, draft.report_id)
    with pytest.raises(NotFoundError):
        reports.image(doctor_anna, "0" * 32)


def test_a_report_of_novel_length_is_refused(reports, doctor_anna, draft):
    with pytest.raises(InvalidError):
        reports.save(doctor_anna, draft.report_id, 1, content("x" * 200_001))
    line = MeasurementLine("", 1, "mm", "")
    crowded = ReportContent("ru", measurements=(line,) * 501)
    with pytest.raises(InvalidError):
        reports.save(doctor_anna, draft.report_id, 1, crowded)


def test_a_key_image_comes_back_as_it_was(reports, doctor_anna, draft):
    image_id = reports.put_image(doctor_anna, STUDY, a_png())
    assert reports.image(doctor_anna, image_id) == a_png()


def test_a_study_keeps_a_bounded_number_of_key_images_and_drops_unused_ones_first(
    reports, doctor_anna, draft, clock, monkeypatch
):
    monkeypatch.setattr(core, "MAX_IMAGES_OF_STUDY", 3)
    shown, _unused, fresh = (reports.put_image(doctor_anna, STUDY, a_png()) for _ in range(3))
    picture = KeyImage(shown, sop_uid(1, 1, 1))
    reports.save(doctor_anna, draft.report_id, 1, ReportContent("ru", key_images=(picture,)))
    with pytest.raises(InvalidError, match="too many"):
        reports.put_image(doctor_anna, STUDY, a_png())
    clock.ahead = timedelta(days=1, minutes=1)
    reports.put_image(doctor_anna, STUDY, a_png())
    assert reports.image(doctor_anna, shown) == a_png()
    with pytest.raises(NotFoundError):
        reports.image(doctor_anna, fresh)


def _crash(*_args, **_kwargs):
    raise UnavailableError("the server was killed here")


def a_png(width: int = 4, height: int = 3) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(height * (width + 1))))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")
