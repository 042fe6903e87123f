from __future__ import annotations

import numpy as np
import pytest

from export.handmade import KIT, make_instrument
from messina.counter_rng import CounterRng
from messina.frames.layout import Frames
from messina.frames.synthesis import synthesise
from messina.instrument import Instrument
from messina.play.voices import Voice, Voices

BLOCK = 256


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return make_instrument(KIT)


def frames_of(instrument: Instrument, label: str = "snare", seed: int = 1) -> Frames:
    return instrument.frames(label=label, velocity=100, rng=CounterRng(seed))


def heard(voices: Voices, blocks: int, *, rendering: bool = True) -> np.ndarray:
    """What the callback gives, the renderer keeping up with it or not."""
    parts = []
    for _ in range(blocks):
        while rendering and voices.render():
            pass
        parts.append(np.zeros((BLOCK, 2), np.float32))
        voices.mix(parts[-1])
    return np.concatenate(parts)


def test_a_voice_in_blocks_is_the_sound_as_a_whole(instrument: Instrument) -> None:
    frames = frames_of(instrument)
    key = 5
    whole = synthesise(frames, key=key)
    voices = Voices()
    voices.add(Voice(frames, key=key))
    played = heard(voices, len(whole) // BLOCK)
    steady = len(played) - 1_024  # the end is faded out
    # float32 sums in another order: 1e-6 of the peak and less.
    assert np.abs(played[:steady] - whole[:steady]).max() < 1e-5 * np.abs(whole).max()


def test_the_first_portion_is_small_so_that_a_note_is_soon_heard(instrument: Instrument) -> None:
    voices = Voices()
    voices.add(Voice(frames_of(instrument), key=1))
    first = heard(voices, 1, rendering=False)
    assert np.abs(first).max() > 0
    assert voices.underruns == 0


def test_what_is_not_ready_is_silence_counted_and_comes_later(instrument: Instrument) -> None:
    frames = frames_of(instrument)
    voices = Voices()
    voices.add(Voice(frames, key=3))
    dry = heard(voices, 40, rendering=False)
    assert voices.underruns > 0
    assert not dry[-BLOCK:].any()
    rest = heard(voices, 40)
    assert np.abs(rest[:BLOCK]).max() > 0


def test_the_oldest_voice_fades_when_there_are_too_many(instrument: Instrument) -> None:
    voices = Voices(most=3)
    for seed in range(6):
        voices.add(Voice(frames_of(instrument, seed=seed), key=seed))
    heard(voices, 4)
    assert len(voices) == 3


def test_fading_is_without_a_step(instrument: Instrument) -> None:
    voices = Voices()
    voices.add(Voice(frames_of(instrument, "kick"), key=1))
    before = heard(voices, 12)
    voices.fade_all()
    after = heard(voices, 6)
    whole = np.concatenate([before, after])[:, 0]
    assert not after[-BLOCK:].any()
    usual = np.abs(np.diff(before[-1_024:, 0])).max()
    assert np.abs(np.diff(whole)).max() <= max(usual, np.abs(np.diff(before[:, 0])).max()) * 1.05


def test_many_loud_notes_at_once_stay_within_full_scale(instrument: Instrument) -> None:
    voices = Voices(most=16)
    for seed in range(16):
        voices.add(Voice(frames_of(instrument, "kick", seed), key=seed, gain=8.0))
    loud = heard(voices, 60)
    assert np.abs(loud).max() <= 1.0
    assert np.abs(loud).max() > 0.5


def test_a_voice_that_is_over_takes_no_part_any_more(instrument: Instrument) -> None:
    frames = frames_of(instrument)
    voices = Voices()
    voices.add(Voice(frames, key=1))
    heard(voices, len(frames) + 4)
    assert len(voices) == 0
    assert not voices.render()
