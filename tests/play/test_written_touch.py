"""The same messages sound alike from a MIDI file and played by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from export.handmade import ORGAN, TONES, all_sustained, brighter_when_louder, make_instrument
from messina.frames.noise import BodyNoise
from messina.instrument import Instrument
from messina.limiter import AHEAD_LIVE, SIDE
from messina.play import live
from messina.play.keyboard import KeyboardConfig
from messina.play.live import LiveConfig
from messina.sequences.midi_performance import MidiPlayer, perform_midi
from messina.sequences.sequence import Wish
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


@pytest.fixture(autouse=True)
def _no_sooner_than_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand what is ready sounds as it is, whatever is told meanwhile; here little is ready."""
    monkeypatch.setattr(live, "_AHEAD_IN_HAND", BLOCK)
    monkeypatch.setattr(live, "_FIRST_ROWS", 1)
    monkeypatch.setattr(live, "_ROWS", 1)


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
    player, _ = perform_midi(instrument, write(path, messages), seed=3, wish=Wish())
    return player.block(BLOCKS * BLOCK)[:-LATE]


def from_file_as_by_hand(instrument: Instrument, messages: Messages, path: Path) -> NDArray:
    return from_file(instrument, arriving(messages), path)


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


AT_ONCE = {7, 64, 65, 66, 5, 126, 68}
"""Controllers that act from the next block on, as keys do that are struck and lifted."""
REACH = BodyNoise.LEAD - 1
"""Blocks by which comes later by hand what moves a note, its onset over: rows are rendered already
into which the noise of what is heard reaches."""


def arriving(messages: Messages) -> list[tuple[int, tuple[int, ...]]]:
    """When what is told by hand acts."""
    return [(block + (0 if at_once(own) else REACH), own) for block, own in messages]


def kind(message: Sequence[int]) -> int:
    return message[0] & 0xF0


def at_once(message: Sequence[int]) -> bool:
    return kind(message) in (ON, OFF) or (kind(message) == CONTROL and message[1] in AT_ONCE)


def alike(hand: NDArray, file: NDArray) -> None:
    assert np.abs(hand).max() > 0.01
    # Sums of float32 in another order, and times in seconds instead of samples.
    np.testing.assert_allclose(file, hand, rtol=0, atol=2e-5)


@pytest.mark.parametrize("touch", TOUCHES)
def test_one_channel(organ: Instrument, touch: str, tmp_path: Path) -> None:
    messages = [*FULL, *NOTES, *TOUCHES[touch]]
    plain = by_hand(organ, [*FULL, *NOTES])
    hand = by_hand(organ, messages)
    assert np.abs(hand - plain).max() > 1e-3  # it does something
    alike(hand, from_file_as_by_hand(organ, messages, tmp_path / "a.mid"))


@pytest.mark.parametrize("touch", ["bends", "expression", "pedals", "volume"])
def test_what_decays(chime: Instrument, touch: str, tmp_path: Path) -> None:
    messages = [*FULL, *NOTES, *TOUCHES[touch]]
    alike(by_hand(chime, messages), from_file_as_by_hand(chime, messages, tmp_path / "a.mid"))


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
    alike(by_hand(organ, messages), from_file_as_by_hand(organ, messages, tmp_path / "a.mid"))


@pytest.mark.parametrize("mode", [(CONTROL, 126, 1), (CONTROL, 68, 127)])
def test_one_voice_goes_on_legato(organ: Instrument, mode: tuple[int, ...], tmp_path: Path) -> None:
    def played(moves: int) -> list[tuple[int, tuple[int, ...]]]:
        """moves: blocks by which it comes later that a note goes on."""
        return [
            *FULL,
            (0, mode),
            (0, (CONTROL, 65, 127)),
            (0, (CONTROL, 5, 30)),
            (2, (ON, 60, 30)),
            (50 + moves, (ON, 67, 60)),
            (90 + moves, (OFF, 67, 64)),
            (130, (OFF, 60, 64)),
            (170, (ON, 64, 30)),
            (200, (OFF, 64, 64)),
        ]

    file = from_file(organ, played(REACH), tmp_path / "a.mid")
    alike(by_hand(organ, played(0)), file)


def test_many_voices_slide_where_a_glide_is_on(organ: Instrument, tmp_path: Path) -> None:
    messages = [*FULL, (0, (CONTROL, 65, 127)), (0, (CONTROL, 5, 40)), *NOTES]
    alike(by_hand(organ, messages), from_file_as_by_hand(organ, messages, tmp_path / "a.mid"))


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
