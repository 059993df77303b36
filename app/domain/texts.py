"""The texts of a study in another character set than its objects declare."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextReading:
    """What the texts of a study are in one character set; empty: as its objects declare."""

    character_set: str
    patient_name: str
    description: str = ""
    institution: str = ""
    is_chosen: bool = False
    """Whether they are read so now."""
