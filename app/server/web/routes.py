"""The table of routes: each names its permission, or that it needs none."""

from dataclasses import replace

from app.domain.access import Permission
from app.server.core.access_log import Named
from app.server.core.audit import Action
from app.server.core.pdf import MAX_SIZE as MAX_PDF
from app.server.core.png import MAX_SIZE as MAX_PNG
from app.server.web import (
    archive_calls,
    deletion_calls,
    feed,
    job_calls,
    node_calls,
    order_calls,
    printing_calls,
    quarantine_calls,
    report_calls,
    routing_calls,
    session_calls,
    storage_calls,
    study_calls,
    text_calls,
    uploads,
)
from app.server.web.dicomweb import metadata, rendered, search, stow, wado, wado_uri
from app.server.web.dicomweb.capabilities import capabilities_of
from app.server.web.dicomweb.offers import DICOM
from app.server.web.openapi import openapi_of
from app.server.web.routing import Access, Handler, Lane, Route

MAX_REPORT = 4 * 1024 * 1024
MAX_SIGNED = MAX_PDF * 4 // 3 + 4096

PDF, PNG, EVENTS = "application/pdf", "image/png", "text/event-stream"

STUDY = "/dicom-web/studies/{study}"
SERIES = STUDY + "/series/{series}"
INSTANCE = SERIES + "/instances/{instance}"
DICOMWEB_STATUSES = {"invalid": 400, "undecodable": 406}
"""PS3.18 8.5 has no other for it."""


def _reading(path: str, handler: Handler, lane: Lane = Lane.ORDINARY) -> Route:
    return Route(
        "GET",
        path,
        Permission.STUDY_READ,
        handler,
        lane=lane,
        audited=Action.STUDY_READ,
        status_of=DICOMWEB_STATUSES,
    )


def _storing(path: str) -> Route:
    return Route(
        "POST",
        path,
        Permission.STUDY_IMPORT,
        streamer=stow.store,
        audited=Action.STUDY_STORED,
        status_of=DICOMWEB_STATUSES,
    )


def _searching(path: str, handler: Handler) -> Route:
    return replace(_reading(path, handler), audited=Action.STUDIES_SEARCHED)


def _looking(path: str, handler: Handler, named: Named = Named.ITSELF) -> Route:
    read = Action.STUDY_READ
    return Route("GET", path, Permission.STUDY_READ, handler, audited=read, named=named)


def _reported(path: str, handler: Handler, gives: str = "") -> Route:
    read = Action.REPORT_READ
    return Route("GET", path, Permission.REPORT_READ, handler, audited=read, gives=gives)


def _quarantined(path: str, handler: Handler, gives: str = "") -> Route:
    read = Action.QUARANTINED_READ
    return Route("GET", path, Permission.QUARANTINE_READ, handler, audited=read, gives=gives)


DICOMWEB = (
    _storing("/dicom-web/studies"),
    _storing(STUDY),
    _searching("/dicom-web/studies", search.studies),
    _searching("/dicom-web/series", search.series),
    _searching("/dicom-web/instances", search.instances),
    _searching(STUDY + "/series", search.series),
    _searching(STUDY + "/instances", search.instances),
    _searching(SERIES + "/instances", search.instances),
    _reading(STUDY, wado.objects),
    _reading(SERIES, wado.objects),
    _reading(INSTANCE, wado.objects),
    _reading(INSTANCE + "/frames/{frames}", wado.frames_of),
    _reading(STUDY + "/metadata", metadata.metadata),
    _reading(SERIES + "/metadata", metadata.metadata),
    _reading(INSTANCE + "/metadata", metadata.metadata),
    _reading(INSTANCE + "/bulkdata/{bulk:path}", metadata.bulk),
    _reading(STUDY + "/rendered", rendered.rendered, Lane.PICTURES),
    _reading(SERIES + "/rendered", rendered.rendered, Lane.PICTURES),
    _reading(INSTANCE + "/rendered", rendered.rendered, Lane.PICTURES),
    _reading(INSTANCE + "/frames/{frames}/rendered", rendered.rendered, Lane.PICTURES),
    _reading(STUDY + "/thumbnail", rendered.thumbnail, Lane.PICTURES),
    _reading(SERIES + "/thumbnail", rendered.thumbnail, Lane.PICTURES),
    _reading(INSTANCE + "/thumbnail", rendered.thumbnail, Lane.PICTURES),
    _reading(INSTANCE + "/frames/{frames}/thumbnail", rendered.thumbnail, Lane.PICTURES),
    replace(_reading("/wado", wado_uri.by_uri, Lane.PICTURES), subject="studyUID"),
)
CAPABILITIES = capabilities_of(DICOMWEB)

