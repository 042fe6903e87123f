"""The law of everything that streams: cut up in any way, it gives what it gives in one piece."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.frames.signals import decaying_noise, gliding_tone

from messina.frames.analysis import analyse
from messina.frames.excitation import Excitation
from messina.frames.layout import BANDS, ERBS, FINE_CELLS, GROUPS, HOP, MOST_FINE, STEPS
from messina.frames.noise import NOISE_SIZE, BodyNoise, OnsetShaper, SpectralFilter
from messina.frames.oscillators import Oscillators
from messina.frames.stereo import channel_mix
from messina.frames.synthesis import Synthesiser

ROWS = 48
RNG = np.random.default_rng(11)
WIDE = np.full((2, 4), 0.3, np.float32)
PARTIALS = RNG.uniform(-5, -2, (ROWS + 1, BANDS)).astype(np.float32)
LEVELS = RNG.uniform(-5, -2, (ROWS + 1, GROUPS)).astype(np.float32)
SIGNAL = RNG.standard_normal((2, ROWS * HOP)).astype(np.float32)
SOUND = analyse(
    np.stack([decaying_noise(seed=1), gliding_tone(60.0, semitones=12.0, tau_s=0.03)], axis=1)
)

Step = Callable[[int, int], np.ndarray]
"""Takes input rows start … end, gives samples [channels, N]."""


def oscillators() -> Step:
    frequencies = np.geomspace(60, 12_000, BANDS)
    bank = Oscillators(frequencies, np.zeros(BANDS), (9.0, 0.02), channel_mix(WIDE, frequencies))
    return lambda start, end: bank.step(PARTIALS[start : end + 1])


def body_noise() -> Step:
    codes = np.random.default_rng(3).integers(0, MOST_FINE + 1, FINE_CELLS, np.uint8)
    mix = channel_mix(WIDE, np.linspace(0, 22_050, NOISE_SIZE // 2 + 1))
    noise = BodyNoise(mix, Excitation(codes, key=9))
    return lambda start, end: noise.step(LEVELS[start:end]) if end > start else SIGNAL[:, :0]


def spectral_filter() -> Step:
    stream = SpectralFilter(size=4 * HOP, hop=HOP, channels=2)
    return lambda start, end: stream.overlapped(
        0.5 * stream.spectra(SIGNAL[:, start * HOP : end * HOP])
    )


def onset_shaper() -> Step:
    shaper = OnsetShaper(RNG.uniform(-3, 1, (STEPS, ERBS)).astype(np.float32), channels=2)
    return lambda start, end: shaper.step(SIGNAL[:, start * HOP : end * HOP])


def synthesiser() -> Step:
    player = Synthesiser(SOUND, key=5)
    return lambda start, end: player.step(SOUND.body[start:end]).T


STAGES = [oscillators, body_noise, spectral_filter, onset_shaper, synthesiser]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
@settings(max_examples=20)
@given(cuts=st.lists(st.integers(0, ROWS), max_size=ROWS).map(sorted))
def test_in_pieces_as_in_one(stage, cuts):
    state = RNG.bit_generator.state
    whole = stage()(0, ROWS)
    RNG.bit_generator.state = state
    step = stage()
    pieces = [step(a, b) for a, b in pairwise([0, *cuts, ROWS])]
    RNG.bit_generator.state = state
    joined = np.concatenate(pieces, axis=1)
    assert joined.shape == whole.shape
    # Sums in another order differ in the last bits of float32.
    assert np.abs(joined - whole).max() < 1e-5 * max(1.0, np.abs(whole).max())
