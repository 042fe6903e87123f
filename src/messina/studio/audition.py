"""Instruments by ear and at a glance: single sounds, two of them side by side, what a blind test
has found, and what there is to say of a file on its card in the library.

Compared are the same label, note, velocity and seed, brought to one level: what is louder would be
taken for what is better. Answers to a blind test are in projects/ID/heard/N.json; those to an
instrument that was learnt anew since are kept, but no longer count.
"""

from __future__ import annotations

import functools
import io
import secrets
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from messina.atomic import Version, replacing, version_of
from messina.corpus.folders import file_digest, recall_folder
from messina.errors import MessinaError
from messina.instrument import Instrument
from messina.instrument.about import read_about
from messina.instrument.container import HITS, decode_parts, read_bytes, read_parts
from messina.instrument.manifest import outcome_of
from messina.instrument.number_types import Note, Seed, Velocity
from messina.instrument.responses import Response
from messina.report.blind import Answers, added, as_loud, heard_text, read_answers
from messina.sequences.sequence import Sequence, sequence_of
from messina.units import SAMPLE_RATE

__all__ = [
    "Asked",
    "answers_about",
    "card_of",
    "heard",
    "heard_beside",
    "heard_so_far",
    "knows_sounds",
    "take_answers",
    "wav_of",
]

Audio = NDArray[np.float32]

_LASTS_S: Final = 8.0
"""Of what plays on, so much is heard."""
_KEPT: Final = 4
_RENDERED: Final = 16


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sound that is asked for; of what plays on, the seed alone counts."""

    label: str | None = None
    note: Note | None = None
    velocity: Velocity | None = None
    seed: Seed = 0


def heard(path: Path, asked: Asked) -> bytes:
    """Renders a sound of an instrument as a WAV file. Raises MessinaError."""
    return wav_of(_rendered(path, version_of(path), asked))


def heard_beside(path: Path, other: Path, asked: Asked) -> bytes:
    """Renders a sound at one level with the other instrument's version of it, as a WAV file.

    Raises MessinaError.
    """
    ours = _rendered(path, version_of(path), asked)
    theirs = _rendered(other, version_of(other), asked)
    if not (np.any(ours) and np.any(theirs)):
        return wav_of(ours)
    return wav_of(as_loud(ours, theirs)[0])


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


def wav_of(audio: Audio) -> bytes:
    """Audio [N, C] as a WAV file."""
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


_KEPT_CARDS: Final = 256
_MOST_DOTS: Final = 400
"""Of a map in the size of a card more are not seen."""


def card_of(path: Path) -> dict[str, Any]:
    """Facts of an instrument, as JSON has them. Raises InstrumentError."""
    return _card(path, version_of(path))


def knows_sounds(path: Path) -> bool:
    """Whether the sounds an instrument was learnt from are where they were last found.

    Raises InstrumentError.
    """
    digests = [file_digest(path)]
    if HITS in decode_parts(read_bytes(path)):
        digests = [sound.digest for sound in Instrument.load(path).manifest.sounds]
    return recall_folder(digests) is not None


@functools.lru_cache(maxsize=_KEPT_CARDS)
def _card(path: Path, version: Version | None) -> dict[str, Any]:
    del version  # another one is another file
    data = read_bytes(path)
    parts = decode_parts(data)
    card: dict[str, Any] = {"kind": "hits", "about": msgspec.to_builtins(read_about(data))}
    if set(parts) != {HITS}:
        sequence = sequence_of(parts)
        card |= {"kind": sequence.kind, "says": [sequence.about, *sequence.details]}
    if HITS in parts:
        card |= _of_hits(Instrument.load(path))
    return card


def _of_hits(instrument: Instrument) -> dict[str, Any]:
    manifest = instrument.manifest
    outcome = outcome_of(manifest)
    places = instrument.places
    known = [sound for sound in manifest.sounds if sound.role != "held out"]
    every = max(1, -(-len(places) // _MOST_DOTS))
    return {
        "sounds": len(manifest.sounds),
        "minutes": manifest.minutes,
        "steps": manifest.steps,
        "quality": None if outcome is None else outcome.quality,
        "lines": [] if outcome is None else outcome.lines,
        "labels": [
            _label(response, [s.brightness_hz for s in known if s.label == response.label])
            for response in manifest.responses
        ],
        "dots": [
            [round(float(x), 3), round(float(y), 3), round(sound.brightness_hz)]
            for (x, y), sound in zip(places[::every], known[::every], strict=True)
        ],
    }


def _label(response: Response, brightness_hz: list[float]) -> dict[str, Any]:
    return {
        "name": response.label,
        "bright": round(sum(brightness_hz) / len(brightness_hz)) if brightness_hz else None,
        "sounds": response.sounds,
        "low": response.note_low,
        "high": response.note_high,
    }
