"""MIDI files written from phrases.

Ref: MIDI Manufacturers Association (1996), Standard MIDI Files 1.0.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import mido

from messina.atomic import replacing
from messina.controllers import BEND_RANGE, Controller
from messina.events import TICKS_PER_BEAT, Phrase, Voice
from messina.instrument.drum_map import assign_keys
from messina.sequences.midi import read_midi
from messina.sequences.song import DRUM_CHANNEL
from messina.sequences.voice_assignment import DRUMS

__all__ = ["WRITTEN_TICKS", "Move", "encode_midi", "write_midi"]

WRITTEN_TICKS: Final = 480
"""A beat."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """Pitch bend and expression of all pitched notes from a moment on."""

    time_s: float
    semitones: float
    """From their notes; more than the pitch wheel reaches is as far as it does."""
    level_db: float
    """Re as loud as they were struck, at most 0."""


def write_midi(
    path: Path, phrase: Phrase, vocabulary: Sequence[Voice], moves: Sequence[Move] = ()
) -> None:
    """Writes a phrase as a MIDI file, whole or not at all, and only if it can be read again."""
    data = encode_midi(phrase, vocabulary, moves)
    with replacing(path, check=read_midi if phrase.events else None) as aside:
        aside.write_bytes(data)


def encode_midi(phrase: Phrase, vocabulary: Sequence[Voice], moves: Sequence[Move] = ()) -> bytes:
    """A phrase as the bytes of a MIDI file: a track for each label, drums on their channel.

    Labels without notes are hits of an instrument: they get the keys of drums they are named after.
    Moves are the pitch wheel and expression.
    """
    hits = [voice.label for voice in vocabulary if voice.note is None]
    keys = assign_keys(list(dict.fromkeys(hits))[:128])
    parts: dict[str, _WrittenPart] = {}
    for event in sorted(phrase.events, key=lambda e: e.tick):
        voice = vocabulary[event.voice]
        drum = voice.note is None or voice.label == DRUMS
        part = parts.setdefault(DRUMS if drum else voice.label, _WrittenPart())
        start_s = max(event.tick * phrase.tick_s + event.late_s, 0.0)
        start = round(start_s / phrase.tick_s * WRITTEN_TICKS / TICKS_PER_BEAT)
        length = max(round(event.length_ticks * WRITTEN_TICKS / TICKS_PER_BEAT), 1)
        note = keys.get(voice.label, 36) if voice.note is None else voice.note
        velocity = min(max(round(event.velocity), 1), 127)
        part.notes.append((start, start + length, note, velocity))
    file = mido.MidiFile(type=1, ticks_per_beat=WRITTEN_TICKS)
    end = round(phrase.ticks * WRITTEN_TICKS / TICKS_PER_BEAT)
    file.tracks.append(_conductor(phrase, end))
    others = (channel for channel in [*range(9), *range(10, 16)] * len(parts))
    for label, part in parts.items():
        channel = DRUM_CHANNEL if label == DRUMS else next(others)
        wheel = [] if label == DRUMS else _wheel(phrase, moves, channel)
        file.tracks.append(part.track(label, channel, end, wheel))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _conductor(phrase: Phrase, end: int) -> Any:
    tempo = min(max(round(60e6 / phrase.tempo_bpm), 1), 2**24 - 1)
    return mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=_latin(phrase.name)),
            mido.MetaMessage("set_tempo", tempo=tempo),
            mido.MetaMessage("time_signature", numerator=phrase.beats_per_bar, denominator=4),
            mido.MetaMessage("end_of_track", time=end),
        ]
    )


def _wheel(phrase: Phrase, moves: Sequence[Move], channel: int) -> list[tuple[int, Any]]:
    """When and which messages say how notes move; what stays as it is, is not said again."""
    said: dict[str, int] = {}
    messages = []
    for move in sorted(moves, key=lambda move: move.time_s):
        at = round(max(move.time_s, 0.0) / phrase.tick_s * WRITTEN_TICKS / TICKS_PER_BEAT)
        bend = min(max(round(move.semitones / BEND_RANGE * 8192), -8192), 8191)
        # Ref: MMA RP-003 (1996), expression is 40 log10(value / 127) dB
        loud = min(max(round(127 * 10 ** (move.level_db / 40)), 1), 127)
        if said.get("bend") != bend:
            messages.append((at, mido.Message("pitchwheel", channel=channel, pitch=bend)))
        if said.get("loud") != loud:
            messages.append(
                (
                    at,
                    mido.Message(
                        "control_change", channel=channel, control=Controller.EXPRESSION, value=loud
                    ),
                )
            )
        said = {"bend": bend, "loud": loud}
    return messages


def _latin(name: str) -> str:
    """What such a file can hold of a name."""
    return name.encode("latin1", "replace").decode("latin1")


@dataclass
class _WrittenPart:
    notes: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Start, end, note, velocity."""

    def track(self, label: str, channel: int, end: int, wheel: Sequence[tuple[int, Any]]) -> Any:
        """A track; where a note is struck while it sounds, it ends first.

        wheel: when and which other messages there are; they come before notes of that moment.
        """
        ends: list[tuple[int, int, int, Any]] = [(at, 0, 0, message) for at, message in wheel]
        last: dict[int, int] = {}
        for start, stop, note, velocity in sorted(self.notes, reverse=True):
            stop = max(min(stop, last.get(note, stop)), start)
            last[note] = start
            for at, order, loud in ((start, 2, velocity), (stop, 1 if stop > start else 3, 0)):
                message = mido.Message("note_on", channel=channel, note=note, velocity=loud)
                ends.append((at, order, note, message))
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=_latin(label))])
        now = 0
        for at, _, _, message in sorted(ends, key=lambda each: each[:3]):
            track.append(message.copy(time=at - now))
            now = at
        track.append(mido.MetaMessage("end_of_track", time=max(end - now, 0)))
        return track
