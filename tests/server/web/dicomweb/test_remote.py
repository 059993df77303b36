"""Archives over DICOMweb that answer as none should, and one behind TLS."""

import json
import logging
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import date, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain import archives as domain
from app.domain.archives import ArchiveProblem, ArchiveQuery
from app.server.store.spool import Spool
from app.server.web.dicomweb import remote
from app.server.web.dicomweb.remote import NoAnswerError, Objects, Site
from app.settings import Settings
from tests.server.dimse.certificates import Authority
from tests.server.foreign_archive import a_free_port
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

JSON = "application/dicom+json"
MOST = 1 << 16


class FakeSite:
    """Answers every path as it is told: (status, media type, body); keeps what it was asked."""

    def __init__(self) -> None:
        self.answers, self.asked, self.headers = {}, [], []
        self.url, self.otherwise = "", (404, JSON, b"")

    def answer(self, path, body, media_type=JSON, status=200) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (status, media_type, data)


@contextmanager
def serving(site, context=None):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            site.asked.append((path, query))
            site.headers.append(self.headers)
            status, media_type, body = site.answers.get(path, site.otherwise)
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        site.url = f"{'https' if context else 'http'}://localhost:{server.server_port}/web"
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def fake():
    with serving(FakeSite()) as site:
        yield site


@pytest.fixture
def site(fake) -> Site:
    return Site("PACS", fake.url, ssl.create_default_context())


@pytest.fixture
def taken():
    return []


@pytest.fixture
def objects(tmp_path, taken) -> Objects:
    return Objects(Spool(tmp_path / "spool"), MOST, lambda content: taken.append(len(content)))


def never() -> bool:
    return False


STUDY = {
    "0020000D": {"vr": "UI", "Value": [study_uid(1)]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Ivanov^P", "Phonetic": "Иванов"}]},
    "00080020": {"vr": "DA", "Value": ["20261124"]},
    "00080030": {"vr": "TM", "Value": ["0830"]},
    "00080061": {"vr": "CS", "Value": ["CT", None]},
    "00201208": {"vr": "IS", "Value": [6]},
    "00201206": {"vr": "IS", "Value": ["two"]},
    "00081030": {"vr": "LO"},
}


def test_a_study_is_read_as_far_as_it_can_be(fake, site):
    fake.answer("/web/studies", [STUDY, {}, {"0020000D": "nonsense"}])
    query = ArchiveQuery("Ivanov*", "P-17", date(2026, 11, 1), None, "CT")
    (row,) = remote.search(site, query).rows
    summary = row.summary
    assert (summary.study_uid, summary.patient_name) == (study_uid(1), "Ivanov^P==Иванов")
    assert (summary.study_date, summary.study_time) == (date(2026, 11, 24), time(8, 30))
    assert (summary.modalities, summary.instance_count, summary.series_count) == (("CT",), 6, 0)
    ((_path, asked),) = fake.asked
    assert asked["StudyDate"] == ["20261101-"]
    assert (asked["PatientName"], asked["PatientID"]) == (["Ivanov*"], ["P-17"])


@pytest.mark.parametrize(
    ("user", "secret", "sent"),
    [
        ("us", "word", "Basic dXM6d29yZA=="),
        ("", "token", "Bearer token"),
        ("us", "", None),
        ("", "", None),
    ],
)
def test_who_we_are_is_proved_as_the_record_says(fake, user, secret, sent):
    fake.answer("/web/studies", [])
    site = Site("PACS", fake.url, ssl.create_default_context(), user, secret)
    assert remote.search(site, ArchiveQuery()).problem is None
    assert fake.headers[0].get("Authorization") == sent
    assert secret not in repr(site) or not secret


@pytest.mark.parametrize(
    ("answer", "problem", "reason"),
    [
        ((401, JSON, b""), ArchiveProblem.NOT_SIGNED_IN, "PACS answers 401"),
        ((302, JSON, b""), ArchiveProblem.FAILED, "PACS answers 302"),
        ((500, JSON, b""), ArchiveProblem.FAILED, "PACS answers 500"),
        ((200, JSON, b"<html>"), ArchiveProblem.FAILED, "PACS does not answer with DICOM JSON"),
        ((200, JSON, b"[1]"), ArchiveProblem.FAILED, "PACS does not answer with DICOM JSON"),
        ((200, JSON, b"{}"), ArchiveProblem.FAILED, "PACS does not answer with DICOM JSON"),
        ((204, JSON, b""), None, ""),
    ],
)
def test_a_search_says_why_it_found_nothing(fake, site, answer, problem, reason):
    fake.otherwise = answer
    page = remote.search(site, ArchiveQuery("Ivanov*"))
    assert (page.rows, page.problem, page.reason) == ((), problem, reason)
    assert len(fake.asked) == 1  # no redirect is followed: it could take the secret along


def test_a_search_for_more_than_is_shown_is_cut(fake, site, monkeypatch):
    for module in (remote, domain):
        monkeypatch.setattr(module, "MOST_FOUND", 1)
    fake.answer("/web/studies", [STUDY, STUDY])
    page = remote.search(site, ArchiveQuery())
    assert (len(page.rows), page.is_cut) == (1, True)


def test_an_answer_that_is_too_long_is_not_read(fake, site, monkeypatch):
    monkeypatch.setattr(remote, "MAX_ANSWER", 10)
    fake.answer("/web/studies", [STUDY])
    assert remote.search(site, ArchiveQuery()).reason == "PACS answers more than can be read"


def test_a_site_that_is_away_or_not_trusted_is_said(tmp_path):
    away = Site("PACS", f"http://localhost:{a_free_port()}/web", ssl.create_default_context())
    assert remote.search(away, ArchiveQuery()).problem is ArchiveProblem.UNREACHABLE
    authority = Authority(tmp_path, "Clinic")
    identity = authority.issue("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    with serving(FakeSite(), context) as fake:
        fake.answer("/web/studies", [STUDY])
        stranger = Site("PACS", fake.url, remote.trust(Settings()))
        page = remote.search(stranger, ArchiveQuery())
        assert page.problem is ArchiveProblem.NOT_TRUSTED
        assert fake.asked == []
        trust = remote.trust(Settings(dicom_tls_ca=authority.certificate))
        assert len(remote.search(Site("PACS", fake.url, trust), ArchiveQuery()).rows) == 1


def test_a_site_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(remote, "TIMEOUT_S", 0.2)
    with socket.create_server(("localhost", 0)) as mute:
        url = f"http://localhost:{mute.getsockname()[1]}/web"
        page = remote.search(Site("PACS", url, ssl.create_default_context()), ArchiveQuery())
    assert page.problem is ArchiveProblem.SILENT


def test_no_log_of_ours_names_who_was_searched_for(fake, site, caplog):
    from app.commands.server_logs import SILENT

    fake.answer("/web/studies", [])
    with caplog.at_level(logging.DEBUG):
        for name in SILENT:
            caplog.set_level(logging.CRITICAL + 1, name)
        remote.search(site, ArchiveQuery("Ivanov*"))
    assert "Ivanov" not in caplog.text


def instances(*numbers):
    return [
        {
            "00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.2"]},
            "00080018": {"vr": "UI", "Value": [sop_uid(1, 1, number)]},
        }
        for number in numbers
    ]


