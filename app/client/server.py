"""Everything a server can be asked, as typed calls."""

import base64
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from app.client.answers import read, read_all, read_text
from app.client.connection import Connection
from app.domain.access import Account, Permission, Role
from app.domain.archives import ArchivePage, ArchiveQuery, Retrieval
from app.domain.calls import (
    ChangedOrder,
    ChosenCharacterSet,
    ForwardedStudy,
    MovedOrder,
    NewAccount,
    PasswordCheck,
    SavedReport,
    SetUp,
    SignedReport,
    SignIn,
    WantedStudy,
)
from app.domain.changes import Change
from app.domain.deletion import Deletion, DeletionRequest
from app.domain.image import ImageSource, SeriesManifest
from app.domain.ingest import StoreResult
from app.domain.jobs import Job, JobState
from app.domain.nodes import EchoResult, RemoteNode
from app.domain.orders import (
    Order,
    OrderContent,
    OrderDetails,
    OrderPage,
    OrderQuery,
    OrderStatus,
)
from app.domain.quarantine import Quarantined, QuarantinedDetails
from app.domain.report import Report, ReportContent
from app.domain.routing import DryRun, RoutingRule
from app.domain.status import Grant, ServerStatus
from app.domain.storage import DamagedObject, StorageStatus
from app.domain.study import Study, StudySummary, WorklistPage, WorklistQuery
from app.domain.texts import TextReading


