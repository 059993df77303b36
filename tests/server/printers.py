"""Printers of others: DCMTK's dcmprscp, and one of pynetdicom that does what a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    BasicColorPrintManagementMeta,
    BasicGrayscalePrintManagementMeta,
    Printer,
    PrinterInstance,
)

from app.server.dimse.requestor import Peer
from tests.server.foreign_archive import a_free_port, running

NORMAL, FAILURE = 1, 3
OUT_OF_FILM = 0xC603  # PS3.4 table H.4-10 has it for an unsupported film box; any failure does


@contextmanager
def a_printer_of_dcmtk(folder: Path) -> Iterator[Peer]:
    """A greyscale printer that keeps each film as a Stored Print object in `folder`/database."""
    (folder / "database").mkdir()
    (folder / "spool").mkdir()
    port, config = a_free_port(), folder / "dcmpstat.cfg"
    config.write_text(
        rf"""[[GENERAL]]
[PRINT]
Directory = {folder / "spool"}
[DATABASE]
Directory = {folder / "database"}
[NETWORK]
aetitle = DCMPSTATE
[[COMMUNICATION]]
[FILM]
Aetitle = FILM
Hostname = localhost
Port = {port}
Type = LOCALPRINTER
DisplayFormat=1,1\2,2
FilmSizeID = 8INX10IN\14INX17IN
MediumType = PAPER\CLEAR FILM
FilmDestination = MAGAZINE\PROCESSOR
MagnificationType = REPLICATE\BILINEAR\CUBIC\NONE
MaxPDU = 32768
Supports12Bit = true
"""
    )
    with running("dcmprscp", "-c", str(config), "-p", "FILM", port=port) as at:
        yield Peer(at.host, at.port, "FILM")


@dataclass
class PrintedFilm:
    """What a printer was told of a film before it printed it."""

    box: Dataset
    images: list[Dataset] = field(default_factory=list)

    def pixels(self, number: int = 0) -> np.ndarray:
        """The pixels of an image: planes of a colour image come last."""
        ds = self.images[number]
        kind = "<u2" if ds.BitsAllocated == 16 else np.uint8
        if ds.SamplesPerPixel == 1:
            return np.frombuffer(ds.PixelData, kind).reshape(ds.Rows, ds.Columns)
        planes = np.frombuffer(ds.PixelData, kind).reshape(3, ds.Rows, ds.Columns)
        return np.moveaxis(planes, 0, 2)


@dataclass
class FakePrinter:
    """A printer of pynetdicom; it refuses film number `refuses`, and after film `fails_after` it
    reports that it fails."""

    peer: Peer | None = None
    status: str = "NORMAL"
    refuses: int = 0
    fails_after: int = 0
    copies: list[int] = field(default_factory=list)
    films: list[PrintedFilm] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    _film: PrintedFilm | None = None

    def get(self, event) -> tuple[int, Dataset]:
        ds = Dataset()
        ds.PrinterStatus, ds.PrinterStatusInfo = self.status, self.status
        return 0x0000, ds

    def create(self, event) -> tuple[int, Dataset]:
        ds = event.attribute_list
        made = Dataset()
        made.AffectedSOPInstanceUID = generate_uid()
        if "ImageDisplayFormat" not in ds:
            self.copies.append(int(ds.NumberOfCopies))
            return 0x0000, made
        columns, rows = str(ds.ImageDisplayFormat).rpartition("\\")[2].split(",")
        ds.ImageDisplayFormat = f"{columns}x{rows}"
        self._film = PrintedFilm(ds)
        boxes = []
        for _ in range(int(columns) * int(rows)):
            box = Dataset()
            box.ReferencedSOPClassUID = "1.2.840.10008.5.1.1.4"
            box.ReferencedSOPInstanceUID = generate_uid()
            boxes.append(box)
        made.ReferencedImageBoxSequence = boxes
        return 0x0000, made

    def set(self, event) -> tuple[int, Dataset]:
        ds = event.modification_list
        sequence = ds.get("BasicGrayscaleImageSequence") or ds.BasicColorImageSequence
        self._film.images.append(sequence[0])
        return 0xB604, Dataset()  # a warning: the image is made smaller

    def act(self, event) -> tuple[int, None]:
        if len(self.films) + 1 == self.refuses:
            return OUT_OF_FILM, None
        self.films.append(self._film)
        if len(self.films) == self.fails_after:
            self.tell(event.assoc, FAILURE)
        return 0x0000, None

    def tell(self, association, number: int) -> None:
        """Report the status on the association that prints."""
        ds = Dataset()
        ds.PrinterStatusInfo = "SUPPLY EMPTY"
        meta = association.accepted_contexts[0].abstract_syntax
        answer, _ = association.send_n_event_report(
            ds, number, Printer, PrinterInstance, meta_uid=meta
        )
        self.answers.append(answer.Status)


@contextmanager
def a_fake_printer(**behaviour) -> Iterator[FakePrinter]:
    """A running printer for grey and colour."""
    fake = FakePrinter(**behaviour)
    entity = AE(ae_title="FILM")
    for meta in (BasicGrayscalePrintManagementMeta, BasicColorPrintManagementMeta):
        entity.add_supported_context(meta)
    handlers = [
        (evt.EVT_N_GET, fake.get),
        (evt.EVT_N_CREATE, fake.create),
        (evt.EVT_N_SET, fake.set),
        (evt.EVT_N_ACTION, fake.act),
        (evt.EVT_N_DELETE, lambda _event: 0x0000),
    ]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    fake.peer = Peer("127.0.0.1", server.server_address[1], "FILM")
    yield fake
    server.shutdown()
