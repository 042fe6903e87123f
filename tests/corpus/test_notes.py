"""Names propose, sounds dispose."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.signals import BAR, burst, kick, tone
from messina.corpus.clips import Clip, clip_from
from messina.corpus.naming import Named
from messina.corpus.notes import find_notes, measured_pitch_hz
from messina.units import note_to_hz


def _clip(sound: np.ndarray) -> Clip:
    return clip_from(sound.astype(np.float32)[:, None], file="x", name="x")


def _bar(note: float) -> Clip:
    return _clip(tone(float(note_to_hz(note)), partials=BAR))


def _notes(clips: list[Clip], named: list[Named]) -> list[float | None]:
    return [found.note for found in find_notes(clips, named)]


def test_measured_notes_are_fractions() -> None:
    notes = _notes([_bar(60.2), _bar(64.0)], [Named(label="kalimba")] * 2)
    assert notes == pytest.approx([60.2, 64.0], abs=0.05)


@pytest.mark.parametrize("octaves", [-1, 0, 1, 2])
def test_the_octave_of_note_names_is_decided_once_by_the_sounds(octaves: int) -> None:
    written = [48, 52, 55, 60, 64]
    clips = [_bar(note + 12 * octaves) for note in written]
    clips.append(_clip(burst()))
    named = [Named(label="x", note=note, note_source="name") for note in [*written, 36]]
    found = find_notes(clips, named)
    assert {each.moved_semitones for each in found} == {12 * octaves}
    assert [each.note for each in found] == [note + 12 * octaves for note in [*written, 36]]


def test_midi_numbers_are_never_moved() -> None:
    clips = [_bar(note + 12) for note in (48, 55, 60)]
    named = [Named(label="x", note=note, note_source="number") for note in (48, 55, 60)]
    assert _notes(clips, named) == [48, 55, 60]


def test_numbers_that_do_not_fit_the_sounds_are_counters() -> None:
    clips = [_bar(note) for note in (60, 67, 63, 72, 58)]
    named = [Named(label="x", note=n, note_source="number") for n in (37, 38, 39, 40, 41)]
    assert _notes(clips, named) == pytest.approx([60, 67, 63, 72, 58], abs=0.05)


def test_drums_have_no_note_unless_their_names_say_so() -> None:
    tonal = [_bar(note) for note in (45, 50, 55)]
    assert _notes(tonal, [Named(label="Floor Tom")] * 3) == [None] * 3
    named = [Named(label="Tom", note=n, note_source="name") for n in (45, 50, 55)]
    assert _notes(tonal, named) == [45, 50, 55]


def test_kicks_and_noises_have_no_note_whatever_they_are_called() -> None:
    clips = [_clip(kick()), _clip(kick(start_hz=200)), _clip(burst(seed=1)), _clip(burst(seed=2))]
    assert _notes(clips, [Named(label="thing")] * 4) == [None] * 4


def test_the_deviation_from_a_named_note_is_measured() -> None:
    pitch = measured_pitch_hz(_bar(60.3), 60)
    assert pitch == pytest.approx(float(note_to_hz(60.3)), rel=6e-4)  # a cent
    assert measured_pitch_hz(_clip(burst()), None) is None
