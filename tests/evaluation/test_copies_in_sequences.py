from __future__ import annotations

import numpy as np
import pytest

from evaluation.sequence_signals import at_random, in_time, steady_noise, struck
from evaluation.signals import Signal
from messina.evaluation.copies import Run, nearest_db, repeated_share, verbatim_runs
from messina.evaluation.sequence_windows import long_log_mel
from messina.units import SAMPLE_RATE


def hits(duration_s: float, seed: int) -> Signal:
    rng = np.random.default_rng(seed)
    return struck(at_random(duration_s, 4.0, rng), duration_s, rng)


def test_a_loop_repeated_exactly_is_one_run_of_repeats() -> None:
    runs = verbatim_runs(np.tile(hits(2.3, 0), 4))
    assert repeated_share(runs, 9.2, longer_than_s=2.0) == pytest.approx(0.75, abs=0.1)
    # Twice as long ago it was the same.
    assert (runs[0].start_s - runs[0].source_s) % 2.3 == pytest.approx(0.0, abs=0.02)


def test_what_goes_on_differently_repeats_nothing() -> None:
    assert verbatim_runs(hits(12.0, 1)) == []
    assert verbatim_runs(steady_noise(np.random.default_rng(2), 12.0)) == []


def test_the_same_hits_with_their_noise_drawn_anew_are_no_verbatim_repeat() -> None:
    rng = np.random.default_rng(3)
    assert verbatim_runs(struck(in_time(10.0, 0.5), 10.0, rng)) == []


def test_a_copy_of_a_recording_is_found_where_it_is() -> None:
    recording, new = hits(8.0, 4), hits(10.0, 5)
    start, place = round(3.111 * SAMPLE_RATE), round(2.457 * SAMPLE_RATE)
    new[start : start + 4 * SAMPLE_RATE] = 0.5 * recording[place : place + 4 * SAMPLE_RATE]
    runs = verbatim_runs(new, recording)
    assert max(run.length_s for run in runs) == pytest.approx(4.0, abs=0.4)
    # Exactly: the waveforms are laid over each other.
    assert all(run.start_s - run.source_s == pytest.approx(0.654, abs=1e-4) for run in runs)
    assert repeated_share(runs, 10.0, longer_than_s=2.0) == pytest.approx(0.4, abs=0.05)


def test_silence_is_no_copy_of_silence() -> None:
    silence = np.zeros(6 * SAMPLE_RATE)
    assert verbatim_runs(silence) == []
    assert verbatim_runs(silence, silence) == []
    assert np.isnan(nearest_db(long_log_mel(silence), long_log_mel(silence)))


def test_short_runs_do_not_count() -> None:
    runs = [Run(0.0, 4.0, 1.0), Run(2.0, 9.0, 2.5)]
    assert repeated_share(runs, 10.0, longer_than_s=2.0) == pytest.approx(0.25)


def test_the_nearest_place_of_a_copy_is_nearer_than_that_of_other_hits() -> None:
    recording = hits(8.0, 10)
    source = long_log_mel(recording)
    copied = nearest_db(long_log_mel(recording[30_000:]), source)
    # The search looks at every fourth row: a copy may be two rows off.
    assert copied < 0.6 * nearest_db(long_log_mel(hits(8.0, 11)), source)
