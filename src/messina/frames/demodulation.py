"""Finding a sound's pitch contour: which way its harmonics move together.

A first guess is the track of YIN, or none where the pitch is known and moves little. In the time
warped by it each of the first harmonics is shifted to 0 Hz and low-passed; how fast its phase turns
is how far the guess was off there,

    z_h(t) = LP( x(t) e^(-2πi h f t) ),    deviation = d arg z_h / (2π h f dt),

averaged over harmonics by how sure each is, |z_h|² h². This is done again until nothing is left.
Only what really moves, and of what is harmonic, is a contour: see `analysis`, which asks whether
less noise is left with it.
Ref: Boashash (1992), "Estimating and interpreting the instantaneous frequency of a signal".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.contour import MOST_CENTS, straightened, warped_times
from messina.frames.glide import low_part
from messina.frames.layout import HOP
from messina.frames.pitch_track import PitchTrack, track_pitch
from messina.units import SAMPLE_RATE, note_to_hz

__all__ = ["find_contour"]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

_HARMONICS: Final = (4, 10, 10)
"""In each pass: at first only those that stay apart however far the pitch moves."""
_TOP_HZ: Final = 8_000.0
_REACH: Final = 0.35
"""Of the pitch: how far from its place a harmonic is looked for, …"""
_MOST_REACH_HZ: Final = 400.0
_LEAST_REACH_HZ: Final = 25.0
_DEPTH: Final = (0.06, 0.02, 0.02)
"""… at most, in each pass, in shares of its frequency: a semitone, then what is left."""
_MARGIN: Final = 4_096  # samples of silence, so that the end is not read at the start
_STEP: Final = 32  # samples between two phases
_SMOOTH: Final = 10.0  # of these steps, a Gaussian's deviation: 7 ms
_SURE: Final = 1e-4  # of the largest weight
_LEAST_CENTS: Final = 6.0
"""Standard deviation of a contour that moves: less is hardly heard as pitch."""
_SWINGING: Final = 0.4
"""So much of that is enough where it swings as a vibrato does, …"""
_VIBRATO_HZ: Final = (3.5, 8.0)
"""… at these rates."""
_STANDING: Final = 0.7
"""Of that, after the first pass: what moves less will not after the others."""
_LEAST_FRAMES: Final = 16
_UNVOICED: Final = 0.5
_MOST_AWAY: Final = 12.0  # semitones from its middle: what is further is another's, or an error
_RUMBLE_HZ, _VOICE_TOP_HZ = 50.0, 1_800.0
_LEAST_VOICED: Final = 0.5
"""Of the energy, of a sound whose pitch is not known."""


def find_contour(signal: Real, frames: int, *, pitch_hz: float | None) -> Real | None:
    """How the pitch of a signal [N] moves about its mean, in cents [frames]; None: it stands still.

    pitch_hz: its pitch as far as it is known. What is not harmonic may have a contour, too, of no
    meaning: whether it is of use is another question.
    """
    guess = np.zeros(frames)
    if pitch_hz is None:
        tracked = _tracked(track_pitch(_voice_part(signal), unvoiced=_UNVOICED), frames)
        if tracked is None:
            return None
        pitch_hz, guess = tracked
    cents, least = guess, _STANDING * _LEAST_CENTS
    for harmonics, depth in zip(_HARMONICS, _DEPTH, strict=True):
        times = warped_times(cents, len(signal))
        straight = straightened(signal, times) if cents.any() else signal
        off, weight = _deviation(straight, pitch_hz, harmonics, depth)
        at = times[np.minimum(np.arange(frames) * HOP, len(times) - 1)] / _STEP
        grid = np.arange(len(off))
        cents = cents + 1200 * np.log2(1 + np.interp(at, grid, off))
        weight = np.interp(at, grid, weight)
        sure = np.flatnonzero(weight > _SURE * weight.max())
        if len(sure) < _LEAST_FRAMES:
            return None
        cents = np.interp(np.arange(frames), sure, cents[sure])
        # All moments count alike: what settles at the onset is no motion.
        if cents[sure].std() < least and _vibrato(cents[sure]) < least * _SWINGING:
            return None
        least = _LEAST_CENTS
    mean = np.average(cents[sure], weights=np.sqrt(weight[sure]))
    return np.clip(cents - mean, -MOST_CENTS, MOST_CENTS).astype(np.float32)


def _vibrato(cents: Double) -> float:
    """Standard deviation of what of a contour swings as fast as a vibrato."""
    spectrum = np.fft.rfft((cents - cents.mean()) * np.hanning(len(cents)))
    hz = np.fft.rfftfreq(len(cents), HOP / SAMPLE_RATE)
    swinging = (hz >= _VIBRATO_HZ[0]) & (hz <= _VIBRATO_HZ[1])
    power = 2 * float(np.square(np.abs(spectrum[swinging])).sum()) / len(cents) ** 2
    return float(np.sqrt(power / 0.375))


def _voice_part(signal: Real) -> Real:
    """What tells the pitch of a voice: neither rumble nor hiss."""
    low: Real = low_part(signal, _VOICE_TOP_HZ)
    return low - low_part(low, _RUMBLE_HZ)


def _tracked(track: PitchTrack, frames: int) -> tuple[float, Double] | None:
    """Middle pitch in Hz, and the deviations from it [frames], of what has a pitch mostly."""
    power = 10 ** (track.level_db / 10)
    voiced = track.voiced
    if voiced.sum() < _LEAST_FRAMES or power[voiced].sum() < _LEAST_VOICED * power.sum():
        return None
    notes = track.note[voiced]
    order = np.argsort(notes)
    passed = np.cumsum(power[voiced][order])
    middle = notes[order[np.searchsorted(passed, 0.5 * passed[-1])]]
    near = np.flatnonzero(voiced)[np.abs(notes - middle) <= _MOST_AWAY]
    note = np.interp(np.arange(frames), near, track.note[near])
    return float(note_to_hz(middle)), 100 * (note - middle)


def _deviation(
    straight: Real, pitch_hz: float, harmonics: int, depth: float
) -> tuple[Double, Double]:
    """How far off the pitch is, as a share of it, and how sure that is, every _STEP samples."""
    size = 1 << max(int(np.ceil(np.log2(len(straight) + _MARGIN))), 12)
    spectrum = np.fft.rfft(straight, size)
    steps = len(straight) // _STEP + 2
    moved, sure = np.zeros(steps), np.zeros(steps)
    for h in range(1, harmonics + 1):
        centre_hz = h * pitch_hz
        if h > 1 and centre_hz > _TOP_HZ:
            break
        reach_hz = np.clip(depth * centre_hz, _LEAST_REACH_HZ, _MOST_REACH_HZ)
        phasor, shifted_hz = _demodulated(
            spectrum, size, centre_hz, min(float(reach_hz), _REACH * pitch_hz)
        )
        turn = phasor[1 : steps + 1] * np.conj(phasor[:steps])
        away_hz = np.angle(turn) * (SAMPLE_RATE / _STEP / (2 * np.pi)) + shifted_hz - centre_hz
        weight = np.abs(turn) * h * h
        moved += weight * np.clip(away_hz / centre_hz, -0.5, 0.5)
        sure += weight
    kernel = np.exp(-0.5 * (np.arange(-40, 41) / _SMOOTH) ** 2)
    moved, sure = (np.convolve(part, kernel, "same")[:steps] for part in (moved, sure))
    return moved / np.maximum(sure, 1e-30), sure


def _demodulated(
    spectrum: NDArray[np.complex128], size: int, centre_hz: float, reach_hz: float
) -> tuple[NDArray[np.complex128], float]:
    """What lies around a frequency, shifted to 0 Hz, every _STEP samples; and how far, in Hz."""
    bin_hz = SAMPLE_RATE / size
    centre, reach = round(centre_hz / bin_hz), int(reach_hz / bin_hz)
    bins = np.arange(-reach, reach + 1)
    bins = bins[(centre + bins > 0) & (centre + bins < len(spectrum))]
    shifted = np.zeros(size // _STEP, np.complex128)
    taper = np.sqrt(np.cos(0.5 * np.pi * bins / (reach + 1)))
    shifted[bins] = spectrum[centre + bins] * taper
    return np.fft.ifft(shifted), centre * bin_hz
