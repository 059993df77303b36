"""Print Management as SCU (PS3.4 H): films with images, greyscale or in colour."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import UID

from app.dicom import part10
from app.domain.errors import InvalidError, UnavailableError
from app.server.core.printing import Sheet
from app.server.dimse import identifier
from app.server.dimse.commands import CommandField, Values
from app.server.dimse.messages import Message
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import Peer, Requestor, associated
from app.server.dimse.service import Answer, Context
from app.server.dimse.status import WARNINGS, Status

NATIVE = (part10.EXPLICIT, part10.IMPLICIT)
FILM_SESSION = "1.2.840.10008.5.1.1.1"
FILM_BOX = "1.2.840.10008.5.1.1.2"
PRINTER = "1.2.840.10008.5.1.1.16"
PRINTER_INSTANCE = "1.2.840.10008.5.1.1.17"
PRINT_ACTION = 1
TAKEN = frozenset({Status.SUCCESS, 0x0001, 0x0107, 0x0116})
"""Beside the warnings: done, but an attribute was not known or was replaced (PS3.7 C.4)."""
EVENTS = {1: "NORMAL", 2: "WARNING", 3: "FAILURE"}
"""What event types of the printer say of its status (PS3.4 table H.4-16)."""
FAILURE = "FAILURE"
PIXELS = 0x7FE00010

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kind:
    """A print management meta SOP class with its image boxes."""

    meta_uid: str
    image_box_uid: str
    image_keyword: str


GREYSCALE = Kind("1.2.840.10008.5.1.1.9", "1.2.840.10008.5.1.1.4", "BasicGrayscaleImageSequence")
COLOUR = Kind("1.2.840.10008.5.1.1.18", "1.2.840.10008.5.1.1.4.1", "BasicColorImageSequence")
OPERATIONS: Mapping[str, tuple[str, str]] = {
    FILM_SESSION: ("Basic Film Session", "N-CREATE, N-DELETE"),
    FILM_BOX: ("Basic Film Box", "N-CREATE, N-ACTION, N-DELETE"),
    GREYSCALE.image_box_uid: ("Basic Grayscale Image Box", "N-SET"),
    COLOUR.image_box_uid: ("Basic Color Image Box", "N-SET"),
    PRINTER: ("Printer", "N-GET, N-EVENT-REPORT"),
}
"""What is asked of each SOP class of the meta SOP classes."""


def print_sheets(
    peer: Peer,
    calling: str,
    kind: Kind,
    sheets: Iterable[Sheet],
    bits: int,
    copies: int = 1,
    *,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[None]:
    """Print `sheets` one after the other, and yield after each that the printer took.

    Raises UnavailableError that says what the printer said, also when it tells that it can't print.
    `is_stopped` is asked before each film.
    """
    with associated(peer, calling, [Proposal(kind.meta_uid, NATIVE)]) as requestor:
        printer = _Printer(requestor, requestor.context(kind.meta_uid), peer.ae_title)
        printer.ask_status()
        session = Dataset()
        session.NumberOfCopies, session.PrintPriority = copies, "MED"
        session_uid = printer.create(FILM_SESSION, session).sop_instance_uid
        for sheet in sheets:
            if is_stopped():
                break
            printer.require_working()
            _print(printer, kind, session_uid, sheet, bits)
            yield
        printer.delete(FILM_SESSION, session_uid)


def _print(printer: "_Printer", kind: Kind, session_uid: str, sheet: Sheet, bits: int) -> None:
    created = printer.create(FILM_BOX, _film_box(session_uid, sheet))
    if len(created.image_box_uids) < len(sheet.pictures):
        raise printer.error(f"has {len(created.image_box_uids)} places on the film")
    for position, picture in enumerate(sheet.pictures):
        box = Dataset()
        box.ImageBoxPosition = position + 1
        setattr(box, kind.image_keyword, [_image(picture(), bits)])
        printer.set(kind.image_box_uid, created.image_box_uids[position], box)
    printer.act(FILM_BOX, created.sop_instance_uid, PRINT_ACTION)
    printer.delete(FILM_BOX, created.sop_instance_uid)


def _film_box(session_uid: str, sheet: Sheet) -> Dataset:
    """PS3.3 C.13.3."""
    film, session = sheet.film, Dataset()
    session.ReferencedSOPClassUID, session.ReferencedSOPInstanceUID = FILM_SESSION, session_uid
    ds = Dataset()
    ds.ImageDisplayFormat = f"STANDARD\\{film.columns},{film.rows}"
    ds.FilmOrientation = "LANDSCAPE" if film.is_landscape else "PORTRAIT"
    if film.size:
        ds.FilmSizeID = film.size
    ds.ReferencedFilmSessionSequence = [session]
    return ds


def _image(picture: NDArray[np.unsignedinteger], bits: int) -> Dataset:
    """PS3.3 C.13.5: squares, brightest last; colours lie plane after plane."""
    ds = Dataset()
    is_colour = picture.ndim == 3
    ds.SamplesPerPixel = 3 if is_colour else 1
    ds.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        ds.PlanarConfiguration = 1
        picture = np.moveaxis(picture, 2, 0)
    ds.Rows, ds.Columns = picture.shape[-2:]
    ds.PixelAspectRatio = ["1", "1"]
    ds.BitsAllocated = 16 if bits > 8 else 8
    ds.BitsStored, ds.HighBit = bits, bits - 1
    ds.PixelRepresentation = 0
    pixels = np.ascontiguousarray(picture, "<u2" if bits > 8 else np.uint8).tobytes()
    ds.add(DataElement(PIXELS, "OW", pixels + b"\0" * (len(pixels) % 2)))
    return ds


@dataclass(frozen=True, slots=True)
class _Created:
    """What the printer made of an N-CREATE."""

    sop_instance_uid: str
    image_box_uids: tuple[str, ...]


class _Printer:
    """A printer on an association; it may tell of its status at any moment."""

    def __init__(self, requestor: Requestor, context: Context, ae_title: str) -> None:
        self._requestor = requestor
        self._context = context
        self._ae_title = ae_title
        self._status = self._reason = ""

    def ask_status(self) -> None:
        """Ask for the printer's status (PS3.4 H.4.6.2.2)."""
        answer = self._ask(CommandField.N_GET, PRINTER, {0x0003: PRINTER, 0x1001: PRINTER_INSTANCE})
        self._hear(str(self._read(answer).get("PrinterStatus", "")), answer)

    def require_working(self) -> None:
        """Raise UnavailableError when the printer has said that it can't print."""
        if self._status == FAILURE:
            raise self.error(f"can't print: {self._reason or FAILURE}")

    def create(self, sop_class_uid: str, ds: Dataset) -> _Created:
        """N-CREATE; the printer names what it makes."""
        answer = self._ask(CommandField.N_CREATE, sop_class_uid, {0x0002: sop_class_uid}, ds)
        uid = answer.command.text(0x1000)
        if not uid:
            raise self.error(f"does not name its {UID(sop_class_uid).name}")
        boxes = self._read(answer).get("ReferencedImageBoxSequence") or ()
        return _Created(uid, tuple(str(box.get("ReferencedSOPInstanceUID", "")) for box in boxes))

    def set(self, sop_class_uid: str, uid: str, ds: Dataset) -> None:
        """N-SET."""
        self._ask(CommandField.N_SET, sop_class_uid, {0x0003: sop_class_uid, 0x1001: uid}, ds)

    def act(self, sop_class_uid: str, uid: str, action: int) -> None:
        """N-ACTION."""
        values: Values = {0x0003: sop_class_uid, 0x1001: uid, 0x1008: action}
        self._ask(CommandField.N_ACTION, sop_class_uid, values)

    def delete(self, sop_class_uid: str, uid: str) -> None:
        """N-DELETE."""
        self._ask(CommandField.N_DELETE, sop_class_uid, {0x0003: sop_class_uid, 0x1001: uid})

    def error(self, reason: str) -> UnavailableError:
        """What went wrong with this printer."""
        return UnavailableError(f"{self._ae_title} {reason}")

    def _ask(
        self, field: CommandField, sop_class_uid: str, values: Values, ds: Dataset | None = None
    ) -> Message:
        syntax = self._context.transfer_syntax_uid
        data = identifier.encode(ds, syntax, "") if ds else b""
        for message in self._requestor.ask(self._context, field, values, data):
            if message.command.is_response:
                answer = message
            else:
                self._take(message)
        status = answer.command.number(0x0900)
        if status not in TAKEN and status not in WARNINGS:
            what = f"{field.name.replace('_', '-')} of {UID(sop_class_uid).name}"
            comment = answer.command.text(0x0902)
            raise self.error(f"answers {what} with 0x{status:04X} {comment}".rstrip())
        if status != Status.SUCCESS:
            log.info("printer-warns", ae_title=self._ae_title, status=f"0x{status:04X}")
        return answer

    def _take(self, message: Message) -> None:
        """A request of the printer: it tells of its status (PS3.4 H.4.6.2.1)."""
        if message.command.field != CommandField.N_EVENT_REPORT:
            self._requestor.answer(message, Answer(Status.UNRECOGNIZED_OPERATION))
            return
        event = message.command.number(0x1002)
        self._requestor.answer(message, Answer(elements={0x1002: event}))
        self._hear(EVENTS.get(event, ""), message)

    def _hear(self, status: str, message: Message) -> None:
        """Keep what the printer says of itself; unknown words change nothing."""
        if status in EVENTS.values():
            self._status = status
            self._reason = str(self._read(message).get("PrinterStatusInfo", ""))
            if status != EVENTS[1]:
                log.info(
                    "printer-status", ae_title=self._ae_title, status=status, reason=self._reason
                )

    def _read(self, message: Message) -> Dataset:
        if not message.data:
            return Dataset()
        try:
            return identifier.decode(message.data, message.context.transfer_syntax_uid)
        except InvalidError as error:
            raise self.error(f"answers badly: {error.detail}") from error
