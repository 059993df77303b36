"""The command of the long campaigns: what it prints, writes and answers."""

import json

import pytest

from app.__main__ import main
from benchmarks.table import Row
from campaigns import kills, soak


@pytest.mark.parametrize(("lost", "status"), [(0, 0), (1, 1)])
def test_a_campaign_fails_when_a_limit_does_not_hold(lost, status, monkeypatch, tmp_path, capsys):
    asked = []

    def run(_folder, count):
        asked.append(count)
        yield Row("lost", lost, "", most=0)

    monkeypatch.setattr(kills, "run", run)
    file = tmp_path / "rows.json"
    assert main(["campaign", "kills", "--count", "3", "--json", str(file)]) == status
    assert asked == [3]
    assert json.loads(file.read_text())[0]["holds"] is (status == 0)
    assert "lost" in capsys.readouterr().out


def test_the_soak_lasts_as_long_as_it_says(monkeypatch):
    asked = []
    monkeypatch.setattr(soak, "run", lambda _folder, minutes: asked.append(minutes) or [])
    assert main(["soak"]) == 0
    assert main(["soak", "--minutes", "0.5"]) == 0
    assert asked == [soak.COUNT, 0.5]
