"""Why pixels can't be shown."""

from enum import StrEnum
from typing import ClassVar

from app.domain.errors import InvalidError


class UndecodableReason(StrEnum):
    """Stable words; the desktop has a text for each."""

    NO_PIXELS = "no-pixels"
    SHORT = "short"
    CORRUPT = "corrupt"
    DIMENSIONS = "dimensions"
    BITS = "bits"
    COLOUR = "colour"
    TOO_LARGE = "too-large"
    TRANSFER_SYNTAX = "transfer-syntax"
    NO_SUCH_FRAME = "no-such-frame"
    TOOK_TOO_LONG = "took-too-long"


class UndecodableError(InvalidError):
    """The pixels of an object can't be decoded; `reason` says why in one stable word."""

    code: ClassVar[str] = "undecodable"

    def __init__(self, reason: UndecodableReason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
