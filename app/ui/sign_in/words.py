"""What the sign-in window says."""

from app.domain.errors import TooManyAttemptsError, UnauthenticatedError
from app.language import ntr, tr
from app.ui.sign_in.address import is_private
from app.ui.texts import error_text

MOST_DETAIL = 160


def sign_in_error_text(error: Exception) -> str:
    """What went wrong when signing in, and what to do."""
    if isinstance(error, TooManyAttemptsError) and error.retry_after_s:
        return ntr(
            "Too many failed attempts. Wait {n} second, then try again.",
            "Too many failed attempts. Wait {n} seconds, then try again.",
            error.retry_after_s,
        )
    if isinstance(error, UnauthenticatedError):
        return tr("User name or password is wrong. Check the keyboard's language and Caps Lock.")
    return error_text(error)


def local_failure_text(error: Exception) -> str:
    """Why this computer's own server did not start, with the last it said."""
    lines = str(getattr(error, "detail", "")).strip().splitlines()
    text = tr("The server of this computer did not start. “klinika doctor” tells what is missing.")
    return f"{text}\n{lines[-1][-MOST_DETAIL:]}" if lines else text


def ready_text(address: str, version: str) -> str:
    """That the server answers, and that others can read along where they can."""
    ready = tr("Ready · version {v}", v=version)
    if is_private(address):
        return ready
    told = tr("Not encrypted: others on the network can read passwords and images.")
    return f"{ready}\n{told}"


def not_an_address() -> str:
    """What an address looks like."""
    return tr("This is not an address. Example: http://pacs.clinic.local:8042")


def incomplete() -> str:
    """That something is not typed yet."""
    return tr("Type your user name and your password.")


def starting() -> str:
    """That this computer's own server is on its way."""
    return tr("Starting the server of this computer…")


def connecting() -> str:
    """That another server is being asked."""
    return tr("Connecting…")
