from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest

from export.handmade import KIT, TONES, make_instrument
from messina.errors import ControlError, SoundError
from messina.events import Event, Phrase, Voice
from messina.instrument import Instrument
from messina.sequences.midi_performance import MidiPlayer, perform_midi, swung
from messina.sequences.midi_writing import write_midi
from messina.sequences.sequence import PlayOptions
from messina.units import SAMPLE_RATE

VOICES = (
    Voice(label="drums", note=36),
    Voice(label="drums", note=42),
    Voice(label="keys", note=64),
)


@pytest.fixture(scope="module")
def kit() -> Instrument:
    return make_instrument(KIT)


@pytest.fixture(scope="module")
def chime() -> Instrument:
    return make_instrument(TONES)


@pytest.fixture
def pattern(tmp_path: Path) -> Path:
    """A bar of 4/4 at 120: kicks on the beats, hats on the quavers, two seconds long."""
    kicks = [hit(24 * i, 0) for i in range(4)]
    hats = [hit(12 * i, 1) for i in range(8)]
    return written(tmp_path / "pattern.mid", *kicks, *hats)


def hit(tick: int, voice: int) -> Event:
    return Event(tick=tick, voice=voice, velocity=100.0, length_ticks=6.0)


def written(path: Path, *events: Event) -> Path:
    in_order = tuple(sorted(events, key=lambda e: (e.tick, e.voice)))
    write_midi(path, Phrase(name="p", events=in_order, ticks=96, tempo_bpm=120.0), VOICES)
    return path


def heard(player: MidiPlayer, seconds: float) -> np.ndarray:
    return player.block(round(seconds * SAMPLE_RATE))


