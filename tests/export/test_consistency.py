"""Packs as a whole: a label behaves one way, harder layers are louder, mono stays mono."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from export.handmade import KIT, ORGAN, TONES, Label, make_instrument
from export.hydrogen_host import unpacked
from export.packing_up import pack_up
from messina.corpus.describing import loudness_db
from messina.instrument import Instrument
from messina.instrument.finishing import true_peak
from messina.instrument.responses import VELOCITIES, Response
from messina.limiter import SOUND_CEILING

SWAYING_DB = 3.0
"""Takes that differ by so much sustain by themselves in about half of all cases."""


def table(pack: Path) -> list[dict[str, str]]:
    with (pack / "sounds.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0]


def with_levels(instrument: Instrument, *levels: float) -> Instrument:
    """The instrument with these levels from velocity 1 to 127, evenly spread."""

    def changed(response: Response) -> Response:
        at = np.linspace(1, 127, len(levels))
        curve = tuple(float(x) for x in np.interp(VELOCITIES, at, levels))
        return msgspec.structs.replace(response, loudness_db=curve, played_db=curve)

    responses = tuple(map(changed, instrument.manifest.responses))
    return Instrument(
        msgspec.structs.replace(instrument.manifest, responses=responses), instrument.arrays
    )


def test_all_takes_of_a_held_label_are_looped_even_those_that_sway(tmp_path: Path) -> None:
    organ = make_instrument(ORGAN, takes_db=SWAYING_DB)
    pack_up(organ, tmp_path / "x", "wav", velocities=3, round_robin=4)
    rows = table(tmp_path / "x")
    assert all(row["loop_first"] for row in rows)
    for row in rows:
        audio = read(tmp_path / "x" / row["file"])[:, 0]
        first, last = int(row["loop_first"]), int(row["loop_last"])
        assert 2_048 < first < last < len(audio)
        cycle = np.tile(audio[first : last + 1], 3)
        seam = np.abs(np.diff(cycle))[last - first - 1 : last - first + 2].max()
        # No jump at the seam that the sound itself does not make.
        assert seam <= 1.3 * np.abs(np.diff(audio[first : last + 1])).max()
        around = [audio[last - 4_410 : last + 1], audio[first : first + 4_410]]
        before, after = (10 * np.log10(np.square(part).mean()) for part in around)
        assert abs(before - after) < 3.0  # nor does the level


def test_sfz_takes_of_a_key_all_loop_or_none_does_and_no_note_is_a_one_shot(
    tmp_path: Path,
) -> None:
    labels = (*ORGAN, *TONES, *KIT[:1])
    pack_up(make_instrument(labels, takes_db=SWAYING_DB), tmp_path / "x", "sfz", velocities=3)
    modes: dict[str, set[str]] = defaultdict(set)
    for file in (tmp_path / "x").glob("*.sfz"):
        modes[file.stem] |= set(re.findall(r"loop_mode=(\w+)", file.read_text()))
    assert modes == {
        "Test_organ": {"loop_continuous"},
        "Test_chime": {"no_loop"},
        "Test_drums": {"one_shot"},
    }


def test_in_hydrogen_which_has_no_loops_sounds_are_kept_to_their_end(tmp_path: Path) -> None:
    labels = (*ORGAN, *KIT[:1])
    pack_up(make_instrument(labels, takes_db=0.1), tmp_path / "x", "wav")
    pack_up(make_instrument(labels, takes_db=0.1), tmp_path / "k.h2drumkit", "hydrogen")
    looped = min(float(row["seconds"]) for row in table(tmp_path / "x") if row["label"] == "organ")
    for path in unpacked(tmp_path / "k.h2drumkit", tmp_path / "kit").rglob("organ*.wav"):
        assert soundfile.info(path).duration > looped
        assert np.abs(read(path)[-8:]).max() < 1e-4


@pytest.mark.parametrize("levels", [(-21.0, -20.4, -19.0, -18.7), (-12.0, -9.0, -6.0, -3.0)])
def test_no_take_is_softer_than_one_of_the_layer_under_it(
    levels: tuple[float, ...], tmp_path: Path
) -> None:
    """However unlike each other takes are, and near the ceiling too."""
    kit = with_levels(make_instrument(KIT, takes_db=4.0), *levels)
    pack_up(kit, tmp_path / "x", "wav", velocities=4, round_robin=4)
    heard: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row in table(tmp_path / "x"):
        audio = read(tmp_path / "x" / row["file"])
        assert true_peak(audio) <= SOUND_CEILING * 1.001
        heard[row["label"], int(row["velocity"])].append(loudness_db(audio.mean(axis=1)))
    for label in {label for label, _ in heard}:
        layers = [takes for (name, _), takes in sorted(heard.items()) if name == label]
        for softer, harder in pairwise(layers):
            assert max(softer) < min(harder) + 0.02


def test_layers_are_as_loud_as_the_instrument_says_they_are(tmp_path: Path) -> None:
    kit = with_levels(make_instrument(KIT, takes_db=3.0), -40.0, -30.0, -20.0)
    pack_up(kit, tmp_path / "x", "wav", velocities=3, round_robin=3)
    responses = {response.label: response for response in kit.manifest.responses}
    for row in table(tmp_path / "x"):
        wanted = responses[row["label"]].loudness_at(float(row["velocity"]), None)[1]
        level = loudness_db(read(tmp_path / "x" / row["file"]).mean(axis=1))
        assert level == pytest.approx(wanted, abs=0.8)  # takes of a player differ by this


@pytest.mark.parametrize("format_name", ["wav", "sfz", "decent"])
def test_what_was_learnt_from_one_channel_is_written_as_one(
    format_name: str, tmp_path: Path
) -> None:
    kit = make_instrument((Label(name="kick"), *ORGAN))
    mono = Instrument(msgspec.structs.replace(kit.manifest, mono=True), kit.arrays)
    pack_up(mono, tmp_path / "mono", format_name)
    pack_up(kit, tmp_path / "stereo", format_name)
    files = sorted(path.relative_to(tmp_path / "mono") for path in tmp_path.rglob("mono/**/*.wav"))
    assert files
    for file in files:
        one, two = read(tmp_path / "mono" / file), read(tmp_path / "stereo" / file)
        assert one.shape == (len(two), 1)
        assert np.allclose(one[:, 0], two.mean(axis=1), atol=2e-7)
