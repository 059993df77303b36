"""A RIS: the worklist server of DCMTK with files of the standard's text form."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.demo.dcmtk import dcmtk
from app.server.dimse.requestor import Peer
from tests.server.foreign_archive import a_free_port, running

TEXT = """
(0008,0005) CS [{charset}]
(0008,0050) SH [{accession}]
(0010,0010) PN [{name}]
(0010,0020) LO [{patient_id}]
(0010,0030) DA [19610305]
(0010,0040) CS [M]
(0020,000d) UI [{study_uid}]
(0032,1032) PN [Смирнова^Ольга]
(0032,1060) LO [КТ головы]
(0040,1001) SH [RP-{number}]
(0040,1003) SH [HIGH]
(0040,0100) SQ
(fffe,e000) na
(0008,0060) CS [{modality}]
(0040,0001) AE [CT1]
(0040,0002) DA [{start:%Y%m%d}]
(0040,0003) TM [{start:%H%M%S}]
(0040,0006) PN [Кузнецов^Иван]
(0040,0007) LO [Голова, спираль]
(0040,0009) SH [SPS-{number}]
(fffe,e00d) na
(fffe,e0dd) na
"""
CODECS = {"ISO_IR 144": "iso8859_5", "ISO_IR 192": "utf_8"}


def ris_study_uid(number: int) -> str:
    """The study of a step."""
    return f"1.2.643.5.77.{number}"


@dataclass(frozen=True)
class Ris:
    """A running one; `folder` is what it reads at each question."""

    peer: Peer
    folder: Path

    def schedule(
        self,
        number: int,
        start: datetime,
        *,
        name: str = "Иванов^Пётр^Сергеевич",
        charset: str = "ISO_IR 144",
        modality: str = "CT",
        patient_id: str = "P-17",
    ) -> None:
        """Put a step on its worklist, or another version of it."""
        text = TEXT.format(
            number=number,
            accession=f"RIS-{number}",
            study_uid=ris_study_uid(number),
            start=start,
            name=name,
            charset=charset,
            modality=modality,
            patient_id=patient_id,
        )
        written, file = self.folder / f"{number}.txt", self.folder / f"{number}.wl"
        written.write_bytes(text.encode(CODECS[charset]))
        subprocess.run([dcmtk("dump2dcm"), "-q", written, file], check=True)
        written.unlink()

    def remove(self, number: int) -> None:
        """Take a step off its worklist."""
        (self.folder / f"{number}.wl").unlink()


@contextmanager
def a_ris(folder: Path, label: str = "-csk") -> Iterator[Ris]:
    """One that is called RIS; its answers say their character set, with `-cs0` none does."""
    (folder / "worklists" / "RIS").mkdir(parents=True)
    (folder / "worklists" / "RIS" / "lockfile").touch()
    port = a_free_port()
    arguments = ("-dfr", label, "-dfp", str(folder / "worklists"), str(port))
    with running("wlmscpfs", *arguments, port=port) as there:
        yield Ris(Peer(there.host, port, "RIS"), folder / "worklists" / "RIS")
