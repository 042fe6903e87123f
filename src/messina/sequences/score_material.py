"""MIDI files as material to learn from: phrases of parts, over the chords that underlie them.

All files are moved into one key, that of the longest: what is learnt in one piece then holds in all
of them, and the piece that plays on does not change its key whenever it turns to another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.corpus import LeftOut
from messina.errors import CorpusError, SoundError
from messina.events import TICKS_PER_BEAT, Event, Phrase, Voice
from messina.sequences.midi import MIDI_SUFFIXES, read_midi
from messina.sequences.song import Song, SongNote
from messina.sequences.voice_assignment import DRUMS, ROLES, Role, part_of_notes

__all__ = [
    "NO_CHORD",
    "ScoreMaterial",
    "chord_name",
    "chords_of_beats",
    "find_midi",
    "key_shift",
    "material_of",
    "phrase_in",
    "pitch_classes",
    "read_scores",
]

Floats = NDArray[np.float64]

NO_CHORD: Final = -1

# Semitones over the root, and how much the name of the chord rests on each.
_KINDS: Final = {
    "": {0: 1.0, 4: 1.0, 7: 0.8},
    "m": {0: 1.0, 3: 1.0, 7: 0.8},
    "7": {0: 1.0, 4: 1.0, 7: 0.6, 10: 0.9},
    "m7": {0: 1.0, 3: 1.0, 7: 0.6, 10: 0.9},
    "maj7": {0: 1.0, 4: 1.0, 7: 0.6, 11: 0.9},
    "dim": {0: 1.0, 3: 1.0, 6: 1.0},
    "sus": {0: 1.0, 5: 1.0, 7: 0.9},
}
_ROOTS: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_BASS_WEIGHT: Final = 0.1
"""What the lowest note adds to being the root."""
_CLEAR: Final = 0.7
"""How alike a beat and its chord must be, 0 … 1, to say that it is one."""


def _templates() -> Floats:
    """Unit vectors [12 * kinds, 12], root by root."""
    rows = []
    for root in range(12):
        for weights in _KINDS.values():
            row = np.zeros(12)
            for step, weight in weights.items():
                row[(root + step) % 12] = weight
            rows.append(row / np.linalg.norm(row))
    return np.array(rows)


_TEMPLATES = _templates()


def chord_name(chord: int) -> str:
    """Name of a chord's index.

    >>> chord_name(0), chord_name(7 * len(_KINDS) + 2), chord_name(NO_CHORD)
    ('C', 'G7', '-')
    """
    if chord == NO_CHORD:
        return "-"
    return _ROOTS[chord // len(_KINDS)] + list(_KINDS)[chord % len(_KINDS)]


def chords_of_beats(notes: Sequence[SongNote], ticks: int) -> list[int]:
    """The chord of every beat of so many ticks, as a number; NO_CHORD where none is clear.

    A beat in which little sounds goes on with the chord before.
    """
    beats = -(-ticks // TICKS_PER_BEAT)
    weights, lowest = np.zeros((beats, 12)), np.full(beats, 128)
    for note in notes:
        first = int(note.tick // TICKS_PER_BEAT)
        last = int((note.tick + max(note.length_ticks, 1.0) - 0.5) // TICKS_PER_BEAT)
        for beat in range(max(first, 0), min(last, beats - 1) + 1):
            start, end = beat * TICKS_PER_BEAT, (beat + 1) * TICKS_PER_BEAT
            held = min(note.tick + note.length_ticks, end) - max(note.tick, start)
            weights[beat, note.note % 12] += max(held, 1.0)
            lowest[beat] = min(lowest[beat], note.note)
    chords: list[int] = []
    for row, low in zip(weights, lowest, strict=True):
        if np.count_nonzero(row) < 2:
            chords.append(chords[-1] if chords else NO_CHORD)
        else:
            chords.append(_chord(row, int(low)))
    return chords


def _chord(weights: Floats, lowest: int) -> int:
    """The chord most like these weights of pitch classes [12]."""
    levels = np.sqrt(weights)  # long notes count for more, but not for all
    alike = _TEMPLATES @ (levels / np.linalg.norm(levels))
    root = lowest % 12
    favoured = alike.copy()
    favoured[root * len(_KINDS) : (root + 1) * len(_KINDS)] += _BASS_WEIGHT * alike.max()
    best = int(np.argmax(favoured))
    return best if alike[best] >= _CLEAR else NO_CHORD


def pitch_classes(notes: Sequence[SongNote]) -> Floats:
    """Share of sounding time of each pitch class [12]."""
    counts = np.zeros(12)
    for note in notes:
        counts[note.note % 12] += min(max(note.length_ticks, 1.0), 4.0 * TICKS_PER_BEAT)
    return counts / max(counts.sum(), 1e-9)


def key_shift(classes: Floats, reference: Floats) -> int:
    """Semitones, -6 … 5, after which pitch classes [12] correlate most with a reference."""
    shifts = range(-6, 6)
    return max(
        shifts, key=lambda s: (round(float(np.roll(classes, s) @ reference), 9), -abs(s), -s)
    )


_BEND: Final = 0xE0
"""Kind of the message of a pitch wheel."""
_MOST_CHORDS: Final = 48
_MOST_VOICES: Final = 512
_LEAST_LENGTH_TICKS: Final = 0.5

Parts = dict[Role, list[SongNote]]


@dataclass(frozen=True, kw_only=True)
class ScoreMaterial:
    """Phrases and vocabulary that an event model learns a score from."""

    phrases: tuple[Phrase, ...]
    vocabulary: tuple[Voice, ...]
    chords: tuple[int, ...]
    """What the contexts of the phrases stand for; see harmony."""
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()
    """What of the files is damaged or not learnt as it is written."""


def find_midi(folder: Path) -> list[tuple[str, Path]]:
    """MIDI files of a folder and those in it, by name; or the one file. Raises CorpusError."""
    if folder.is_file():
        return [(folder.name, folder)]
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such folder; give one of MIDI files")
    found = [
        (path.relative_to(folder).as_posix(), path)
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in MIDI_SUFFIXES and path.is_file()
    ]
    if not found:
        raise CorpusError(f"{folder}: no MIDI files (.mid); give a folder that has some")
    return found


@checked
def read_scores(
    folder: Path, *, progress: Callable[[str, int, int], None] | None = None
) -> ScoreMaterial:
    """The material in a folder of MIDI files. What cannot be read is left out.

    Args:
        folder: Nested or flat, or one file.
        progress: Called with "reading", files done, files there are.

    Returns:
        Phrases of notes and the voices they are for; see `learn_score`.

    Raises:
        CorpusError: None of the files can be read.
    """
    songs: list[Song] = []
    lost: list[LeftOut] = []
    remarks: list[str] = []
    files = find_midi(folder)
    for index, (name, path) in enumerate(files):
        try:
            read = read_midi(path)
        except SoundError as error:
            lost.append(LeftOut(name=name, reason=str(error)))
        else:
            songs += read
            remarks += [f"{name}: {clause}" for clause in dict.fromkeys(_clauses(read))]
        if progress is not None:
            progress("reading", index + 1, len(files))
    if not songs:
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in lost[:3])
        raise CorpusError(f"{folder}: no MIDI file that can be used ({reasons})")
    return material_of(songs, left_out=lost, remarks=remarks)


def _clauses(songs: Iterable[Song]) -> Iterator[str]:
    for song in songs:
        yield from song.remarks
        if any(message.kind == _BEND for message in song.messages):
            yield "the file bends notes; bends are not learnt"


def material_of(
    songs: Sequence[Song], *, left_out: Sequence[LeftOut] = (), remarks: Sequence[str] = ()
) -> ScoreMaterial:
    """Songs as phrases over one vocabulary, in one key."""
    parts = _in_one_key([_parts(song) for song in songs])
    vocabulary = _vocabulary(parts)
    chords = [_chords(own, song) for own, song in zip(parts, songs, strict=True)]
    counted = Counter(chord for own in chords for chord in own if chord != NO_CHORD)
    known = tuple(sorted(chord for chord, _ in counted.most_common(_MOST_CHORDS)))
    phrases = tuple(
        _phrase(song, own, vocabulary, [known.index(c) if c in known else NO_CHORD for c in under])
        for song, own, under in zip(songs, parts, chords, strict=True)
    )
    return ScoreMaterial(
        phrases=phrases,
        vocabulary=vocabulary,
        chords=known,
        left_out=tuple(left_out),
        remarks=tuple(remarks),
    )


def phrase_in(song: Song, vocabulary: Sequence[Voice]) -> Phrase:
    """A song as a phrase over a vocabulary, transposed to where most of its notes are in it."""
    parts = _parts(song)
    names = {(voice.label, voice.note) for voice in vocabulary}

    def known(shift: int) -> int:
        moved = _moved(parts, shift)
        return sum((role, n.note) in names for role, notes in moved.items() for n in notes)

    shift = max(range(-6, 6), key=lambda s: (known(s), -abs(s)))
    return _phrase(song, _moved(parts, shift), tuple(vocabulary), [])


def _parts(song: Song) -> Parts:
    groups: dict[tuple[int, int, bool], list[SongNote]] = {}
    for note in song.notes:
        groups.setdefault(note.part, []).append(note)
    roles = part_of_notes(groups, song.track_names)
    parts: Parts = {}
    for group, notes in groups.items():
        parts.setdefault(roles[group], []).extend(notes)
    return parts


def _pitched(parts: Parts) -> list[SongNote]:
    return [note for role, notes in parts.items() if role != DRUMS for note in notes]


def _moved(parts: Parts, semitones: int) -> Parts:
    """All but the drums, so many semitones higher; what leaves the keyboard, an octave back."""

    def moved(note: SongNote) -> SongNote:
        pitch = note.note + semitones
        pitch += 12 if pitch < 0 else -12 if pitch > 127 else 0
        return replace(note, note=pitch)

    if semitones == 0:
        return parts
    return {
        role: notes if role == DRUMS else [moved(note) for note in notes]
        for role, notes in parts.items()
    }


def _in_one_key(parts: Sequence[Parts]) -> list[Parts]:
    """Every song's parts in the key of the one with most notes, as the songs so far have it."""
    order = sorted(range(len(parts)), key=lambda i: -len(_pitched(parts[i])))
    reference = np.zeros(12)
    moved = list(parts)
    for i in order:
        classes = pitch_classes(_pitched(parts[i]))
        shift = key_shift(classes, reference) if reference.any() and classes.any() else 0
        moved[i] = _moved(parts[i], shift)
        reference = reference + np.roll(classes, shift)
    return moved


