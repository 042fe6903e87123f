"""Clips, names and the table put together: the sounds of a corpus.

Their audio is held without holding all of it in memory. Up to a limit they stay where they are.
What comes after goes to one unnamed file, and is handed out as views into it: the system reads what
is used and forgets what is not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final, TypeVar

import numpy as np

from messina.corpus.cache import cache_folder
from messina.corpus.clips import Clip
from messina.corpus.conventions import MIDDLE_C, NoteFound, note_remarks, pair_remarks
from messina.corpus.describing import steady_part, sustained_labels
from messina.corpus.naming import Named
from messina.corpus.near_duplicates import near_duplicates
from messina.corpus.notes import (
    VelocityFound,
    find_notes,
    find_velocities,
    measured_pitch_hz,
    velocity_remarks,
)
from messina.corpus.sound import Array, LeftOut, Sound
from messina.corpus.table import Row
from messina.errors import CorpusError
from messina.frames.layout import Steady

__all__ = ["IN_MEMORY_BYTES", "DiskBuffer", "Measured", "assemble", "collect_clips", "split_off"]

IN_MEMORY_BYTES: Final = 128 * 2**20
"""About 12 minutes of mono: folders of up to some 500 one-shots never touch the disk."""


class DiskBuffer:
    """A buffer of audio [N, C] that goes to disk when it is large.

    Gives all of it back, in order.
    """

    def __init__(self, *, folder: Path | None = None, limit_bytes: int = IN_MEMORY_BYTES) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._held: list[Array] = []
        self._held_bytes = 0
        self._file: IO[bytes] | None = None
        self._shapes: list[tuple[int, int]] = []

    def add(self, audio: Array) -> None:
        """Adds audio [N, C]. Raises OSError when the disk is full."""
        if self._held_bytes + audio.nbytes <= self._limit and self._file is None:
            self._held.append(audio)
            self._held_bytes += audio.nbytes
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
        self._file.write(np.ascontiguousarray(audio, np.float32).tobytes())
        self._shapes.append((audio.shape[0], audio.shape[1]))

    def arrays(self) -> list[Array]:
        """Everything that was added. Those on the disk are read-only."""
        if self._file is None or not self._shapes:
            return list(self._held)
        self._file.flush()
        with self._file as file:
            # the mapping outlives the file object, and the file has no name to be left behind
            mapped = np.memmap(file, np.float32, mode="r")
        views = []
        start = 0
        for samples, channels in self._shapes:
            flat = mapped[start : start + samples * channels]
            views.append(np.asarray(flat).reshape(samples, channels))
            start += samples * channels
        return [*self._held, *views]


def collect_clips(results: Iterable[Clip | LeftOut]) -> tuple[list[Clip], list[LeftOut]]:
    """Clips without duplicates, their audio kept where there is room, and what is left out.

    Raises CorpusError when there is no room anywhere.
    """
    spool = DiskBuffer(folder=_scratch_folder())
    clips: list[Clip] = []
    left_out: list[LeftOut] = []
    first: dict[str, str] = {}
    for result in results:
        if isinstance(result, LeftOut):
            left_out.append(result)
        elif result.digest in first:
            reason = f"the same sound as {first[result.digest]}"
            left_out.append(LeftOut(name=result.name, reason=reason))
        else:
            first[result.digest] = result.name
            _keep(result.audio, spool)
            clips.append(replace(result, audio=_NOTHING))
    arrays = spool.arrays()
    return [replace(c, audio=audio) for c, audio in zip(clips, arrays, strict=True)], left_out


def _scratch_folder() -> Path | None:
    """The cache folder, which is on a disk; the system's own place may be in memory."""
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return cache_folder()


def _keep(audio: Array, spool: DiskBuffer) -> None:
    try:
        spool.add(audio)
    except OSError as error:
        raise CorpusError(
            f"no room for the sounds in {cache_folder()} ({error.strerror or error}); "
            "free some, or name another folder in MESSINA_CACHE"
        ) from error


_NOTHING: Final[Array] = np.zeros((0, 1), np.float32)


