"""Sound to frames: sinusoids, the residual as filtered noise, and the onset.

Spectral modelling: peaks of the short-time Fourier transform that last become sinusoids, these are
subtracted, and what is left is described as noise.

Ref: McAulay & Quatieri (1986), "Speech analysis/synthesis based on a sinusoidal representation";
Serra & Smith (1990), "Spectral modeling synthesis: a sound analysis/synthesis system based on a
deterministic plus stochastic decomposition".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from messina.frames.attack import (
    FITTED_SAMPLES,
    fit_onset,
    noise_attack,
    partial_gain_knots,
    sum_oscillators,
)
from messina.frames.contour import moving_places, read_warped, straightened, warped_times
from messina.frames.demodulation import find_contour
from messina.frames.excitation import power_around
from messina.frames.glide import (
    LOW_TOP_HZ,
    NO_GLIDE,
    Glide,
    bend,
    find_glide,
    low_part,
    straighten,
    warped_at,
)
from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    ERBS,
    HOP,
    KNOTS,
    PARTIAL_FLOOR,
    REFERENCE_HZ,
    STEPS,
    ZONES,
    Frames,
    band_edges_hz,
    frame_count,
    oscillator_hz,
    pack_onset,
)
from messina.frames.loudness import is_kept_up, is_struck, loudness
from messina.frames.modes import add_modes
from messina.frames.noise_levels import STEADY_REACH, fine_spectrum, levels_at, noise_levels
from messina.frames.oscillators import GLIDE_TOP_HZ
from messina.frames.partials import (
    FIRST_FRAME,
    Peaks,
    band_levels,
    dominant,
    find_partials,
    resting_offsets,
    spectrum_levels,
    sum_sines,
    without_others,
)
from messina.frames.stereo import measure_stereo
from messina.units import SAMPLE_RATE

Real = NDArray[np.float32]

_DOMINANT = 0.7  # of a band's energy: less, and without a pitch it is no oscillator's
_HARMONIC = 0.35  # the same, of a band of what moves together: it is no cymbal
_SINGLE = 0.8  # the same, of a note that is kept up
_SETTLED_FRAME = 20  # a partial found later than this (116 ms) is taken to start there
_HIDDEN_FRAMES = 4  # on either side, that the noise is averaged over
_HIDDEN_BY = 4.6  # ln: 16 dB under the noise in one bin of 43 Hz
_HEARD_NEPERS = 7.0
_LEAST_SOFTER = 0.03  # nepers, a quarter of a dB: less, and a contour is none
_STRUCK_SOFTER = 0.5  # the same, 4.3 dB, of what is struck: drums glide, bells are inharmonic
_ENSEMBLE_REACH = 8  # frames, 46 ms: faster, an ensemble's beating is the fine spectrum's


def analyse(audio: Real, *, reference_hz: float = REFERENCE_HZ) -> Frames:
    """Frames of a sound [N] or [N, C] at 44.1 kHz whose onset is sample 0.

    reference_hz is its pitch, where it has one. Raises ValueError for an empty sound.
    """
    if len(audio) == 0:
        raise ValueError("audio has 0 samples; analysis needs 1 or more")
    channels = audio.reshape(len(audio), -1)
    middle = channels.mean(axis=1, dtype=np.float32)
    gain = loudness(middle)
    count = frame_count(len(middle))
    if gain == 0.0:
        return _silence(count, reference_hz)
    signal = middle / np.float32(gain)
    glide = find_glide(signal) if reference_hz == REFERENCE_HZ else NO_GLIDE
    levels, offsets, tonal = _partials(signal, count, glide, reference_hz)
    contour = find_contour(
        signal, count, pitch_hz=None if reference_hz == REFERENCE_HZ else reference_hz
    )
    if contour is not None:
        moving = _moving(signal, count, contour, reference_hz)
        least = _STRUCK_SOFTER if is_struck(signal) else _LEAST_SOFTER
        if _softer_by(signal - moving[2], signal - tonal, tonal, count) > least:
            levels, offsets, tonal, glide = *moving, NO_GLIDE
        else:
            contour = None
    angles = _angles(oscillator_hz(offsets, reference_hz), glide, contour)
    fit = fit_onset(signal, levels, angles)
    levels, phases = fit.levels, fit.phases
    knots = partial_gain_knots(fit.sinusoids, sum_oscillators(levels, phases, angles))
    residual = _residual(signal, tonal, fit.sinusoids)
    pitched = reference_hz != REFERENCE_HZ
    kept_up = pitched and is_kept_up(signal)
    noise = noise_levels(residual, tonal, count, reach=_ENSEMBLE_REACH if kept_up else STEADY_REACH)
    if contour is None or not pitched:
        fine = fine_spectrum(residual, noise, pitched=pitched, kept_up=kept_up)
    else:
        fine = _resting_fine(residual, tonal, contour, kept_up=kept_up)
    levels = np.maximum(levels, _hidden(noise, fine, oscillator_hz(offsets, reference_hz)))
    body = np.concatenate([levels, noise], axis=1)
    onset = pack_onset(
        {
            "offsets": offsets,
            "phases": np.array([np.cos(phases), np.sin(phases)]),
            "glide": np.array([glide.semitones, np.log(glide.tau_s)]),
            "partial_attack": knots,
            "noise_attack": noise_attack(residual, noise, fine),
            "stereo": measure_stereo(channels),
        }
    )
    return Frames(
        body=body, onset=onset, gain=gain, fine=fine, reference_hz=reference_hz, contour=contour
    )


def _silence(count: int, reference_hz: float) -> Frames:
    still = pack_onset(
        {
            "offsets": np.zeros(BANDS),
            "phases": np.stack([np.ones(BANDS), np.zeros(BANDS)]),
            "glide": np.array([NO_GLIDE.semitones, np.log(NO_GLIDE.tau_s)]),
            "partial_attack": np.zeros(KNOTS),
            "noise_attack": np.zeros((STEPS, ERBS)),
            "stereo": np.zeros((2, ZONES)),
        }
    )
    body = np.tile(BODY_FLOOR, (count, 1))
    return Frames(body=body, onset=still, gain=0.0, reference_hz=reference_hz)


def _partials(
    signal: Real, count: int, glide: Glide, reference_hz: float
) -> tuple[Real, NDArray[np.float64], Real]:
    """Levels [T, BANDS], offsets [BANDS] and the sinusoids' sound [N] as they were."""
    peaks = _oscillating(signal, count, reference_hz, unpitched=_DOMINANT)
    if glide.semitones == 0.0:
        return _resting(signal, peaks, count, reference_hz)
    high = peaks.where(peaks.frequency_hz >= GLIDE_TOP_HZ)
    straight = straighten(low_part(signal, LOW_TOP_HZ), glide)
    warped_count = frame_count(len(straight))
    low = find_partials(straight, warped_count)
    low = dominant(low, straight, warped_count, share=_DOMINANT)
    low = low.where(low.frequency_hz < GLIDE_TOP_HZ)
    warped, offsets, low_tonal = _resting(straight, low, warped_count, reference_hz)
    tonal = _sound(high, count, len(signal)) + bend(low_tonal, glide, len(signal))
    above = resting_offsets(high, reference_hz=reference_hz)
    levels = band_levels(high, count, reference_hz=reference_hz)
    levels = _from_onset(levels, above, signal, reference_hz)
    places = np.rint(warped_at(np.arange(count) * HOP, glide) / HOP).astype(np.int64)
    levels = np.maximum(levels, warped[np.minimum(places, warped_count - 1)])
    return levels, np.where(offsets == 0.0, above, offsets), tonal


