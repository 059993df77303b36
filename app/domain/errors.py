"""Errors with stable codes. Edges translate a code into an HTTP or DICOM status, or a dialog text.

`detail` is English, for logs and engineers, and never carries patient data beyond UIDs.
"""

from typing import ClassVar


class Error(Exception):
    """Something a caller can be told about; every subclass has one stable `code`."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class NotFoundError(Error):
    """The named thing does not exist, or the caller may not know that it does."""

    code = "not-found"


class DamagedError(NotFoundError):
    """The archive's copy of an object is not what was stored; the same bytes sent again mend it."""

    code = "damaged"


class UnauthenticatedError(Error):
    """No valid session: wrong password, expired or revoked token."""

    code = "unauthenticated"


class WrongPasswordError(UnauthenticatedError):
    """The name or the password is wrong; a session that was there goes on."""

    code = "wrong-password"


class ForbiddenError(Error):
    """The caller's role lacks the permission."""

    code = "forbidden"


class ConflictError(Error):
    """The thing changed since the caller read it, or its state does not allow the operation."""

    code = "conflict"


class InvalidError(Error):
    """The request's values break a rule."""

    code = "invalid"


class WeakPasswordError(InvalidError):
    """The password is too short or too common."""

    code = "weak-password"


class TooManyAttemptsError(Error):
    """Sign-in is delayed after repeated failures: try again in `retry_after_s` seconds."""

    code = "too-many-attempts"

    def __init__(self, detail: str = "", retry_after_s: int = 0) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class StorageFullError(Error):
    """No space is left to keep another object."""

    code = "storage-full"


class QuotaError(StorageFullError):
    """The archive, or the source of an object, has used up its quota."""

    code = "quota-exceeded"


class UnavailableError(Error):
    """The server or its database does not answer."""

    code = "unavailable"


class ConfigurationError(Error):
    """A setting is unknown or has an impossible value."""

    code = "configuration"
