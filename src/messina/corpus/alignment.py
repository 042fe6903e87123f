"""Where a one-shot starts and ends: sample 0 becomes the onset, the silence after it goes.

The onset is where the level last rose out of the quiet before the attack: 35 dB below the peak
for a hit, 60 dB for a swell, whose rise is part of the sound; higher when there is noise before
it. Levels are those of the file. All thresholds are relative to the sound's own peak.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats, moving_rms, power
from messina.corpus.sound import Array
from messina.units import SAMPLE_RATE

__all__ = ["MAX_LENGTH_S", "align", "fade_out", "find_end", "find_onset"]

MAX_LENGTH_S: Final = 12.0
"""A one-shot is cut here, with a short fade."""

HIT_DB: Final = -35.0
SWELL_DB: Final = -60.0
END_DB: Final = -72.0
"""Below this a sound is over, even where there is no noise."""

CONTENT_DB: Final = -25.0
"""Anything as loud as this belongs to the sound, even when a pause follows."""

NOISE_DB: Final = -40.0
"""A steady level at the end is taken for the recording's noise below this."""

PRE_ROLL: Final = round(0.001 * SAMPLE_RATE)
FINE: Final = 32
"""Window for hits: 0.7 ms."""
SMOOTH: Final = round(0.006 * SAMPLE_RATE)
"""Window for swells."""
BLOCK: Final = round(0.010 * SAMPLE_RATE)
"""Window that noise is measured with."""
PAUSE: Final = round(0.100 * SAMPLE_RATE)
"""Quiet this long parts what came before, a click or a breath, from the sound."""
SWELL_RISE: Final = round(0.025 * SAMPLE_RATE)
"""A rise that takes longer than this is a swell."""
TAIL_HOP: Final = 64


def align(audio: Array) -> tuple[Array, tuple[str, ...]]:
    """The one-shot [N, C] with its onset at sample 0 and its end trimmed, and remarks."""
    energy = power(audio)
    start = find_onset(energy)
    end = max(find_end(energy), start + 1)
    remarks: tuple[str, ...] = ()
    longest = round(MAX_LENGTH_S * SAMPLE_RATE)
    if end - start > longest:
        remarks = (f"only its first {MAX_LENGTH_S:.0f} s are used",)
        aligned = fade_out(audio[start : start + longest].copy(), 0.100)
    else:
        aligned = audio[start:end].copy()
        if end < len(audio):
            aligned = fade_out(aligned, 0.005)
    if start > 0:
        ramp = min(16, len(aligned))
        aligned[:ramp] *= np.linspace(0, 1, ramp, endpoint=False, dtype=np.float32)[:, None]
    return aligned, remarks


def fade_out(audio: Array, seconds: float) -> Array:
    """Audio [N, C] with its last part faded in place by half a cosine."""
    length = min(round(seconds * SAMPLE_RATE), len(audio))
    fade = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, length))
    audio[len(audio) - length :] *= fade.astype(np.float32)[:, None]
    return audio


def find_onset(energy: Floats) -> int:
    """First sample of the sound, a millisecond before its rise, from the power [N]."""
    fine = moving_rms(energy, FINE)
    peak = fine.max()
    attack = _first_at(fine, peak, CONTENT_DB)
    noise = _noise_before(energy, attack)
    threshold = min(max(_below(peak, HIT_DB), _below(noise, 9)), fine[attack])
    start = _rise_start(fine, attack, threshold)
    if _first_at(fine, peak, -6.0) - start > SWELL_RISE and _grows(energy, start):
        smooth = moving_rms(energy, SMOOTH)
        threshold = max(_below(peak, SWELL_DB), _below(noise, 6))
        start = min(start, _rise_start(smooth, start, threshold))
    return max(0, start - PRE_ROLL)


def _grows(energy: Floats, start: int) -> bool:
    """Whether the sound is louder after 60 to 100 ms than at first; a ghost note is not."""
    first, later = energy[start : start + 2 * BLOCK], energy[start + 6 * BLOCK :][: 4 * BLOCK]
    return len(later) > 0 and float(later.mean()) > 1.4 * float(first.mean())  # 1.5 dB


def _below(level: float, db: float) -> float:
    return float(level * 10 ** (db / 20))


def _first_at(envelope: Floats, peak: float, db: float) -> int:
    return int(np.argmax(envelope >= _below(peak, db)))


def _noise_before(energy: Floats, attack: int) -> float:
    """RMS of the quietest tenth of the 10 ms blocks before the attack; 0 when it starts at once.

    The quietest, because a swell may have begun there. A rise that starts in the last block
    before the attack must not count either.
    """
    blocks = (attack - BLOCK) // BLOCK
    if blocks < 2:
        return 0.0
    levels = energy[: blocks * BLOCK].reshape(blocks, BLOCK).mean(axis=1)
    return float(np.sqrt(np.percentile(levels, 10)))


def _rise_start(envelope: Floats, attack: int, threshold: float) -> int:
    """Where the stretch that leads to the attack begins; it may dip for less than a pause."""
    above = np.flatnonzero(envelope[: attack + 1] >= threshold)
    if len(above) == 0:
        return attack
    pauses = np.flatnonzero(np.diff(above) > PAUSE)
    return int(above[pauses[-1] + 1] if len(pauses) else above[0])


def find_end(energy: Floats) -> int:
    """One past the last sample that is above the noise, or 72 dB below the peak."""
    envelope = moving_rms(energy, 2 * BLOCK, hop=TAIL_HOP)
    peak = envelope.max()
    threshold = max(_below(peak, END_DB), _below(_noise_after(envelope), 3))
    last = int(np.flatnonzero(envelope >= threshold)[-1])
    return min(len(energy), last * TAIL_HOP + BLOCK)


def _noise_after(envelope: NDArray[np.float64]) -> float:
    """Level of the last stretch when it is low and as steady as noise is, or 0.

    A decaying sound, however slow, falls from one stretch to the next; noise does not.
    """
    stretch = max(len(envelope) // 10, PAUSE // TAIL_HOP)
    if len(envelope) < 3 * stretch:
        return 0.0
    last, before = envelope[-stretch:], envelope[-2 * stretch : -stretch]
    level, level_before = (float(np.sqrt(np.mean(part**2))) for part in (last, before))
    steady = 0.89 * level < level_before < 1.12 * level  # 1 dB
    return level if steady and level < _below(envelope.max(), NOISE_DB) else 0.0
