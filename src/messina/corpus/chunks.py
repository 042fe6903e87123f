"""What a sound file says of its sound beside the audio: root key, loop points, ranges, tempo.

    smpl   root key and fine tuning, loop points              WAV, FLAC with foreign metadata
    inst   root key, fine tuning, ranges of keys, velocities  the same
    acid   tempo, beats, metre, root key, one-shot or loop    the same
    INST   what inst says, and the loop's marks in MARK       AIFF
    basc   beats, metre, root key, one-shot or loop           AIFF (Apple Loops)

Programs write these chunks as a matter of form, too: a root key of 60 may mean that nobody ever
set one. What is impossible is None here; what is likely has to be weighed against the sound.
Ref: RIFF/WAVE smpl and inst chunks, Microsoft Multimedia Standards Update (1994); Apple (1989),
Audio Interchange File Format 1.3. The layouts of acid and basc were never published by their
makers; they are as common readers have them.
"""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messina.corpus.containers import ByteOrder, read_chunks_of

__all__ = ["Chunks", "InstrumentChunk", "LoopChunk", "SampleLoop", "SamplerChunk", "read_chunks"]

MOST_LOOPS: Final = 64
SLOWEST_BPM: Final = 20.0
FASTEST_BPM: Final = 400.0
MOST_BEATS: Final = 4_096
MOST_A_BAR: Final = 32


@dataclass(frozen=True, kw_only=True)
class SampleLoop:
    """A sustain loop in frames of the file."""

    first: int
    last: int
    """The last frame that belongs to it."""
    alternating: bool = False
    """Forwards and backwards in turn."""


@dataclass(frozen=True, kw_only=True)
class SamplerChunk:
    """Contents of a `smpl` chunk: root key, fine tuning, loops."""

    root: int
    """The key at which the file is played as it is, 0 to 127."""
    above_semitones: float = 0.0
    """How far the sound lies above that key, 0 to 1."""
    loops: tuple[SampleLoop, ...] = ()

    @property
    def note(self) -> float:
        """Root key with its fine tuning, as a fractional MIDI note."""
        return self.root + self.above_semitones


