"""Onsets are found where they were put: all of them, once, to the millisecond."""

from __future__ import annotations

import numpy as np
import pytest

from messina.rhythm.onsets import find_onsets
from rhythm.patterns import RATE, Hit, matched, moved, onset_times, render, rock, waltz

FLAM_S = 0.035
"""Strokes closer than this count as one."""


def _found(hits: list[Hit], *, seconds: float, noise: float = 1e-4) -> tuple[float, float, float]:
    """Precision, recall and the 95th percentile of the errors in ms."""
    found = find_onsets(render(hits, seconds=seconds, noise=noise)).times_s
    precision, recall, errors = matched(found, onset_times(hits, within_s=FLAM_S))
    return precision, recall, float(np.percentile(np.abs(errors), 95) * 1000)


@pytest.mark.parametrize("tempo_bpm", [90.0, 120.0, 165.0])
@pytest.mark.parametrize("noise", [1e-4, 3e-3])
def test_hats_over_ringing_drums_and_ghost_notes_are_all_found(
    tempo_bpm: float, noise: float
) -> None:
    precision, recall, error_ms = _found(
        rock(tempo_bpm=tempo_bpm), seconds=960 / tempo_bpm, noise=noise
    )
    assert precision == 1.0
    assert recall == 1.0
    # a snare's soft noise over a ringing kick rises out of it within some milliseconds
    assert error_ms < 5.0


def test_swung_semiquavers_are_found() -> None:
    precision, recall, _ = _found(rock(tempo_bpm=120, swing=0.58), seconds=8.0)
    assert (precision, recall) == (1.0, 1.0)


def test_micro_timing_is_heard() -> None:
    hits = moved(rock(), by_s=0.010)
    found = find_onsets(render(hits, seconds=8.0)).times_s
    _, recall, errors = matched(found, onset_times(hits, within_s=FLAM_S))
    assert recall == 1.0
    # far less than what was moved: 10 ms are kept, not lost in the detector's own spread
    assert float(np.std(errors)) < 0.002


def test_a_melody_of_ringing_notes_is_found() -> None:
    rng = np.random.default_rng(1)
    notes = rng.permutation([48, 53, 57, 60, 65, 69, 72] * 6)
    hits = [Hit(0.2 * i, f"marimba_{note}", rng.uniform(0.3, 1)) for i, note in enumerate(notes)]
    precision, recall, _ = _found(hits, seconds=9.0)
    assert precision == 1.0
    assert recall > 0.95  # a soft note after a loud one at the same pitch may hide


def test_strokes_at_any_time_and_level_are_found() -> None:
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.exponential(0.25, 40) + 0.06)
    drums = ["kick", "snare", "tom", "hihat_closed", "hihat_open", "clap"]
    hits = [Hit(t, drums[rng.integers(6)], 10 ** (-rng.uniform(0, 30) / 20)) for t in times]
    precision, recall, _ = _found(hits, seconds=times[-1] + 1.0)
    assert precision > 0.94
    assert recall > 0.9  # hits 30 dB softer than a cymbal that still rings


def test_a_hit_on_the_first_sample_is_an_onset_at_0() -> None:
    assert find_onsets(render([Hit(0.0, "snare")], seconds=1.0)).samples.tolist() == [0]


def test_one_ringing_sound_has_one_onset() -> None:
    for drum in ("kick", "tom", "hihat_open", "marimba_48", "fm_45", "saw_45"):
        onsets = find_onsets(render([Hit(0.3, drum)], seconds=2.0, noise=1e-4))
        assert len(onsets) == 1, drum


def test_silence_and_steady_noise_have_no_onsets() -> None:
    assert len(find_onsets(np.zeros((RATE, 1), np.float32))) == 0
    noise = 0.1 * np.random.default_rng(0).standard_normal((3 * RATE, 1))
    assert len(find_onsets(noise.astype(np.float32))) <= 1  # it may begin


def test_stereo_is_heard_as_mono_is() -> None:
    mono = render(waltz(bars=2), seconds=2.6)
    stereo = np.repeat(mono, 2, axis=1)
    assert np.array_equal(find_onsets(mono).samples, find_onsets(stereo).samples)


def test_what_begins_just_before_the_end_is_not_a_hit() -> None:
    hits = [Hit(0.0, "kick"), Hit(0.5, "snare"), Hit(0.995, "kick")]
    assert len(find_onsets(render(hits, seconds=1.0))) == 2