def _vocabulary(parts: Sequence[Parts]) -> tuple[Voice, ...]:
    """Every note of every part; where there are too many, the most common."""
    counted = Counter(
        (role, note.note) for own in parts for role, notes in own.items() for note in notes
    )
    kept = [key for key, _ in counted.most_common(_MOST_VOICES)]
    in_order = sorted(kept, key=lambda key: (ROLES.index(key[0]), key[1]))
    return tuple(Voice(label=role, note=note) for role, note in in_order)


def _chords(parts: Parts, song: Song) -> list[int]:
    """The chord of each beat: by what accompanies, or by all where nothing does."""
    accompanying = [*parts.get("chords", []), *parts.get("bass", [])]
    return chords_of_beats(accompanying or _pitched(parts), song.ticks)


def _phrase(song: Song, parts: Parts, vocabulary: Sequence[Voice], chords: Sequence[int]) -> Phrase:
    """From the first bar with a note in it on."""
    index = {(voice.label, voice.note): i for i, voice in enumerate(vocabulary)}
    bar = song.beats_per_bar * TICKS_PER_BEAT
    first = int(song.notes[0].tick + 0.5) // bar * bar
    events = []
    for role, notes in parts.items():
        for note in notes:
            voice = index.get((role, note.note))
            if voice is None:
                continue
            tick = round(note.tick)
            events.append(
                Event(
                    tick=tick - first,
                    voice=voice,
                    velocity=float(note.velocity),
                    length_ticks=max(note.length_ticks, _LEAST_LENGTH_TICKS),
                    late_s=(note.tick - tick) * song.tempo.tick_s_at(note.tick),
                )
            )
    return Phrase(
        name=song.name,
        events=tuple(sorted(events, key=lambda event: (event.tick, event.voice))),
        ticks=song.ticks - first,
        tempo_bpm=min(max(song.tempo.main_bpm(song.ticks), 20.0), 400.0),
        beats_per_bar=song.beats_per_bar,
        context=tuple(chords[first // TICKS_PER_BEAT :]),
    )
