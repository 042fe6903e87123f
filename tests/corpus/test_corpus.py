"""Folders and arrays, good and bad, as a whole."""

from __future__ import annotations

import csv
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from corpus.signals import BAR, RATE, burst, harmonics, kick, silence, tone, write
from messina.corpus import Corpus, Sound, analyse_all
from messina.corpus.assembling import DiskBuffer
from messina.corpus.describing import loudness_db
from messina.errors import CorpusError
from messina.export.wave_file import SampleFacts, wave_bytes
from messina.units import note_to_hz


def _by_name(corpus: Corpus) -> dict[str, Sound]:
    return {sound.name: sound for sound in corpus}


def _reasons(corpus: Corpus) -> dict[str, str]:
    return {lost.name: lost.reason for lost in corpus.left_out}


def _mallets(folder: Path, pitches: int = 10) -> Path:
    for note in range(48, 48 + 2 * pitches, 2):
        for velocity in (40, 80, 120):
            sound = tone(float(note_to_hz(note)), seconds=0.4, decay_s=0.3, partials=BAR)
            write(folder / f"marimba_{note}_v{velocity}.wav", velocity / 127 * sound)
    return folder


# --- whole folders ---


def test_a_nested_folder_of_many_formats_and_rates(tmp_path: Path) -> None:
    write(tmp_path / "Kick" / "hard" / "01.wav", kick(), subtype="PCM_24")
    write(tmp_path / "Kick" / "soft" / "01.aiff", 0.3 * kick())
    write(tmp_path / "Snare ❤️" / "rim shot 2.flac", burst())
    stereo = np.stack([burst(seed=1), burst(seed=2)], axis=1)
    write(tmp_path / "hats" / "HiHat-Open_rr1.wav", stereo, rate=48_000, subtype="FLOAT")
    (tmp_path / "read me.txt").write_text("hello")
    corpus = Corpus.from_folder(tmp_path)
    sounds = _by_name(corpus)
    assert corpus.left_out == ()
    assert {s.label for s in corpus} == {"Kick", "rim shot", "HiHat-Open"}
    hard, soft = sounds["Kick/hard/01.wav"], sounds["Kick/soft/01.aiff"]
    assert (hard.velocity or 0) > (soft.velocity or 0)
    # -10.5 dB, and two bits' worth of rounding
    assert hard.loudness_db - soft.loudness_db == pytest.approx(10.46, abs=0.05)
    hat = sounds["hats/HiHat-Open_rr1.wav"]
    assert hat.audio.shape[1] == 2
    assert hat.length_s == pytest.approx(0.3 * 44_100 / 48_000, abs=0.02)
    assert corpus.labels == ("HiHat-Open", "Kick", "rim shot")


