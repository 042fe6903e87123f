from __future__ import annotations

import numpy as np
import pytest

from messina.sequences.score_material import (
    NO_CHORD,
    chord_name,
    chords_of_beats,
    key_shift,
    pitch_classes,
)
from messina.sequences.song import SongNote


def note(pitch: int, tick: float = 0.0, length: float = 96.0) -> SongNote:
    return SongNote(
        tick=tick, length_ticks=length, note=pitch, velocity=80, channel=0, track=0, program=0
    )


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ((60, 64, 67), "C"),
        ((57, 60, 64), "Am"),
        ((55, 59, 62, 65), "G7"),
        ((62, 65, 69, 72), "Dm7"),
        ((64, 67, 72), "C"),  # an inversion
        ((61, 64, 67, 69), "A7"),  # another
        ((36, 64, 67, 70), "C7"),  # without its fifth, the bass below
        ((60, 63, 66), "Cdim"),
        ((60, 64, 67, 71), "Cmaj7"),
    ],
)
def test_chords_are_known_by_their_notes(pitches: tuple[int, ...], name: str) -> None:
    chords = chords_of_beats([note(pitch) for pitch in pitches], 96)
    assert [chord_name(chord) for chord in chords] == [name] * 4


def test_broken_chords_and_passing_notes_do_not_hide_the_harmony() -> None:
    held = [note(48), note(52), note(55)]
    passing = [note(74, 12 * i, 6) for i in range(8)]
    assert {chord_name(c) for c in chords_of_beats([*held, *passing], 96)} == {"C"}


def test_a_beat_of_little_goes_on_with_the_chord_before() -> None:
    chords = chords_of_beats([note(60, 0, 24), note(64, 0, 24), note(67, 0, 24)], 72)
    assert [chord_name(c) for c in chords] == ["C", "C", "C"]


def test_clusters_and_silence_are_no_chord() -> None:
    cluster = [note(60 + i) for i in range(7)]
    assert chords_of_beats(cluster, 24) == [NO_CHORD]
    assert chords_of_beats([], 48) == [NO_CHORD, NO_CHORD]


@pytest.mark.parametrize("shift", [-5, -1, 0, 2, 5])
def test_the_same_piece_in_another_key_is_moved_back(shift: int) -> None:
    rng = np.random.default_rng(1)
    scale = np.array([60, 62, 64, 65, 67, 69, 71])
    chances = np.array([0.25, 0.1, 0.15, 0.1, 0.2, 0.1, 0.1])
    piece = [note(int(p), i * 24, 24) for i, p in enumerate(rng.choice(scale, 60, p=chances))]
    moved = [note(n.note + shift, n.tick, 24) for n in piece]
    assert key_shift(pitch_classes(moved), pitch_classes(piece)) == -shift
