"""What the conformance statement says of callers: who is let in, and how the line is secured."""

from app.server.dimse import rejections, room, tls
from app.settings import ClientCertificate, IdentityRule

RESULTS = {1: "permanent", 2: "transient"}
PORT_BY_CUSTOM = 2762


def acceptance() -> list[str]:
    """Whom the node answers, as lines of Markdown."""
    return [*_callers(), *_rejections(), *_negotiated()]


def _callers() -> list[str]:
    return [
        "The node answers to one or more AE titles, on every port of its own. Each has rules: "
        "whether callers that nobody recorded may store, whether objects may be stored, queried "
        "and retrieved at all, and how unlabelled texts are read.",
        "",
        "A caller is known by the record of its AE title: rights to store, to query and to "
        "retrieve, where wanted the host it must come from, its character set. A caller without a "
        "record is rejected. While a clinic is set up (setting `accept_unknown_nodes`, the default "
        "on one PC) it may echo and store instead, but never query or retrieve. Requests beyond a "
        "caller's rights are answered with status 0x0124.",
        "",
        "When there are too many connections, of one host or altogether, the oldest that has not "
        "asked for an association is closed; else, and when there are too many associations, the "
        "one that has been silent between two messages for longest is aborted, once it has been "
        f"for {room.LET_REST_S} s; else the new one is rejected.",
        "",
    ]


def _rejections() -> list[str]:
    rows = [
        f"| {RESULTS[each.result]} | {each.source} | {each.reason} | {each.meaning} |"
        for each in rejections.REJECTIONS
    ]
    return [
        "###### Association rejection",
        "",
        "| result | source | reason | when |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _negotiated() -> list[str]:
    rules = ", ".join(rule.value for rule in IdentityRule)
    return [
        "###### Extended negotiation",
        "",
        "Role selection: a peer may be SCU, SCP or both of every storage SOP class. SOP class "
        "extended negotiation: of the features that a peer asks for those are confirmed that the "
        "SOP class has here. Asynchronous operations: none, one operation at a time, said by not "
        "answering the item.",
        "",
        f"User identity (setting `user_identity`: {rules}): user name with passcode (type 2), and "
        "JSON web token (type 5), which is an access token of this server. The association then "
        "acts for that account, and may what both the account and the node may. A positive "
        "response is sent when asked, of zero length. A user name alone, Kerberos and SAML prove "
        "nothing here and count as no identity.",
        "",
    ]


def tls_profile() -> list[str]:
    """How the line is secured, as lines of Markdown."""
    kinds = ", ".join(kind.value for kind in ClientCertificate)
    return [
        "### Security profiles",
        "",
        "Non-downgrading BCP 195 TLS Secure Transport Connection Profile (PS3.15 B.12), on a port "
        f"of its own (setting `dicom_tls_port`, by custom {PORT_BY_CUSTOM}), and towards remote "
        "nodes that are recorded so. TLS 1.2 and 1.3; other traffic on that port is closed. "
        f"Certificates of callers (setting `dicom_tls_client_certificate`): {kinds}. A remote "
        "node's certificate must be of the clinic's own authority, or of one that the system "
        "trusts and for the node's host. Chain, dates and signatures are checked; that a "
        "certificate keeps every rule of form of RFC 5280, such as key identifiers, is not asked "
        "for.",
        "",
        "Cipher suites of TLS 1.2 accepted: " + ", ".join(tls.CIPHERS) + ". Proposed to remote "
        "nodes: the same, " + ", ".join(tls.CIPHERS_TO_NODES[len(tls.CIPHERS) :]) + ".",
        "",
    ]