def test_sounds_start_at_their_onset_with_what_is_said_of_them(tmp_path: Path) -> None:
    sound = tone(440.0, decay_s=0.5, partials=harmonics(5))
    write(tmp_path / "a.wav", np.concatenate([silence(0.7), sound, silence(1.0)]), subtype="FLOAT")
    only = Corpus.from_folder(tmp_path).sounds[0]
    assert only.audio.dtype == np.float32
    assert np.abs(only.audio[: RATE // 500]).max() > 0.05  # it sounds within 2 ms
    assert only.length_s < 1.01
    assert only.note == pytest.approx(69.0, abs=0.05)
    assert only.pitch_hz == pytest.approx(440.0, rel=1e-3)
    assert only.decay_s == pytest.approx(0.45, rel=0.2)  # the upper partials go first
    assert 440 < only.brightness_hz < 1320
    assert only.held_out is False


def test_every_bad_file_is_named_with_its_reason_and_the_good_ones_are_used(
    tmp_path: Path,
) -> None:
    steps = (32767 * burst()).astype(np.int16)
    for name in ("good.wav", "copy.wav", "copy.flac"):
        write(tmp_path / name, steps)
    write(tmp_path / "silent.wav", silence(1.0))
    write(tmp_path / "dc.wav", np.full(RATE, 0.2, np.float32))
    write(tmp_path / "nan.wav", np.append(burst(), np.float32(np.nan)), subtype="FLOAT")
    write(tmp_path / "inf.wav", np.append(burst(), np.float32(np.inf)), subtype="FLOAT")
    write(tmp_path / "none.wav", np.zeros(0, np.float32))
    write(tmp_path / "one.wav", np.ones(1, np.float32))
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("not a sound at all\n" * 10)
    (tmp_path / "rubbish.mp3").write_bytes(os.urandom(5000))
    whole = write(tmp_path / "cut.wav", burst(seed=1)).read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    corpus = Corpus.from_folder(tmp_path)
    reasons = _reasons(corpus)
    assert [sound.name for sound in corpus] == ["copy.flac"]
    expected = {
        "copy.wav": "the same sound as copy.flac",
        "good.wav": "the same sound as copy.flac",
        "silent.wav": "silent",
        "dc.wav": "constant offset",
        "nan.wav": "NaN",
        "inf.wav": "infinite",
        "none.wav": "0 samples",
        "one.wav": "too short",
        "empty.wav": "empty file",
        "text.wav": "a text file",
        "rubbish.mp3": "",
        "cut.wav": "truncated",
    }
    assert reasons.keys() == expected.keys()
    for name, part in expected.items():
        assert part in reasons[name]


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (lambda folder: folder / "nothing", "no audio in it; give a folder of WAV"),
        (lambda folder: (folder / "a.txt").write_text("x"), "no audio in it"),
        (
            lambda folder: write(folder / "a.wav", silence(1.0)),
            r"its only file .*\(a.wav: silent\)",
        ),
        (
            lambda folder: [write(folder / n, silence(1.0)) for n in ("b.wav", "a.wav")],
            r"none of the 2 files can be used \(a.wav: silent\)",
        ),
    ],
)
def test_nothing_usable_is_one_sentence(tmp_path: Path, fill: object, message: str) -> None:
    fill(tmp_path)  # type: ignore[operator]
    with pytest.raises(CorpusError, match=message) as error:
        Corpus.from_folder(tmp_path)
    assert "\n" not in str(error.value)


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such folder"):
        Corpus.from_folder(tmp_path / "nowhere")


def test_one_file_is_a_corpus_too(tmp_path: Path) -> None:
    path = write(tmp_path / "gong.wav", tone(100.0, seconds=3.0))
    write(tmp_path / "other.wav", burst())
    assert [sound.label for sound in Corpus.from_folder(path)] == ["gong"]


def test_the_same_folder_gives_the_same_corpus(tmp_path: Path) -> None:
    _mallets(tmp_path)
    first, second = Corpus.from_folder(tmp_path), Corpus.from_folder(str(tmp_path))
    assert [s.digest for s in first] == [s.digest for s in second]
    assert [s.held_out for s in first] == [s.held_out for s in second]


def test_progress_names_what_is_done(tmp_path: Path) -> None:
    _mallets(tmp_path, pitches=2)
    calls: list[tuple[str, int, int]] = []
    Corpus.from_folder(tmp_path, progress=lambda *call: calls.append(call))
    assert calls == [("reading", n, 6) for n in range(1, 7)]


def test_whole_pitches_of_a_mallet_are_held_out(tmp_path: Path) -> None:
    corpus = Corpus.from_folder(_mallets(tmp_path)).holding_out(0.1)
    pitches = {sound.note for sound in corpus.held_out}
    assert len(pitches) == 1
    assert len(corpus.held_out) == 3
    assert not pitches & {sound.note for sound in corpus.training}


def test_note_names_in_another_octave_are_moved_and_it_is_said(tmp_path: Path) -> None:
    for name, note in {"C3": 60, "E3": 64, "G3": 67}.items():
        write(tmp_path / f"kalimba {name}.wav", tone(float(note_to_hz(note)), partials=BAR))
    corpus = Corpus.from_folder(tmp_path)
    assert [sound.note for sound in corpus] == [60, 64, 67]
    assert "C3 = 60" in corpus.remarks[0]
    assert corpus.sounds[0].remarks == ()  # one line is enough for all of them
    assert "C3 is 60" in corpus.sounds[0].source


def _string(folder: Path, name: str, note: float) -> None:
    audio = tone(float(note_to_hz(note)), seconds=0.6, partials=harmonics(8))
    write(folder / name, audio, subtype="PCM_24")


