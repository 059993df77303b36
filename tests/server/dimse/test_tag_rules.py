"""A scanner is told that its object was changed, and may take that as success."""

import os
from datetime import UTC, datetime
from functools import partial
from io import FileIO

import pytest

from app.demo.dcmtk import dcmtk
from app.server.core.ingest import Ingest
from app.server.core.reception import Reception
from app.server.core.studies import study
from app.server.dimse.sending import Outgoing, send
from app.server.dimse.status import Status
from app.settings import TagRule
from tests.server.dimse.test_dcmtk import run
from tests.server.samples import an_object, sop_uid, study_uid

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


@pytest.fixture
def ingest(database, objects):
    """A door with a rule for objects that are sent to KLINIKA by CT machines."""
    rule = TagRule(
        sources=["STORESCU", "CT*"], called=["KLINIKA"], prefix={"AccessionNumber": "N-"}
    )
    ingest = Ingest(
        database,
        objects,
        max_object_size=1 << 24,
        clock=lambda: datetime.now(UTC),
        reception=Reception((rule,), "KLINIKA"),
    )
    yield ingest
    ingest.close()


def test_a_changed_object_is_answered_with_a_warning_and_another_with_success(peer, tmp_path):
    def statuses(*objects: bytes) -> list[int]:
        outgoing = []
        for number, data in enumerate(objects, 1):
            file = tmp_path / f"{number}.dcm"
            file.write_bytes(data)
            outgoing.append(Outgoing(CT, sop_uid(1, 1, number), EXPLICIT, partial(FileIO, file)))
        answers = list(send(peer, "CT1", outgoing))
        assert all(each.is_kept for each in answers)
        return [each.status for each in answers]

    with_number, without = an_object(number=1, AccessionNumber="7"), an_object(number=2)
    assert statuses(with_number, without) == [Status.COERCED, Status.SUCCESS]
    assert statuses(with_number, without) == [Status.COERCED, Status.SUCCESS]


@pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("storescu") is None, reason="DCMTK is not installed"
)
def test_storescu_takes_the_warning_for_success(node, tmp_path, database, doctor):
    file = tmp_path / "1.dcm"
    file.write_bytes(an_object(AccessionNumber="7"))
    done = run("storescu", node, "-v", str(file))
    assert done.returncode == 0, done.stderr
    assert "Warning: CoercionOfDataElements" in done.stdout + done.stderr
    assert study(database, doctor, study_uid(1)).summary.accession_number == "N-7"
