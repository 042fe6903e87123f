"""What plays on in a .messina file, by the parts it has."""

from __future__ import annotations

from pathlib import Path

from messina.errors import InstrumentError
from messina.instrument import Instrument
from messina.instrument.container import HITS, Part, read_parts
from messina.instrument.file import decode_hits
from messina.sequences.groove import EVENTS, Groove
from messina.sequences.score import Score
from messina.sequences.sequence import Sequence
from messina.sequences.stream import STREAM, Stream

__all__ = ["read_sequence", "sequence_of"]


def read_sequence(path: Path) -> Sequence:
    """The groove, texture or score in a file. Raises InstrumentError, which names the file."""
    parts = read_parts(path)
    try:
        return sequence_of(parts)
    except InstrumentError as error:
        raise InstrumentError(f"{path}: {error}") from None


def sequence_of(parts: dict[str, Part]) -> Sequence:
    """The groove, texture or score in a file's parts. Raises InstrumentError."""
    if HITS in parts and EVENTS in parts:
        return Groove.of(Instrument(*decode_hits(parts)))
    if EVENTS in parts:
        return Score.of(parts)
    if STREAM in parts:
        return Stream.of(parts)
    raise InstrumentError("it has single sounds only; render them without --duration")