def test_two_makers_in_one_folder_keep_their_own_octaves_and_it_is_said(tmp_path: Path) -> None:
    for name, note in {"C2": 48, "E2": 52, "G2": 55, "C3": 60}.items():
        _string(tmp_path, f"maker a/harp {name}.wav", note)
        write(
            tmp_path / f"maker b/lute {name}.wav", tone(float(note_to_hz(note - 12)), partials=BAR)
        )
    corpus = Corpus.from_folder(tmp_path)
    notes = {label: {s.note for s in corpus if s.label == label} for label in corpus.labels}
    assert notes == {"harp": {48, 52, 55, 60}, "lute": {36, 40, 43, 48}}
    assert ["harp" in remark and "C3 = 60" in remark for remark in corpus.remarks] == [True]
    for sound in corpus:
        assert sound.pitch_hz == pytest.approx(float(note_to_hz(sound.note or 0)), rel=1e-3)


def test_wrong_names_are_said_in_one_line_and_stand_in_the_table(tmp_path: Path) -> None:
    for name, note in {"C4": 60, "D4": 62, "E4": 63, "F4": 65, "G4": 67, "A4": 71}.items():
        _string(tmp_path, f"glock {name}.wav", note)
    corpus = Corpus.from_folder(tmp_path)
    assert [sound.note for sound in corpus] == [71, 60, 62, 63, 65, 67]
    assert len(corpus.remarks) == 1
    assert corpus.remarks[0].startswith("2 sounds are not what is written of them")
    with corpus.write_table().open(newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert "note: sound (sure)" in rows["glock E4.wav"]["source"]
    assert "note: name and sound (sure)" in rows["glock C4.wav"]["source"]
    assert "name says E4 (64), it sounds D#4 (63)" in rows["glock E4.wav"]["source"]


def test_a_cell_that_was_changed_is_the_tables_and_others_keep_their_source(tmp_path: Path) -> None:
    for name, note in {"C4": 60, "D4": 62, "F4": 64}.items():
        _string(tmp_path, f"glock {name}.wav", note)
    path = Corpus.from_folder(tmp_path).write_table()
    path.write_text(path.read_text().replace("glock,60,", "glock,72,"))
    corpus = Corpus.from_folder(tmp_path)
    sources = {sound.name: sound.source for sound in corpus}
    assert "note: table" in sources["glock C4.wav"]
    assert "note: name and sound (sure)" in sources["glock D4.wav"]
    assert corpus.remarks == ()  # whoever has seen the table knows


def test_left_and_right_in_two_files_are_one_stereo_sound(tmp_path: Path) -> None:
    for note, name in ((60, "C4"), (64, "E4")):
        for side, gain in (("L", 0.5), ("R", 0.3)):
            sound = tone(float(note_to_hz(note)), partials=harmonics(6), gain=gain)
            write(tmp_path / f"harp {name}-{side}.wav", sound)
    corpus = Corpus.from_folder(tmp_path)
    assert [(s.label, s.note, s.audio.shape[1]) for s in corpus] == [
        ("harp", 60, 2),
        ("harp", 64, 2),
    ]
    assert _reasons(corpus)["harp C4-R.wav"] == "is the right channel of harp C4-L.wav"
    assert [remark.startswith("2 sounds have left and right") for remark in corpus.remarks] == [
        True
    ]
    left, right = (20 * np.log10(np.abs(channel).max()) for channel in corpus.sounds[0].audio.T)
    assert left - right == pytest.approx(20 * np.log10(0.5 / 0.3), abs=0.1)


def test_a_root_key_in_a_file_is_its_note(tmp_path: Path) -> None:
    facts = [SampleFacts(root_key=key, loop=None, info={}) for key in (60, 64, 67)]
    rng = np.random.default_rng(0)
    for number, each in enumerate(facts):
        audio = burst(seed=number)[:, None]
        data = wave_bytes(audio, sample_rate=RATE, bits="24", facts=each, rng=rng)
        (tmp_path / f"breath {number}.wav").write_bytes(data)
    assert [sound.note for sound in Corpus.from_folder(tmp_path)] == [60, 64, 67]


# --- long recordings ---


def _session(folder: Path) -> Path:
    hits = [tone(float(note_to_hz(60 + n)), decay_s=0.3, partials=BAR) for n in range(6)]
    audio = np.concatenate([part for hit in hits for part in (hit, silence(0.3))])
    write(folder / "kalimba.wav", np.concatenate([silence(0.5), audio]))
    return folder


def test_a_long_recording_becomes_its_hits(tmp_path: Path) -> None:
    corpus = Corpus.from_folder(_session(tmp_path))
    assert [sound.name for sound in corpus] == [f"kalimba.wav#{n:03d}" for n in range(1, 7)]
    assert {sound.label for sound in corpus} == {"kalimba"}
    assert [s.note for s in corpus] == pytest.approx(list(range(60, 66)), abs=0.1)


def test_never_keeps_it_whole_up_to_the_longest(tmp_path: Path) -> None:
    write(tmp_path / "ambience.wav", 0.1 * np.random.default_rng(0).standard_normal(20 * RATE))
    write(tmp_path / "kalimba.wav", tone(300.0, seconds=5.0))
    corpus = Corpus.from_folder(tmp_path, slice="never")
    sounds = _by_name(corpus)
    assert sounds["ambience.wav"].length_s == 12
    assert sounds["ambience.wav"].remarks == ("only its first 12 s are used",)


def test_an_unknown_way_of_slicing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="auto, always or never"):
        Corpus.from_folder(tmp_path, slice="maybe")  # type: ignore[arg-type]


