"""The first 35 ms: where the oscillators start, and how fast everything comes in.

Windows long enough to tell partials apart blur the onset. So levels in the first frames are read
back from those after them, each oscillator's phase is fitted to the waveform, a gain curve makes
their sum follow the sound, and what they leave is noise at ATTACK_HOP, sharpened until its
envelope is that of the sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messina.frames.excitation import Excitation
from messina.frames.layout import ATTACK_HOP, BANDS, HOP, KNOTS, PARTIAL_FLOOR, STEPS
from messina.frames.noise import ATTACK_SIZE, NOISE_SIZE, BodyNoise, OnsetShaper
from messina.frames.noise_levels import attack_noise_power
from messina.frames.oscillators import audible
from messina.frames.partials import FIRST_FRAME
from messina.frames.spectrum import hann
from messina.frames.stereo import MONO_MIX
from messina.units import SAMPLE_RATE

__all__ = [
    "FITTED_SAMPLES",
    "OnsetFit",
    "fit_onset",
    "noise_attack",
    "partial_gain_knots",
    "sum_oscillators",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

FITTED_SAMPLES = 2048

_FIT_FRAMES = (0, 1, 2, 3, 4, 6, 8)
_PHASE_KNOTS = 5
_FITTED_RANGE = 5.0  # ln: only oscillators within 43 dB of the loudest are fitted
_MOST_FITTED = 24
_ROUGHNESS = 0.01
_FREE_HZ = 250.0
_RIDGE = 1e-3
_MOST_ONSET, _LEAST_ONSET = 30.0, 0.03  # times the level after the onset
_MONO = np.broadcast_to(MONO_MIX, (1, 2, NOISE_SIZE // 2 + 1))
_MOST_GAIN, _LEAST_GAIN = 2.5, 0.01
_SHARPENING_ROUNDS = 4
_NOISE_GAIN_RANGE = (-6.0, 3.0)
_TRIALS, _PLAYED_ROWS = 6, 10
_SHARPENED_EVERY = 16  # samples


@dataclass(frozen=True, kw_only=True)
class OnsetFit:
    """The fit of the oscillators to the waveform of a sound's first 46 ms."""

    levels: Real
    """ln amplitude [T, BANDS], the first FIRST_FRAME rows fitted."""
    phases: Double
    """Radians [BANDS] at sample 0."""
    sinusoids: Real
    """The waveform fitted [FITTED_SAMPLES]."""


def fit_onset(signal: Real, levels: Real, angles: Double) -> OnsetFit:
    """The oscillators' levels and phases over the first frames, by least squares on the waveform.

    angles [FITTED_SAMPLES, BANDS] is each oscillator's angle in radians at every sample were its
    phase 0. Each oscillator gets a complex amplitude at every knot of _FIT_FRAMES and straight
    lines between them; that neighbours differ costs, so what is not heard follows from what is.
    """
    active = _audible_at_onset(levels)
    phases = np.zeros(BANDS)
    if len(active) == 0:
        return OnsetFit(levels=levels, phases=phases, sinusoids=np.zeros(len(angles), np.float32))
    hats = _hats(len(angles))  # [M, J]
    waves = np.sin(angles[:, active]), np.cos(angles[:, active])
    basis = np.concatenate([hats[:, :, None] * wave[:, None, :] for wave in waves], axis=1)
    basis = basis.reshape(len(angles), -1).astype(np.float32)  # [M, 2 J k]
    periods = angles[-1, active] / (2 * np.pi) / len(angles)  # a sample
    stiffness = np.maximum(1.0, (_FREE_HZ / SAMPLE_RATE / periods) ** 2)
    fitted = _smooth_fit(basis, signal, knots=hats.shape[1], stiffness=stiffness)
    sines, cosines = fitted.reshape(2, hats.shape[1], len(active))
    amplitude = np.hypot(sines, cosines)
    weighted = amplitude[:_PHASE_KNOTS]
    phases[active] = np.arctan2(
        (weighted * cosines[:_PHASE_KNOTS]).sum(axis=0),
        (weighted * sines[:_PHASE_KNOTS]).sum(axis=0),
    )
    return OnsetFit(
        levels=_with_onset(levels, active, amplitude[:FIRST_FRAME]),
        phases=phases,
        sinusoids=basis @ fitted.astype(np.float32),
    )


def _audible_at_onset(levels: Real) -> NDArray[np.int64]:
    """The oscillators worth fitting, the loudest first."""
    early = levels[: FIRST_FRAME + 3].max(axis=0)
    worth = (early > early.max() - _FITTED_RANGE) & (early > PARTIAL_FLOOR + 0.5)
    active = np.flatnonzero(worth)
    return active[np.argsort(-early[active])[:_MOST_FITTED]]


def _with_onset(levels: Real, active: NDArray[np.int64], amplitude: Double) -> Real:
    """Levels [T, BANDS] with fitted amplitudes [FIRST_FRAME, k] in their first rows."""
    out = levels.copy()
    rows = min(FIRST_FRAME, len(out))
    known = np.exp(levels[min(FIRST_FRAME, len(levels) - 1), active])
    bounded = np.clip(amplitude[:rows], known * _LEAST_ONSET, known * _MOST_ONSET)
    out[:rows, active] = np.maximum(np.log(bounded), PARTIAL_FLOOR)
    return out


def _hats(samples: int) -> Double:
    """Straight lines between the knots [M, J]: 1 at the own knot, 0 at all others."""
    knots = np.array(_FIT_FRAMES) * HOP
    return np.stack(
        [np.interp(np.arange(samples), knots, row) for row in np.eye(len(knots))], axis=1
    )


