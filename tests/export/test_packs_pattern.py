"""A groove's pattern beside the kit its hits became."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from export.handmade import KIT, make_instrument
from export.packing_up import pack_up
from messina.export.packs import BARS, PATTERN, pattern_of
from messina.export.sample_map import PackConfig, make_sample_map
from messina.instrument import Instrument
from messina.instrument.drum_map import assign_keys
from play.handmade_groove import TEMPO_BPM, groove_parts, make_model

KEYS = assign_keys([label.name for label in KIT])


def strokes(path: Path) -> list[tuple[float, int, int]]:
    """Seconds, key and velocity of all notes."""
    now, found = 0.0, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity > 0:
            found.append((now, message.note, message.velocity))
    return found


@pytest.fixture(scope="module")
def groove() -> Instrument:
    kit = make_instrument(KIT)
    return Instrument(kit.manifest, kit.arrays, groove_parts(make_model()))


@pytest.mark.parametrize("format_name", ["sfz", "decent", "wav"])
def test_a_folder_of_hits_has_the_pattern_on_the_keys_of_its_drums(
    groove: Instrument, tmp_path: Path, format_name: str
) -> None:
    out = tmp_path / "kit"
    pack_up(groove, out, format_name, velocities=1, round_robin=1)
    played = strokes(out / PATTERN)
    assert {key for _, key, _ in played} <= set(KEYS.values())
    assert len({key for _, key, _ in played}) > 1
    seconds = 4 * BARS * 60 / TEMPO_BPM
    assert seconds - 4 < played[-1][0] < seconds + 0.1
    assert all(1 <= velocity <= 127 for _, _, velocity in played)


def test_the_pattern_follows_the_seed_of_the_pack(groove: Instrument) -> None:
    responses = groove.manifest.responses
    sample_maps = [make_sample_map(responses, PackConfig(seed=seed)) for seed in (1, 1, 2)]
    first, again, other = (pattern_of(groove, sample_map, name="Kit") for sample_map in sample_maps)
    assert first == again != other


def test_an_instrument_that_does_not_play_on_has_no_pattern(tmp_path: Path) -> None:
    kit = make_instrument(KIT[:1])
    assert (
        pattern_of(kit, make_sample_map(kit.manifest.responses, PackConfig()), name="Kit") is None
    )
    pack_up(kit, tmp_path / "kit", "wav", velocities=1, round_robin=1)
    assert not (tmp_path / "kit" / PATTERN).exists()
