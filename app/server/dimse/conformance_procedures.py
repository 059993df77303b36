"""What the conformance statement says of orders and performed procedures."""

from datetime import timedelta

from app.domain.commitment import FailureReason
from app.server.core import availability, foreign_orders
from app.server.core import commitment as commitments
from app.server.dimse import commitment, procedure_step
from app.server.dimse.status import Status
from app.settings import Settings

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
EVERY_S = Settings.model_fields["worklist_every_s"].default
PROCEDURE_STEP_STATUSES = (
    (Status.INVALID_ATTRIBUTE_VALUE, "a value is impossible, or an N-CREATE is not IN PROGRESS"),
    (
        Status.PROCESSING_FAILURE,
        f"{procedure_step.NO_LONGER} (error ID {procedure_step.NO_LONGER_ID:04X}), or the archive "
        "does not answer",
    ),
    (Status.DUPLICATE_INSTANCE, "there is a step of that UID"),
    (Status.NO_SUCH_INSTANCE, "there is no step of that UID"),
    (Status.INVALID_INSTANCE, "the UID is none"),
    (Status.MISSING_ATTRIBUTE, "an attribute of type 1 is missing"),
    (Status.MISSING_ATTRIBUTE_VALUE, "an attribute of type 1 has no value"),
    (Status.NOT_AUTHORIZED, "the caller may not store"),
)
FAILURE_REASONS = {
    FailureReason.PROCESSING_FAILURE: "its file is not whole or can't be read",
    FailureReason.NO_SUCH_INSTANCE: "there is no such instance, or its file is gone",
    FailureReason.CLASS_CONFLICT: "it is of another SOP class",
}


def procedures() -> list[str]:
    """The sections as lines of Markdown."""
    rows = [f"| 0x{status:04X} | {meaning} |" for status, meaning in PROCEDURE_STEP_STATUSES]
    return [
        "###### Modality worklist",
        "",
        "Matched are all keys that are answered, in sequences too; those answered are of PS3.4 "
        "table K.6-1, type 3 of them only where orders have it. A range of dates with a range of "
        "times is one range of moments. Names are matched fuzzily, as in C-FIND, where extended "
        "negotiation agreed on it (byte 3). A scheduled procedure step without a station is "
        "answered to whoever of its modality asks, with the station asked for or the calling AE "
        "title. Told are steps that are SCHEDULED, ARRIVED, READY or STARTED.",
        "",
        "###### Modality performed procedure step",
        "",
        "Attributes of type 2 that an N-CREATE lacks are taken as empty; those that N-SET may not "
        "change keep their first value, whatever it says. COMPLETED needs a series, both final "
        "states the end's date and time. Orders are found by Study Instance UID, else by "
        "accession number and scheduled procedure step ID.",
        "",
        "| status | when |",
        "|---|---|",
        *rows,
        "",
        "###### Storage commitment",
        "",
        "An instance is committed when it has a row and a whole file. A peer that keeps the "
        f"association for {commitment.PATIENCE_S:g} s and says nothing meanwhile is told on it, "
        "and served while its answer is awaited. Else, or when it answers with another status "
        f"than success or within {commitments.LEASE // MINUTE} minutes not at all, it is told on "
        "an association that we open to its recorded address, proposing the SCP role, and again "
        f"with ever longer pauses for {commitments.GIVE_UP_AFTER // HOUR} hours. The same request "
        "under the same transaction UID is reported again; another one under it is refused with "
        "0x0131.",
        "",
        "| failure reason | when |",
        "|---|---|",
        *(f"| 0x{reason:04X} | {meaning} |" for reason, meaning in FAILURE_REASONS.items()),
        "",
    ]


def worklists() -> list[str]:
    """The same of the worklists of others."""
    return [
        "###### Ask for worklists",
        "",
        "Nodes whose records say that they have a worklist are asked for it by C-FIND every "
        f"{EVERY_S} s (setting `worklist_every_s`), for all that orders have of the steps that "
        f"begin from {foreign_orders.DAYS_BACK} day ago to {foreign_orders.DAYS_AHEAD} days from "
        "now. Texts are read in the character set of each answer, else in that of the node's "
        "record. An order is known by Study Instance UID and scheduled procedure step ID; ours "
        "answers with the numbers of the other system. Steps that are SCHEDULED, ARRIVED or READY, "
        "or say nothing of it, are taken over, and change with what is told of them. Those that "
        "are COMPLETED, DISCONTINUED, CANCELLED or DEPARTED, or that an answer leaves out, are on "
        "our worklist no longer, until they are told again. Nothing is withdrawn after an answer "
        "that is empty or does not end in success, and no order is touched that was made here, "
        "came from another node, or has images or a performed procedure step.",
        "",
        "An answer needs Study Instance UID, scheduled procedure step ID, start date, modality, "
        "and the patient's name and ID. A step with several stations, or with our AE title as its "
        "station, may be done by any of its modality.",
        "",
    ]


def notifications() -> list[str]:
    """The same of instance availability."""
    return [
        "###### Tell that instances are available",
        "",
        "Nodes whose records say so are told, one notification for each study, when a performed "
        "procedure step has ended and all images it names are here, or those that are after "
        f"{availability.PATIENCE // HOUR} h. A node that does not take it is told again under the "
        "same UID for a day; 0x0111 counts as taken.",
        "",
    ]
