from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from messina.evaluation.signal_levels import level_db, loudest_db, mid
from messina.instrument.finishing import finished, true_peak
from messina.limiter import SOUND_CEILING
from messina.units import SAMPLE_RATE

Audio = NDArray[np.float32]


def drum(*, click: float = 0.0, level: float = 0.5, hz: float = 60.0) -> Audio:
    """A sine that rings out [N, 2], with a click of a millisecond at its start."""
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    sound = level * np.sin(2 * np.pi * hz * t) * np.exp(-t / 0.3)
    burst = np.random.default_rng(1).standard_normal(44) * np.hanning(44)
    sound[:44] += click * burst / np.abs(burst).max()
    return np.repeat(sound[:, None], 2, axis=1).astype(np.float32)


def test_a_click_that_is_too_loud_does_not_make_the_rest_softer() -> None:
    whole = drum(click=2.0)
    out = finished(whole)
    assert true_peak(out) <= SOUND_CEILING * 1.0001
    body = slice(SAMPLE_RATE // 20, None)
    # Turned down as a whole it would be 7 dB softer.
    assert level_db(mid(out[body])) == pytest.approx(level_db(mid(whole[body])), abs=0.2)


@pytest.mark.parametrize("level", [0.3, 0.5, 0.8])
def test_harder_hits_with_a_click_are_louder_than_softer_ones_without(level: float) -> None:
    harder, softer = finished(drum(click=2.5, level=level)), finished(drum(level=0.85 * level))
    assert loudest_db(mid(harder)) > loudest_db(mid(softer))


def test_what_is_too_loud_for_longer_is_turned_down_as_a_whole_and_keeps_its_course() -> None:
    whole = drum(level=3.0, hz=200.0)
    out = finished(whole)
    assert true_peak(out) == pytest.approx(SOUND_CEILING, rel=0.01)
    early, late = slice(2_000, 6_000), slice(20_000, 24_000)
    fall_db = level_db(mid(whole[early])) - level_db(mid(whole[late]))
    # A limiter alone would flatten the first 300 ms by up to 10 dB.
    assert level_db(mid(out[early])) - level_db(mid(out[late])) == pytest.approx(fall_db, abs=0.3)


def test_a_low_note_over_the_limit_keeps_its_waveform() -> None:
    out = finished(drum(level=1.5, hz=50.0))
    spectrum = np.abs(np.fft.rfft(mid(out)[: SAMPLE_RATE // 5] * np.hanning(SAMPLE_RATE // 5)))
    fundamental = spectrum[:13].max()
    # A gain that followed the waveform would put harmonics at 150 Hz about 15 dB under it.
    assert 20 * np.log10(spectrum[25:40].max() / fundamental) < -40.0


def test_what_is_under_the_limit_stays_as_it_is_but_for_its_end() -> None:
    sound = drum(level=0.9)
    out = finished(sound)
    assert np.array_equal(out[:-512], sound[:-512])
    assert np.abs(out[-1]).max() < 1e-6


@settings(max_examples=50)
@given(
    st.integers(1, 3_000),
    st.floats(0.01, 100.0),
    st.integers(0, 2**32 - 1),
)
def test_no_peak_is_ever_over_the_limit(samples: int, gain: float, seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal((samples, 2)).astype(np.float32)
    # The measure of a peak between samples itself moves by this where a short sound ends.
    assert true_peak(finished(gain * noise)) <= SOUND_CEILING * 1.001
