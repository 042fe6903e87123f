"""Loops for sounds that sustain, and only for those.

A sound sustains when for at least half of its length its level stays the same within LEVEL_DB.
The loop runs to the end of that stretch, from the place before that is most like it; what is left
of a difference is cross-faded into the loop's last samples, once, in the file. What would come
after the loop is cut off.

What rings out has no such stretch: its level falls from the start until nothing is heard.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = ["Loop", "find_loop", "make_seamless"]

Audio = NDArray[np.float32]

LEVEL_DB: Final = 3.0

_WINDOW: Final = 4_410  # 100 ms, a little less at 48 kHz
_SHORTEST_SUSTAIN: Final = int(0.8 * SAMPLE_RATE)
_SHORTEST_LOOP: Final = int(0.4 * SAMPLE_RATE)
_CROSSFADE: Final = 2_048
_SILENT: Final = 1e-4  # full scale
_AFTER: Final = 64  # samples kept behind the loop, for hosts that read ahead to interpolate
_FADED: Final = 600  # samples at the end of a rendering that are faded out, at either rate


class Loop(NamedTuple):
    """Samples of the file, both included; after `last` comes `first`."""

    first: int
    last: int


def find_loop(audio: Audio) -> Loop | None:
    """The loop of a sound [N, C] at 44.1 or 48 kHz, or None when it does not sustain."""
    middle = audio.mean(axis=1)[: max(0, len(audio) - _FADED)]
    stretch = _steady_stretch(middle)
    if stretch is None:
        return None
    start, stop = stretch
    first_start = start + _CROSSFADE
    starts = np.arange(first_start, stop - _SHORTEST_LOOP)
    if len(starts) == 0:
        return None
    ending = middle[stop - _CROSSFADE : stop]
    likeness = _likeness(middle[start : stop - _SHORTEST_LOOP], ending)[: len(starts)]
    return Loop(int(starts[np.argmax(likeness)]), stop - 1)


def _steady_stretch(middle: Audio) -> tuple[int, int] | None:
    """Samples [start, stop) of the longest stretch at one level, if that is most of the sound."""
    count = len(middle) // _WINDOW
    if count < 1 or float(np.abs(middle).max()) < _SILENT:
        return None
    rms = np.sqrt(np.square(middle[: count * _WINDOW]).reshape(count, _WINDOW).mean(axis=1))
    levels = 20 * np.log10(rms + 1e-9)
    best = (0, 0)
    for start in range(count):
        reach = levels[start:]
        spread = np.maximum.accumulate(reach) - np.minimum.accumulate(reach)
        length = int(np.searchsorted(spread, LEVEL_DB, side="right"))
        if length > best[1] - best[0]:
            best = (start, start + length)
    start, stop = best[0] * _WINDOW, best[1] * _WINDOW
    loud = levels[best[0] : best[1]].max(initial=-np.inf) > levels.max() - 20.0
    long_enough = stop - start >= max(_SHORTEST_SUSTAIN, len(middle) // 2)
    return (start, stop) if loud and long_enough else None


def _likeness(signal: Audio, ending: Audio) -> NDArray[np.float64]:
    """Normalised correlation of `ending` with the part of the signal before each place."""
    size = 1 << (len(signal) + len(ending)).bit_length()
    product = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(ending, size))
    correlation = np.fft.irfft(product, size)[: len(signal) - len(ending) + 1]
    energy = np.concatenate([[0.0], np.cumsum(np.square(signal, dtype=np.float64))])
    energies = energy[len(ending) :] - energy[: -len(ending)]
    likeness: NDArray[np.float64] = correlation / np.sqrt(energies + 1e-12)
    return likeness


def make_seamless(audio: Audio, loop: Loop) -> Audio:
    """The sound [N, C] up to its loop's end, its last samples faded into those before the start.

    Gains a, b of the two with a + b = 1 are divided by √(a² + b² + 2abρ), ρ being how alike they
    are, so that the power stays the same from alike (ρ = 1) to unrelated (ρ = 0).
    """
    out = audio[: loop.last + 1 + _AFTER].copy()
    before = audio[loop.first - _CROSSFADE : loop.first]
    ending = audio[loop.last + 1 - _CROSSFADE : loop.last + 1]
    alike = float((before * ending).sum() / np.sqrt((before**2).sum() * (ending**2).sum() + 1e-12))
    b = ((np.arange(_CROSSFADE) + 1) / _CROSSFADE).astype(np.float32)[:, None]
    a = 1 - b
    power = np.sqrt(a**2 + b**2 + 2 * a * b * np.clip(alike, 0.0, 1.0))
    out[loop.last + 1 - _CROSSFADE : loop.last + 1] = (a * ending + b * before) / power
    out[loop.last + 1 :] = audio[loop.first : loop.first + _AFTER][: len(out) - loop.last - 1]
    return out
