"""DCMTK's programs talk to the node as they do to any archive."""

import os
import subprocess

import pytest

from app.demo.dcmtk import dcmtk
from app.domain.ingest import StoreOutcome
from app.server.core.studies import study
from tests.server.samples import an_object, study_uid

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("storescu") is None,
    reason="DCMTK is not installed; test_association covers its part",
)


def run(program, node, *arguments):
    return subprocess.run(
        [dcmtk(program), "-aec", "KLINIKA", "127.0.0.1", str(node.port), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_echoscu_gets_its_echo(node):
    assert run("echoscu", node).returncode == 0


@pytest.mark.logs("association-rejected")
def test_echoscu_that_calls_another_is_rejected(node):
    done = subprocess.run(
        [dcmtk("echoscu"), "-aec", "OTHER", "127.0.0.1", str(node.port)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    assert "Called AE Title Not Recognized" in done.stderr


def test_storescu_sends_a_folder(node, tmp_path, database, doctor):
    folder = tmp_path / "study"
    folder.mkdir()
    for number in range(1, 11):
        (folder / f"{number}.dcm").write_bytes(an_object(number=number))
    done = run("storescu", node, "+sd", str(folder))
    assert done.returncode == 0, done.stderr
    assert study(database, doctor, study_uid(1)).summary.instance_count == 10


def test_an_object_that_storescu_wrote_anew_may_be_imported_from_its_file(
    node, tmp_path, ingest, doctor, source
):
    data = an_object(side=64)
    (tmp_path / "1.dcm").write_bytes(data)
    done = run("storescu", node, "-xi", str(tmp_path / "1.dcm"))
    assert done.returncode == 0, done.stderr
    assert ingest.store(doctor, source, data).outcome is StoreOutcome.DUPLICATE