# --- the table ---


def test_the_table_that_is_written_changes_nothing(tmp_path: Path) -> None:
    _mallets(tmp_path)
    write(tmp_path / "bad.wav", silence(1.0))
    before = Corpus.from_folder(tmp_path)
    assert before.write_table() == tmp_path / "corpus.csv"
    after = Corpus.from_folder(tmp_path)
    for one, two in zip(before, after, strict=True):
        for what in ("name", "label", "note", "velocity", "held_out"):
            assert getattr(one, what) == getattr(two, what)
    assert _reasons(before) == _reasons(after)


def test_what_the_table_says_beats_every_guess(tmp_path: Path) -> None:
    write(tmp_path / "kick.wav", kick())
    write(tmp_path / "snare-soft.wav", burst())
    write(tmp_path / "noise.wav", burst(seed=9))
    (tmp_path / "corpus.csv").write_text(
        "file;use;label;note;velocity;held_out\n"
        "kick.wav;yes;Bass Drum;C2;99;yes\n"
        "snare-soft.wav;;;;;\n"
        "noise.wav;no;;;;\n"
    )
    corpus = Corpus.from_folder(tmp_path)
    sounds = _by_name(corpus)
    kicked = sounds["kick.wav"]
    assert (kicked.label, kicked.note, kicked.velocity) == ("Bass Drum", 36, 99)
    assert kicked.held_out is True
    assert sounds["snare-soft.wav"].label == "snare"
    assert sounds["snare-soft.wav"].velocity is None  # the cell is empty: not known
    assert _reasons(corpus) == {"noise.wav": "use is no in corpus.csv"}


def test_slices_can_be_refused_one_by_one(tmp_path: Path) -> None:
    _session(tmp_path)
    (tmp_path / "corpus.csv").write_text("file,use\nkalimba.wav#002,no\n")
    corpus = Corpus.from_folder(tmp_path)
    assert len(corpus) == 5
    assert "kalimba.wav#002" in _reasons(corpus)


def test_files_that_are_new_since_the_table_are_read_too(tmp_path: Path) -> None:
    write(tmp_path / "kick.wav", kick())
    Corpus.from_folder(tmp_path).write_table()
    write(tmp_path / "snare.wav", burst())
    assert len(Corpus.from_folder(tmp_path)) == 2


def test_rows_without_a_sound_are_said(tmp_path: Path) -> None:
    write(tmp_path / "kick.wav", kick())
    (tmp_path / "corpus.csv").write_text("file,use\nkick.wav,yes\ngone.wav,yes\n")
    assert Corpus.from_folder(tmp_path).remarks == (
        "corpus.csv has a row without a sound, the first: gone.wav",
    )


def test_an_odd_table_is_one_sentence_with_the_place(tmp_path: Path) -> None:
    write(tmp_path / "kick.wav", kick())
    (tmp_path / "corpus.csv").write_text("file,note\nkick.wav,high\n")
    with pytest.raises(CorpusError, match=r"corpus\.csv, line 2, column note"):
        Corpus.from_folder(tmp_path)


