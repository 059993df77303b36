"""The server process: starts the parts in order, runs, and stops them in reverse."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import structlog
import uvicorn
from starlette.applications import Starlette

from app.auth.tokens import Signer, load_key
from app.client.note import Note, read_note, write_note
from app.dicom.compression import SYNTAXES
from app.domain.errors import ConfigurationError
from app.domain.report import Clinic
from app.domain.storage import Quotas, Watermarks
from app.server.core.access_log import AccessLog
from app.server.core.accounts import Accounts
from app.server.core.archives import Archives
from app.server.core.callers import Callers
from app.server.core.credentials import Credentials
from app.server.core.deletions import Deletions
from app.server.core.fixity import Fixity
from app.server.core.foreign_orders import ForeignOrders
from app.server.core.identity import require_one_archive
from app.server.core.ingest import Ingest
from app.server.core.jobs import Jobs
from app.server.core.nodes import Nodes
from app.server.core.orders import Orders
from app.server.core.packing import KIND, Packing
from app.server.core.printing import Printing
from app.server.core.priors import Priors
from app.server.core.quarantine import Quarantine
from app.server.core.reception import Reception
from app.server.core.reports import Reports
from app.server.core.routing import Routing
from app.server.core.sessions import Lives, Sessions
from app.server.core.storage import Storage
from app.server.core.texts import Texts
from app.server.core.usage import Usage
from app.server.dimse.echo import send_echo
from app.server.dimse.node import DicomNode, SecurePort
from app.server.dimse.requestor import Peer
from app.server.dimse.service import NodeParts
from app.server.dimse.tls import for_callers, for_nodes
from app.server.jobs.availability import give_notices
from app.server.jobs.commitments import give_reports
from app.server.jobs.foreign_orders import take_orders_over
from app.server.jobs.forwarding import Forwarding
from app.server.jobs.outbox import Outbox
from app.server.jobs.packing import pack_series
from app.server.jobs.prefetching import fetch_priors
from app.server.jobs.printing import PrintJobs
from app.server.jobs.retrieving import Retrieving
from app.server.jobs.rounds import Rounds
from app.server.jobs.ways import Entrance, FarArchives
from app.server.store.data_keys import DataKeys
from app.server.store.datadir import locked
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.spool import Spool
from app.server.web.app import create_app
from app.server.web.connections import LOOK_EVERY_S, Connection, Limits, look_after
from app.server.web.dicomweb.remote import trust
from app.server.web.parts import Parts
from app.server.web.presence import Presence
from app.settings import Compression, Settings

GRACE_S = 30
LOOK_AT_DISK_S = 5
CHECK_S = 5
LOOK_AT_WORKLISTS_S = 5
TIDY_S = 30
PURGE_S = 600
COUNT_S = 600
LOOPBACKS = ("127.", "::1")
KEEP_ALIVE_S = 75
"""Longer than clients keep idle connections, so that none is closed under a request."""
STOP_S = 5
TICKS_A_SECOND = 10
"""Of uvicorn's loop."""
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what listens everywhere
"""Where this machine reaches a server that listens on every address."""

log = structlog.get_logger()


