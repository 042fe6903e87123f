"""The same messages sound alike from a MIDI file and played by hand."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from export.handmade import ORGAN, TONES, all_sustained, brighter_when_louder, make_instrument
from messina.instrument import Instrument
from messina.instrument.touched_takes import OVER
from messina.limiter import AHEAD_LIVE, SIDE
from messina.play.keyboard import KeyboardConfig
from messina.play.live_player import LiveConfig
from messina.sequences.midi_performance import MidiPlayer, perform_midi
from messina.sequences.sequence import PlayOptions
from messina.units import SAMPLE_RATE
from play.by_hand import BLOCK, Messages, heard

ON, OFF, KEY_PRESSURE, CONTROL, PRESSURE, BEND = 0x90, 0x80, 0xA0, 0xB0, 0xD0, 0xE0
BLOCKS = 240
LATE = AHEAD_LIVE + SIDE

"""The block each comes before, and its bytes."""


@pytest.fixture(scope="module")
def organ() -> Instrument:
    return all_sustained(brighter_when_louder(make_instrument(ORGAN, takes_db=0.0)))


@pytest.fixture(scope="module")
def chime() -> Instrument:
    return make_instrument(TONES)


def by_hand(instrument: Instrument, messages: Messages, *, mono: bool = False) -> NDArray:
    keyboard = KeyboardConfig(mono=mono)
    return heard(instrument, messages, BLOCKS, config=LiveConfig(seed=3, keyboard=keyboard))[LATE:]


def write(path: Path, messages: Messages) -> Path:
    """A tick of the file is a block."""
    file = mido.MidiFile(ticks_per_beat=96)
    track = mido.MidiTrack()
    us = round(96 * BLOCK / SAMPLE_RATE * 1e6)
    track.append(mido.MetaMessage("set_tempo", tempo=us))
    last = 0
    for block, message in sorted(messages, key=lambda own: own[0]):
        track.append(mido.Message.from_bytes(message, time=block - last))
        last = block
    file.tracks.append(track)
    file.save(path)
    return path


def from_file(instrument: Instrument, messages: Messages, path: Path) -> NDArray:
    player, _ = perform_midi(instrument, write(path, messages), seed=3, options=PlayOptions())
    return player.block(BLOCKS * BLOCK)[:-LATE]


def bend(channel: int, value: int) -> tuple[int, int, int]:
    return BEND | channel, value & 127, value >> 7


NOTES = [(2, (ON, 60, 30)), (6, (ON, 67, 40)), (130, (OFF, 60, 64)), (150, (OFF, 67, 110))]
FULL = [(0, (CONTROL, 7, 127))]
TOUCHES = {
    "bends": [(block, bend(0, 8192 + 60 * block)) for block in range(20, 110, 3)],
    "a range": [
        *((1, (CONTROL, number, value)) for number, value in ((101, 0), (100, 0), (6, 12))),
        (40, bend(0, 0)),
    ],
    "mod wheel": [(20, (CONTROL, 1, 100)), (90, (CONTROL, 1, 20))],
    "expression": [(block, (CONTROL, 11, 127 - block)) for block in range(20, 100, 5)],
    "breath": [(30, (CONTROL, 2, 64))],
    "brightness": [(30, (CONTROL, 74, 110)), (80, (CONTROL, 74, 10))],
    "volume": [(40, (CONTROL, 7, 60)), (90, (CONTROL, 7, 110))],
    "pressure": [(25, (PRESSURE, 90)), (100, (PRESSURE, 0))],
    "a key's pressure": [(25, (KEY_PRESSURE, 67, 120))],
    "pedals": [(100, (CONTROL, 64, 127)), (180, (CONTROL, 64, 0))],
    "middle pedal": [(100, (CONTROL, 66, 127)), (180, (CONTROL, 66, 0))],
    "reset": [(20, (PRESSURE, 90)), (21, bend(0, 12_000)), (60, (CONTROL, 121, 0))],
    "slow release": [(129, (OFF, 60, 10))],
}


def alike(hand: NDArray, file: NDArray, messages: Messages) -> None:
    """Sample by sample, but where what was ready by hand goes over to what follows a message."""
    assert np.abs(hand).max() > 0.01
    told = np.zeros(len(hand), bool)
    for block, _ in messages:
        told[block * BLOCK :][:OVER] = True
    # Sums of float32 in another order, and times in seconds instead of samples.
    np.testing.assert_allclose(file[~told], hand[~told], rtol=0, atol=2e-5)
    np.testing.assert_allclose(file[told], hand[told], rtol=0, atol=0.25 * np.abs(hand).max())


@pytest.mark.parametrize("touch", TOUCHES)
def test_one_channel(organ: Instrument, touch: str, tmp_path: Path) -> None:
    messages = [*FULL, *NOTES, *TOUCHES[touch]]
    plain = by_hand(organ, [*FULL, *NOTES])
    hand = by_hand(organ, messages)
    assert np.abs(hand - plain).max() > 1e-3  # it does something
    alike(hand, from_file(organ, messages, tmp_path / "a.mid"), messages)


@pytest.mark.parametrize("touch", ["bends", "expression", "pedals", "volume"])
def test_what_decays(chime: Instrument, touch: str, tmp_path: Path) -> None:
    messages = [*FULL, *NOTES, *TOUCHES[touch]]
    alike(by_hand(chime, messages), from_file(chime, messages, tmp_path / "a.mid"), messages)


def test_members_of_a_zone_by_themselves(organ: Instrument, tmp_path: Path) -> None:
    zone = [(0, (CONTROL, number, value)) for number, value in ((101, 0), (100, 6), (6, 15))]
    volumes = [(0, (CONTROL | channel, 7, 127)) for channel in range(3)]
    messages = [
        *zone,
        *volumes,
        (1, bend(1, 7_000)),
        (2, (ON | 1, 60, 30)),
        (3, (ON | 2, 64, 30)),
        (50, bend(2, 9_500)),
        (60, (PRESSURE | 1, 100)),
        (70, (CONTROL | 2, 74, 100)),
        (80, bend(0, 16_000)),
        (140, (OFF | 1, 60, 64)),
        (160, (OFF | 2, 64, 64)),
    ]
    alike(by_hand(organ, messages), from_file(organ, messages, tmp_path / "a.mid"), messages)


@pytest.mark.parametrize("mode", [(CONTROL, 126, 1), (CONTROL, 68, 127)])
def test_one_voice_goes_on_legato(organ: Instrument, mode: tuple[int, ...], tmp_path: Path) -> None:
    messages = [
        *FULL,
        (0, mode),
        (0, (CONTROL, 65, 127)),
        (0, (CONTROL, 5, 30)),
        (2, (ON, 60, 30)),
        (50, (ON, 67, 60)),
        (90, (OFF, 67, 64)),
        (130, (OFF, 60, 64)),
        (170, (ON, 64, 30)),
        (200, (OFF, 64, 64)),
    ]
    alike(by_hand(organ, messages), from_file(organ, messages, tmp_path / "a.mid"), messages)


def test_many_voices_slide_where_a_glide_is_on(organ: Instrument, tmp_path: Path) -> None:
    messages = [*FULL, (0, (CONTROL, 65, 127)), (0, (CONTROL, 5, 40)), *NOTES]
    alike(by_hand(organ, messages), from_file(organ, messages, tmp_path / "a.mid"), messages)


def test_a_touched_file_is_the_same_each_time_and_in_any_blocks(
    organ: Instrument, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.mid", [*FULL, *NOTES, *TOUCHES["bends"], *TOUCHES["pressure"]])
    whole = perform_midi(organ, path, seed=3)[0].block(40_000)
    player: MidiPlayer = perform_midi(organ, path, seed=3)[0]
    parts = np.concatenate([player.block(size) for size in (1, 999, 7_000, 32_000)])
    assert np.array_equal(whole, parts)
    player.reset()
    assert np.array_equal(whole, player.block(40_000))


def test_a_storm_that_moves_all_channels_is_left_off(
    organ: Instrument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from messina.sequences import written_hand
    from messina.sequences.gestures import Gestures

    asked = []
    of = Gestures.of
    monkeypatch.setattr(written_hand, "MOST_ASKED", 1_000)
    monkeypatch.setattr(Gestures, "of", lambda self, channel: asked.append(1) or of(self, channel))
    notes = [(2, (ON | channel, 60, 30)) for channel in range(16)]
    zones = [
        (10 + i, (CONTROL, number, value))
        for i in range(300)
        for number, value in ((101, 0), (100, 6), (6, i % 16))
    ]
    player, _ = perform_midi(organ, write(tmp_path / "a.mid", [*notes, *zones]), seed=3)
    assert len(asked) < 1_016
    assert any("too often" in remark for remark in player.remarks)


def test_what_is_said_beyond_bounds_costs_no_more(
    organ: Instrument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from messina.sequences import written_hand

    monkeypatch.setattr(written_hand, "MOST_CHANGES", 50)
    storm = [(10 + i // 40, bend(0, 37 * i % 16_384)) for i in range(4_000)]
    player, _ = perform_midi(organ, write(tmp_path / "a.mid", [*NOTES, *storm]), seed=3)
    assert any("too often" in remark for remark in player.remarks)
    changes = sum(len(line) for line in player._written._gestures.values())
    assert 40 <= changes <= 50
    assert np.isfinite(player.block(20_000)).all()
