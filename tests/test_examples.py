"""The notebook and the scripts of examples/ run as they are."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from export.handmade import TONES, make_instrument
from messina.audio_files import write_wav
from messina.corpus import Corpus
from messina.demo_sounds import demo_sounds
from messina.learning import learn
from play.handmade_groove import make_model, save_groove

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOK = EXAMPLES / "messina.ipynb"
ELSEWHERE = {"onnx_player.py"}
"""Tested with what it plays (tests/export)."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sounds, an instrument that has hardly learnt it, and a groove."""
    place = tmp_path_factory.mktemp("examples")
    for name, audio in demo_sounds():
        if name.startswith(("drums/kick_", "marimba/marimba_60_")):
            write_wav(place / "sounds" / Path(name).name, audio[:12_000])
    learn(Corpus.from_folder(place / "sounds"), steps=4, out=place / "kit.messina")
    save_groove(place / "groove.messina", make_model())
    return place


def run(place: Path, script: str, *words: object) -> str:
    command = [sys.executable, str(EXAMPLES / script), *map(str, words)]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def first_two(place: Path) -> list[Path]:
    return sorted((place / "sounds").glob("*.wav"))[:2]


@pytest.mark.slow
def test_variations_morph_and_latents(place: Path) -> None:
    first, second = first_two(place)
    assert "taken for " in run(place, "variations.py", "kit.messina", first, "varied")
    assert len(list((place / "varied").glob("*.wav"))) == 4
    run(place, "morph.py", "kit.messina", first, second, "morphed")
    assert len(list((place / "morphed").glob("*.wav"))) == 9
    run(place, "latents_to_csv.py", "kit.messina", "sounds", "latents.csv")
    lines = (place / "latents.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(list((place / "sounds").iterdir()))
    assert lines[0].startswith("name,label,note,loudness_db,z0,")


@pytest.mark.slow
def test_ladder_scale_walk_and_groove(place: Path) -> None:
    import soundfile

    make_instrument(TONES).save(place / "tones.messina")
    run(place, "velocity_ladder.py", "kit.messina", "ladder.wav")
    run(place, "scale.py", "tones.messina", "scale.wav")
    run(place, "map_walk.py", "kit.messina", "walk.wav")
    run(place, "groove_in_blocks.py", "groove.messina", "groove.wav", "1.5")
    for name in ("ladder", "scale", "walk", "groove"):
        audio, rate = soundfile.read(place / f"{name}.wav")
        assert rate == 44_100
        assert abs(audio).max() > 1e-3, name
    assert soundfile.info(place / "groove.wav").duration == pytest.approx(1.5, abs=0.02)
    assert soundfile.info(place / "scale.wav").duration == pytest.approx(4.0, abs=0.1)


@pytest.mark.slow
def test_judge_and_pack(place: Path) -> None:
    said = run(place, "judge.py", "kit.messina", "sounds", "report.html", 2)
    assert re.search(r"told_apart: \d\.\d\d ± \d\.\d\d", said)
    assert (place / "report.json").exists()
    said = run(place, "sampler_pack.py", "kit.messina", "packed")
    assert (place / "packed" / "page.html").exists()
    assert f"{len(list((place / 'packed' / 'pack').rglob('*.wav')))} sounds" in said


@pytest.mark.slow
def test_learn_and_play(place: Path) -> None:
    script = (EXAMPLES / "learn_and_play.py").read_text(encoding="utf-8")
    assert "minutes=1" in script
    shorter = place / "learn_and_play.py"
    shorter.write_text(script.replace("minutes=1", "steps=2"), encoding="utf-8")
    run(place, str(shorter), "sounds", "played")
    assert len(list((place / "played").glob("new *.wav"))) == 8


@pytest.mark.slow
def test_the_notebook_runs_and_shows_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    told: dict[str, object] = {}
    shown = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == []  # no sound is committed
        source = "".join(cell["source"])
        shorter = source.replace("minutes=1", "steps=2").replace("count=16", "count=4")
        body = ast.parse(shorter).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "cell", "exec"), told)
        if isinstance(last, ast.Expr):  # its value is shown
            shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), told))
    cards = [value._repr_html_() for value in shown if hasattr(value, "_repr_html_")]
    assert len(cards) == 2
    assert all("<svg" in card and "<audio" in card for card in cards)
    assert (Path(str(told["folder"])) / "report.html").exists()


def test_every_example_is_tested_and_told_of() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    table = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    scripts = sorted(path.name for path in EXAMPLES.glob("*.py"))
    assert len(scripts) >= 10
    for name in scripts:
        assert f"`{name}`" in table
        assert name in tested


@pytest.mark.parametrize("script", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_help_of_a_script_is_how_it_is_called(script: str) -> None:
    command = [sys.executable, str(EXAMPLES / script), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert "Traceback" not in told
    assert script in told
