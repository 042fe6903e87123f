"""Names propose, sounds dispose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corpus.signals import BAR, burst, harmonics, kick, tone
from messina.corpus.chunks import Chunks, InstrumentChunk, SamplerChunk
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


# --- what is written against what is heard ---

BELL = ((0.5, 0.3), (1.0, 0.35), (1.19, 0.6), (1.5, 0.25), (2.0, 1.0), (2.51, 0.4), (3.01, 0.5))
"""Hum, prime, tierce, quint, nominal and above; what is heard as its note is the prime."""


def _string(note: float, *, file: str = "x") -> Clip:
    sound = tone(float(note_to_hz(note)), partials=harmonics(8), seconds=0.8)
    return replace(_clip(sound), file=file, name=file)


def _bell(note: float) -> Clip:
    return _clip(tone(float(note_to_hz(note)), partials=BELL, decay_s=2.0, seconds=1.5))


def _rooted(clip: Clip, root: int, above: float = 0.0) -> Clip:
    return replace(clip, chunks=Chunks(sampler=SamplerChunk(root=root, above_semitones=above)))


def _named(label: str, notes: list[int]) -> list[Named]:
    return [Named(label=label, note=note, note_source="name") for note in notes]


def test_every_label_follows_its_own_octave_convention() -> None:
    sounding = [48, 51, 54, 57, 60]
    clips = [_string(note) for note in sounding] * 3
    named = [
        *_named("harp", [note - 12 for note in sounding]),
        *_named("lute", sounding),
        *_named("koto", [note + 12 for note in sounding]),
    ]
    assert _notes(clips, named) == sounding * 3


def test_two_makers_with_two_sounds_each_are_told_apart_by_their_folders() -> None:
    clips = [_string(note, file=f"{maker}/{note}") for maker in "ab" for note in (48, 55)]
    named = [*_named("harp", [36, 43]), *_named("lute", [48, 55])]
    assert _notes(clips, named) == [48, 55, 48, 55]


def test_one_wrong_name_among_right_ones_is_what_it_sounds_and_that_is_told() -> None:
    sounding = [60, 62, 63, 65, 67]
    found = find_notes([_string(n) for n in sounding], _named("glock", [60, 62, 64, 65, 67]))
    assert [each.note for each in found] == sounding
    assert [bool(each.remark) for each in found] == [False, False, True, False, False]
    assert "E4 (64)" in found[2].remark
    assert "D#4 (63)" in found[2].remark


@pytest.mark.parametrize("octave", [-12, 12])
def test_a_name_an_octave_off_among_right_ones_is_found_out(octave: int) -> None:
    sounding = [55, 57, 60, 64, 67]
    written = [55, 57, 60 + octave, 64, 67]
    assert _notes([_string(n) for n in sounding], _named("harp", written)) == sounding


def test_a_wrong_name_in_a_set_out_of_tune_is_the_whole_note_of_that_tuning() -> None:
    sounding = [55, 57, 60, 64, 67]
    clips = [_string(note - 0.32) for note in sounding]  # A4 = 432 Hz
    assert _notes(clips, _named("harp", [55, 57, 61, 64, 67])) == sounding


def test_a_set_written_for_a_transposing_instrument_is_what_it_sounds() -> None:
    sounding = [55, 58, 60, 62, 65]
    found = find_notes(
        [_string(n) for n in sounding], _named("clarinet", [n + 2 for n in sounding])
    )
    assert [each.note for each in found] == sounding
    assert {each.moved_semitones for each in found} == {-2}


def test_bells_keep_the_octave_of_their_names_though_their_hum_is_measured() -> None:
    notes = [60, 64, 67, 72]
    assert _notes([_bell(n) for n in notes], _named("bell", notes)) == notes


def test_root_keys_of_bells_and_of_breath_are_their_notes() -> None:
    bells = [_rooted(_bell(n), n) for n in (60, 64, 67)]
    breath = [_rooted(_clip(burst(seed=n)), n) for n in (48, 52, 55)]
    assert _notes(bells, [Named(label="bell")] * 3) == [60, 64, 67]
    assert _notes(breath, [Named(label="breath")] * 3) == [48, 52, 55]


def test_a_root_key_that_nobody_set_says_nothing() -> None:
    clips = [_rooted(_string(n), 60) for n in (48, 52, 55, 59)]
    assert _notes(clips, [Named(label="lead")] * 4) == pytest.approx([48, 52, 55, 59], abs=0.05)
    noises = [_rooted(_clip(burst(seed=n)), 60) for n in range(3)]
    assert _notes(noises, [Named(label="thing")] * 3) == [None] * 3


def test_root_keys_of_drums_are_keys_they_lie_on() -> None:
    clips = [_rooted(_clip(kick(start_hz=150 + n)), 36 + n) for n in range(4)]
    assert _notes(clips, [Named(label="Kick")] * 4) == [None] * 4


def test_root_keys_of_a_kit_that_is_laid_out_key_by_key_are_no_notes() -> None:
    clips = [_rooted(_clip(burst(seed=n)), 36 + n) for n in range(5)]
    assert _notes(clips, [Named(label="noises")] * 5) == [None] * 5
    assert _notes(clips[:1], [Named(label="zap")]) == [None]


def test_one_wrong_root_key_is_what_it_sounds_and_that_is_told() -> None:
    sounding = [48, 52, 55, 59]
    clips = [_rooted(_string(n), n + 2 * (n == 55)) for n in sounding]
    found = find_notes(clips, [Named(label="lead")] * 4)
    assert [each.note for each in found] == sounding
    assert [bool(each.remark) for each in found] == [False, False, True, False]


def test_root_keys_an_octave_over_plain_sounds_give_way() -> None:
    clips = [_rooted(_string(n), n + 12) for n in (48, 52, 55, 59)]
    found = find_notes(clips, [Named(label="bass")] * 4)
    assert [each.note for each in found] == [48, 52, 55, 59]
    assert all(each.remark for each in found)


@pytest.mark.parametrize("sign", [1, -1])
def test_fine_tuning_of_a_chunk_is_measured_for_programs_differ_in_its_sign(sign: int) -> None:
    clips = [_rooted(_string(n + sign * 0.37), n, 0.37) for n in (48, 52, 55)]
    notes = _notes(clips, [Named(label="lead")] * 3)
    assert notes == pytest.approx([n + sign * 0.37 for n in (48, 52, 55)], abs=0.05)


def test_of_name_and_root_key_the_sound_decides() -> None:
    clips = [_rooted(_string(55), 57), _rooted(_string(60), 60), _rooted(_string(64), 64)]
    found = find_notes(clips, _named("lead", [55, 60, 64]))
    assert [each.note for each in found] == [55, 60, 64]
    assert "A3 (57)" in found[0].remark


def test_root_keys_tell_the_octave_of_names_where_the_sounds_do_not() -> None:
    clips = [_rooted(_bell(n), n) for n in (60, 64, 67)]
    assert _notes(clips, _named("bell", [48, 52, 55])) == [60, 64, 67]


def test_an_instrument_chunk_has_a_root_key_too() -> None:
    chunks = Chunks(instrument=InstrumentChunk(root=62))
    clips = [replace(_clip(burst(seed=1)), chunks=chunks), _rooted(_clip(burst(seed=2)), 65)]
    assert _notes(clips, [Named(label="wind")] * 2) == [62, 65]


def test_a_letter_gives_the_note_and_the_sound_its_octave() -> None:
    named = [Named(label="bass", pitch_class=c) for c in (0, 4, 6)]
    assert _notes([_string(n) for n in (36, 40.2, 54)], named) == [36, 40, 54]


def test_sources_tell_how_sure_a_note_is() -> None:
    clips = [_string(60), _string(64), _clip(burst()), _string(67)]
    named = [*_named("harp", [60, 64, 67]), Named(label="harp")]
    sources = [each.source for each in find_notes(clips, named)]
    assert sources[0] == "name and sound (sure)"
    assert sources[2] == "name (likely)"
    assert sources[3] == "sound (likely)"


def test_a_harmonic_is_not_the_pitch() -> None:
    """The octave and the twelfth of what is asked for do not make it sound."""
    assert measured_pitch_hz(_string(60), 48) is None
    assert measured_pitch_hz(_string(60), 41) is None


def test_a_missing_fundamental_is_heard_by_its_second_and_third_multiples() -> None:
    without = _clip(tone(110.0, partials=[(2.0, 1.0), (3.0, 0.7), (4.0, 0.5)]))
    assert measured_pitch_hz(without, 45) == pytest.approx(110.0, rel=1e-3)
