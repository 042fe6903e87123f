"""File names as libraries, samplers and recorders give them: what each tells of its sound."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from messina.corpus.labels import SoundEvidence
from messina.corpus.naming import Named, read_names


@dataclass(frozen=True)
class Told:
    """What one name has to tell; None where it must tell nothing."""

    label: str
    note: int | None = None
    velocity: float | None = None
    take: int | None = None


LIBRARIES: dict[str, dict[str, Told]] = {
    "durations and dynamics in words": {
        "violin_A3_1_forte_arco-normal": Told("violin_arco-normal", 57, 96, 1),
        "violin_A3_025_piano_arco-normal": Told("violin_arco-normal", 57, 48, 25),
        "violin_As3_1_fortissimo_arco-normal": Told("violin_arco-normal", 58, 112, 1),
        "violin_Cs4_15_mezzo-piano_arco-normal": Told("violin_arco-normal", 61, 64, 15),
    },
    "dots, flats and strings": {
        "Violin.arco.ff.sulA.Bb4.stereo": Told("Violin arco sulA", 70, 112),
        "Violin.arco.pp.sulA.A4.stereo": Told("Violin arco sulA", 69, 32),
        "Violin.arco.mf.sulA.A4B5.stereo": Told("Violin arco sulA", None, 80),
    },
    "layers and round robins": {
        "Flute_susvib_C4_v1_1": Told("Flute_susvib", 60, 31.8, 1),
        "Flute_susvib_C4_v2_2": Told("Flute_susvib", 60, 95.2, 2),
    },
    "key, name, dynamics and take": {
        f"Ukulele_BU1_{key}_{name}_{dynamics}_{take}": Told("Ukulele_BU1", key, velocity, take)
        for key, name in ((72, "C4"), (84, "C5"))
        for dynamics, velocity in (("p", 48), ("f", 96))
        for take in (1, 2, 3)
    },
    "key and letter": {
        "036-C": Told("organ", 36),
        "037-C#": Told("organ", 37),
        "038-D": Told("organ", 38),
    },
    "marked keys": {
        "pad_note48_vel127": Told("pad", 48, 127),
        "pad_note60_vel30": Told("pad", 60, 30),
    },
    "serial numbers at the end": {
        "My Keys-C2-V127-9F9A": Told("My Keys", 36, 127),
        "My Keys-C2-V40-B8B8": Told("My Keys", 36, 40),
        "My Keys-E2-V127-C037": Told("My Keys", 40, 127),
        "My Keys-E2-V40-2BEC": Told("My Keys", 40, 40),
    },
    "counters with a letter": {
        "Kick 1a": Told("Kick"),
        "Kick 1b": Told("Kick"),
        "Kick 2a": Told("Kick"),
        "Tom_C2_12x_v90": Told("Tom", 36, 90),
        "Tom_C2_12y_v30": Told("Tom", 36, 30),
        "Snare 7z": Told("Snare 7z"),
        "Bass 808a": Told("Bass 808a"),
        "Bass 808b": Told("Bass 808b"),
    },
    "ranges of velocities": {
        "Vibes_C3_v1-40": Told("Vibes", 48, 20.5),
        "Vibes_C3_v41-90": Told("Vibes", 48, 65.5),
        "Vibes_C3_v91-127": Told("Vibes", 48, 109),
    },
    "ranges without a mark": {
        "EP_E3_001-031": Told("EP", 52, 16),
        "EP_E3_032-095": Told("EP", 52, 63.5),
        "EP_E3_096-127": Told("EP", 52, 111.5),
    },
    "layer and take look like a range": {
        "Kick v1-1": Told("Kick", None, 31.8, 1),
        "Kick v1-2": Told("Kick", None, 31.8, 2),
        "Kick v2-1": Told("Kick", None, 95.2, 1),
        "Kick v2-2": Told("Kick", None, 95.2, 2),
    },
    "velocities from nought": {
        f"Snare-{velocity:03d}": Told("Snare", None, max(1, velocity))
        for velocity in (0, 4, 9, 31, 66, 101, 127)
    },
    "a counter of 127": {f"Snare {n:03d}": Told("Snare", None, None, n) for n in range(1, 128)},
    "one letter counts the takes": {
        f"{drum}_V{layer}_R{take}": Told(drum, None, velocity, take)
        for drum in ("Kick", "Rim")
        for layer, velocity in ((1, 31.8), (2, 95.2))
        for take in (1, 2)
    },
    "two snares with takes of their own": {
        f"Snare {snare} R{take}": Told(f"Snare {snare}", None, None, take)
        for snare in (1, 2)
        for take in (1, 2, 3)
    },
    "right and left are no takes": {"Kick_R": Told("Kick_R"), "Kick_L": Told("Kick_L")},
    "a file that was another kind before": {
        "harp_C4_rr1.mp3": Told("harp", 60, None, 1),
        "harp_D4_rr2.mp3": Told("harp", 62, None, 2),
        "kick.wav": Told("kick"),
    },
    "German": {
        "Klavier_H3": Told("Klavier", 59),
        "Klavier_B3": Told("Klavier", 58),
        "Klavier_Cis4": Told("Klavier", 61),
        "Klavier_Es4": Told("Klavier", 63),
        "Klavier_As4": Told("Klavier", 68),
    },
    "German in small letters, apart": {
        "orgel h 3": Told("orgel", 59),
        "orgel b 3": Told("orgel", 58),
        "orgel cis 4": Told("orgel", 61),
        "orgel d 4": Told("orgel", 62),
    },
    "English with s for sharp": {
        "Kalimba-As3": Told("Kalimba", 58),
        "Kalimba-Cs4": Told("Kalimba", 61),
        "Kalimba-B3": Told("Kalimba", 59),
    },
    "solfège": {
        "piano_Do4": Told("piano", 60),
        "piano_Mi4": Told("piano", 64),
        "piano_Fa#4": Told("piano", 66),
        "piano_Sol4": Told("piano", 67),
    },
    "Japanese": {
        "琴_ド4": Told("琴", 60),
        "琴_ミ4": Told("琴", 64),
        "琴_ソ4": Told("琴", 67),
    },
    "a single syllable is a word": {
        "la_cloche": Told("la_cloche"),
        "Do 4": Told("Do", None, None, 4),
    },
    "a tracker's": {
        "Bass C-2": Told("Bass", 36),
        "Bass C#2": Told("Bass", 37),
        "Bass D-2": Told("Bass", 38),
    },
    "a minus": {
        "Sub C-1": Told("Sub", 0),
        "Sub C0": Told("Sub", 12),
        "Sub G0": Told("Sub", 19),
    },
    "letter and octave apart": {
        "Celesta C 4": Told("Celesta", 60),
        "Celesta E 4": Told("Celesta", 64),
        "Celesta G# 5": Told("Celesta", 80),
    },
    "accidentals in words and signs": {
        "Bell C sharp 4": Told("Bell", 61),
        "Bell D-flat-5": Told("Bell", 73),
        "Bell E♭4": Told("Bell", 63),
    },
    "no space before the note": {
        "PianoC4": Told("Piano", 60),
        "PianoE4": Told("Piano", 64),
        "PianoG#4": Told("Piano", 68),
    },
    "no space, but drums": {
        "KickA1": Told("KickA", None, None, 1),
        "KickB1": Told("KickB", None, None, 1),
        "KickC1": Told("KickC", None, None, 1),
    },
    "models that look like notes": {
        "Clav_D6_C3_rr1": Told("Clav_D6", 48, None, 1),
        "Clav_D6_E3_rr1": Told("Clav_D6", 52, None, 1),
        "B3 Organ C4": Told("B3 Organ", 60),
        "B3 Organ E4": Told("B3 Organ", 64),
    },
    "kits that count in letters": {f"Snare {letter}": Told(f"Snare {letter}") for letter in "ABCD"},
    "loops and their keys": {
        "120bpm_Bass_C2_Amin": Told("Bass", 36),
        "Lead Loop - 98 BPM F# Minor": Told("Lead Loop"),
    },
    "exported by a recorder": {
        "Kick Long [2021-03-01 120312]": Told("Kick Long"),
        "Kick Long [2021-03-01 120412]": Told("Kick Long"),
    },
}  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
def test_names_of_a_library(library: str) -> None:
    wanted = LIBRARIES[library]
    read = read_names([f"{name}.wav" for name in wanted], root="organ")
    told = {
        name: Told(named.label, named.note, named.velocity, named.round_robin)
        for name, named in zip(wanted, read, strict=True)
    }
    assert told == {
        name: Told(each.label, each.note, each.velocity, each.take) for name, each in wanted.items()
    }


def _read(heard: dict[str, SoundEvidence]) -> dict[str, Named]:
    names = list(heard)
    return dict(zip(names, read_names(names, heard=heard), strict=True))


def test_the_sounds_tell_english_from_german_where_names_do_not() -> None:
    english = _read(
        {
            "x B3.wav": SoundEvidence(note=59.1),
            "x Es4.wav": SoundEvidence(note=65),
            "x C4.wav": SoundEvidence(),
        }
    )
    assert [named.note for named in english.values()] == [59, 65, 60]
    german = _read(
        {
            "x B3.wav": SoundEvidence(note=57.9),
            "x Es4.wav": SoundEvidence(note=63),
            "x C4.wav": SoundEvidence(),
        }
    )
    assert [named.note for named in german.values()] == [58, 63, 60]


def test_languages_are_told_apart_in_any_octave() -> None:
    read = _read(
        {
            "x B3.wav": SoundEvidence(note=70),
            "x C4.wav": SoundEvidence(note=72),
            "x D4.wav": SoundEvidence(note=74),
        }
    )
    assert read["x B3.wav"].note == 58


def test_digits_are_octaves_where_the_sounds_rise_with_them_and_takes_where_they_stay() -> None:
    octaves = _read(
        {f"Gtr {n}-{o}.wav": SoundEvidence(note=o * 12 + 4) for n in "E" for o in (2, 3, 4)}
    )
    assert [named.note for named in octaves.values()] == [40, 52, 64]
    takes = _read({f"Gtr {n}-{t}.wav": SoundEvidence(note=40) for n in "E" for t in (2, 3, 4)})
    assert {named.note for named in takes.values()} == {None}


def test_strings_are_notes_whose_octave_is_heard() -> None:
    strings = {"E": 40, "A": 45, "D": 50, "G": 55, "B": 59, "e": 64}
    read = _read(
        {f"Gtr {s}-{t}.wav": SoundEvidence(note=n) for s, n in strings.items() for t in (1, 2)}
    )
    assert {named.label for named in read.values()} == {"Gtr"}
    assert read["Gtr A-1.wav"].pitch_class == 9
    assert read["Gtr A-2.wav"].round_robin == 2


def test_layers_that_are_numbered_from_the_loudest_are_turned_round() -> None:
    levels = {1: -6.0, 2: -14.0, 3: -22.0}
    read = _read(
        {f"Tom_v{v}_{t}.wav": SoundEvidence(loudness_db=levels[v]) for v in levels for t in (1, 2)}
    )
    first, *_, last = [named.velocity or 0 for named in read.values()]
    assert first > last


def test_numbers_from_nought_with_gaps_are_velocities_where_the_sounds_rise_with_them() -> None:
    steps = (0, 24, 48, 72, 96)
    rising = _read({f"Rim-{v:03d}.wav": SoundEvidence(loudness_db=-40 + v / 3) for v in steps})
    assert [named.velocity for named in rising.values()] == [1, 24, 48, 72, 96]
    level = _read({f"Rim-{v:03d}.wav": SoundEvidence(loudness_db=-20 - v % 5) for v in steps})
    assert {named.velocity for named in level.values()} == {None}
