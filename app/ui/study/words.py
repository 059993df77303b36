"""The words for what goes wrong with images."""

from app.dicom.undecodable import UndecodableReason
from app.domain.errors import DamagedError, NotFoundError, UnauthenticatedError, UnavailableError
from app.language import mark, tr
from app.viewer.load.loading import NO_MEMORY, UNREADABLE

FAILURES: dict[str, str] = {
    UndecodableReason.NO_PIXELS: mark("The object has no image."),
    UndecodableReason.SHORT: mark("The image is cut off: send or import it again."),
    UndecodableReason.CORRUPT: mark("The image is damaged: send or import it again."),
    UndecodableReason.DIMENSIONS: mark("The image says it has no size."),
    UndecodableReason.BITS: mark("The image's number format is not supported."),
    UndecodableReason.COLOUR: mark("The image's colour format is not supported."),
    UndecodableReason.TOO_LARGE: mark("The image is too large to be opened."),
    UndecodableReason.TRANSFER_SYNTAX: mark("The image's compression is not supported."),
    UndecodableReason.NO_SUCH_FRAME: mark("The object has fewer images than it says."),
    UndecodableReason.TOOK_TOO_LONG: mark("The image took too long to unpack and was given up."),
    NO_MEMORY: mark("There is not enough memory for this image. Close other studies."),
    UNREADABLE: mark("The file of this image can't be read. Check the disk of the archive."),
    DamagedError.code: mark("The image is damaged: send or import it again."),
    NotFoundError.code: mark("The archive no longer has this image."),
    UnavailableError.code: mark("The server does not answer. Load the series again."),
    UnauthenticatedError.code: mark("Your session has ended. Sign in again."),
}
"""Why a picture can't be shown, by the loader's stable words."""

UNSUITABLE = mark("The image can't be shown.")


def failure_text(reason: str) -> str:
    """Why a picture can't be shown, and what to do."""
    return tr(FAILURES.get(reason, UNSUITABLE))
