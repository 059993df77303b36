"""The table of benchmarks: what holds, and what is written."""

import json
from pathlib import Path

import pytest

from app.__main__ import main
from benchmarks.table import Row, as_table


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (Row("no target", 99, "ms"), True),
        (Row("within", 4, "ms", most=4), True),
        (Row("beyond", 4.1, "ms", most=4), False),
        (Row("quick enough", 1, "ms", "peer", 6, most_ratio=1 / 6), True),
        (Row("too slow", 2, "ms", "peer", 6, most_ratio=1 / 6), False),
        (Row("one of two limits", 2, "ms", "peer", 60, most=1, most_ratio=1 / 6), False),
        (Row("without its peer", 1, "ms", most_ratio=1 / 6), False),
        (Row("twice as many", 20, "/s", "peer", 10, least_ratio=2), True),
        (Row("not twice as many", 19, "/s", "peer", 10, least_ratio=2), False),
    ],
)
def test_a_row_holds_when_every_limit_is_kept(row: Row, holds: bool):
    assert row.holds is holds
    assert ("**no**" in as_table([row])) is not holds


def test_the_rows_are_written_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "rows.json"
    assert main(["bench", "printing", "--json", str(file)]) == 0
    (row,) = json.loads(file.read_text())
    assert set(row) == {
        "name", "value", "unit", "peer", "peer_value", "ratio", "target", "holds"
    }  # fmt: skip
    assert row["name"] in capsys.readouterr().out


def test_an_unknown_benchmark_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]):
    assert main(["bench", "speed"]) == 2
    assert "worklist" in capsys.readouterr().out


def test_an_unknown_part_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]):
    assert main(["bench", "pacs", "find", "speed"]) == 2
    assert "find, get, move" in capsys.readouterr().out
    assert main(["bench", "printing", "pages"]) == 2
    assert "none" in capsys.readouterr().out
