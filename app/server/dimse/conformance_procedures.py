"""What the conformance statement says of orders and performed procedures."""

from app.server.dimse import procedure_step
from app.server.dimse.status import Status

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


def procedures() -> list[str]:
    """The sections as lines of Markdown."""
    rows = [f"| 0x{status:04X} | {meaning} |" for status, meaning in PROCEDURE_STEP_STATUSES]
    return [
        "## Modality worklist",
        "",
        "Matched are all keys that are answered, in sequences too; those answered are of PS3.4 "
        "table K.6-1, type 3 of them only where orders have it. A range of dates with a range of "
        "times is one range of moments. A scheduled procedure step without a station is answered "
        "to whoever of its modality asks, with the station asked for or the calling AE title. Told "
        "are steps that are SCHEDULED, ARRIVED, READY or STARTED.",
        "",
        "## Modality performed procedure step",
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
    ]
