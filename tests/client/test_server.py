"""The typed client against a real server process."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import app
from app.client.server import Server
from app.domain.access import POLICY, Role
from app.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooManyAttemptsError,
    UnauthenticatedError,
    UnavailableError,
    WeakPasswordError,
    WrongPasswordError,
)
from app.domain.ingest import RefusalReason, RefusedObjectError, StoreOutcome
from app.domain.orders import OrderQuery, OrderStatus
from app.domain.report import Heading, ReportContent, ReportState
from app.domain.study import WorklistQuery
from tests.clinic import PASSWORD
from tests.server.core.test_reports import PDF, a_png
from tests.server.ordered import an_order
from tests.server.samples import an_object, series_uid, sop_uid, study_uid


def test_a_server_tells_what_it_is_before_anyone_signs_in(clinic):
    status = clinic.server().status()
    assert (status.version, status.needs_setup, status.embedded) == (app.__version__, False, True)
    assert status.dicom_port == clinic.embedded.dicom_port
    assert status.ae_title == "KLINIKA"


def test_a_server_is_set_up_once(clinic):
    with pytest.raises(ConflictError):
        clinic.server().create_first_administrator("eve", "Eve", PASSWORD)


def test_setting_up_needs_the_embedded_secret(clinic):
    stranger = clinic.server(shares_machine=False)
    with pytest.raises(ForbiddenError):
        stranger.create_first_administrator("eve", "Eve", PASSWORD)


def test_signing_in_tells_who_one_is_and_what_one_may(clinic):
    server = clinic.server()
    assert (server.account, server.permissions, server.refresh_token) == (None, frozenset(), "")
    account = server.sign_in("dora", PASSWORD)
    assert (account.username, account.role) == ("dora", Role.DOCTOR)
    assert server.account == account
    assert server.permissions == POLICY[Role.DOCTOR]


def test_a_wrong_password_is_told_and_then_delayed(clinic):
    server = clinic.server()
    for _ in range(5):
        with pytest.raises(UnauthenticatedError):
            server.sign_in("somebody else", "wrong password")
    with pytest.raises(TooManyAttemptsError) as delayed:
        server.sign_in("somebody else", "wrong password")
    assert delayed.value.retry_after_s > 0


def test_an_expired_access_token_is_renewed_without_a_word(a_session):
    connection = a_session.connection
    before = a_session.refresh_token
    connection.keep(replace(connection.grant, access_token="expired"))
    assert a_session.worklist(WorklistQuery()).change >= 0
    assert a_session.refresh_token != before


def test_many_calls_renew_an_expired_token_once(a_session):
    connection = a_session.connection
    connection.keep(replace(connection.grant, expires_in_s=0))
    connection._renew_at = 0
    failures = []

    def ask():
        try:
            a_session.worklist(WorklistQuery())
        except UnauthenticatedError as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_session_is_resumed_by_its_refresh_token(clinic, a_session):
    later = clinic.server()
    assert later.resume(a_session.refresh_token).username == "dora"
    assert later.worklist(WorklistQuery()).change >= 0


def test_a_refresh_token_that_was_long_used_ends_the_session(clinic, a_session):
    stolen = a_session.refresh_token
    thief = clinic.server()
    thief.resume(stolen)
    thief.resume(thief.refresh_token)
    with pytest.raises(UnauthenticatedError):
        clinic.server().resume(stolen)
    with pytest.raises(UnauthenticatedError):
        thief.worklist(WorklistQuery())
    assert thief.account is None


def test_signing_out_ends_the_session_on_the_server(clinic, a_session):
    grant = a_session.connection.grant
    a_session.sign_out()
    assert a_session.account is None
    with pytest.raises(UnauthenticatedError):
        a_session.worklist(WorklistQuery())
    copy = clinic.server()
    copy.connection.keep(grant)
    with pytest.raises(UnauthenticatedError):
        copy.worklist(WorklistQuery())


def test_the_password_is_verified_again_and_a_wrong_one_counts_once(clinic):
    clinic.signed_in(Role.ADMIN).create_account("vera", "Vera", Role.DOCTOR, PASSWORD)
    vera = clinic.server()
    vera.sign_in("vera", PASSWORD)
    vera.verify_password(PASSWORD)
    session = vera.refresh_token
    for _ in range(5):
        with pytest.raises(WrongPasswordError):
            vera.verify_password("wrong password")
    with pytest.raises(TooManyAttemptsError):
        vera.verify_password(PASSWORD)
    assert vera.refresh_token == session


def test_a_server_that_is_not_there_is_unavailable():
    server = Server("http://127.0.0.1:9")
    with pytest.raises(UnavailableError):
        server.status()
    server.close()


def test_an_object_is_stored_listed_and_comes_back(doctor):
    result = doctor.store_object(an_object(101, 1, 1))
    assert (result.outcome, result.study_uid) == (StoreOutcome.STORED, study_uid(101))
    assert doctor.store_object(an_object(101, 1, 1)).outcome is StoreOutcome.DUPLICATE
    (row,) = doctor.worklist(WorklistQuery(study_uid=study_uid(101))).rows
    assert (row.patient_name, row.instance_count) == ("Иванов^Пётр", 1)
    study = doctor.study(study_uid(101))
    assert [series.series_uid for series in study.series] == [series_uid(101, 1)]
    assert doctor.object_bytes(sop_uid(101, 1, 1))[128:132] == b"DICM"
    assert doctor.thumbnail(series_uid(101, 1)).startswith(b"\x89PNG")


def test_a_large_file_is_streamed(doctor, tmp_path):
    file = tmp_path / "large.dcm"
    file.write_bytes(an_object(102, 1, 1, side=2000))
    assert doctor.store_object(file).outcome is StoreOutcome.STORED
    assert len(doctor.object_bytes(sop_uid(102, 1, 1))) > 8_000_000


def test_what_is_no_object_is_refused_with_its_reason(doctor):
    with pytest.raises(RefusedObjectError) as refused:
        doctor.store_object(b"hello")
    assert refused.value.reason is RefusalReason.NOT_DICOM


def test_nothing_is_left_in_the_spool(doctor, clinic, tmp_path):
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(9_000_000))
    with pytest.raises(RefusedObjectError):
        doctor.store_object(file)
    assert list((clinic.data_dir / "spool").iterdir()) == []


def test_paths_are_told_only_to_who_shares_the_machine(clinic, doctor):
    doctor.store_object(an_object(103, 1, 1))
    (image,) = doctor.manifest(series_uid(103, 1)).images
    stored = Path(image.path).read_bytes()
    pixels = stored[image.pixel_offset : image.pixel_offset + image.pixel_length]
    assert len(pixels) == 16 * 16 * 2
    remote = clinic.signed_in(Role.DOCTOR, shares_machine=False)
    (image,) = remote.manifest(series_uid(103, 1)).images
    assert image.path == ""


def test_what_does_not_exist_is_not_found(doctor):
    for ask in (
        lambda: doctor.study("1.2.3"),
        lambda: doctor.manifest("1.2.3"),
        lambda: doctor.thumbnail("1.2.3"),
        lambda: doctor.object_bytes("1.2.3"),
        lambda: doctor.object_bytes("..%2f..%2ftoken-key.pem"),
        lambda: doctor.report_pdf("x"),
    ):
        with pytest.raises(NotFoundError):
            ask()


def test_an_operator_schedules_an_order_and_sees_it_through(clinic):
    server = clinic.signed_in(Role.OPERATOR)
    order = server.create_order(an_order())
    order = server.change_order(order.order_id, order.revision, an_order(modality="MR"))
    order = server.move_order(order.order_id, order.revision, OrderStatus.ARRIVED)
    assert server.orders(OrderQuery(text="иванов", modality="MR")).orders == (order,)
    assert server.order(order.order_id).order == order
    with pytest.raises(ConflictError):
        server.move_order(order.order_id, 1, OrderStatus.CANCELLED)
    with pytest.raises(InvalidError) as refused:
        server.create_order(an_order(modality="x"))
    assert refused.value.detail == "step.modality"


def test_a_report_from_draft_to_amendment(doctor):
    doctor.store_object(an_object(104, 1, 1))
    content = ReportContent("ru", sections={Heading.FINDINGS: "Норма"})
    draft = doctor.start_report(study_uid(104), content)
    image_id = doctor.put_report_image(study_uid(104), a_png())
    assert doctor.report_image(image_id) == a_png()
    saved = doctor.save_report(draft.report_id, draft.revision, content)
    with pytest.raises(ConflictError):
        doctor.save_report(draft.report_id, draft.revision, content)
    with pytest.raises(UnauthenticatedError):
        doctor.sign_report(saved.report_id, 2, "wrong password", PDF, datetime.now(UTC))
    signed = doctor.sign_report(saved.report_id, 2, PASSWORD, PDF, datetime.now(UTC))
    assert (signed.state, signed.signed_by) == (ReportState.SIGNED, "dora")
    assert doctor.report_pdf(signed.report_id) == PDF
    with pytest.raises(ConflictError):
        doctor.save_report(signed.report_id, 2, content)
    amendment = doctor.start_report(study_uid(104), content)
    assert doctor.reports(study_uid(104)) == (amendment, signed)


def test_an_operator_imports_and_reads_but_writes_no_report(clinic):
    operator = clinic.signed_in(Role.OPERATOR)
    operator.store_object(an_object(105, 1, 1))
    assert operator.study(study_uid(105)).summary.instance_count == 1
    with pytest.raises(ForbiddenError):
        operator.start_report(study_uid(105), ReportContent("en"))
    with pytest.raises(ForbiddenError):
        operator.reports(study_uid(105))


def test_accounts_are_an_administrators_matter(clinic, doctor):
    admin = clinic.signed_in(Role.ADMIN)
    made = admin.create_account("petr", "Пётр", Role.DOCTOR, PASSWORD)
    assert made in admin.accounts()
    with pytest.raises(ConflictError):
        admin.create_account("Petr", "Пётр", Role.DOCTOR, PASSWORD)
    with pytest.raises(WeakPasswordError):
        admin.create_account("ivan", "Иван", Role.DOCTOR, "short")
    with pytest.raises(InvalidError):
        admin.create_account("", "Иван", Role.DOCTOR, PASSWORD)
    with pytest.raises(ForbiddenError):
        doctor.accounts()


def test_a_file_that_is_sent_when_the_token_expires_is_sent_again(a_session, tmp_path):
    file = tmp_path / "object.dcm"
    file.write_bytes(an_object(106, 1, 1))
    a_session.connection.keep(replace(a_session.connection.grant, access_token="expired"))
    assert a_session.store_object(file).outcome is StoreOutcome.STORED
