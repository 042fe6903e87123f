"""Clips, names and the table put together: the sounds of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from messina.corpus.cache import cache_folder
from messina.corpus.clips import Clip
from messina.corpus.naming import Named
from messina.corpus.notes import MIDDLE_C, find_notes, measured_pitch_hz
from messina.corpus.sound import Array, LeftOut, Sound
from messina.corpus.split import Candidate, hold_out
from messina.corpus.spool import Spool
from messina.corpus.table import Row
from messina.corpus.takes import same_takes
from messina.errors import CorpusError

__all__ = ["assemble", "collect_clips", "split_off"]


def collect_clips(results: Iterable[Clip | LeftOut]) -> tuple[list[Clip], list[LeftOut]]:
    """Clips without duplicates, their audio kept where there is room, and what is left out.

    Raises CorpusError when there is no room anywhere.
    """
    spool = Spool(folder=_scratch_folder())
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


def _keep(audio: Array, spool: Spool) -> None:
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
    """The clips there is nothing against, and the others with what there is."""
    reasons = [why(clip) for clip in clips]
    refused = [LeftOut(name=c.name, reason=r) for c, r in zip(clips, reasons, strict=True) if r]
    return [clip for clip, reason in zip(clips, reasons, strict=True) if not reason], refused


def assemble(
    clips: Sequence[Clip], named: Sequence[Named], rows: Sequence[Row | None]
) -> tuple[list[Sound], int]:
    """Clips with names, notes and their place in the split, and the octaves names were moved by.

    The table's cells come before guesses. Raises CorpusError when they hold everything out.
    """
    named = [_corrected(name, row) for name, row in zip(named, rows, strict=True)]
    notes, shift = find_notes(clips, named)
    for index, row in enumerate(rows):
        if row is not None and "note" in row.columns:
            notes[index] = row.note
    takes = [clips[first].digest for first in same_takes([clip.audio for clip in clips])]
    candidates = [
        Candidate(name=clip.name, label=name.label, note=note, take=take)
        for clip, name, note, take in zip(clips, named, notes, takes, strict=True)
    ]
    held = hold_out(candidates)
    for index, row in enumerate(rows):
        if row is not None and row.held_out is not None:
            held[index] = row.held_out
    if all(held):
        raise CorpusError("every sound is held out; leave some with held_out = no to learn from")
    sounds = [
        _sound(clip, name, note, is_held, take, shift)
        for clip, name, note, is_held, take in zip(clips, named, notes, held, takes, strict=True)
    ]
    return sounds, shift


def _corrected(name: Named, row: Row | None) -> Named:
    if row is None:
        return name
    return replace(
        name,
        label=row.label or name.label,
        velocity=row.velocity if "velocity" in row.columns else name.velocity,
    )


def _sound(
    clip: Clip, name: Named, note: float | None, held_out: bool, take: str, shift: int
) -> Sound:
    moved = shift and name.note is not None and name.note_source != "number" and note is not None
    convention = (f"{MIDDLE_C[shift]} is 60",) if moved else ()
    return Sound(
        name=clip.name,
        audio=clip.audio,
        label=name.label,
        note=note,
        velocity=name.velocity,
        pitch_hz=measured_pitch_hz(clip, note),
        loudness_db=clip.loudness_db,
        brightness_hz=clip.brightness_hz,
        decay_s=clip.decay_s,
        held_out=held_out,
        digest=clip.digest,
        take=take,
        remarks=(*clip.remarks, *convention),
    )
