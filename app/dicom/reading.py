"""How an object's texts are read: as it declares, as is assumed of its sender, or as was chosen."""

from dataclasses import dataclass

from app.dicom import charset

UNICODE = "ISO_IR 192"


@dataclass(frozen=True, slots=True)
class Reading:
    """Decodes the texts of one data set or item.

    `terms` are the character sets it declares, or those of whoever sent it when it declares none.
    Under a `chosen` one everything is read, but what is declared as Unicode and is: no other set
    gives valid UTF-8 by chance, and one study holds objects of several makers.
    """

    terms: tuple[str, ...] = ()
    chosen: str = ""

    @classmethod
    def of(cls, character_set: str, chosen: str = "") -> "Reading":
        """By the character set of who sent it and the chosen one; empty where there is none."""
        return cls(charset.declared(character_set.encode("latin_1", "replace")), chosen)

    def inside(self, declared: bytes) -> "Reading":
        """That of a data set with this SpecificCharacterSet in what is read so far."""
        terms = charset.declared(declared)
        return Reading(terms, self.chosen) if terms else self

    def decode(self, value: bytes, *, is_name: bool = False) -> str:
        """The text of an element's value, padding removed."""
        if self.chosen and not (self.terms[:1] == (UNICODE,) and _is_unicode(value)):
            return charset.decode_as(value, self.chosen, is_name=is_name)
        return charset.decode(value, self.terms, is_name=is_name)


AS_DECLARED = Reading()


def _is_unicode(value: bytes) -> bool:
    try:
        value.decode("utf_8")
    except UnicodeDecodeError:
        return False
    return True
