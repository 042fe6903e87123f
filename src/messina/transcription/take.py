"""A take and an instrument → what of the take the instrument is to play, and that in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from messina.corpus.sound import Array
from messina.errors import ControlError
from messina.instrument import Instrument
from messina.text import counted
from messina.transcription.performance import Performed, checked_labels, tempo_of
from messina.transcription.performing import LONGEST_TAKE_S
from messina.transcription.strokes import KindCast, cast_kinds, performed, transcribe_strokes
from messina.transcription.tune import is_tune, note_label, transcribe_notes
from messina.units import SAMPLE_RATE

__all__ = ["Kind", "Transcribed", "transcribe"]

Kind: TypeAlias = Literal["strokes", "tune"]


@dataclass(frozen=True, kw_only=True)
class Transcribed:
    """The transcription of a take, for one instrument."""

    rows: tuple[Performed, ...]
    casts: tuple[KindCast, ...] = ()
    """Of strokes heard in a take: what plays each kind."""
    name: str = ""

    @classmethod
    def of_table(cls, rows: Sequence[Performed], *, name: str) -> Transcribed:
        """The transcription in a table that was given.

        Raises ControlError where nothing of it sounds.
        """
        if not any(row.label for row in rows):
            raise ControlError(f"{name}: no row has a label, so there is nothing to play")
        return cls(rows=tuple(rows), name=name)

    @property
    def is_tune(self) -> bool:
        """Whether it is a tune, else hits."""
        return any(row.note is not None for row in self.rows)

    def sentences(self) -> list[str]:
        """What was found, in words, and what to do if that is wrong."""
        tempo_bpm = tempo_of(self.rows)
        time = "in free time" if tempo_bpm is None else f"at {tempo_bpm:.1f} beats a minute"
        if self.is_tune:
            notes = [row for row in self.rows if row.note is not None]
            low, high = (round(pick(n.note or 0.0 for n in notes)) for pick in (min, max))
            return [f"{counted(len(notes), 'note')} between {low} and {high} (60 is C4), {time}"]
        kinds = len({row.kind for row in self.rows if row.kind})
        of_kinds = f" of {counted(kinds, 'kind')}" if kinds else ""
        said = [f"{counted(len(self.rows), 'stroke')}{of_kinds}, {time}"]
        for cast in self.casts:
            does = f"as {cast.role}: {cast.label}" if cast.label else "left out"
            said.append(f"  {cast.kind}  {counted(cast.count, 'stroke')} {does}")
        if self.casts:
            first = self.casts[0]
            said.append(f"another cast: --cast {first.kind}=LABEL, with one of the labels")
        return said

    def as_json(self) -> dict[str, Any]:
        """The transcription as JSON has it."""
        return {
            "tempo_bpm": tempo_of(self.rows),
            "cast": [
                {"kind": c.kind, "role": c.role, "label": c.label, "strokes": c.count}
                for c in self.casts
            ],
            "events": [
                {
                    "time_s": row.time_s,
                    "kind": row.kind,
                    "label": row.label,
                    "note": row.note,
                    "velocity": row.velocity,
                    "beat": row.beat,
                    "length_s": row.length_s,
                }
                for row in self.rows
            ],
        }


def transcribe(
    audio: Array,
    instrument: Instrument,
    *,
    name: str = "the take",
    kind: Kind | None = None,
    recast: Mapping[str, str] | None = None,
    label: str | None = None,
) -> Transcribed:
    """What is played in a take [N, C] at 44.1 kHz, for this instrument.

    Args:
        audio: The take.
        instrument: What is to play it.
        name: What errors call the take.
        kind: What the take is; as it sounds where None.
        recast: Of strokes, labels by kind instead of those found; "" leaves a kind out.
        label: Of tunes, the label that plays; that of most sounds with a pitch where None.

    Returns:
        Its rows, and what plays each kind of strokes.

    Raises:
        ControlError: There is nothing in the take that the instrument can play.
    """
    length_s = len(audio) / SAMPLE_RATE
    if length_s > LONGEST_TAKE_S:
        raise ControlError(
            f"{name} is {length_s / 60:.1f} minutes long; takes can be up to "
            f"{LONGEST_TAKE_S / 60:.0f}, so cut it into parts"
        )
    if not np.isfinite(audio).all() or float(np.abs(audio).max(initial=0.0)) < 1e-5:
        raise ControlError(f"{name} is silent; record it again, nearer to the microphone")
    if (kind or ("tune" if is_tune(audio) else "strokes")) == "tune":
        if recast:
            raise ControlError(
                f"{name} is a tune, which has no kinds of strokes to cast; leave out `recast`, or "
                "say `kind='strokes'`"
            )
        return _tune(audio, instrument, name, label)
    if label is not None:
        raise ControlError(
            f"{name} is strokes, and `label` says what plays a tune; say what plays each kind "
            "with `recast`, or say `kind='tune'`"
        )
    return _beat(audio, instrument, name, recast or {})


def _beat(
    audio: Array, instrument: Instrument, name: str, recast: Mapping[str, str]
) -> Transcribed:
    found = transcribe_strokes(audio)
    if not found.strokes:
        raise ControlError(
            f"{name} has no strokes in it, only sound that goes on; tap or beatbox a beat, or hum "
            "a tune for an instrument with a pitch"
        )
    casts = [
        replace(cast, label=recast.get(cast.kind, cast.label))
        for cast in cast_kinds(found, instrument)
    ]
    known = [cast.kind for cast in casts]
    unknown = [each for each in recast if each not in known]
    if unknown:
        raise ControlError(f"{name} has no kind {unknown[0]}, only {', '.join(known)}")
    rows = [Performed(time_s=0.0, label=cast.label, velocity=1.0) for cast in casts]
    checked_labels(rows, instrument.labels)
    if not any(cast.label for cast in casts):
        raise ControlError("every kind of strokes is left out, so there is nothing to play")
    return Transcribed(rows=performed(found, casts, instrument), casts=tuple(casts), name=name)


def _tune(audio: Array, instrument: Instrument, name: str, label: str | None) -> Transcribed:
    response = note_label(instrument, label)
    rows = transcribe_notes(audio, response)
    if not rows:
        raise ControlError(
            f"{name} has no notes in it that could be followed; hum or whistle one tune alone, "
            "without accompaniment"
        )
    return Transcribed(rows=rows, name=name)
