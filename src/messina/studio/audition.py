"""Instruments by ear: single sounds, two of them side by side, and what a blind test has found.

Compared are the same label, note, velocity and seed, brought to one level: what is louder would be
taken for what is better. Answers to a blind test are in projects/ID/heard/N.json; those to an
instrument that was learnt anew since are kept, but no longer count.
"""

from __future__ import annotations

import functools
import io
import secrets
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from messina.atomic import Version, replacing, version_of
from messina.corpus.folders import file_digest
from messina.errors import MessinaError
from messina.instrument import Instrument
from messina.instrument.bounds import Note, Seed, Velocity
from messina.instrument.container import HITS, read_parts
from messina.report.blind import Answers, added, as_loud, heard_text, read_answers
from messina.sequences.sequence import Sequence, sequence_of
from messina.units import SAMPLE_RATE

__all__ = ["Asked", "answers_about", "heard", "heard_beside", "heard_so_far", "take_answers"]


Audio = NDArray[np.float32]

_LASTS_S: Final = 8.0
"""Of what plays on, so much is heard."""
_KEPT: Final = 4
_RENDERED: Final = 16


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to sound; of what plays on, the seed alone counts."""

    label: str | None = None
    note: Note | None = None
    velocity: Velocity | None = None
    seed: Seed = 0


def heard(path: Path, asked: Asked) -> bytes:
    """A sound of an instrument as a WAV file. Raises MessinaError."""
    return _wav(_rendered(path, version_of(path), asked))


def heard_beside(path: Path, other: Path, asked: Asked) -> bytes:
    """The same, at one level with what the other instrument makes of it. Raises MessinaError."""
    ours = _rendered(path, version_of(path), asked)
    theirs = _rendered(other, version_of(other), asked)
    if not (np.any(ours) and np.any(theirs)):
        return _wav(ours)
    return _wav(as_loud(ours, theirs)[0])


@functools.lru_cache(maxsize=_KEPT)
def _loaded(path: Path, version: Version | None) -> Instrument | Sequence:
    del version  # another one is another file
    parts = read_parts(path)
    return Instrument.load(path) if set(parts) == {HITS} else sequence_of(parts)


@functools.lru_cache(maxsize=_RENDERED)
def _rendered(path: Path, version: Version | None, asked: Asked) -> Audio:
    """Audio [N, 2]."""
    instrument = _loaded(path, version)
    if isinstance(instrument, Sequence):
        return instrument.render(duration_s=_LASTS_S, seed=asked.seed)
    return instrument.render(
        label=asked.label, note=asked.note, velocity=asked.velocity, seed=asked.seed
    )


def _wav(audio: Audio) -> bytes:
    file = io.BytesIO()
    sf.write(file, audio, SAMPLE_RATE, format="WAV", subtype="PCM_24")
    return file.getvalue()


MOST_LISTENERS: Final = 200


def take_answers(folder: Path, instrument: Path, given: object) -> None:
    """Keeps what the page of a blind test sent. Raises MessinaError for what is none, or is odd."""
    try:
        answers = msgspec.convert(given, Answers)
    except msgspec.ValidationError as error:
        raise MessinaError(f"not the answers to a blind test ({error})") from None
    if len(list(folder.glob("*.json"))) >= MOST_LISTENERS:
        raise MessinaError(f"{MOST_LISTENERS} listeners have been heard; that is enough")
    digest = file_digest(instrument)
    with replacing(
        folder / f"{secrets.token_hex(6)}.json",
        check=functools.partial(read_answers, digest=digest),
    ) as aside:
        aside.write_bytes(msgspec.json.encode(answers))


def answers_about(folder: Path, instrument: Path) -> list[Path]:
    """The files of answers that are about an instrument as it is."""
    digest = file_digest(instrument)
    return [path for path in sorted(folder.glob("*.json")) if _read(path, digest)]


def heard_so_far(folder: Path, instrument: Path) -> str:
    """The share of right answers with its interval, in words; "" when nobody has answered."""
    digest = file_digest(instrument)
    answers = [_read(path, digest) for path in folder.glob("*.json")]
    row = added([one for one in answers if one is not None])
    if not row.trials:
        return ""
    by = "one listener" if row.listeners == 1 else f"{row.listeners} listeners"
    return f"{heard_text(row)}, {by}"


def _read(path: Path, digest: str) -> Answers | None:
    try:
        return read_answers(path, digest=digest)
    except MessinaError:
        return None