ROUTES: tuple[Route, ...] = (
    Route("GET", "/health", Access.PUBLIC, session_calls.health),
    Route("GET", "/api/status", Access.PUBLIC, session_calls.status),
    Route("POST", "/api/setup", Access.PUBLIC, session_calls.set_up, lane=Lane.PASSWORD),
    Route("POST", "/api/sessions", Access.PUBLIC, session_calls.sign_in, lane=Lane.PASSWORD),
    Route("POST", "/api/sessions/refresh", Access.PUBLIC, session_calls.refresh),
    Route("DELETE", "/api/sessions/current", Access.SIGNED_IN, session_calls.sign_out),
    Route(
        "POST",
        "/api/sessions/verify-password",
        Access.SIGNED_IN,
        session_calls.verify_password,
        lane=Lane.PASSWORD,
    ),
    Route("GET", "/api/accounts", Permission.ACCOUNT_LIST, session_calls.list_accounts),
    Route(
        "POST",
        "/api/accounts",
        Permission.ACCOUNT_CREATE,
        session_calls.create_account,
        lane=Lane.PASSWORD,
    ),
    Route("POST", "/api/orders", Permission.ORDER_WRITE, order_calls.create),
    Route(
        "POST",
        "/api/orders/search",
        Permission.ORDER_READ,
        order_calls.search,
        audited=Action.ORDERS_SEARCHED,
    ),
    Route(
        "GET",
        "/api/orders/{id}",
        Permission.ORDER_READ,
        order_calls.one,
        audited=Action.ORDER_READ,
    ),
    Route("PUT", "/api/orders/{id}", Permission.ORDER_WRITE, order_calls.change),
    Route("PUT", "/api/orders/{id}/status", Permission.ORDER_WRITE, order_calls.move),
    Route(
        "GET",
        "/api/audit",
        Permission.AUDIT_READ,
        session_calls.list_audit,
        audited=Action.AUDIT_READ,
        asks=("limit",),
    ),
    Route("GET", "/api/nodes", Permission.NODE_READ, node_calls.list_nodes),
    Route("POST", "/api/nodes", Permission.NODE_WRITE, node_calls.add),
    Route(
        "PUT",
        "/api/nodes/{ae_title:path}/dicomweb-secret",
        Permission.NODE_WRITE,
        node_calls.keep_secret,
    ),
    Route("PUT", "/api/nodes/{ae_title:path}", Permission.NODE_WRITE, node_calls.save),
    Route("DELETE", "/api/nodes/{ae_title:path}", Permission.NODE_WRITE, node_calls.delete),
    Route("POST", "/api/nodes/{ae_title:path}/echo", Permission.NODE_READ, node_calls.echo),
    Route(
        "GET",
        "/api/deletions",
        Permission.STUDY_DELETE,
        deletion_calls.list_all,
        audited=Action.DELETIONS_READ,
    ),
    Route("POST", "/api/deletions", Permission.STUDY_DELETE, deletion_calls.request),
    Route("POST", "/api/deletions/{id}/confirm", Permission.STUDY_DELETE, deletion_calls.confirm),
    Route("POST", "/api/deletions/{id}/restore", Permission.STUDY_DELETE, deletion_calls.restore),
    Route("DELETE", "/api/deletions/{id}", Permission.STUDY_DELETE, deletion_calls.withdraw),
    Route("GET", "/api/storage", Permission.STORAGE_READ, storage_calls.status),
    Route("GET", "/api/storage/damaged", Permission.STORAGE_READ, storage_calls.list_damaged),
    Route("GET", "/api/jobs", Permission.JOB_READ, job_calls.list_jobs, asks=("state", "kind")),
    Route("POST", "/api/jobs/{number}/replay", Permission.JOB_WRITE, job_calls.replay),
    Route("POST", "/api/jobs/{number}/cancel", Permission.JOB_WRITE, job_calls.cancel),
    replace(_quarantined("/api/quarantine", quarantine_calls.list_some), asks=("limit", "offset")),
    _quarantined("/api/quarantine/{id}", quarantine_calls.one),
    _quarantined("/api/quarantine/{id}/object", quarantine_calls.download, DICOM),
    Route(
        "POST",
        "/api/quarantine/{id}/accept",
        Permission.QUARANTINE_WRITE,
        quarantine_calls.accept,
    ),
    Route("DELETE", "/api/quarantine/{id}", Permission.QUARANTINE_WRITE, quarantine_calls.delete),
    Route(
        "POST",
        "/api/nodes/{ae_title:path}/studies/search",
        Permission.STUDY_READ,
        archive_calls.search,
        lane=Lane.FAR,
    ),
    Route(
        "POST",
        "/api/nodes/{ae_title:path}/retrievals",
        Permission.STUDY_IMPORT,
        archive_calls.retrieve,
    ),
    Route("GET", "/api/retrievals", Permission.STUDY_READ, archive_calls.list_retrievals),
    Route(
        "POST",
        "/api/retrievals/{number}/cancel",
        Permission.STUDY_IMPORT,
        archive_calls.cancel,
    ),
    Route("GET", "/api/routing", Permission.ROUTING_READ, routing_calls.list_rules),
    Route("POST", "/api/routing", Permission.ROUTING_WRITE, routing_calls.add),
    Route("POST", "/api/routing/dry-run", Permission.ROUTING_READ, routing_calls.dry_run),
    Route("PUT", "/api/routing/{id}", Permission.ROUTING_WRITE, routing_calls.save),
    Route("DELETE", "/api/routing/{id}", Permission.ROUTING_WRITE, routing_calls.delete),
    Route(
        "POST",
        "/api/worklist",
        Permission.STUDY_READ,
        study_calls.search,
        audited=Action.STUDIES_SEARCHED,
    ),
    _looking("/api/studies/{uid}", study_calls.study),
    replace(
        _looking("/api/studies/{uid}/readings", text_calls.readings),
        access=Permission.STUDY_REREAD,
    ),
    Route("PUT", "/api/studies/{uid}/character-set", Permission.STUDY_REREAD, text_calls.choose),
    Route("POST", "/api/studies/{uid}/forward", Permission.STUDY_FORWARD, routing_calls.forward),
    Route("POST", "/api/studies/{uid}/print", Permission.STUDY_FORWARD, printing_calls.request),
    _looking("/api/series/{uid}/manifest", study_calls.manifest, Named.SERIES),
    replace(
        _looking("/api/series/{uid}/thumbnail", study_calls.thumbnail, Named.SERIES),
        lane=Lane.PICTURES,
        gives=PNG,
    ),
    Route("POST", "/api/objects", Permission.STUDY_IMPORT, streamer=uploads.upload, takes=DICOM),
    replace(_looking("/api/objects/{uid}", study_calls.download, Named.INSTANCE), gives=DICOM),
    Route("GET", "/api/changes", Permission.STUDY_READ, study_calls.list_changes, asks=("since",)),
    Route(
        "GET",
        "/api/changes/stream",
        Permission.STUDY_READ,
        streamer=feed.change_stream,
        gives=EVENTS,
        asks=("since",),
    ),
    _reported("/api/studies/{uid}/reports", report_calls.of_study),
    Route(
        "POST",
        "/api/studies/{uid}/reports",
        Permission.REPORT_WRITE,
        report_calls.start,
        max_body=MAX_REPORT,
    ),
    Route(
        "PUT",
        "/api/reports/{id}",
        Permission.REPORT_WRITE,
        report_calls.save,
        max_body=MAX_REPORT,
    ),
    Route(
        "POST",
        "/api/reports/{id}/sign",
        Permission.REPORT_SIGN,
        report_calls.sign,
        max_body=MAX_SIGNED,
        lane=Lane.PASSWORD,
    ),
    _reported("/api/reports/{id}/pdf", report_calls.pdf, PDF),
    Route(
        "POST",
        "/api/studies/{uid}/report-images",
        Permission.REPORT_WRITE,
        report_calls.put_image,
        max_body=MAX_PNG,
        takes=PNG,
    ),
    _reported("/api/report-images/{id}", report_calls.image, PNG),
    *DICOMWEB,
    Route("OPTIONS", "/dicom-web", Access.SIGNED_IN, CAPABILITIES),
    Route("GET", "/dicom-web", Access.SIGNED_IN, CAPABILITIES),
    Route("GET", "/api/openapi.json", Access.SIGNED_IN, openapi_of(lambda: ROUTES)),
    Route(
        "GET", "/api/embedded/presence", Access.SAME_MACHINE, streamer=feed.presence, gives=EVENTS
    ),
    Route("DELETE", "/api/embedded/presence", Access.SAME_MACHINE, streamer=feed.goodbye),
)