def _oscillating(signal: Real, count: int, reference_hz: float, *, unpitched: float) -> Peaks:
    """The sinusoids that oscillators play; all others are the noise's and its fine spectrum's.

    Without a pitch, those of more than the share `unpitched` of their bands; with one, none under
    its bands, of what is struck all others, of what is kept up one a band that has it to itself.
    """
    peaks = find_partials(signal, count)
    if reference_hz == REFERENCE_HZ:
        return dominant(peaks, signal, count, share=unpitched)
    peaks = peaks.where(peaks.frequency_hz >= band_edges_hz(reference_hz)[0])
    if not is_kept_up(signal):
        return peaks
    peaks = dominant(peaks, signal, count, share=_SINGLE, reference_hz=reference_hz)
    return without_others(peaks, reference_hz=reference_hz)


def _moving(
    signal: Real, count: int, contour: Real, reference_hz: float
) -> tuple[Real, NDArray[np.float64], Real]:
    """The same three of a sound whose pitch moves, measured in the time in which it rests."""
    times = warped_times(contour, len(signal))
    straight = straightened(signal, times)
    warped_count = frame_count(len(straight))
    peaks = _oscillating(straight, warped_count, reference_hz, unpitched=_HARMONIC)
    tonal = _sound(peaks, warped_count, len(straight))
    offsets = resting_offsets(peaks, reference_hz=reference_hz)
    levels = band_levels(peaks, warped_count, reference_hz=reference_hz)
    levels = _from_onset(levels, offsets, straight, reference_hz)
    levels = levels[moving_places(times, count, warped_count)]
    return levels, offsets, read_warped(tonal, times)


def _softer_by(first: Real, second: Real, tonal: Real, count: int) -> float:
    """Nepers by which one residual [N] is softer than another, over all that is heard of it."""
    ours, others = (noise_levels(residual, tonal, count) for residual in (first, second))
    heard = np.clip(others - (others.max() - _HEARD_NEPERS), 0.0, None)
    total = float(heard.sum())
    return float((heard * (others - ours)).sum()) / total if total > 0 else 0.0