def _smooth_fit(basis: Real, signal: Real, *, knots: int, stiffness: Double) -> Double:
    """Weights [2 J k] of the basis [M, 2 J k] for the signal's start; stiffness [k].

    Slow oscillators are held stiffer: within less than a period a level means nothing.
    """
    count = len(basis)
    target = np.zeros(count, np.float32)
    target[: min(count, len(signal))] = signal[:count]
    gram = (basis.T @ basis).astype(np.float64)
    steps = np.diff(np.eye(knots), axis=0)
    rough = np.kron(np.eye(2), np.kron(steps.T @ steps, np.diag(stiffness)))
    gram += HOP * (_ROUGHNESS * rough + _RIDGE * np.eye(len(gram)))
    return np.linalg.solve(gram, (basis.T @ target).astype(np.float64)).astype(np.float64)


def sum_oscillators(levels: Real, phases: Double, angles: Double) -> Real:
    """Waveform [M] of the oscillators over the onset, before their attack gains.

    levels: ln amplitude by frame; phases [BANDS]: radians at sample 0; angles [M, BANDS]: radians
    that each oscillator has advanced at every sample.
    """
    amplitudes = audible(levels[: 2 + len(angles) // HOP], PARTIAL_FLOOR)
    active = np.flatnonzero(amplitudes.max(axis=0) > 0)
    level = _between_frames(amplitudes[:, active], len(angles))
    return (level * np.sin(angles[:, active] + phases[active])).sum(axis=1).astype(np.float32)


def _between_frames(amplitudes: Real, samples: int) -> Real:
    """Amplitudes [M, K] at every sample of rows HOP apart; the last row stands."""
    place = np.minimum(np.arange(samples) / HOP, len(amplitudes) - 1)
    low = np.minimum(place.astype(np.int64), max(len(amplitudes) - 2, 0))
    high = np.minimum(low + 1, len(amplitudes) - 1)
    part = (place - low)[:, None]
    return amplitudes[low] * (1 - part) + amplitudes[high] * part


def partial_gain_knots(sinusoids: Real, oscillators: Real) -> Real:
    """Attack gains of the oscillators, ln [KNOTS].

    They make them as loud as the sinusoids at each knot.
    """
    window = np.hanning(2 * ATTACK_HOP + 51)
    reach = (KNOTS - 1) * ATTACK_HOP + len(window)
    places = slice(0, KNOTS * ATTACK_HOP, ATTACK_HOP)
    wanted, given = (
        np.convolve(part[:reach] ** 2, window, "same")[places] for part in (sinusoids, oscillators)
    )
    gains = np.sqrt(wanted / (given + 1e-4 * given.max() + 1e-12))
    gains[-1] = 1.0
    return np.log(np.clip(gains, _LEAST_GAIN, _MOST_GAIN)).astype(np.float32)


def noise_attack(residual: Real, levels: Real, fine: NDArray[np.uint8]) -> Real:
    """Attack gains of the noise, ln [STEPS, ERBS].

    They make noise of these levels the residual's onset.

    levels: ln RMS [T, GROUPS] of the residual's frames. The noise is played a few times with trial
    gains and measured: a step's window of 256 samples blurs what it measures and again what it
    plays, so all steps are then turned up and down by (wanted / got) until the envelope, too, is
    that of the residual.
    """
    played = _played(levels, fine)  # [trials, N]
    have = np.mean([attack_noise_power(trial) for trial in played[:, HOP:]], axis=0)
    gains = 0.5 * np.log((attack_noise_power(residual) + 1e-12) / (have + 1e-12))
    gains = np.clip(gains, *_NOISE_GAIN_RANGE).astype(np.float32)
    wanted = _fine_envelope(residual[None])
    for _ in range(_SHARPENING_ROUNDS):
        shaped = OnsetShaper(gains, channels=len(played)).step(played)
        ratio = np.log(wanted / _fine_envelope(shaped))
        gains += _STEP_WEIGHTS @ ratio[: _STEP_WEIGHTS.shape[1], None].astype(np.float32)
        gains = np.clip(gains, *_NOISE_GAIN_RANGE)
    return gains


def _played(levels: Real, fine: NDArray[np.uint8]) -> Real:
    """Body noise [_TRIALS, N] over the onset, from HOP before it."""
    rows = np.concatenate([levels[:_PLAYED_ROWS], np.repeat(levels[-1:], _PLAYED_ROWS, axis=0)])
    rows = rows[:_PLAYED_ROWS]
    return np.concatenate(
        [BodyNoise(_MONO, Excitation(fine, key=key)).step(rows) for key in range(_TRIALS)]
    )


def _step_weights() -> Real:
    """How far each place of a fine envelope counts for each step [STEPS, M]; rows sum to 1."""
    places = np.arange(0, STEPS * ATTACK_HOP, _SHARPENED_EVERY)
    distance = places[None] - np.arange(STEPS)[:, None] * ATTACK_HOP + ATTACK_SIZE // 2
    inside = (distance >= 0) & (distance < ATTACK_SIZE)
    weights = np.where(inside, hann(ATTACK_SIZE)[np.clip(distance, 0, ATTACK_SIZE - 1)] ** 2, 0.0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


_STEP_WEIGHTS = _step_weights()


def _fine_envelope(sounds: Real) -> Double:
    """RMS [M] over sounds [trials, N] and about 1 ms around every _SHARPENED_EVERY samples."""
    window = np.hanning(66)[1:-1]
    reach = STEPS * ATTACK_HOP + len(window)
    squares = np.square(sounds[:, :reach], dtype=np.float64).mean(axis=0)
    squares = np.pad(squares, (0, max(0, reach - len(squares))))
    weight = np.convolve(np.ones(reach), window, "same")
    smooth = np.convolve(squares, window, "same") / weight
    return np.sqrt(smooth[: STEPS * ATTACK_HOP : _SHARPENED_EVERY]) + 1e-5
