from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.corpus import Corpus, Sound
from messina.instrument import Instrument
from messina.report.controllability import measure_responses, real_responses


def sounds_at(levels: dict[float, float], **changes: object) -> list[Sound]:
    """Bursts of noise of one label at velocity: level."""
    rng = np.random.default_rng(0)
    audios = [level * noise(rng, 0.2, decay_s=0.3) for level in levels.values()]
    corpus = Corpus.from_arrays(audios, sample_rate=44_100, velocities=list(levels))
    return [replace(sound, **changes) for sound in corpus.sounds]


def test_names_tell_whether_real_sounds_are_louder_when_hit_harder() -> None:
    rising = real_responses(sounds_at({20: 0.1, 60: 0.3, 100: 0.9}))
    assert rising["loudness_monotonicity"] == 1.0
    falling = real_responses(sounds_at({20: 0.9, 60: 0.3, 100: 0.1}))
    assert falling["loudness_monotonicity"] == 0.0


def test_only_sounds_of_the_same_key_are_compared() -> None:
    loud = sounds_at({20: 0.9}, label="crash")
    soft = sounds_at({100: 0.1}, label="brush")
    assert "loudness_monotonicity" not in real_responses([*loud, *soft])


def test_real_notes_say_how_well_they_are_in_tune() -> None:
    audio = tone(440.0 * 2 ** (10 / 1200), 0.5)
    corpus = Corpus.from_arrays([audio], sample_rate=44_100, notes=[69.0])
    assert real_responses(corpus.sounds)["pitch_error"] == pytest.approx(10.0, abs=0.5)


def test_unnamed_sounds_tell_nothing() -> None:
    corpus = Corpus.from_arrays(
        [noise(np.random.default_rng(1), 0.2)], sample_rate=44_100, notes=[None]
    )
    nothing = [replace(sound, note=None) for sound in corpus.sounds]
    assert real_responses(nothing) == {}


def test_an_instrument_is_asked_for_every_kind_note_and_repetition(
    instrument: Instrument,
) -> None:
    told: list[tuple[int, int]] = []
    responses = measure_responses(
        instrument, seed=0, progress=lambda _what, done, total: told.append((done, total))
    )
    assert {sweep.label for sweep in responses.sweeps} == {"kick", "marimba"}
    assert all(len(sweep.velocity) == len(sweep.loudness_db) for sweep in responses.sweeps)
    assert all(sweep.note is None for sweep in responses.sweeps if sweep.label == "kick")
    notes = [row.note for row in responses.pitches]
    assert min(notes) == 48.0
    assert max(notes) == 72.0
    assert {row.note for row in responses.pitches if row.learnt} <= {48.0, 60.0, 72.0}
    assert responses.metrics["loudness_monotonicity"] > 0.8
    assert responses.metrics["repeat_spread"] > 0.0
    assert told[-1] == (len(told), len(told))
