"""The server's parts that requests use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.report import Clinic
from app.server.core.access_log import AccessLog
from app.server.core.accounts import Accounts
from app.server.core.archives import Archives
from app.server.core.credentials import Credentials
from app.server.core.deletions import Deletions
from app.server.core.ingest import Ingest
from app.server.core.jobs import Jobs
from app.server.core.nodes import Nodes
from app.server.core.orders import Orders
from app.server.core.printing import Printing
from app.server.core.quarantine import Quarantine
from app.server.core.reports import Reports
from app.server.core.routing import Routing
from app.server.core.sessions import Sessions
from app.server.core.storage import Storage
from app.server.core.texts import Texts
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.spool import Spool
from app.server.web.kept import KeptAnswers
from app.server.web.presence import Presence


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the HTTP side hands requests to.

    `secret` is told to this machine's user alone; `proxies` are the addresses of our own; an
    embedded server was started by a desktop and ends after the last; `setup_token` is set while it
    waits for its first administrator; `metadata` are those of series that were asked for last.
    """

    database: Database
    objects: ObjectStore
    ingest: Ingest
    accesses: AccessLog
    accounts: Accounts
    sessions: Sessions
    credentials: Credentials
    reports: Reports
    nodes: Nodes
    archives: Archives
    jobs: Jobs
    routing: Routing
    printing: Printing
    orders: Orders
    storage: Storage
    quarantine: Quarantine
    deletions: Deletions
    texts: Texts
    presence: Presence
    spool: Spool
    max_object_size: int
    dicom_port: int
    wanted_dicom_port: int
    dicom_tls_port: int | None
    ae_title: str
    clinic: Clinic
    clock: Callable[[], datetime]
    secret: str
    requests_per_s: int
    proxies: frozenset[str]
    is_embedded: bool = False
    setup_token: str = ""
    metadata: KeptAnswers = field(default_factory=KeptAnswers)
