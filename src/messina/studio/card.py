"""What there is to say of an instrument's file: for its card in the library, and to audition it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Final

import msgspec

from messina.atomic import Version, version_of
from messina.corpus.folders import file_digest, recall_folder
from messina.instrument import Instrument
from messina.instrument.about import read_about
from messina.instrument.container import HITS, decode_parts, read_bytes
from messina.instrument.outcome import outcome_of
from messina.instrument.responses import Response
from messina.sequences.sequence import sequence_of

__all__ = ["card_of", "knows_sounds"]

_KEPT: Final = 256
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


@functools.lru_cache(maxsize=_KEPT)
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