def serve(settings: Settings, *, embedded: bool, grace_s: float = GRACE_S) -> None:
    """Run a server until SIGTERM, or an embedded one until its last desktop is gone.

    Prints one line of JSON on stdout when it is ready. Raises ConfigurationError, and
    DataDirInUseError when another server holds the data directory.
    """
    with contextlib.ExitStack() as running:
        running.enter_context(locked(settings.data_dir))
        spool = Spool(settings.data_dir / "spool", _watermarks(settings))
        max_object_size = settings.max_object_mb * 1024 * 1024
        database = Database.open(settings)
        running.callback(database.close)
        keys = DataKeys.open(settings, database)
        objects = ObjectStore.of(settings, keys)
        running.callback(objects.close)
        require_one_archive(database, objects)
        usage = Usage(database, _quotas(settings))
        ingest = Ingest(
            database,
            objects,
            max_object_size=max_object_size,
            clock=_now,
            quiet=timedelta(seconds=settings.series_quiet_s),
            reception=_reception(settings),
            usage=usage,
        )
        running.callback(ingest.close)
        storage = Storage(database, objects, _now, usage)
        deletions = Deletions(database, objects, _now)
        accounts = Accounts(database, _now, site_words=(settings.clinic_name, settings.ae_title))
        signer = Signer(load_key(settings.token_key or settings.data_dir / "token-key.pem"))
        sessions = Sessions(database, signer, _lives(settings), _now)
        tls = for_nodes(settings)
        entities = settings.local_entities(accepts_unknown=embedded)
        nodes = Nodes(database, partial(send_echo, ae_title=settings.ae_title, tls=tls), _now)
        node = DicomNode(
            host=settings.dicom_host,
            port=settings.dicom_port,
            parts=NodeParts(
                callers=Callers(database, sessions, entities, settings.user_identity),
                door=ingest,
                spool=spool,
                max_object_size=max_object_size,
                database=database,
                objects=objects,
                nodes=nodes,
                tls=tls,
                idle_s=settings.dicom_idle_s,
                private_storage_classes=settings.private_storage_classes,
            ),
            any_port=embedded,
            tls=_secure_port(settings),
            proxies=settings.dicom_proxies,
        )
        node.start()
        running.callback(node.stop)
        packing = Packing(database, objects, _now, SYNTAXES[settings.compression_codec])
        foreign = ForeignOrders(database, _now, timedelta(seconds=settings.worklist_every_s))
        fixity = Fixity(
            database, objects, _now, portion=settings.fixity_mb_per_s * CHECK_S * 1024 * 1024
        )
        for rounds in (
            Rounds("usage", usage.count, every_s=COUNT_S),
            Rounds("disk-watch", storage.watch_disk, every_s=LOOK_AT_DISK_S),
            Rounds("tidy", objects.tidy, every_s=TIDY_S),
            Rounds("fixity", fixity.check_some, every_s=CHECK_S),
            Rounds("worklists", foreign.owe, every_s=LOOK_AT_WORKLISTS_S),
            Rounds("purge", deletions.purge_due, every_s=PURGE_S),
            Rounds("replaced-files", packing.remove_replaced, every_s=PURGE_S),
        ):
            rounds.start()
            running.callback(rounds.close)
        routing = Routing(database, _now, _kinds_of_series(settings))
        outbox, peer_of = Outbox(database, _now), partial(_peer, nodes, tls)
        give_reports(outbox, database, objects, peer_of, _now)
        give_notices(outbox, database, peer_of, settings.ae_title, _now)
        far = FarArchives(
            nodes, tls, trust(settings), settings.ae_title, Entrance(ingest, spool, max_object_size)
        )
        pack_series(outbox, packing)
        take_orders_over(outbox, foreign, peer_of, settings.ae_title)
        fetch_priors(outbox, Priors(database, far.ask, _now))
        Forwarding(objects, routing, nodes, tls, settings.ae_title).serve(outbox)
        Retrieving(database, far.of).serve(outbox)
        printing = Printing(database, objects, _now)
        PrintJobs(printing, peer_of, settings.ae_title).serve(outbox)
        outbox.start()
        running.callback(outbox.close)
        parts = Parts(
            database=database,
            objects=objects,
            ingest=ingest,
            accesses=AccessLog(database, _now),
            accounts=accounts,
            sessions=sessions,
            credentials=Credentials(sessions),
            nodes=nodes,
            archives=Archives(database, far.ask, _now),
            jobs=Jobs(database, _now),
            routing=routing,
            printing=printing,
            reports=Reports(database, objects, ingest, sessions, _now),
            orders=Orders(database, _now),
            storage=storage,
            quarantine=Quarantine(database, objects, _now),
            deletions=deletions,
            texts=Texts(database, objects, _now),
            presence=Presence(grace_s),
            spool=spool,
            max_object_size=max_object_size,
            dicom_port=node.port,
            wanted_dicom_port=settings.dicom_port,
            dicom_tls_port=node.tls_port,
            ae_title=settings.ae_title,
            clinic=Clinic(settings.clinic_name, settings.clinic_address, settings.clinic_phone),
            clock=_now,
            secret=secrets.token_urlsafe(32),
            requests_per_s=settings.http_requests_per_s,
            proxies=settings.http_proxies,
            is_embedded=embedded,
            setup_token="" if embedded else _announced_setup_token(accounts),
        )
        listener = _listener_embedded(settings) if embedded else _listener(settings)
        running.callback(listener.close)
        limits = Limits(settings.http_patience_s, settings.http_proxies)
        _HttpServer(parts, limits, lambda: _tell_ready(settings, parts, listener)).run([listener])
    log.info("server-stopped")


