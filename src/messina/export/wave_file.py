"""WAV files as samplers like them: with a title, where they come from, their root key, their loop.

libsndfile encodes the audio; the chunks behind it are ours, for it writes no `smpl` chunk from
Python. Whole files in memory: what fails on the way to disk then fails in our own words.
Ref: Microsoft and IBM (1991), Multimedia Programming Interface and Data Specifications 1.0 (RIFF,
LIST INFO); RIFF/WAVE smpl chunk, Microsoft Multimedia Standards Update (1994).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from messina.audio_files import to_int16, to_int24
from messina.export.looping import Loop
from messina.riff import chunk, info_chunk

__all__ = ["BitDepth", "SampleFacts", "wave_bytes"]

Audio = NDArray[np.float32]
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