def split_off(
    clips: list[Clip], why: Callable[[Clip], str | None]
) -> tuple[list[Clip], list[LeftOut]]:
    """Separates clips by a reason against them: those without one, and the others as left out."""
    reasons = [why(clip) for clip in clips]
    refused = [LeftOut(name=c.name, reason=r) for c, r in zip(clips, reasons, strict=True) if r]
    return [clip for clip, reason in zip(clips, reasons, strict=True) if not reason], refused


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is measured on the audio of clips, for when they are put together without it."""

    steady: Sequence[Steady | None]
    """The steady part of each."""
    asked: Callable[[int], Steady | None]
    """The same of one that the table says is sustained."""
    takes: Sequence[int]
    """For each the place of the first that is the same take."""

    @classmethod
    def of(cls, clips: Sequence[Clip]) -> Measured:
        """Measures clips whose audio is at hand."""
        return cls(
            steady=[steady_part(clip.audio) for clip in clips],
            asked=lambda index: steady_part(clips[index].audio, asked=True),
            takes=near_duplicates([clip.audio for clip in clips]),
        )


def assemble(
    clips: Sequence[Clip],
    named: Sequence[Named],
    rows: Sequence[Row | None],
    measured: Measured | None = None,
) -> tuple[list[Sound], list[str]]:
    """Clips with names and notes, and what there is to say of them all.

    The table's cells come before guesses; what it holds out, is. measured: where the audio is not
    at hand, what it was asked for.
    """
    measured = measured or Measured.of(clips)
    labelled = [
        replace(name, label=row.label) if row is not None and row.label else name
        for name, row in zip(named, rows, strict=True)
    ]
    notes = find_notes(clips, labelled)
    velocities = find_velocities(clips, labelled)
    remarks = [
        *pair_remarks(clips),
        *note_remarks(*_unsettled(clips, labelled, notes, rows, "note")),
        *velocity_remarks(*_unsettled(clips, labelled, velocities, rows, "velocity")),
    ]
    for index, row in enumerate(rows):
        if row is not None:
            notes[index], velocities[index] = _by_table(row, notes[index], velocities[index])
    steady = _steady_parts(
        measured, [name.label for name in labelled], [found.note for found in notes], rows
    )
    takes = [clips[first].digest for first in measured.takes]
    held = [row is not None and bool(row.held_out) for row in rows]
    origins = [
        _TABLE if row is not None and row.label and row.label != name.label else name.label_from
        for name, row in zip(named, rows, strict=True)
    ]
    sounds = [
        _sound(clip, label, note, velocity, held_out=is_held, take=take, steady=part)
        for clip, label, note, velocity, is_held, take, part in zip(
            clips,
            zip([name.label for name in labelled], origins, strict=True),
            notes,
            velocities,
            held,
            takes,
            steady,
            strict=True,
        )
    ]
    return sounds, remarks


def _steady_parts(
    measured: Measured,
    labels: Sequence[str],
    notes: Sequence[float | None],
    rows: Sequence[Row | None],
) -> list[Steady | None]:
    """The steady parts of the sounds of sustained labels, and of those the table says are."""
    sustained = sustained_labels(labels, measured.steady, notes)
    parts = []
    for index, (label, part, row) in enumerate(zip(labels, measured.steady, rows, strict=True)):
        asked = None if row is None else row.sustained
        if asked is None:
            asked = label in sustained
        parts.append((part or measured.asked(index)) if asked else None)
    return parts


_TABLE: Final = "table"
_Found = TypeVar("_Found")


def _unsettled(
    clips: Sequence[Clip],
    named: Sequence[Named],
    found: Sequence[_Found],
    rows: Sequence[Row | None],
    column: str,
) -> tuple[list[Clip], list[Named], list[_Found]]:
    """Those that the table has not had the last word on."""
    kept = [i for i, row in enumerate(rows) if row is None or column not in row.columns]
    return [clips[i] for i in kept], [named[i] for i in kept], [found[i] for i in kept]


def _by_table(
    row: Row, note: NoteFound, velocity: VelocityFound
) -> tuple[NoteFound, VelocityFound]:
    """What the table says; where it says what was found, that stays the source."""
    if "note" in row.columns and not _same(row.note, note.note):
        note = NoteFound(note=row.note, source=_TABLE if row.note is not None else "")
    if "velocity" in row.columns and not _same(row.velocity, velocity.velocity):
        source = _TABLE if row.velocity is not None else ""
        velocity = VelocityFound(velocity=row.velocity, source=source)
    return note, velocity


def _same(cell: float | None, value: float | None) -> bool:
    """Whether a cell holds a value, rounded as cells are."""
    if cell is None or value is None:
        return cell is value
    return abs(cell - value) < 0.01


def _sound(
    clip: Clip,
    label: tuple[str, str],
    note: NoteFound,
    velocity: VelocityFound,
    *,
    held_out: bool,
    take: str,
    steady: Steady | None,
) -> Sound:
    octaves, semitones = divmod(note.moved_semitones, 12)
    convention = f"{MIDDLE_C[octaves]} is 60" if octaves and not semitones else ""
    sources = {
        "label": label[1],
        "note": ", ".join(filter(None, (note.source, convention, note.remark))),
        "velocity": velocity.source,
        "right channel": clip.right,
    }
    return Sound(
        name=clip.name,
        audio=clip.audio,
        label=label[0],
        note=note.note,
        velocity=velocity.velocity,
        pitch_hz=measured_pitch_hz(clip, note.note),
        loudness_db=clip.loudness_db,
        brightness_hz=clip.brightness_hz,
        decay_s=clip.decay_s,
        held_out=held_out,
        digest=clip.digest,
        take=take,
        steady=steady,
        source="; ".join(f"{what}: {source}" for what, source in sources.items() if source),
        remarks=clip.remarks,
    )