class _HttpServer(uvicorn.Server):
    """Uvicorn with our signals: it stops, and what started it goes on to stop the other parts."""

    def __init__(self, parts: Parts, limits: Limits, on_ready: Callable[[], None]) -> None:
        self._on_ready = on_ready
        self._bell = parts.database.bell
        app: Starlette = create_app(parts, is_stopping=lambda: self.should_exit, stop=self.stop)
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http=cast("type[asyncio.Protocol]", partial(Connection, limits=limits)),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
        )
        super().__init__(config)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `stop` or a signal."""
        # Uvicorn raises the signals it caught again after it has stopped.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda _signal, _frame: None)
        super().run(sockets)

    def stop(self) -> None:
        """End, and wake the streams, so that they end too."""
        self.should_exit = True
        self._bell.ring()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and tell so."""
        await super().startup(sockets)
        self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Look after the connections now and then; whether to end."""
        if counter % (LOOK_EVERY_S * TICKS_A_SECOND) == 0:
            look_after(self.server_state.connections)
        return await super().on_tick(counter)


def _tell_ready(settings: Settings, parts: Parts, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    host = LOOPBACK_OF.get(host, host)
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    write_note(settings.data_dir, Note(url, os.getpid(), parts.dicom_port, parts.secret))
    line = {
        "ready": True,
        "url": url,
        "dicom_port": parts.dicom_port,
        "ae_title": parts.ae_title,
        "pid": os.getpid(),
    }
    with contextlib.suppress(OSError):  # whoever started us may be gone
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    if not listener.getsockname()[0].startswith(LOOPBACKS):
        log.warning("http-without-encryption", host=listener.getsockname()[0])
    log.info("server-ready", url=url, dicom_port=parts.dicom_port)


def _announced_setup_token(accounts: Accounts) -> str:
    """A token for who makes the first administrator, told once to who started the server."""
    if not accounts.need_setup():
        return ""
    token = secrets.token_hex(12)
    sys.stderr.write(f"There is no account yet. Set-up token for the first one: {token}\n")
    sys.stderr.flush()
    return token


def _listener(settings: Settings) -> socket.socket:
    try:
        return _bound(settings.http_host, settings.http_port)
    except OSError as error:
        raise ConfigurationError(f"HTTP port {settings.http_port}: {error.strerror}") from error


def _listener_embedded(settings: Settings) -> socket.socket:
    """The port of the last run, so that desktops find a restarted server, or any free one."""
    note = read_note(settings.data_dir)
    before = urlsplit(note.url).port if note else None
    if before:
        with contextlib.suppress(OSError):
            return _bound("127.0.0.1", before)
    return _bound("127.0.0.1", 0)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, asyncio sends small answers at once: else the second packet waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two programs share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _secure_port(settings: Settings) -> SecurePort | None:
    if settings.dicom_tls_port is None:
        return None
    return SecurePort(settings.dicom_tls_port, for_callers(settings))


def _peer(nodes: Nodes, tls: ssl.SSLContext, ae_title: str) -> Peer | None:
    node = nodes.address(ae_title)
    return Peer.of(node, tls) if node else None


def _lives(settings: Settings) -> Lives:
    return Lives(
        access=timedelta(minutes=settings.access_token_minutes),
        session=timedelta(hours=settings.refresh_token_hours),
    )


def _kinds_of_series(settings: Settings) -> tuple[str, ...]:
    """The jobs that are owed to each series that is complete."""
    return (KIND,) if settings.compression is Compression.WHEN_COMPLETE else ()


def _reception(settings: Settings) -> Reception:
    is_packed = settings.compression is Compression.ON_RECEIVE
    syntax = SYNTAXES[settings.compression_codec] if is_packed else ""
    return Reception(settings.tag_rules, settings.ae_title, syntax)


def _watermarks(settings: Settings) -> Watermarks:
    return Watermarks(settings.disk_low_percent, settings.disk_full_percent)


def _quotas(settings: Settings) -> Quotas:
    gib = 1024**3
    archive = None if settings.quota_gb is None else int(settings.quota_gb * gib)
    sources = {name: int(quota * gib) for name, quota in settings.source_quotas_gb.items()}
    return Quotas(archive, sources)


def _now() -> datetime:
    return datetime.now(UTC)