SERIES = f"/web/studies/{study_uid(1)}/series"
ONE = f"{SERIES}/{series_uid(1, 1)}"


def test_series_of_many_objects_come_in_pages(fake, site, monkeypatch):
    monkeypatch.setattr(remote, "PAGE", 2)
    fake.answer(SERIES, [{"0020000E": {"vr": "UI", "Value": [series_uid(1, 1)]}}, {}])
    fake.answer(f"{ONE}/instances", instances(1, 2))  # it takes no notice of the offset
    found = remote.series_of(site, study_uid(1), never)
    assert list(found[series_uid(1, 1)]) == [sop_uid(1, 1, 1), sop_uid(1, 1, 2)]
    assert [query["offset"] for _path, query in fake.asked[1:]] == [["0"], ["2"]]
    assert remote.series_of(site, study_uid(1), lambda: True) == {}


def fetch(site, objects, uids, *, is_stopped=never):
    there = {series_uid(1, 1): {sop_uid(1, 1, 1): "", sop_uid(1, 1, 2): ""}}
    missing = {series_uid(1, 1): dict.fromkeys(uids, "")}
    remote.fetch(site, study_uid(1), there, missing, objects, is_stopped)


def test_a_whole_series_is_asked_for_as_one_else_each_object(fake, site, objects, taken):
    first, second = an_object(number=1), an_object(number=2)
    body = b"--b\r\n\r\n" + first + b"\r\n--b\r\n\r\n" + second + b"\r\n--b--"
    fake.answer(ONE, body, "multipart/related; type=application/dicom; boundary=b")
    fetch(site, objects, (sop_uid(1, 1, 1), sop_uid(1, 1, 2)))
    assert taken == [len(first), len(second)]
    fake.answer(f"{ONE}/instances/{sop_uid(1, 1, 2)}", second, "application/dicom")
    fetch(site, objects, (sop_uid(1, 1, 2),))
    assert taken[2:] == [len(second)]
    assert 'type="application/dicom"' in fake.headers[0]["Accept"]


def test_an_object_that_is_too_large_is_left_out(fake, site, objects, taken):
    fake.answer(f"{ONE}/instances/{sop_uid(1, 1, 2)}", bytes(MOST + 1), "application/dicom")
    fetch(site, objects, (sop_uid(1, 1, 2),))
    assert taken == []


@pytest.mark.parametrize(
    ("media_type", "body", "reason"),
    [
        ("text/html", b"<html>", "PACS does not answer with DICOM objects"),
        ("multipart/related", b"--b--", "PACS answers badly: multipart without a boundary"),
        ("multipart/related; boundary=b", b"--b\r\n\r\nDICM", "the multipart body ends early"),
    ],
)
def test_a_broken_answer_is_said(fake, site, objects, media_type, body, reason):
    fake.answer(ONE, body, media_type)
    with pytest.raises(NoAnswerError, match=reason):
        fetch(site, objects, (sop_uid(1, 1, 1), sop_uid(1, 1, 2)))


def test_what_is_not_wanted_any_more_is_not_taken(fake, site, objects, taken):
    body = b"--b\r\n\r\n" + an_object() + b"\r\n--b--"
    fake.answer(ONE, body, "multipart/related; type=application/dicom; boundary=b")
    answers = iter([False, False, True])
    uids = (sop_uid(1, 1, 1), sop_uid(1, 1, 2))
    fetch(site, objects, uids, is_stopped=lambda: next(answers, True))
    assert taken == []
    fetch(site, objects, uids, is_stopped=lambda: True)
    assert len(fake.asked) == 1