def onsets_s(audio: np.ndarray) -> list[float]:
    """Where level jumps over what it was in the 15 ms before, to 5 ms."""
    levels = np.abs(audio[: len(audio) // 220 * 220, 0]).reshape(-1, 220).max(axis=1)
    padded = np.pad(levels, (3, 0), constant_values=1e-4)
    before = np.maximum.reduce([padded[2 - i : len(padded) - 1 - i] for i in range(3)])
    return [int(i) * 220 / SAMPLE_RATE for i in np.flatnonzero(levels > 1.5 * before)]


def test_a_pattern_is_played_in_time(kit: Instrument, pattern: Path) -> None:
    player, length_s = perform_midi(kit, pattern)
    onsets = onsets_s(heard(player, 2.0))
    assert onsets[0] == 0
    assert all(abs(o / 0.25 - round(o / 0.25)) * 0.25 < 0.011 for o in onsets)
    assert len(onsets) >= 8
    assert 2.0 < length_s < 8.0
    while not player.over:
        player.block(4_096)


def test_a_tempo_asked_for_holds(kit: Instrument, pattern: Path) -> None:
    player, _ = perform_midi(kit, pattern, options=PlayOptions(tempo_bpm=60.0))
    onsets = onsets_s(heard(player, 4.0))
    assert max(onsets) == pytest.approx(3.5, abs=0.02)


def test_swing_makes_the_second_quaver_late() -> None:
    assert [swung(tick, 1.0) for tick in (0, 12, 24, 36)] == [0, 16, 24, 40]
    ticks = np.linspace(0, 96, 200)
    assert (np.diff([swung(tick, 0.7) for tick in ticks]) > 0).all()


def test_a_loop_goes_round_for_ever_in_time(kit: Instrument, pattern: Path) -> None:
    player, length_s = perform_midi(kit, pattern, loops=True)
    assert length_s == pytest.approx(2.0)
    onsets = onsets_s(heard(player, 9.0))
    assert not player.over
    assert min(abs(onset - 8.0) for onset in onsets) < 0.006
    assert max(onsets) > 8.7


def test_seeds_blocks_reset_and_places(kit: Instrument, pattern: Path) -> None:
    first = heard(perform_midi(kit, pattern, seed=1)[0], 1.0)
    player, _ = perform_midi(kit, pattern, seed=1)
    parts = [player.block(n) for n in (10, 5_000, 44_100 - 5_010)]
    assert np.array_equal(np.concatenate(parts), first)
    player.jump(0.0)
    heard(player, 0.3)
    player.reset()
    assert np.array_equal(heard(player, 1.0), first)
    assert not np.array_equal(heard(perform_midi(kit, pattern, seed=2)[0], 1.0), first)


def test_a_kit_takes_any_channel_as_drums(kit: Instrument, tmp_path: Path) -> None:
    player, _ = perform_midi(kit, written(tmp_path / "keys.mid", hit(0, 2)))
    assert heard(player, 0.5).any()


def test_parts_go_to_the_instruments_of_a_band(
    kit: Instrument, chime: Instrument, tmp_path: Path
) -> None:
    path = written(tmp_path / "both.mid", hit(0, 0), hit(48, 2))
    player, _ = perform_midi({"drums": kit, "": chime}, path)
    audio = heard(player, 2.0)
    assert audio[:4_000].any()
    assert audio[round(1.0 * SAMPLE_RATE) :][:4_000].any()
    assert player.remarks == ()


def test_bends_are_those_of_their_channel(kit: Instrument, pattern: Path) -> None:
    """In a file of many parts the first channel is one of them, and bends no other's notes."""

    def bent(channel: int) -> np.ndarray:
        file = mido.MidiFile(pattern)
        file.tracks[-1].insert(0, mido.Message("pitchwheel", channel=channel, pitch=8_000))
        file.save(pattern.with_name("bent.mid"))
        player, _ = perform_midi(kit, pattern.with_name("bent.mid"))
        assert player.remarks == ()
        return heard(player, 1.0)

    plain = heard(perform_midi(kit, pattern)[0], 1.0)
    assert np.array_equal(plain, bent(0))
    assert not np.allclose(plain, bent(9), atol=1e-3)


def test_a_channels_volume_is_its_level(kit: Instrument, pattern: Path) -> None:
    """Another channel, all the way up, sets what 0 dB is; that of the drums is halved."""
    file = mido.MidiFile(pattern)
    loud = mido.MidiTrack(
        [
            mido.Message("control_change", channel=9, control=7, value=100),
            mido.Message("note_on", channel=9, note=36, velocity=1, time=1_920),
        ]
    )
    file.tracks.append(loud)
    file.save(pattern)
    before = heard(perform_midi(kit, pattern)[0], 1.0)
    file.tracks[1].insert(0, mido.Message("control_change", channel=9, control=7, value=50))
    file.tracks[-1].insert(0, mido.Message("control_change", channel=9, control=7, value=50))
    file.tracks[-1][1].time = 1_900  # up again before the last note
    file.tracks[-1][2].time = 20
    file.save(pattern)
    after = heard(perform_midi(kit, pattern)[0], 1.0)
    # 40 dB a decade: half the controller is a quarter of the amplitude.
    assert np.abs(after).max() == pytest.approx(np.abs(before).max() / 4, rel=0.01)


def test_patterns_are_played_one_after_another(kit: Instrument, tmp_path: Path) -> None:
    file = mido.MidiFile(type=2)
    for note in (36, 38):
        bar = [
            mido.MetaMessage("set_tempo", tempo=250_000),
            mido.Message("note_on", channel=9, note=note, velocity=100),
            mido.Message("note_off", channel=9, note=note, time=240),
            mido.MetaMessage("end_of_track", time=1_680),
        ]
        file.tracks.append(mido.MidiTrack(bar))
    file.save(tmp_path / "patterns.mid")
    player, _ = perform_midi(kit, tmp_path / "patterns.mid")
    assert any("2 patterns" in remark for remark in player.remarks)
    onsets = onsets_s(heard(player, 2.0))
    assert [onsets[0], *[o for o in onsets if o > 0.9]][:2] == pytest.approx([0, 1.0], abs=0.02)


def test_what_cannot_be_is_said(kit: Instrument, pattern: Path, tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="density"):
        perform_midi(kit, pattern, options=PlayOptions(density=0.5))
    odd = tmp_path / "odd.mid"
    odd.write_bytes(b"nothing")
    with pytest.raises(SoundError, match=r"odd\.mid: not a MIDI file"):
        perform_midi(kit, odd)
