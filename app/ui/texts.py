"""The words for what the domain names: errors, refusals, roles, states, modalities."""

from app.domain.access import Role
from app.domain.errors import (
    ConfigurationError,
    ConflictError,
    DamagedError,
    Error,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    QuotaError,
    StorageFullError,
    TooManyAttemptsError,
    UnauthenticatedError,
    UnavailableError,
    WeakPasswordError,
    WrongPasswordError,
)
from app.domain.ingest import RefusalReason, RefusedObjectError, SourceKind
from app.domain.report import ReportState
from app.language import mark, tr
from app.ui.errors import PrinterError

ERRORS: dict[type[Error], str] = {
    NotFoundError: mark("It is no longer there. Refresh the list and try again."),
    DamagedError: mark("The archive's copy of it is damaged. Import it again from its source."),
    UnauthenticatedError: mark("Your session has ended. Sign in again."),
    WrongPasswordError: mark("The password is wrong."),
    ForbiddenError: mark("Your role may not do this. Ask an administrator for the right."),
    ConflictError: mark("Someone changed it meanwhile. Reload it, then make your change again."),
    InvalidError: mark("The values can't be used. Check them and try again."),
    WeakPasswordError: mark("The password is too short or too common. Choose a longer one."),
    TooManyAttemptsError: mark("Too many failed attempts. Wait a minute, then try again."),
    StorageFullError: mark("The disk of the archive is full. Free some space, then try again."),
    QuotaError: mark("The quota of the archive is used up. Ask an administrator for more room."),
    UnavailableError: mark("The server does not answer. Check the connection, then try again."),
    PrinterError: mark("The printer does not answer. Check that it is on, then print again."),
    ConfigurationError: mark("A setting is wrong. Correct it and start again."),
    RefusedObjectError: mark("The file was not kept."),
    Error: mark("That did not work. Try again; the log has the details."),
}
"""What happened and what to do, for every error of the domain."""

UNEXPECTED = mark("Something unexpected went wrong. Try again; the log has the details.")

REFUSALS: dict[RefusalReason, str] = {
    RefusalReason.NOT_DICOM: mark("not a DICOM file"),
    RefusalReason.TRUNCATED: mark("the file is cut off: copy it again from its source"),
    RefusalReason.CORRUPT: mark("the file is damaged"),
    RefusalReason.MISSING_UID: mark("the study, series or image number (UID) is missing"),
    RefusalReason.BAD_UID: mark("the study, series or image number (UID) is invalid"),
    RefusalReason.NO_SOP_CLASS: mark("the file does not say what kind of object it is"),
    RefusalReason.NOT_ANNOUNCED: mark("it is not the object that its sender announced"),
    RefusalReason.TRANSFER_SYNTAX: mark("its compression is unknown"),
    RefusalReason.TOO_LARGE: mark("the file is larger than allowed"),
    RefusalReason.TOO_DEEP: mark("the file is nested too deeply"),
    RefusalReason.DIRECTORY: mark("a DICOMDIR is a table of contents, not an image"),
    RefusalReason.ENCRYPTED_ARCHIVE: mark("the archive needs a password: unpack it first"),
    RefusalReason.UNREADABLE: mark("the file can't be opened: check its rights and its disk"),
}

ROLES: dict[Role, str] = {
    Role.ADMIN: mark("Administrator"),
    Role.DOCTOR: mark("Doctor"),
    Role.OPERATOR: mark("Operator"),
}

SOURCES: dict[SourceKind, str] = {
    SourceKind.C_STORE: mark("DICOM (C-STORE)"),
    SourceKind.IMPORT: mark("Import"),
    SourceKind.STOW: mark("DICOMweb (STOW)"),
    SourceKind.REPORT: mark("Signed report"),
}
"""How an object came here."""

REPORT_STATES: dict[ReportState | None, str] = {
    None: mark("No report"),
    ReportState.DRAFT: mark("Draft"),
    ReportState.SIGNED: mark("Signed"),
}

MODALITIES: dict[str, str] = {
    "CR": mark("X-ray (computed radiography)"),
    "CT": mark("Computed tomography"),
    "DX": mark("X-ray (digital)"),
    "MG": mark("Mammography"),
    "MR": mark("Magnetic resonance"),
    "NM": mark("Nuclear medicine"),
    "OT": mark("Other"),
    "PT": mark("Positron emission tomography"),
    "RF": mark("Fluoroscopy"),
    "SC": mark("Secondary capture"),
    "US": mark("Ultrasound"),
    "XA": mark("Angiography"),
    "DOC": mark("Document"),
    "SR": mark("Structured report"),
    "SEG": mark("Segmentation"),
    "PR": mark("Presentation state"),
    "KO": mark("Key objects"),
}


def error_text(error: Exception) -> str:
    """What happened and what to do, in the language of the moment."""
    if isinstance(error, RefusedObjectError):
        return tr("The file was not kept: {reason}.", reason=refusal_text(error.reason))
    for kind in type(error).__mro__:
        if kind in ERRORS:
            return tr(ERRORS[kind])
    return tr(UNEXPECTED)


def refusal_text(reason: RefusalReason) -> str:
    """Why a file was refused, as the end of a sentence."""
    return tr(REFUSALS[reason])


def role_text(role: str) -> str:
    """The name of a role, or its value when only the server knows it."""
    return tr(ROLES[Role(role)]) if role in set(Role) else role


def source_text(kind: SourceKind) -> str:
    """How an object came here."""
    return tr(SOURCES[kind])


def report_state_text(state: ReportState | None) -> str:
    """The name of a report's state; `None` for a study without one."""
    return tr(REPORT_STATES[state])


def modality_text(code: str) -> str:
    """The words for a DICOM modality code, or the code when we have none."""
    return tr(MODALITIES[code]) if code in MODALITIES else code
