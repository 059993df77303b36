"""What the conformance statement says of objects that we send to others."""

from datetime import timedelta

from app.server.core.commitment_requests import GIVE_UP_AFTER, PAUSE, REPORT_WITHIN
from app.server.dimse.commitment_request import REPORT_S


def forwarding() -> list[str]:
    """The section as lines of Markdown."""
    return [
        "###### Send to nodes",
        "",
        "A series that a rule names is sent to recorded nodes by C-STORE when nothing came to it "
        "for a while (setting `series_quiet_s`), and a study when somebody asks for it. Each "
        "object goes in the syntax that the node's record prefers if nothing is lost by it, else "
        "as it is kept, else uncompressed, by what the node accepts. Success and the warnings "
        "0xB000 to 0xBFFF mean that it was taken; what was not is sent again with ever longer "
        "pauses for three days. By a rule nothing is sent that came from the node itself. Each "
        "storage SOP class of this statement is supported as SCU.",
        "",
        "###### Ask for storage commitment",
        "",
        "A node whose record says so is asked to commit itself to what it was sent of a study, "
        f"{PAUSE // timedelta(seconds=1)} s after it was. Its report is taken on the association "
        f"of the request, which is kept for {REPORT_S:g} s, and on one that the node opens, with "
        "or without role selection. What it does not keep is sent and asked for again with ever "
        f"longer pauses, what it does not report within {REPORT_WITHIN // timedelta(hours=1)} "
        f"hours is asked for again in another transaction, all of that for "
        f"{GIVE_UP_AFTER // timedelta(days=1)} days. A report in a transaction that is not known, "
        "or not any more, is refused with 0x0115.",
        "",
    ]