class Server:
    """One server: synchronous, usable from every thread, raises the domain's errors.

    UnavailableError when it does not answer, UnauthenticatedError when the session is over. Access
    tokens renew themselves. `secret` is what an embedded server gave to this machine. `place` names
    the archive for as long as there is one: an embedded server has another address at each start.
    """

    def __init__(self, base_url: str, secret: str = "", place: str = "") -> None:
        self.connection = Connection(base_url.rstrip("/"), secret)
        self.place = place or self.connection.base_url

    @property
    def base_url(self) -> str:
        """Where the server is."""
        return self.connection.base_url

    @property
    def account(self) -> Account | None:
        """Who is signed in."""
        grant = self.connection.grant
        return grant.account if grant else None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the signed-in account may do; the server decides, this only greys out."""
        grant = self.connection.grant
        told = set(grant.permissions) if grant else set()
        return frozenset(each for each in Permission if each in told)

    @property
    def refresh_token(self) -> str:
        """The token that `resume` takes up the session with, empty when signed out."""
        grant = self.connection.grant
        return grant.refresh_token if grant else ""

    def close(self) -> None:
        """Close every connection; the session stays resumable."""
        self.connection.close()

    def move_to(self, base_url: str, secret: str = "") -> None:
        """Go on with the same server after it was restarted elsewhere; the session stays."""
        self.connection.move_to(base_url.rstrip("/"), secret)

    # --- before and around a session -----------------------------------------------------------

    def status(self) -> ServerStatus:
        """What the server says of itself to anyone."""
        return read(ServerStatus, self.connection.get("/api/status", signed_in=False))

    def create_first_administrator(
        self, username: str, full_name: str, password: str, token: str = ""
    ) -> None:
        """Make the first account of a server that has none.

        Raises WeakPasswordError, and ForbiddenError when the token or the embedded secret is wrong.
        """
        body = SetUp(username, full_name, password, token)
        self.connection.post("/api/setup", body, signed_in=False)

    def sign_in(self, username: str, password: str) -> Account:
        """Begin a session. Raises WrongPasswordError or TooManyAttemptsError."""
        body = SignIn(username, password)
        return self.adopt(read(Grant, self.connection.post("/api/sessions", body, signed_in=False)))

    def resume(self, refresh_token: str) -> Account:
        """Take up a session that an earlier process kept. Raises UnauthenticatedError."""
        return self.adopt(self.renewed(refresh_token))

    def renewed(self, refresh_token: str) -> Grant:
        """Trade `refresh_token` for a session that is not in use yet: `adopt` takes it up.

        Raises UnauthenticatedError.
        """
        return self.connection.trade(refresh_token)

    def adopt(self, grant: Grant) -> Account:
        """Go on as whoever `grant` is for."""
        self.connection.keep(grant)
        return grant.account

    def sign_out(self) -> None:
        """End the session on the server and here."""
        try:
            self.connection.delete("/api/sessions/current")
        finally:
            self.connection.keep(None)

    def verify_password(self, password: str) -> None:
        """Raise WrongPasswordError unless `password` is the signed-in account's."""
        self.connection.post("/api/sessions/verify-password", PasswordCheck(password))

    # --- studies ---------------------------------------------------------------------------------

    def worklist(self, query: WorklistQuery) -> WorklistPage:
        """The rows that match, newest first."""
        return read(WorklistPage, self.connection.post("/api/worklist", query))

    def study(self, study_uid: str) -> Study:
        """A study with its series. Raises NotFoundError."""
        return read(Study, self.connection.get(f"/api/studies/{study_uid}"))

    def readings(self, study_uid: str) -> tuple[TextReading, ...]:
        """A study's texts in each character set they can be read in, the most plausible first."""
        return read_all(TextReading, self.connection.get(f"/api/studies/{study_uid}/readings"))

    def choose_character_set(self, study_uid: str, character_set: str) -> StudySummary:
        """Read a study's texts in it from now on; empty: as its objects declare."""
        path, body = f"/api/studies/{study_uid}/character-set", ChosenCharacterSet(character_set)
        return read(StudySummary, self.connection.send_json("PUT", path, body))

    def manifest(self, series_uid: str) -> SeriesManifest:
        """A series' images in display order, with file paths from a server on this machine.

        Another server's paths are dropped: it does not choose which file is read here.
        """
        told = read(SeriesManifest, self.connection.get(f"/api/series/{series_uid}/manifest"))
        if self.connection.shares_machine:
            return told
        return replace(told, images=tuple(_without_path(image) for image in told.images))

    def thumbnail(self, series_uid: str) -> bytes:
        """A PNG of at most 128 px."""
        return self.connection.get(f"/api/series/{series_uid}/thumbnail").content

    def object_bytes(self, sop_instance_uid: str) -> bytes:
        """A whole Part 10 file."""
        return self.connection.get(f"/api/objects/{sop_instance_uid}").content

    def store_object(self, data: bytes | Path) -> StoreResult:
        """Store one Part 10 object. Raises RefusedObjectError or StorageFullError."""
        return read(StoreResult, self.connection.upload("/api/objects", data, "application/dicom"))

    def deletions(self) -> tuple[Deletion, ...]:
        """What somebody asked to delete and what was deleted, newest first."""
        return read_all(Deletion, self.connection.get("/api/deletions"))

    def request_deletion(self, study_uid: str, reason: str, series_uid: str = "") -> Deletion:
        """Ask for a study, or one series of it, to be deleted; another person has to confirm.

        Raises InvalidError without a reason, NotFoundError, and ConflictError when it has a report.
        """
        body = DeletionRequest(study_uid, reason, series_uid)
        return read(Deletion, self.connection.post("/api/deletions", body))

    def confirm_deletion(self, deletion_id: str) -> Deletion:
        """Delete what another person asked for. Raises ForbiddenError for who asked."""
        return read(Deletion, self.connection.post(f"/api/deletions/{deletion_id}/confirm", {}))

    def restore_deletion(self, deletion_id: str) -> None:
        """Bring back what was deleted. Raises NotFoundError once it was purged."""
        self.connection.post(f"/api/deletions/{deletion_id}/restore", {})

    def withdraw_deletion(self, deletion_id: str) -> None:
        """Take back or refuse a request. Raises ConflictError once it was deleted."""
        self.connection.delete(f"/api/deletions/{deletion_id}")

    def changes(self, since: int) -> tuple[Change, ...]:
        """The changes after number `since`, at most some hundred."""
        return read_all(Change, self.connection.get(f"/api/changes?since={since}"))

    # --- reports ---------------------------------------------------------------------------------

    def reports(self, study_uid: str) -> tuple[Report, ...]:
        """Every version of a study's report, newest first."""
        return read_all(Report, self.connection.get(f"/api/studies/{study_uid}/reports"))

    def start_report(self, study_uid: str, content: ReportContent) -> Report:
        """A new draft: version 1, or an amendment of the signed version.

        Raises ConflictError while another draft is open.
        """
        return read(Report, self.connection.post(f"/api/studies/{study_uid}/reports", content))

    def save_report(self, report_id: str, revision: int, content: ReportContent) -> Report:
        """Save a draft. Raises ConflictError when someone saved after `revision`."""
        body = SavedReport(revision, content)
        return read(Report, self.connection.send_json("PUT", f"/api/reports/{report_id}", body))

    def sign_report(
        self, report_id: str, revision: int, password: str, pdf: bytes, signed_at: datetime
    ) -> Report:
        """Sign a draft for good; its PDF becomes an object of the study. Safe to repeat.

        Raises WrongPasswordError, ConflictError for a stale revision.
        """
        body = SignedReport(revision, signed_at, base64.b64encode(pdf).decode(), password)
        return read(Report, self.connection.post(f"/api/reports/{report_id}/sign", body))

    def put_report_image(self, study_uid: str, png: bytes) -> str:
        """Keep a key image and answer its id."""
        path = f"/api/studies/{study_uid}/report-images"
        return read_text(self.connection.upload(path, png, "image/png"), "id")

    def report_image(self, image_id: str) -> bytes:
        """A key image as PNG."""
        return self.connection.get(f"/api/report-images/{image_id}").content

    def report_pdf(self, report_id: str) -> bytes:
        """The PDF of a signed report. Raises NotFoundError before it is signed."""
        return self.connection.get(f"/api/reports/{report_id}/pdf").content

    # --- orders ----------------------------------------------------------------------------------

    def orders(self, query: OrderQuery) -> OrderPage:
        """The orders that match, by their start."""
        return read(OrderPage, self.connection.post("/api/orders/search", query))

    def order(self, order_id: str) -> OrderDetails:
        """An order with what was performed for it. Raises NotFoundError."""
        return read(OrderDetails, self.connection.get(f"/api/orders/{order_id}"))

    def create_order(self, content: OrderContent) -> Order:
        """Schedule an order. Raises InvalidError naming the field that breaks a rule."""
        return read(Order, self.connection.post("/api/orders", content))

    def change_order(self, order_id: str, revision: int, content: OrderContent) -> Order:
        """Change an order that was read at `revision`.

        Raises ConflictError when someone changed it since, or the modality has begun.
        """
        body = ChangedOrder(revision, content)
        return read(Order, self.connection.send_json("PUT", f"/api/orders/{order_id}", body))

    def move_order(self, order_id: str, revision: int, status: OrderStatus) -> Order:
        """Say where an order stands. Raises ConflictError for a step that is not possible."""
        body = MovedOrder(revision, status)
        path = f"/api/orders/{order_id}/status"
        return read(Order, self.connection.send_json("PUT", path, body))

    # --- remote nodes ----------------------------------------------------------------------------

    def nodes(self) -> tuple[RemoteNode, ...]:
        """Every remote node, by AE title."""
        return read_all(RemoteNode, self.connection.get("/api/nodes"))

    def add_node(self, node: RemoteNode) -> None:
        """Record a node. Raises InvalidError, and ConflictError when its AE title is taken."""
        self.connection.post("/api/nodes", node)

    def save_node(self, node: RemoteNode) -> None:
        """Replace the node of that AE title. Raises InvalidError."""
        self.connection.send_json("PUT", _node_path(node.ae_title), node)

    def delete_node(self, ae_title: str) -> None:
        """Forget a node; one that is gone already is no error."""
        self.connection.delete(_node_path(ae_title))

    def echo_node(self, ae_title: str) -> EchoResult:
        """Let the server send C-ECHO to a node. Raises NotFoundError, InvalidError."""
        return read(EchoResult, self.connection.post(f"{_node_path(ae_title)}/echo", {}))

    # --- storage ---------------------------------------------------------------------------------

    def storage(self) -> StorageStatus:
        """How the archive's objects fare."""
        return read(StorageStatus, self.connection.get("/api/storage"))

    def damaged_objects(self) -> tuple[DamagedObject, ...]:
        """The objects whose files were found damaged, newest first."""
        return read_all(DamagedObject, self.connection.get("/api/storage/damaged"))

    def quarantine(self) -> tuple[Quarantined, ...]:
        """The objects that were put aside, newest first."""
        return read_all(Quarantined, self.connection.get("/api/quarantine"))

    def quarantined(self, quarantined_id: str) -> QuarantinedDetails:
        """What one of them says, beside what the archive has. Raises NotFoundError."""
        return read(QuarantinedDetails, self.connection.get(f"/api/quarantine/{quarantined_id}"))

    def quarantined_bytes(self, quarantined_id: str) -> bytes:
        """Its whole Part 10 file."""
        return self.connection.get(f"/api/quarantine/{quarantined_id}/object").content

    def accept_quarantined(self, quarantined_id: str) -> None:
        """Take it into its study, and put what has its UID aside instead.

        Raises ConflictError when another study has its series, or a report forbids it.
        """
        self.connection.post(f"/api/quarantine/{quarantined_id}/accept", {})

    def delete_quarantined(self, quarantined_id: str) -> None:
        """Delete it for good. Raises NotFoundError."""
        self.connection.delete(f"/api/quarantine/{quarantined_id}")

    # --- jobs ------------------------------------------------------------------------------------

    def jobs(self, state: JobState | None = None, kind: str = "") -> tuple[Job, ...]:
        """The newest jobs, some hundred, in `state` and of `kind` when they are named."""
        asked = urlencode({"state": state or "", "kind": kind})
        return read_all(Job, self.connection.get(f"/api/jobs?{asked}"))

    def replay_job(self, job_id: int) -> Job:
        """Queue a job anew, or let one that waits begin now. Raises ConflictError for others."""
        return read(Job, self.connection.post(f"/api/jobs/{job_id}/replay", {}))

    def cancel_job(self, job_id: int) -> Job:
        """Take a job out of the queue. Raises ConflictError for one that has ended."""
        return read(Job, self.connection.post(f"/api/jobs/{job_id}/cancel", {}))

    # --- remote archives -------------------------------------------------------------------------

    def search_archive(self, ae_title: str, query: ArchiveQuery) -> ArchivePage:
        """What a remote archive has. Raises NotFoundError for a node that is none."""
        path = f"{_node_path(ae_title)}/studies/search"
        return read(ArchivePage, self.connection.post(path, query))

    def retrieve(self, ae_title: str, study_uid: str, object_count: int = 0) -> Retrieval:
        """Let a study come from a remote archive, or go on with what of it is missing.

        `object_count` is what the archive says it has. Raises NotFoundError.
        """
        body = WantedStudy(study_uid, object_count)
        path = f"{_node_path(ae_title)}/retrievals"
        return read(Retrieval, self.connection.post(path, body))

    def retrievals(self) -> tuple[Retrieval, ...]:
        """The newest retrievals, one for each study of an archive."""
        return read_all(Retrieval, self.connection.get("/api/retrievals"))

    def cancel_retrieval(self, number: int) -> Retrieval:
        """Let no more come; what has come stays. Raises NotFoundError."""
        return read(Retrieval, self.connection.post(f"/api/retrievals/{number}/cancel", {}))

    # --- routing ---------------------------------------------------------------------------------

    def routing_rules(self) -> tuple[RoutingRule, ...]:
        """Every routing rule, by name."""
        return read_all(RoutingRule, self.connection.get("/api/routing"))

    def add_routing_rule(self, rule: RoutingRule) -> RoutingRule:
        """Keep a new rule; the server makes its id. Raises InvalidError naming the field."""
        return read(RoutingRule, self.connection.post("/api/routing", rule))

    def save_routing_rule(self, rule: RoutingRule) -> RoutingRule:
        """Replace the rule of that id. Raises InvalidError and NotFoundError."""
        path = f"/api/routing/{rule.rule_id}"
        return read(RoutingRule, self.connection.send_json("PUT", path, rule))

    def delete_routing_rule(self, rule_id: str) -> None:
        """Forget a rule; one that is gone already is no error."""
        self.connection.delete(f"/api/routing/{rule_id}")

    def dry_run(self, rule: RoutingRule) -> DryRun:
        """What a rule would send of the newest studies; nothing is sent. Raises InvalidError."""
        return read(DryRun, self.connection.post("/api/routing/dry-run", rule))

    def forward(self, study_uid: str, ae_title: str) -> None:
        """Queue the sending of a study to a node. Raises NotFoundError."""
        self.connection.post(f"/api/studies/{study_uid}/forward", ForwardedStudy(ae_title))

    # --- accounts --------------------------------------------------------------------------------

    def accounts(self) -> tuple[Account, ...]:
        """Everyone who can sign in."""
        return read_all(Account, self.connection.get("/api/accounts"))

    def create_account(self, username: str, full_name: str, role: Role, password: str) -> Account:
        """Make an account. Raises WeakPasswordError, or ConflictError when the name is taken."""
        body = NewAccount(username, full_name, role, password)
        return read(Account, self.connection.post("/api/accounts", body))


def _node_path(ae_title: str) -> str:
    return f"/api/nodes/{quote(ae_title, safe='')}"


def _without_path(source: ImageSource) -> ImageSource:
    return replace(source, path="") if source.path else source
