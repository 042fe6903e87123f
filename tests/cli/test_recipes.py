"""Recipes in the WAV files that verbs write, as a user meets them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile

from messina.cli.main import main
from messina.instrument import Instrument
from messina.instrument.about import About, with_about
from messina.recipe import COMMENT, Point, Recipe, comment_of, recipe_in
from messina.riff import append_info


def run(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.mark.parametrize(
    "words",
    [
        ["--label", "marimba", "--note", "E4", "--velocity", "90", "--format", "16"],
        ["--at", "0.3,0.8", "--wildness", "0.4", "--rate", "48000", "--format", "float"],
        ["--label", "kick", "--brightness", "-0.25", "--length", "0.3", "--seed", "4294967295"],
        [],
    ],
)
def test_a_sound_is_rendered_again_bit_for_bit_by_its_recipe(
    instrument: Path, tmp_path: Path, words: list[str]
) -> None:
    first, again = tmp_path / "first.wav", tmp_path / "again.wav"
    assert run("render", instrument, "-o", first, *words) == 0
    assert run("render", instrument, "-o", again, "--recipe", first) == 0
    assert again.read_bytes() == first.read_bytes()


def test_a_sound_like_another_is_rendered_again_from_the_same_file_alone(
    instrument: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kick, other = folder / "drums/kick_v105.wav", folder / "drums/kick_v127.wav"
    first, again = tmp_path / "first.wav", tmp_path / "again.wav"
    assert run("render", instrument, "--like", kick, "--seed", 3, "-o", first) == 0
    assert run("render", instrument, "--recipe", first, "-o", again) == 2
    assert "add --like kick_v105.wav" in capsys.readouterr().err
    assert run("render", instrument, "--recipe", first, "--like", other, "-o", again) == 1
    assert "not the same files as kick_v105.wav" in capsys.readouterr().err
    assert run("render", instrument, "--recipe", first, "--like", kick, "-o", again) == 0
    assert again.read_bytes() == first.read_bytes()


def test_info_says_how_a_sound_was_made(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.wav"
    assert (
        run("render", instrument, "--label", "kick", "--velocity", 90, "--seed", 7, "-o", out) == 0
    )
    capsys.readouterr()
    assert run("info", out) == 0
    told = capsys.readouterr().out
    assert "made by render with kit" in told
    assert "seed 7, velocity 90, label kick, wildness 1" in told
    assert run("info", out, "--json") == 0
    recipe = json.loads(capsys.readouterr().out)["recipe"]
    assert recipe["seed"] == 7
    assert recipe["asked"]["label"] == "kick"


def test_a_recipe_is_followed_with_the_same_instrument_alone(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, changed = tmp_path / "a.wav", tmp_path / "b.wav"
    assert run("render", instrument, "-o", out) == 0
    recipe = recipe_in(out)
    assert recipe is not None
    data = out.read_bytes().replace(recipe.digest.encode(), b"0" * len(recipe.digest))
    changed.write_bytes(data)
    assert run("render", instrument, "--recipe", changed, "-o", tmp_path / "c.wav") == 1
    assert "was made with kit, and" in capsys.readouterr().err
    assert not (tmp_path / "c.wav").exists()


def test_what_does_not_go_with_a_recipe_is_said(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, plain = tmp_path / "a.wav", tmp_path / "plain.wav"
    assert run("render", instrument, "-o", out) == 0
    again = ["render", instrument, "--recipe", out, "-o", tmp_path / "b.wav"]
    assert run(*again, "--label", "kick") == 2
    assert "leave out --label" in capsys.readouterr().err
    assert run(*again, "--seed", 4) == 2
    assert "leave out --seed" in capsys.readouterr().err
    assert run("render", instrument, "--recipe", out, "-o", out) == 1
    assert "choose another -o" in capsys.readouterr().err
    soundfile.write(plain, np.zeros(100), 44_100)
    assert run("render", instrument, "--recipe", plain, "-o", tmp_path / "b.wav") == 1
    assert "there is no recipe in it" in capsys.readouterr().err
    assert run("info", plain) == 1
    assert "there is no recipe in it" in capsys.readouterr().err


def test_every_verb_that_writes_a_sound_writes_its_recipe(
    instrument: Path, folder: Path, tmp_path: Path
) -> None:
    kick, out = folder / "drums/kick_v105.wav", tmp_path / "a.wav"
    assert run("resynth", instrument, kick, "-o", out, "--seed", 5) == 0
    recipe = recipe_in(out)
    assert recipe is not None
    assert (recipe.by, recipe.seed) == ("resynth", 5)
    assert [file.name for file in recipe.made_from["sound"]] == [kick.name]


def test_words_about_an_instrument_leave_its_sounds_their_instrument(
    instrument: Path, tmp_path: Path
) -> None:
    first, again = tmp_path / "first.wav", tmp_path / "again.wav"
    assert run("render", instrument, "-o", first) == 0
    recipe = recipe_in(first)
    assert recipe is not None
    assert recipe.digest == Instrument.load(instrument).digest
    told = tmp_path / instrument.name
    words = About(origin="a kitchen", license="CC0-1.0")
    told.write_bytes(with_about(instrument.read_bytes(), words))
    assert told.read_bytes() != instrument.read_bytes()
    assert run("render", told, "--recipe", first, "-o", again) == 0
    assert again.read_bytes() == first.read_bytes()


def test_older_recipes_know_an_instrument_by_its_whole_file(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, older, again = (tmp_path / f"{name}.wav" for name in ("first", "older", "again"))
    assert run("render", instrument, "-o", first) == 0
    recipe = recipe_in(first)
    assert recipe is not None
    audio, rate = soundfile.read(first)
    soundfile.write(older, audio, rate, subtype="PCM_24")
    whole = hashlib.sha256(instrument.read_bytes()).hexdigest()
    with older.open("r+b") as file:
        append_info(file, {COMMENT: comment_of(msgspec.structs.replace(recipe, digest=whole))})
    assert run("render", instrument, "--recipe", older, "-o", again) == 0
    assert again.read_bytes() == first.read_bytes()
    told = tmp_path / "told.messina"
    told.write_bytes(with_about(instrument.read_bytes(), About(origin="a kitchen")))
    assert run("render", told, "--recipe", older, "-o", tmp_path / "c.wav") == 1
    assert "or another version of it" in capsys.readouterr().err


def page_file(path: Path, recipe: Recipe) -> Path:
    """A file such as the page writes, its sound left out."""
    soundfile.write(path, np.zeros(100), 44_100, subtype="PCM_24")
    with path.open("r+b") as file:
        append_info(file, {COMMENT: comment_of(recipe)})
    return path


def test_a_sound_of_the_page_is_rendered_by_its_recipe(instrument: Path, tmp_path: Path) -> None:
    loaded = Instrument.load(instrument)
    point = Point(
        z=loaded.known.means[0].tolist(),
        label=int(loaded.known.labels[0]),
        note=loaded.known.controls[0].note,
        loudness=loaded.known.controls[0].loudness_db,
        brightness=loaded.known.controls[0].brightness_hz,
        decay=loaded.known.controls[0].decay_s,
    )
    recipe = Recipe(
        recipe=1,
        by="page",
        instrument="kit",
        digest=loaded.digest,
        seed=7,
        asked={"label": "kick", "velocity": 110.0, "wildness": 0.0, "level": -6.0},
        sound=point,
    )
    out = tmp_path / "out.wav"
    assert (
        run("render", instrument, "--recipe", page_file(tmp_path / "a.wav", recipe), "-o", out) == 0
    )
    assert recipe_in(out) == recipe
    soft, _ = soundfile.read(out)
    recipe = msgspec.structs.replace(recipe, asked=recipe.asked | {"level": 0.0})
    assert (
        run("render", instrument, "--recipe", page_file(tmp_path / "b.wav", recipe), "-o", out) == 0
    )
    loud, _ = soundfile.read(out)
    assert 0 < np.abs(soft).max() < np.abs(loud).max()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sound": None}, "of more than one sound"),
        ({"asked": {"decay": 40.0}}, "asks for 'decay' in a way unknown"),
        ({"asked": {"wildness": 1.0}}, "asks for 'wildness' in a way unknown"),
        ({"asked": {"__class__": 1.0}}, "asks for '__class__' in a way unknown"),
        ({"digest": "0" * 32}, "another instrument"),
    ],
)
def test_what_the_page_did_and_render_cannot_is_said(
    instrument: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    said: str,
) -> None:
    loaded = Instrument.load(instrument)
    zeros = [0.0] * loaded.manifest.network.latent
    point = Point(z=zeros, label=0, note=None, loudness=-20.0, brightness=500.0, decay=0.3)
    digest = loaded.digest
    recipe = Recipe(
        recipe=1, by="page", instrument="kit", digest=digest, seed=7, asked={}, sound=point
    )
    path = page_file(tmp_path / "a.wav", msgspec.structs.replace(recipe, **change))
    assert run("render", instrument, "--recipe", path, "-o", tmp_path / "out.wav") == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.wav").exists()
