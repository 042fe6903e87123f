from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from messina.baselines.blues_form import VOCABULARY, chord_units, chorus, phrase_of
from messina.errors import CorpusError
from messina.events import Event, Phrase, Voice
from messina.sequences.midi import read_midi
from messina.sequences.midi_writing import write_midi
from messina.sequences.score_material import (
    chord_name,
    find_midi,
    material_of,
    phrase_in,
    read_scores,
)
from messina.sequences.song import SongNote
from messina.sequences.voice_assignment import part_of_notes, polyphony


def write_blues(path: Path, seed: int, *, higher: int = 0) -> None:
    phrase = phrase_of(chord_units(1), chorus(np.random.default_rng(seed)), name="b")
    voices = [Voice(label=v.label, note=(v.note or 0) + higher) for v in VOCABULARY]
    write_midi(path, phrase, voices)


def test_a_folder_becomes_phrases_of_parts_over_chords(tmp_path: Path) -> None:
    for seed in range(3):
        write_blues(tmp_path / f"{seed}.mid", seed)
    (tmp_path / "odd.mid").write_bytes(b"nothing")
    material = read_scores(tmp_path)
    assert [lost.name for lost in material.left_out] == ["odd.mid"]
    assert {voice.label for voice in material.vocabulary} == {"chords", "melody"}
    assert [chord_name(chord) for chord in material.chords] == ["C7", "Dm7", "F7", "G7", "A7"]
    bars = [chord_name(material.chords[c]) for c in material.phrases[0].context[::4]]
    assert " ".join(bars) == "C7 F7 C7 C7 F7 F7 C7 A7 Dm7 G7 C7 G7"
    assert all(phrase.ticks == 12 * 96 for phrase in material.phrases)


def test_what_is_damaged_is_learnt_as_far_as_it_goes_and_said(tmp_path: Path) -> None:
    write_blues(tmp_path / "whole.mid", seed=4)
    data = (tmp_path / "whole.mid").read_bytes()
    (tmp_path / "short.mid").write_bytes(data[: len(data) * 2 // 3])
    material = read_scores(tmp_path)
    assert len(material.phrases) == 2
    assert any(said.startswith("short.mid: it ends too soon") for said in material.remarks)
    assert not any(said.startswith("whole.mid") for said in material.remarks)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="it refuses such names")
def test_names_of_pieces_are_text_whatever_bytes_name_the_file(tmp_path: Path) -> None:
    write_blues(tmp_path / os.fsdecode(b"M\xe4rz.mid"), seed=4)
    assert read_scores(tmp_path).phrases[0].name == r"M\xe4rz"


def test_pieces_in_other_keys_are_moved_into_one(tmp_path: Path) -> None:
    for shift in (0, 3, -4):
        write_blues(tmp_path / f"{shift}.mid", seed=4, higher=shift)
    one, two, three = read_scores(tmp_path).phrases
    assert [e.voice for e in one.events] == [e.voice for e in two.events]
    assert one.context == two.context == three.context


def test_a_piece_is_put_into_what_was_learnt_whatever_its_key(tmp_path: Path) -> None:
    write_blues(tmp_path / "a.mid", seed=4)
    write_blues(tmp_path / "b.mid", seed=4, higher=5)
    songs = [read_midi(tmp_path / name)[0] for name in ("a.mid", "b.mid")]
    material = material_of(songs[:1])
    assert phrase_in(songs[1], material.vocabulary).events == material.phrases[0].events


def test_bars_of_silence_in_front_are_left_out(tmp_path: Path) -> None:
    event = Event(tick=200, voice=0, velocity=90, length_ticks=24)
    phrase = Phrase(name="late", events=(event,), ticks=288, tempo_bpm=100)
    write_midi(tmp_path / "late.mid", phrase, [Voice(label="melody", note=60)])
    found = read_scores(tmp_path).phrases[0]
    assert found.events[0].tick == 200 - 192
    assert found.ticks == 96


def test_folders_without_music_say_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no MIDI files"):
        find_midi(tmp_path)
    with pytest.raises(CorpusError, match="no such folder"):
        find_midi(tmp_path / "none")
    (tmp_path / "odd.mid").write_bytes(b"nothing")
    with pytest.raises(CorpusError, match=r"no MIDI file that can be used \(odd.mid: not a MIDI"):
        read_scores(tmp_path)


def line(*pitches: int, channel: int = 0, track: int = 0, program: int = 0) -> list[SongNote]:
    return [
        SongNote(
            tick=24.0 * i,
            length_ticks=23,
            note=pitch,
            velocity=80,
            channel=channel,
            track=track,
            program=program,
        )
        for i, pitch in enumerate(pitches)
    ]


def test_parts_are_told_by_channel_register_and_polyphony() -> None:
    triads = [n for pitch in (60, 64, 67) for n in line(*[pitch] * 4)]
    groups = {
        "kit": line(36, 38, channel=9),
        "low": line(36, 40, 43, 40),
        "high": line(72, 74, 76, 79),
        "mid": line(62, 64, 65, 67),
        "triads": triads,
        "named": line(72, 74, track=1),
    }
    roles = part_of_notes(groups, ("", "Bass line"))
    assert roles == {
        "kit": "drums",
        "low": "bass",
        "high": "melody",
        "mid": "chords",
        "triads": "chords",
        "named": "bass",
    }


def test_legato_is_not_polyphony() -> None:
    slurred = [
        SongNote(
            tick=24.0 * i,
            length_ticks=26,
            note=60 + i,
            velocity=80,
            channel=0,
            track=0,
            program=0,
        )
        for i in range(8)
    ]
    assert polyphony(slurred) < 1.1
    assert polyphony([*line(60, 60), *line(64, 64), *line(67, 67)]) > 2.5
