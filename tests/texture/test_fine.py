"""The fine structure of a texture's noise: measured, kept by stretches, played through fades."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from messina.counter_rng import CounterRng
from messina.frames.excitation import CELL_HZ, POWER_OF_CODE
from messina.frames.layout import FINE_CELLS, FLAT_FINE, HOP, MOST_FINE
from messina.texture.fine import (
    FADE_PATCHES,
    STRETCH,
    MovingExcitation,
    fine_spectra,
    mixed_fine,
    stretches,
)
from messina.texture.layout import GROUPS, PATCH
from messina.units import SAMPLE_RATE
from texture.textures import model, recordings

FLAT = np.full(FINE_CELLS, FLAT_FINE, np.uint8)
SAMPLES = STRETCH * PATCH * HOP
FADE = FADE_PATCHES * PATCH * HOP


def hiss(samples: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(samples).astype(np.float32)


def levels(samples: int, ln: float = 0.0) -> np.ndarray:
    return np.full((samples // HOP, GROUPS), ln, np.float32)


def power_db(codes: np.ndarray) -> float:
    return float(10 * np.log10(POWER_OF_CODE[codes].mean()))


def test_white_noise_that_is_told_as_it_is_has_an_even_spectrum():
    codes = fine_spectra(0.1 * hiss(3 * SAMPLES), levels(3 * SAMPLES, np.log(0.1)))
    assert codes.shape == (3, FINE_CELLS)
    for row in codes:
        # Cells of 8 bins of a chi-square of 2: they differ by some 2 dB, their mean does not.
        assert power_db(row) == pytest.approx(0.0, abs=0.3)
        assert abs(row.astype(float).mean() - FLAT_FINE) < 0.5


def test_modes_closer_than_a_group_is_wide_are_told():
    time = np.arange(6 * SAMPLES) / SAMPLE_RATE
    rng = np.random.default_rng(1)
    modes_hz = (np.arange(300, 1_500, 20) + 0.5) * CELL_HZ  # in the middle of cells, 54 Hz apart
    tones = sum(np.sin(2 * np.pi * (hz * time + rng.uniform())) for hz in modes_hz)
    noise = np.asarray(tones + 0.01 * rng.standard_normal(len(time)), np.float32)
    codes = fine_spectra(noise, levels(len(time)))[2].astype(int)
    # A mode lies 20 dB or more over what is halfway to the next one: seven steps.
    assert (codes[300:1_500:20] - codes[310:1_510:20]).min() >= 7


def test_a_level_told_wrongly_is_made_good_within_limits():
    for told_db, got_db in ((0.0, 0.0), (1.5, -1.5), (-1.5, 1.5), (20.0, -3.0), (-20.0, 2.0)):
        ln = told_db * np.log(10) / 20
        codes = fine_spectra(hiss(2 * SAMPLES), levels(2 * SAMPLES, ln))
        assert power_db(codes[0]) == pytest.approx(got_db, abs=0.4), told_db


def test_portions_are_whitened_without_a_seam(monkeypatch):
    audio = hiss(3 * SAMPLES)
    swell = np.sin(np.arange(len(audio) // HOP) / 30.0).astype(np.float32)
    rows = np.repeat(swell[:, None], GROUPS, axis=1)
    whole = fine_spectra(audio, rows)
    monkeypatch.setattr("messina.texture.fine._PORTION", 100)
    assert np.abs(whole.astype(int) - fine_spectra(audio, rows)).max() <= 1
    assert (whole != fine_spectra(audio, rows)).mean() < 1e-3


def test_silence_and_what_is_shorter_than_a_stretch_are_told_too():
    short = SAMPLES // 2 + HOP
    assert fine_spectra(np.zeros(short, np.float32), levels(short, -20.0)).shape == (1, FINE_CELLS)
    assert power_db(fine_spectra(hiss(short), levels(short))[0]) == pytest.approx(0.0, abs=0.4)


def test_a_model_has_a_spectrum_for_every_stretch_and_finds_it():
    learnt = model()
    counts = [stretches(row.patches) for row in learnt.manifest.recordings]
    assert learnt.fine.shape == (sum(counts), FINE_CELLS // 2)
    first, second = learnt.starts[:2]
    assert_array_equal(learnt.fine_at(0, first), learnt.fine_at(0, first + STRETCH - 1))
    assert (learnt.fine_at(0, first) != learnt.fine_at(0, first + STRETCH)).any()
    assert (learnt.fine_at(1, second) != learnt.fine_at(0, second - 1)).any()
    assert len(recordings()) == len(counts)


def test_a_mixture_has_the_power_of_both():
    low, high = FLAT.copy(), FLAT.copy()
    low[:100], high[100:200] = MOST_FINE, 0
    both = mixed_fine([low, high], [0.25, 0.75])
    power = 0.25 * POWER_OF_CODE[low] + 0.75 * POWER_OF_CODE[high]
    told_db = 10 * np.log10(POWER_OF_CODE[both] / power)
    assert np.abs(told_db).max() <= 1.5  # half a step
    assert_array_equal(mixed_fine([low], [1.0]), low)


def test_a_fade_from_loop_to_loop_keeps_the_power_and_has_no_seam():
    moving = MovingExcitation(CounterRng(3), FLAT)
    first = moving.read(2 * FADE)
    moving.turn_to(FLAT)
    sound = np.concatenate([first, moving.read(2 * FADE)], axis=1)
    for part in np.split(sound, 8, axis=1):
        # The RMS of as many independent samples varies by 0.05 dB.
        assert 10 * np.log10(np.mean(part**2)) == pytest.approx(0.0, abs=0.3)
    moving = MovingExcitation(CounterRng(3), FLAT)
    assert_array_equal(moving.read(3 * FADE)[:, : 2 * FADE], first)
    assert abs(np.corrcoef(*sound)[0, 1]) < 0.03  # the copy is another noise


def test_portions_of_any_size_read_the_same():
    def read(sizes: list[int]) -> np.ndarray:
        moving = MovingExcitation(CounterRng(3), FLAT)
        parts = []
        for at, size in enumerate(sizes):
            if at == len(sizes) // 2:
                moving.turn_to(np.roll(FLAT, 0))
            parts.append(moving.read(size))
        return np.concatenate(parts, axis=1)

    np.testing.assert_allclose(read([512, 1_024]), read([256, 256, 256, 768]), atol=1e-6)
