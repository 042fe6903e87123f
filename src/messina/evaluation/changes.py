"""Known changes of sounds, by which an ear that tells sounds apart is calibrated.

Some nobody hears, some everybody does. Applied to the real sounds they say what a classifier's
score means on these sounds: see `likeness`. Each takes mono [N] at 44.1 kHz, its peak at 1, and a
generator, and gives another [N'] back. Where a change could go two ways it goes one of them at
random, so that no ear learns the way instead of the change.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.evaluation.signal_levels import Audio, Floats
from messina.evaluation.spectra import hann
from messina.units import SAMPLE_RATE

__all__ = ["CHANGES", "Change", "available_changes"]

Real = NDArray[np.float32]
Rng = np.random.Generator

_AUDIBLE: Final = 1e-3
"""Of the peak: a sound ends where it stays 60 dB under it."""
_FADE_SAMPLES: Final = round(0.01 * SAMPLE_RATE)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is done to a sound, and whether people hear it."""

    name: str
    """What the sounds were, as a participle: cut to 80 % of their length."""
    audible: bool
    apply: Callable[[Real, Rng], Real]
    mp3: bool = False
    """Whether libsndfile has to write MP3 for it."""


def _noise(level_db: float) -> Callable[[Real, Rng], Real]:
    def apply(audio: Real, rng: Rng) -> Real:
        level = np.float32(10.0 ** (level_db / 20.0))
        return audio + level * rng.standard_normal(len(audio), np.float32)

    return apply


def _filtered(audio: Real, gains: Callable[[Audio], Floats]) -> Real:
    """Multiplied by real gains over frequency in Hz; the turn of time is padded away."""
    size = 1 << (len(audio) + 2048).bit_length()
    bins_hz = np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE)
    return _float(np.fft.irfft(np.fft.rfft(audio, size) * gains(bins_hz), size)[: len(audio)])


def _tilted(db: float) -> Callable[[Real, Rng], Real]:
    """By so much from 60 Hz to 14 kHz, half of it each way about 900 Hz."""

    def apply(audio: Real, rng: Rng) -> Real:
        half_db = float(rng.choice((-0.5, 0.5))) * db

        def gains(hz: Audio) -> Floats:
            place = np.clip(np.log(np.maximum(hz, 1.0) / 900.0) / np.log(15.0), -1.0, 1.0)
            return np.asarray(10.0 ** (half_db * place / 20.0), np.float64)

        return _filtered(audio, gains)

    return apply


def _low_passed(hz: float) -> Callable[[Real, Rng], Real]:
    """24 dB an octave, as of a Butterworth filter of fourth order."""
    return lambda audio, _: _filtered(
        audio, lambda bins: np.asarray(1.0 / np.sqrt(1.0 + (bins / hz) ** 8), np.float64)
    )


def _detuned(cents: float) -> Callable[[Real, Rng], Real]:
    def apply(audio: Real, rng: Rng) -> Real:
        ratio = 2.0 ** (rng.choice((-1, 1)) * cents / 1200.0)
        return _float(soxr.resample(audio, SAMPLE_RATE, SAMPLE_RATE * ratio))

    return apply


def _coded(audio: Real, _: Rng) -> Real:
    """MP3 at 128 kbit/s: of 320 to 32, two thirds of the way."""
    coded = io.BytesIO()
    soundfile.write(
        coded,
        0.9 * audio,
        SAMPLE_RATE,
        format="MP3",
        bitrate_mode="CONSTANT",
        compression_level=2 / 3,
    )
    coded.seek(0)
    return _float(soundfile.read(coded, dtype="float32")[0])


def _cut(share: float) -> Callable[[Real, Rng], Real]:
    """To a share of its audible length, faded out over the last 10 ms."""

    def apply(audio: Real, _: Rng) -> Real:
        heard = np.flatnonzero(np.abs(audio) > _AUDIBLE * np.abs(audio).max(initial=0.0))
        cut = audio[: round(share * (heard[-1] + 1))].copy() if len(heard) else audio.copy()
        fade = min(_FADE_SAMPLES, len(cut))
        cut[len(cut) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
        return cut

    return apply


def _softened(ms: float) -> Callable[[Real, Rng], Real]:
    """The first milliseconds from the attack on faded in."""

    def apply(audio: Real, _: Rng) -> Real:
        start = int(np.argmax(np.abs(audio) > 0.03 * np.abs(audio).max(initial=0.0)))
        soft = audio.copy()
        soft[:start] = 0.0
        attack = soft[start : start + round(ms * SAMPLE_RATE / 1000.0)]
        attack *= _float(0.5 - 0.5 * np.cos(np.pi * np.arange(len(attack)) / max(len(attack), 1)))
        return soft

    return apply


def _noise_in_bands(window: int) -> Callable[[Real, Rng], Real]:
    """Noise with the sound's own magnitudes in bins of a short spectrum: fine structure is lost."""

    def apply(audio: Real, rng: Rng) -> Real:
        hop, shape = window // 4, np.sqrt(hann(window)).astype(np.float32)
        padded = np.pad(audio, (window, 2 * window))
        noise = _float(rng.standard_normal(len(padded)))
        own, other = (
            np.fft.rfft(sliding_window_view(x, window)[::hop] * shape, axis=1)
            for x in (padded, noise)
        )
        # White noise of unit variance has this mean power in a bin.
        power = np.float32(np.sum(shape * shape))
        blocks = np.fft.irfft(other * (np.abs(own) / np.sqrt(power)), axis=1) * shape
        made = np.zeros(len(padded), np.float32)
        for index, block in enumerate(blocks):
            made[index * hop : index * hop + window] += _float(0.5 * block)
        return made[window : window + len(audio)]

    return apply


def _float(values: NDArray[np.floating]) -> Real:
    return np.asarray(values, np.float32)


def _inaudible(name: str, apply: Callable[[Real, Rng], Real], *, mp3: bool = False) -> Change:
    return Change(name=name, audible=False, apply=apply, mp3=mp3)


def _heard(name: str, apply: Callable[[Real, Rng], Real]) -> Change:
    return Change(name=name, audible=True, apply=apply)


CHANGES: Final = (
    _inaudible("given noise at −70 dB", _noise(-70.0)),
    _inaudible("coded as MP3 at 128 kbit/s", _coded, mp3=True),
    _inaudible("tilted by 3 dB", _tilted(3.0)),
    _inaudible("detuned by 30 cents", _detuned(30.0)),
    _heard("cut to 80 % of their length", _cut(0.8)),
    _heard("cut to half of their length", _cut(0.5)),
    _heard("given attacks of 8 ms", _softened(8.0)),
    _heard("low-passed at 6 kHz", _low_passed(6000.0)),
    _heard("made of noise in bands of 43 Hz", _noise_in_bands(1024)),
    _heard("given noise at −30 dB", _noise(-30.0)),
)
"""Levels are re the peak; lengths those of the first 1.5 s, which are all that is compared."""


def available_changes() -> tuple[Change, ...]:
    """All known changes, but for MP3 where libsndfile is too old to write it."""
    mp3 = "MP3" in soundfile.available_formats()
    return tuple(change for change in CHANGES if mp3 or not change.mp3)
