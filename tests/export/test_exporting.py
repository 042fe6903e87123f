"""`messina.export`, the package that can be called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import messina
from export.handmade import KIT, TONES, make_instrument
from messina.cli.main import main
from messina.errors import ControlError, MessinaError
from messina.instrument.container import write_parts
from messina.sequences.model import events_part
from messina.sequences.sequence import EVENTS
from play.handmade_groove import make_model


def test_it_writes_what_the_command_line_writes(tmp_path: Path) -> None:
    kit = make_instrument(KIT)
    kit.save(tmp_path / "kit.messina")
    made = messina.export(
        kit, tmp_path / "a" / "kit", format="wav", velocities=2, round_robin=1, seed=4
    )
    words = ["export", str(tmp_path / "kit.messina"), "--to", "wav", "-o", str(tmp_path / "b/kit")]
    assert main([*words, "--velocities", "2", "--round-robin", "1", "--seed", "4"]) == 0
    sounds = sorted(made.path.rglob("*.wav"))
    assert made.sounds == len(sounds) == 2 * made.labels
    for path in sounds:
        other = tmp_path / "b" / "kit" / path.relative_to(made.path)
        assert path.read_bytes() == other.read_bytes()


def test_a_page_holds_an_instrument_that_is_in_no_file_and_a_score_with_its_band(
    tmp_path: Path,
) -> None:
    made = messina.export(make_instrument(TONES), tmp_path / "tones", format="web")
    assert made.path == tmp_path / "tones.html"
    write_parts(tmp_path / "score.messina", {EVENTS: events_part(make_model())})
    score = messina.Sequence.load(tmp_path / "score.messina")
    both = messina.export(score, tmp_path / "score.html", format="web", band=make_instrument(TONES))
    assert both.path.stat().st_size > made.path.stat().st_size - 100_000


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"format": "mp3"}, "`format` is 'mp3'; it can be"),
        ({"format": "sfz", "velocities": 0}, "velocities is 0"),
        ({"format": "sfz", "license": "CC0"}, "`license` has no place in sfz"),
        ({"format": "web", "velocities": 2}, "`velocities` is for packs of sounds"),
        ({"format": "wav", "band": "x.messina"}, "`band` is for pages"),
    ],
)
def test_what_makes_no_sense_is_told_in_python(
    tmp_path: Path, given: dict[str, object], says: str
) -> None:
    with pytest.raises(ControlError) as told:
        messina.export(make_instrument(KIT), tmp_path / "out", **given)
    assert says in str(told.value)
    assert not (tmp_path / "out").exists()


def test_what_lies_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "kit.html").write_text("mine")
    with pytest.raises(MessinaError, match="`force=True` replaces it"):
        messina.export(make_instrument(KIT), tmp_path / "kit.html", format="web")
    assert (tmp_path / "kit.html").read_text() == "mine"


@pytest.mark.parametrize("first", ["", "import messina.export.packs; "])
def test_it_can_be_called_whatever_was_imported_before(first: str) -> None:
    code = f"import messina; {first}import inspect; print(inspect.signature(messina.export))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "format: " in done.stdout
