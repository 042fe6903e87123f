"""WAV files as samplers like them: with a title, where they come from, their root key, their loop.

libsndfile encodes the audio; the chunks behind it are ours, for it writes no `smpl` chunk from
Python. Whole files in memory: what fails on the way to disk then fails in our own words.

Loops are for sounds that sustain, and only for those: whose level stays the same within LEVEL_DB
for at least half of their length. The loop runs to the end of that stretch, from the place before
that is most like it; what is left of a difference is cross-faded into its last samples, once, in
the file. What would come after the loop is cut off. What rings out has no such stretch: its level
falls from the start until nothing is heard. Where a sound is held because its kind is, the longest
stretch that there is has to do, however it sways.

Ref: Microsoft and IBM (1991), Multimedia Programming Interface and Data Specifications 1.0 (RIFF,
LIST INFO); RIFF/WAVE smpl chunk, Microsoft Multimedia Standards Update (1994).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from messina.audio_files import to_int16, to_int24
from messina.frames.correlation import correlation, running_energy
from messina.riff import chunk, info_chunk
from messina.units import SAMPLE_RATE

__all__ = ["BitDepth", "Loop", "SampleFacts", "find_loop", "make_seamless", "wave_bytes"]

Audio = NDArray[np.float32]

LEVEL_DB: Final = 3.0

_WINDOW: Final = 4_410  # 100 ms, a little less at 48 kHz
_SHORTEST_SUSTAIN: Final = int(0.8 * SAMPLE_RATE)
_SHORTEST_LOOP: Final = int(0.4 * SAMPLE_RATE)
_HELD_WITHIN_DB: Final = (LEVEL_DB, 6.0, 12.0, 24.0)
_SHORTEST_HELD: Final = 3 * _WINDOW
_CROSSFADE: Final = 2_048
_MOST_GAIN: Final = 10 ** (12 / 20)
_SILENT: Final = 1e-4  # full scale
_AFTER: Final = 64  # samples kept behind the loop, for hosts that read ahead to interpolate
_FADED: Final = 600  # samples at the end of a rendering that are faded out, at either rate


class Loop(NamedTuple):
    """Samples of the file, both included; after `last` comes `first`."""

    first: int
    last: int


def find_loop(audio: Audio, *, held: bool = False) -> Loop | None:
    """The loop of a sound [N, C] at 44.1 or 48 kHz, or None when it does not sustain.

    held: it is one of a kind that sustains, and only what is too short for any loop has none.
    """
    middle = audio.mean(axis=1)[: max(0, len(audio) - _FADED)]
    stretch = _steady_stretch(middle, held=held)
    if stretch is None:
        return None
    start, stop = stretch
    shortest = min(_SHORTEST_LOOP, (stop - start) // 3) if held else _SHORTEST_LOOP
    starts = np.arange(start + _CROSSFADE, stop - shortest)
    if len(starts) == 0:
        return None
    ending = middle[stop - _CROSSFADE : stop]
    likeness = _likeness(middle[start : stop - shortest], ending)[: len(starts)]
    return Loop(int(starts[np.argmax(likeness)]), stop - 1)


def _steady_stretch(middle: Audio, *, held: bool) -> tuple[int, int] | None:
    """Samples [start, stop) of the longest stretch at one level, if that is most of the sound."""
    count = len(middle) // _WINDOW
    if count < 1 or float(np.abs(middle).max()) < _SILENT:
        return None
    rms = np.sqrt(np.square(middle[: count * _WINDOW]).reshape(count, _WINDOW).mean(axis=1))
    levels = 20 * np.log10(rms + 1e-9)
    for within_db in _HELD_WITHIN_DB if held else (LEVEL_DB,):
        first, stop = _longest_run(levels, within_db)
        loud = levels[first:stop].max(initial=-np.inf) > levels.max() - 20.0
        shortest = _SHORTEST_HELD if held else max(_SHORTEST_SUSTAIN, len(middle) // 2)
        if loud and (stop - first) * _WINDOW >= shortest:
            return first * _WINDOW, stop * _WINDOW
    return None


def _longest_run(levels: NDArray[np.floating], within_db: float) -> tuple[int, int]:
    """The longest [first, stop) of levels that differ by less than this."""
    best = (0, 0)
    for start in range(len(levels)):
        reach = levels[start:]
        spread = np.maximum.accumulate(reach) - np.minimum.accumulate(reach)
        length = int(np.searchsorted(spread, within_db, side="right"))
        if length > best[1] - best[0]:
            best = (start, start + length)
    return best


def _likeness(signal: Audio, ending: Audio) -> NDArray[np.float64]:
    """Normalised correlation of `ending` with the part of the signal before each place."""
    size = 1 << (len(signal) + len(ending)).bit_length()
    products = correlation(signal, ending, size)[: len(signal) - len(ending) + 1]
    energies = running_energy(signal, len(ending))
    likeness: NDArray[np.float64] = products / np.sqrt(energies + 1e-12)
    return likeness


def make_seamless(audio: Audio, loop: Loop) -> Audio:
    """The sound [N, C] up to its loop's end, its last samples faded into those before the start.

    Within the loop the level is brought to end where it began. Gains a, b of the two with
    a + b = 1 are divided by √(a² + b² + 2abρ), ρ being how alike they are, so that the power stays
    the same from alike (ρ = 1) to unrelated (ρ = 0).
    """
    out = audio[: loop.last + 1 + _AFTER].copy()
    before = audio[loop.first - _CROSSFADE : loop.first]
    ending = out[loop.last + 1 - _CROSSFADE : loop.last + 1]
    energy, energy_of_end = ((x**2).sum(dtype=np.float64) + 1e-12 for x in (before, ending))
    louder = np.clip(np.sqrt(energy / energy_of_end), 1 / _MOST_GAIN, _MOST_GAIN)
    position = np.linspace(0.0, 1.0, loop.last + 1 - loop.first)
    out[loop.first : loop.last + 1] *= (louder**position).astype(np.float32)[:, None]
    energy_of_end = (ending**2).sum(dtype=np.float64) + 1e-12
    alike = float((before * ending).sum() / np.sqrt(energy * energy_of_end))
    b = ((np.arange(_CROSSFADE) + 1) / _CROSSFADE).astype(np.float32)[:, None]
    a = 1 - b
    power = np.sqrt(a**2 + b**2 + 2 * a * b * np.clip(alike, 0.0, 1.0))
    out[loop.last + 1 - _CROSSFADE : loop.last + 1] = (a * ending + b * before) / power
    out[loop.last + 1 :] = out[loop.first : loop.first + len(out) - loop.last - 1]
    return out


BitDepth = Literal["16", "24"]

_SUBTYPES: Final = {"16": "PCM_16", "24": "PCM_24"}


@dataclass(frozen=True, kw_only=True)
class SampleFacts:
    """What a sampler wants to know of a file."""

    root_key: int | None
    loop: Loop | None
    info: Mapping[str, str]
    """Texts by RIFF INFO identifier: INAM title, IPRD product, ISFT software, ICMT comment."""


def wave_bytes(
    audio: Audio, *, sample_rate: int, bits: BitDepth, facts: SampleFacts, rng: np.random.Generator
) -> bytes:
    """A WAV file of audio [N, C] at this rate. The generator makes the dither of 16 bits."""
    samples = to_int16(audio, rng) if bits == "16" else to_int24(audio)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, sample_rate, _SUBTYPES[bits], format="WAV")
    riff = bytearray(buffer.getvalue())
    riff += info_chunk(facts.info)
    if facts.root_key is not None or facts.loop is not None:
        riff += _sampler_chunk(facts, sample_rate)
    riff[4:8] = struct.pack("<I", len(riff) - 8)
    return bytes(riff)


def _sampler_chunk(facts: SampleFacts, sample_rate: int) -> bytes:
    root = 60 if facts.root_key is None else facts.root_key
    period_ns = round(1e9 / sample_rate)
    loops = [] if facts.loop is None else [facts.loop]
    head = struct.pack("<9I", 0, 0, period_ns, root, 0, 0, 0, len(loops), 0)
    forward, forever = 0, 0
    rows = (struct.pack("<6I", 0, forward, loop.first, loop.last, 0, forever) for loop in loops)
    return chunk("smpl", head + b"".join(rows))
