"""The table of players, without its comparisons, which are tests of their own."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "players.py"


@pytest.fixture(scope="module")
def players() -> ModuleType:
    specification = importlib.util.spec_from_file_location("players_benchmark", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def everything(players: ModuleType) -> dict[tuple[str, str], float]:
    return {
        (feature, player): float("-inf")
        for feature, reasons in players.FEATURES.items()
        for player in players.PLAYERS
        if player not in reasons
    }


def test_each_feature_has_a_row_and_each_player_a_figure_or_a_reason(players: ModuleType) -> None:
    noted = everything(players) | {("velocity", "page"): -104.4}
    rows = {
        cells[1].strip(): [cell.strip() for cell in cells[2:-1]]
        for cells in (line.split("|") for line in players.table(noted).splitlines())
    }
    assert rows["velocity"] == ["−104", "exact", "exact", "exact"]
    assert rows["limiter"] == ["exact", "numpy's own", "the host's", "the program's"]
    assert set(players.FEATURES) < set(rows)


def test_what_was_not_compared_is_no_table(players: ModuleType) -> None:
    noted = everything(players)
    del noted["velocity", "page"]
    with pytest.raises(SystemExit, match="nothing was noted of velocity in page"):
        players.table(noted)


def test_what_is_compared_is_in_the_table(players: ModuleType) -> None:
    noted = everything(players) | {("warmth", "page"): 0.0}
    with pytest.raises(SystemExit, match="noted, but in no row: warmth"):
        players.table(noted)


def test_what_it_starts_is_there(players: ModuleType) -> None:
    for named in players.TESTS:
        path, _, test = named.partition("::")
        place = SCRIPT.parents[1] / path
        assert place.exists(), path
        assert not test or f"def {test}(" in place.read_text(encoding="utf-8"), named
