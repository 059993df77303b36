"""The Query/Retrieve information models (PS3.4 C.6) and the features agreed on for them (C.5)."""

from enum import Enum, IntEnum

from app.domain.query import LEVELS, Level
from app.server.dimse.service import Context


class Root(Enum):
    """An information model; the UIDs of its C-FIND, C-MOVE and C-GET (PS3.4 C.6)."""

    PATIENT = "1.2.840.10008.5.1.4.1.2.1."
    STUDY = "1.2.840.10008.5.1.4.1.2.2."

    @property
    def find(self) -> str:
        """The SOP class of C-FIND."""
        return f"{self.value}1"

    @property
    def move(self) -> str:
        """The SOP class of C-MOVE."""
        return f"{self.value}2"

    @property
    def get(self) -> str:
        """The SOP class of C-GET."""
        return f"{self.value}3"

    @property
    def levels(self) -> tuple[Level, ...]:
        """Its levels, the highest first; what is known of patients belongs to STUDY without one."""
        return LEVELS if self is Root.PATIENT else LEVELS[1:]

    @classmethod
    def of(cls, sop_class_uid: str) -> "Root":
        """The model of one of its SOP classes."""
        return cls(sop_class_uid[:-1])


class Feature(IntEnum):
    """What is agreed on by SOP class extended negotiation: bytes of PS3.4 tables C.5-1, C.5-2."""

    RELATIONAL = 0
    COMBINED_DATETIME = 1
    FUZZY_NAMES = 2

    def is_agreed(self, context: Context) -> bool:
        """Whether both sides want it on `context`."""
        return context.extended[self : self + 1] == b"\1"


FIND_FEATURES = b"\1" * len(Feature)
RETRIEVE_FEATURES = b"\1"