def test_everything_held_out_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "kick.wav", kick())
    (tmp_path / "corpus.csv").write_text("file,held_out\nkick.wav,yes\n")
    with pytest.raises(CorpusError, match="every sound is held out"):
        Corpus.from_folder(tmp_path)


def test_columns_of_ones_own_survive_a_new_table(tmp_path: Path) -> None:
    write(tmp_path / "kick.wav", kick())
    (tmp_path / "corpus.csv").write_text("file,mood\nkick.wav,dark\n")
    Corpus.from_folder(tmp_path).write_table()
    assert "dark" in (tmp_path / "corpus.csv").read_text()


# --- arrays ---


def test_arrays_are_a_corpus(tmp_path: Path) -> None:
    stereo = np.stack([burst(seed=1), burst(seed=2)], axis=1)
    corpus = Corpus.from_arrays(
        [kick(), stereo, (tone(440.0) * 32767).astype(np.int16)],
        sample_rate=RATE,
        labels=["kick", "snare", "bar"],
        notes=[None, None, 69],
        velocities=[100, None, 1],
    )
    assert [s.label for s in corpus] == ["kick", "snare", "bar"]
    assert [s.note for s in corpus] == [None, None, 69]
    assert [s.velocity for s in corpus] == [100, None, 1]
    assert np.abs(corpus.sounds[2].audio).max() == pytest.approx(0.5, rel=0.01)


def test_arrays_at_another_rate_and_without_words_are_measured() -> None:
    sounds = [tone(float(note_to_hz(n)), partials=BAR, rate=22_050) for n in (60, 65)]
    corpus = Corpus.from_arrays(sounds, sample_rate=22_050)
    assert [s.note for s in corpus] == pytest.approx([60, 65], abs=0.1)
    assert {s.label for s in corpus} == {"sound"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"audios": []}, "none of the 0 arrays"),
        ({"audios": [silence(1.0)]}, r"none of the 1 arrays .*silent"),
        ({"audios": [np.zeros((2, RATE))]}, r"perhaps this one is \[C, N\]"),
        ({"audios": [np.zeros((2, 2, 2))]}, r"shape \(2, 2, 2\)"),
        ({"audios": [np.array(["a"])]}, "float or integer"),
        ({"audios": [burst()], "labels": []}, "0 labels for 1 sounds"),
        ({"audios": [burst()], "notes": [200]}, "note of 200; 0 to 127"),
        ({"audios": [burst()], "velocities": [0]}, "velocity of 0; 1 to 127"),
    ],
)
def test_arrays_that_cannot_be_used_say_why(arguments: dict[str, list], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        Corpus.from_arrays(sample_rate=RATE, **arguments)


def test_a_corpus_of_arrays_has_no_table_of_its_own(tmp_path: Path) -> None:
    corpus = Corpus.from_arrays([burst()], sample_rate=RATE)
    with pytest.raises(CorpusError, match="no folder"):
        corpus.write_table()
    assert corpus.write_table(tmp_path / "t.csv").exists()


def test_channels_that_cancel_each_other_are_still_a_sound() -> None:
    stereo = np.stack([burst(), -0.999 * burst()], axis=1)
    only = Corpus.from_arrays([stereo], sample_rate=RATE).sounds[0]
    assert only.loudness_db == pytest.approx(loudness_db(burst()), abs=0.1)


def test_a_sound_is_as_loud_as_its_frames_say() -> None:
    stereo = np.stack([burst(seed=1), 0.5 * burst(seed=2)], axis=1)
    corpus = Corpus.from_arrays([stereo, kick(), burst(seconds=0.02)], sample_rate=RATE)
    for sound, frames in zip(corpus, analyse_all(corpus.sounds), strict=True):
        assert sound.loudness_db == pytest.approx(20 * np.log10(frames.gain), abs=1e-4)


def test_sounds_beyond_what_memory_should_hold_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mallets(tmp_path / "in", pitches=4)
    plain = Corpus.from_folder(tmp_path / "in")
    monkeypatch.setattr("messina.corpus.assembling.DiskBuffer", partial(DiskBuffer, limit_bytes=0))
    buffered = Corpus.from_folder(tmp_path / "in")
    assert not buffered.sounds[0].audio.flags.owndata
    for one, two in zip(plain, buffered, strict=True):
        assert np.array_equal(one.audio, two.audio)
