"""The instruments that come with the program: whole, small, and of use from the first command."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from messina.cli.main import main
from messina.instrument import Instrument
from messina.instrument.about import About, read_about
from messina.play.catalogue import Catalogue
from messina.ready import READY
from messina.units import SAMPLE_RATE, note_to_hz

FOLDER = next(iter(READY.values())).path.parent


def test_the_files_are_those_that_were_noted_and_all_are_listed() -> None:
    noted = dict(
        reversed(line.split()) for line in (FOLDER / "SHA256SUMS").read_text().splitlines()
    )
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in FOLDER.glob("*.messina")}
    assert found == noted
    assert set(noted) == {each.path.name for each in READY.values()}


def test_with_the_pretrained_weights_they_take_ten_megabytes_of_the_wheel_at_most() -> None:
    """A wheel is a zip, so what counts is what is left of them there."""
    weights = FOLDER.parent / "learning" / "pretrained.safetensors"
    files = [weights, *(each.path for each in READY.values())]
    assert sum(len(zlib.compress(path.read_bytes())) for path in files) <= 10e6


@pytest.mark.parametrize("name", READY)
def test_each_plays_every_label_it_has_in_tune(name: str) -> None:
    instrument = Instrument.load(READY[name].path)
    for response in instrument.manifest.responses:
        note = None if response.note_low is None else round(response.note_centre)
        audio = instrument.render(label=response.label, note=note, velocity=100, seed=1)
        assert 0.05 < np.abs(audio).max() <= 1.0
        if note is not None:
            middle = audio.mean(axis=1)[: SAMPLE_RATE // 2]
            spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 8 * SAMPLE_RATE))
            hz = note_to_hz(note)
            # Of its first three harmonics the loudest is where it should be, to a fifth of a tone.
            near = [spectrum[int(8 * n * hz * 0.977) : int(8 * n * hz * 1.023)] for n in (1, 2, 3)]
            loudest = int(np.argmax([part.max() for part in near])) + 1
            start = int(8 * loudest * hz * 0.977)
            found = (start + int(np.argmax(near[loudest - 1]))) / 8 / loudest
            assert 1200 * abs(np.log2(found / hz)) < 10


def test_the_organ_is_held_and_the_drums_are_not() -> None:
    assert set(Instrument.load(READY["organ"].path).sustained) == {"flute", "principal"}
    assert not Instrument.load(READY["drums"].path).sustained


def test_they_are_listed_with_origin_and_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ready"]) == 0
    told = capsys.readouterr().out
    for each in READY.values():
        assert each.about in told
        assert each.origin in told
        assert f"licence: {each.license}" in told
    assert main(["ready", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed] == list(READY)
    assert all(Path(row["file"]).is_file() for row in listed)


def test_their_files_say_where_they_come_from_and_under_which_licence() -> None:
    for each in READY.values():
        about = read_about(each.path.read_bytes())
        assert about == About(name=each.name.capitalize(), origin=each.origin, license=each.license)


def test_only_licences_that_allow_it_are_there_and_their_terms_are_kept() -> None:
    """What has to go along with what was learnt from FluidR3: its notice and its permission."""
    assert all(each.license.startswith(("MIT", "CC0")) for each in READY.values())
    notice = (FOLDER / "FluidR3-LICENSE.txt").read_text()
    assert "Copyright (c) 2000-2002, 2008 Frank Wen" in notice
    assert "shall be\nincluded in all copies or substantial portions of the Software" in notice
    assert "Frank Wen" in READY["vibes"].license


def test_a_copy_is_the_same_file_and_replaces_none_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ready", "drums", "-o", str(tmp_path / "mine")]) == 0
    assert (tmp_path / "mine.messina").read_bytes() == READY["drums"].path.read_bytes()
    assert main(["ready", "mallets", "-o", str(tmp_path / "mine")]) == 1
    assert "mine.messina is there already; --force replaces it" in capsys.readouterr().err
    assert (tmp_path / "mine.messina").read_bytes() == READY["drums"].path.read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ["malets", "-o", "x"],
            1,
            "no ready-made instrument is called malets; did you mean mallets",
        ),
        (["drums"], 2, "ready drums -o drums.messina"),
        (["malets"], 1, "did you mean mallets"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(
    words: list[str], code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ready", *words]) == code
    printed = capsys.readouterr().err
    assert sentence in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (".", ". is a folder; a .messina file is wanted"),
        ("drums.txt", "drums.txt does not end in .messina"),
    ],
)
def test_a_copy_goes_to_an_instrument_file(
    place: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["ready", "drums", "-o", place])
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err


def test_play_without_more_opens_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def serve(catalogue: Catalogue, **_: object) -> int:
        opened.extend(row["name"] for row in catalogue.rows)
        return 0

    monkeypatch.setattr("messina.cli.play._serve", serve)
    assert main(["play"]) == 0
    assert opened == list(READY)