@dataclass(frozen=True, kw_only=True)
class InstrumentChunk:
    """Contents of an `inst` chunk, or `INST` of AIFF.

    Root key and ranges of keys and velocities.
    """

    root: int
    """0 to 127."""
    tuning_cents: int = 0
    """What the sound is to be moved by, so that it is in tune, -50 to 50."""
    keys: tuple[int, int] | None = None
    """Lowest and highest key it is meant for."""
    velocities: tuple[int, int] | None = None
    """Lowest and highest velocity it is meant for, 1 to 127."""
    loops: tuple[SampleLoop, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LoopChunk:
    """Contents of an `acid` chunk, or `basc` of Apple Loops: tempo, metre, root."""

    one_shot: bool = False
    """No loop: a single sound, whose tempo says nothing."""
    tempo_bpm: float | None = None
    beats: int | None = None
    metre: tuple[int, int] | None = None
    """Beats a bar and the note value of one: (4, 4), (6, 8)."""
    root: int | None = None
    """0 to 127; None where it is not set."""


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """What there is of each kind; None where it is absent or impossible."""

    sampler: SamplerChunk | None = None
    instrument: InstrumentChunk | None = None
    loop: LoopChunk | None = None


def read_chunks(source: Path | bytes) -> Chunks:
    """What a sound file, or its bytes, says beside its audio. Bounded, whatever it holds.

    Raises OSError where a path cannot be read.
    """
    wanted = (b"smpl", b"inst", b"acid", b"INST", b"MARK", b"basc")
    if isinstance(source, bytes):
        found, order = read_chunks_of(io.BytesIO(source), wanted)
    else:
        with source.open("rb") as file:
            found, order = read_chunks_of(file, wanted)
    return Chunks(
        sampler=_sampler(found.get(b"smpl", b""), order),
        instrument=_wav_instrument(found.get(b"inst", b""))
        or _aiff_instrument(found.get(b"INST", b""), found.get(b"MARK", b"")),
        loop=_acid(found.get(b"acid", b""), order) or _apple_loop(found.get(b"basc", b"")),
    )


def _mark(order: ByteOrder) -> str:
    return "<" if order == "little" else ">"


def _sampler(data: bytes, order: ByteOrder) -> SamplerChunk | None:
    if len(data) < 36:
        return None
    fields = struct.unpack_from(f"{_mark(order)}9I", data)
    root, fraction, count = fields[3], fields[4], fields[7]
    if root > 127:
        return None
    loops = []
    for place in range(36, min(len(data) - 23, 36 + 24 * min(count, MOST_LOOPS)), 24):
        _, kind, first, last = struct.unpack_from(f"{_mark(order)}4I", data, place)
        if first < last:
            loops.append(SampleLoop(first=first, last=last, alternating=kind == 1))
    return SamplerChunk(root=root, above_semitones=fraction / 2**32, loops=tuple(loops))


def _wav_instrument(data: bytes) -> InstrumentChunk | None:
    if len(data) < 7:
        return None
    root, cents, _, low, high, softest, hardest = struct.unpack_from("<Bbb4B", data)
    return _instrument(root, cents, (low, high), (softest, hardest))


def _instrument(
    root: int,
    cents: int,
    keys: tuple[int, int],
    velocities: tuple[int, int],
    loops: tuple[SampleLoop, ...] = (),
) -> InstrumentChunk | None:
    if root > 127 or not -50 <= cents <= 50:
        return None
    return InstrumentChunk(
        root=root,
        tuning_cents=cents,
        keys=_range(keys, lowest=0),
        velocities=_range((max(1, velocities[0]), velocities[1]), lowest=1),
        loops=loops,
    )


def _range(ends: tuple[int, int], *, lowest: int) -> tuple[int, int] | None:
    low, high = ends
    return ends if lowest <= low <= high <= 127 and ends != (0, 0) else None


def _aiff_instrument(data: bytes, marks: bytes) -> InstrumentChunk | None:
    if len(data) < 20:
        return None
    root, cents, low, high, softest, hardest = struct.unpack_from(">Bb4B", data)
    mode, begin, end = struct.unpack_from(">3h", data, 8)  # the sustain loop
    places = _marks(marks) if mode in (1, 2) else {}
    loops: tuple[SampleLoop, ...] = ()
    if begin in places and end in places and places[begin] < places[end] - 1:
        # marks lie between frames
        last = places[end] - 1
        loops = (SampleLoop(first=places[begin], last=last, alternating=mode == 2),)
    return _instrument(root, cents, (low, high), (softest, hardest), loops)


def _marks(data: bytes) -> dict[int, int]:
    """The frame before which each mark lies, by its number."""
    places: dict[int, int] = {}
    at = 2
    while at + 7 <= len(data):
        number, frame, length = struct.unpack_from(">hIB", data, at)
        places.setdefault(number, frame)
        at += 7 + length + (length + 1) % 2  # its name with the length is padded to even
    return places


def _acid(data: bytes, order: ByteOrder) -> LoopChunk | None:
    if len(data) < 24:
        return None
    flags, root, _, _, beats, lower, upper, tempo = struct.unpack_from(
        f"{_mark(order)}IHHfIHHf", data
    )
    return LoopChunk(
        one_shot=bool(flags & 1),
        tempo_bpm=_tempo(tempo),
        beats=_beats(beats),
        metre=_metre(upper, lower),
        root=root if flags & 2 and root <= 127 else None,
    )


def _apple_loop(data: bytes) -> LoopChunk | None:
    if len(data) < 18:
        return None
    beats, root, _, upper, lower, looping = struct.unpack_from(">I5H", data, 4)
    if looping not in (1, 2):
        return None
    return LoopChunk(
        one_shot=looping == 2,
        beats=_beats(beats),
        metre=_metre(upper, lower),
        root=root if 0 < root <= 127 else None,
    )


def _tempo(bpm: float) -> float | None:
    return bpm if math.isfinite(bpm) and SLOWEST_BPM <= bpm <= FASTEST_BPM else None


def _beats(count: int) -> int | None:
    return count if 1 <= count <= MOST_BEATS else None


def _metre(upper: int, lower: int) -> tuple[int, int] | None:
    return (upper, lower) if 1 <= upper <= MOST_A_BAR and lower in (1, 2, 4, 8, 16, 32) else None