def _resting(
    signal: Real, peaks: Peaks, count: int, reference_hz: float
) -> tuple[Real, NDArray[np.float64], Real]:
    """The same three of a sound that does not glide; with its brief modes, if it has no pitch."""
    tonal = _sound(peaks, count, len(signal))
    offsets = resting_offsets(peaks, reference_hz=reference_hz)
    levels = band_levels(peaks, count, reference_hz=reference_hz)
    levels = _from_onset(levels, offsets, signal, reference_hz)
    if reference_hz != REFERENCE_HZ:
        # What knocks beside a note has pitches of its own, which would move with the note's.
        return levels, offsets, tonal
    levels, offsets, brief = add_modes(levels, offsets, signal - tonal)
    return levels, offsets, tonal + brief


def _from_onset(
    levels: Real, offsets: NDArray[np.float64], signal: Real, reference_hz: float
) -> Real:
    """Levels [T, BANDS] that reach back to the onset.

    A partial whose pitch is still settling is found late. Before it is, it is as loud as the
    spectrum is at its pitch; before the first clear frame it stands still.
    """
    sounding = levels > PARTIAL_FLOOR + 0.5
    found = np.where(sounding.any(axis=0), sounding.argmax(axis=0), len(levels))
    late = np.flatnonzero((found > FIRST_FRAME) & (found < min(_SETTLED_FRAME, len(levels))))
    if len(late):
        spectrum = spectrum_levels(
            signal, oscillator_hz(offsets, reference_hz)[late], _SETTLED_FRAME
        )
        for column, band in enumerate(late):
            rows = slice(FIRST_FRAME, found[band])
            levels[rows, band] = np.minimum(spectrum[rows, column], levels[found[band], band])
    levels[:FIRST_FRAME] = levels[min(FIRST_FRAME, len(levels) - 1)]
    return levels


def _sound(peaks: Peaks, count: int, samples: int) -> Real:
    """The sinusoids [samples], those of the first clear frame held before it."""
    first = peaks.where(peaks.frame == FIRST_FRAME)
    later = peaks.where(peaks.frame >= FIRST_FRAME)
    held = [
        Peaks(
            frame=first.frame - back,
            frequency_hz=first.frequency_hz,
            amplitude=first.amplitude,
            phase=first.phase - 2 * np.pi * first.frequency_hz * back * HOP / SAMPLE_RATE,
        )
        for back in range(FIRST_FRAME, 0, -1)
    ]
    everything = [*held, later]
    joined = Peaks(
        frame=np.concatenate([part.frame for part in everything]),
        frequency_hz=np.concatenate([part.frequency_hz for part in everything]),
        amplitude=np.concatenate([part.amplitude for part in everything]),
        phase=np.concatenate([part.phase for part in everything]),
    )
    return sum_sines(joined, count + 1)[:samples]


def _angles(
    frequencies_hz: NDArray[np.float64], glide: Glide, contour: Real | None
) -> NDArray[np.float64]:
    """Angle of each oscillator [FITTED_SAMPLES, BANDS] were its phase 0."""
    if contour is not None:
        moved = warped_times(contour, FITTED_SAMPLES)
        return moved[:, None] * (2 * np.pi * frequencies_hz / SAMPLE_RATE)
    steady = np.arange(FITTED_SAMPLES)
    gliding = frequencies_hz < GLIDE_TOP_HZ
    time = np.where(gliding, warped_at(steady, glide)[:, None], steady[:, None])
    return time * (2 * np.pi * frequencies_hz / SAMPLE_RATE)


def _resting_fine(
    residual: Real, tonal: Real, contour: Real, *, kept_up: bool
) -> NDArray[np.uint8]:
    """The fine spectrum of a residual [N] in the time in which its pitch rests."""
    times = warped_times(contour, len(residual))
    straight = straightened(residual, times)
    levels = noise_levels(straight, straightened(tonal, times), frame_count(len(straight)))
    return fine_spectrum(straight, levels, pitched=True, kept_up=kept_up)


def _hidden(noise: Real, fine: NDArray[np.uint8], frequencies_hz: NDArray[np.float64]) -> Real:
    """Levels [T, BANDS] that oscillators may have without being heard in the noise [T, GROUPS].

    A partial that is not found is not silent: it is at most this loud. Were it written down as
    silence, like sounds in which a partial is just found or just not would seem far apart, and what
    learns from them would take the middle, which neither has.
    """
    reach = np.minimum(np.arange(len(noise)), _HIDDEN_FRAMES)
    reach = np.minimum(reach, reach[::-1])
    sums = np.concatenate([np.zeros((1, noise.shape[1])), np.cumsum(noise, axis=0)])
    at = np.arange(len(noise))
    smooth = (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)[:, None]
    around = 0.5 * np.log(power_around(fine, frequencies_hz))
    return (levels_at(smooth, frequencies_hz) + around - _HIDDEN_BY).astype(np.float32)


def _residual(signal: Real, tonal: Real, onset_sinusoids: Real) -> Real:
    """What is noise [N]: what the sinusoids leave, those fitted to the onset and those after it."""
    residual = signal - tonal
    span = min(len(signal), len(onset_sinusoids))
    late = np.clip((np.arange(span) - 1024) / 512, 0, 1).astype(np.float32)
    onset = signal[:span] - onset_sinusoids[:span]
    residual[:span] = (1 - late) * onset + late * residual[:span]
    return residual
