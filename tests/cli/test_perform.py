"""`messina perform`, as its user meets it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from messina.audio_files import write_wav
from messina.cli.main import main
from messina.rhythm.onsets import find_onsets
from play.handmade_groove import make_model, save_groove
from transcription.takes import hummed, tapped


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("takes") / "table.wav"
    write_wav(path, np.repeat(tapped(101).audio, 2, axis=1))
    return path


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("takes") / "hummed.wav"
    write_wav(path, np.repeat(hummed(101).audio, 2, axis=1))
    return path


def test_a_tapped_beat_is_played_when_it_was_tapped(
    instrument: Path, take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, midi, table = (tmp_path / name for name in ("out.wav", "out.mid", "strokes.csv"))
    words = ["-o", str(out), "--midi", str(midi), "--table", str(table)]
    assert main(["perform", str(instrument), str(take), *words]) == 0
    said = capsys.readouterr()
    assert said.out.split() == [str(out), str(midi), str(table)]
    times_s = tapped(101).times_s
    assert f"{len(times_s)} strokes of 3 kinds" in said.err
    assert "--strokes" in said.err
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert np.abs(np.array([float(row["time_s"]) for row in rows]) - times_s).max() < 0.005
    audio, _ = soundfile.read(out, always_2d=True, dtype="float32")
    heard = find_onsets(audio).times_s
    first = np.abs(heard - times_s[0]).min()
    assert first < 0.005
    now, struck = 0.0, []
    for message in mido.MidiFile(midi):
        now += message.time
        if message.type == "note_on" and message.velocity:
            struck.append(now)
    # a tick of the file is a millisecond at 125 beats a minute
    assert np.abs(np.sort(struck) - times_s).max() < 0.005


def test_a_table_given_back_is_the_same_sound_and_can_be_corrected(
    instrument: Path, take: Path, tmp_path: Path
) -> None:
    first, again, less = (tmp_path / name for name in ("a.wav", "b.wav", "c.wav"))
    table = tmp_path / "strokes.csv"
    assert (
        main(["perform", str(instrument), str(take), "-o", str(first), "--table", str(table)]) == 0
    )
    assert main(["perform", str(instrument), "--strokes", str(table), "-o", str(again)]) == 0
    a, b = (soundfile.read(path)[0] for path in (first, again))
    # the table has hundredths of a millisecond: of a sample a half
    assert len(a) == len(b)
    lines = table.read_text().splitlines()
    label = lines[1].split(",")[4]
    table.write_text(
        "\n".join([lines[0], *(line.replace(label, "") for line in lines[2:]), lines[1]])
    )
    assert main(["perform", str(instrument), "--strokes", str(table), "-o", str(less)]) == 0
    audio, rate = soundfile.read(less, dtype="float32", always_2d=True)
    assert len(find_onsets(audio[: 3 * rate])) == 1


def test_a_hummed_tune_is_played_as_notes(
    instrument: Path, tune: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tune.wav"
    assert main(["perform", str(instrument), str(tune), "-o", str(out), "--json"]) == 0
    events = json.loads(capsys.readouterr().out)["events"]
    sung = hummed(101)
    assert len(events) == len(sung.notes)
    offset = np.array([event["note"] for event in events]) - sung.notes
    assert np.abs(offset - np.median(offset)).max() < 0.75  # of the voice's own tuning
    audio, _ = soundfile.read(out, always_2d=True)
    assert 0.01 < np.abs(audio).max() < 1.0


def test_a_beat_comes_to_the_grid(
    instrument: Path, take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    midi = tmp_path / "on.mid"
    words = ["-o", str(tmp_path / "on.wav"), "--midi", str(midi), "--quantize", "1"]
    assert main(["perform", str(instrument), str(take), *words]) == 0
    assert "bar line" in capsys.readouterr().err
    file = mido.MidiFile(midi)
    for track in file.tracks[1:]:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                away = (now + file.ticks_per_beat // 8) % (file.ticks_per_beat // 4)
                # the tempo of a hand wavers: 15 of 480 ticks a beat are about 15 ms
                assert abs(away - file.ticks_per_beat // 8) < 15


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--cast", "Q=kick"], "no kind Q"),
        (["--cast", "A=kik"], "did you mean kick?"),
        (["--cast", "kick"], "say KIND=LABEL"),
        (["--cast", "A=kick", "--cast", "a=marimba"], "A is cast twice"),
        (["--as", "strokes", "--label", "marimba"], "is strokes"),
        (["--as", "tune", "--cast", "A=kick"], "is a tune"),
        (["--as", "tune", "--label", "kick"], "no label 'kick' with a pitch"),
        (["--quantize", "2"], "allowed is 0 to 1"),
        (["--strokes", "x.csv"], "one of the two"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    words: list[str],
    says: str,
    instrument: Path,
    take: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out.wav"
    try:
        code = main(["perform", str(instrument), str(take), "-o", str(out), *words])
    except SystemExit as left:
        code = int(str(left.code))
    assert code in (1, 2)
    said = capsys.readouterr().err.strip()
    assert says in said
    assert "\n" not in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["{kit}", "{folder}", "-o", "{out}"], "a folder; give one recording"),
        (["{kit}", "{folder}/none.wav", "-o", "{out}"], "there is no such file"),
        (["{folder}", "{folder}/none.wav", "-o", "{out}"], "a folder, not an instrument file"),
        (["{kit}", "--strokes", "{folder}", "-o", "{out}"], "a folder, not a table; a .csv file"),
    ],
)
def test_folders_and_what_is_not_there_are_told_with_what_is_wanted(
    words: list[str],
    says: str,
    instrument: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"kit": instrument, "folder": tmp_path, "out": tmp_path / "out.wav"}
    assert main(["perform", *(word.format(**places) for word in words)]) == 1
    said = capsys.readouterr().err.strip()
    assert says in said
    assert "\n" not in said


def test_silence_and_odd_tables_are_refused(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent, out = tmp_path / "silent.wav", tmp_path / "out.wav"
    soundfile.write(silent, np.zeros(44_100), 44_100)
    assert main(["perform", str(instrument), str(silent), "-o", str(out)]) == 1
    assert "silen" in capsys.readouterr().err
    table = tmp_path / "odd.csv"
    for text, says in (
        ("a,b\n1,2\n", "no column 'time_s'"),
        ("time_s,label,velocity\nsoon,kick,100\n", "line 2, column time_s"),
        ("time_s,label,velocity\n1,kick,400\n", "1 to 127"),
        (
            "time_s,label,velocity\n1,kik,100\n",
            "odd.csv: there is no label 'kik'; did you mean kick?",
        ),
        ("time_s,label,label,velocity\n1,kick,kick,90\n", "column 'label' is there twice"),
        ("label,velocity,time_s\nkick,100,0,5\n", "4 cells for 3 columns"),
        ("time_s,label,velocity\n1,kick,100\n3599,kick,100\n", "a number from 0 to 600"),
        ("time_s,label,velocity\n1,,\n", "nothing to play"),
    ):
        table.write_text(text)
        assert main(["perform", str(instrument), "--strokes", str(table), "-o", str(out)]) == 1
        assert says in capsys.readouterr().err
    assert not out.exists()


def test_a_phrase_is_resynthesised_stroke_by_stroke(
    instrument: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kick = soundfile.read(folder / "drums/kick_v105.wav", dtype="float32", always_2d=True)[0]
    note = soundfile.read(folder / "marimba/marimba_60_v80.wav", dtype="float32", always_2d=True)[0]
    times_s = np.array([0.2, 0.7, 1.2, 1.45, 1.7, 2.2])
    phrase = np.zeros((round(3.2 * 44_100), 2), np.float32)
    for number, time_s in enumerate(times_s):
        sound = (kick, note)[number % 2]
        start = round(time_s * 44_100)
        phrase[start : start + len(sound)] += 0.4 * sound[: len(phrase) - start]
    given, out = tmp_path / "phrase.wav", tmp_path / "out.wav"
    write_wav(given, phrase)
    assert main(["resynth", str(instrument), str(given), "-o", str(out)]) == 0
    assert "6 sounds, each resynthesised" in capsys.readouterr().err
    made = soundfile.read(out, dtype="float32", always_2d=True)[0]
    heard = find_onsets(made).times_s
    assert max(np.abs(heard - time_s).min() for time_s in times_s) < 0.005
    # Each sound keeps its own level; learnt for seconds, an instrument is a few dB off.
    assert abs(20 * np.log10(made.std() / phrase.std())) < 6.0
    one = tmp_path / "one.wav"
    words = [str(folder / "drums/kick_v105.wav"), "-o", str(one)]
    assert main(["resynth", str(instrument), *words]) == 0
    assert capsys.readouterr().err == ""


def test_a_table_without_kinds_has_none(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, out = tmp_path / "two.csv", tmp_path / "out.wav"
    table.write_text("time_s,label,velocity\n0.1,kick,100\n0.5,kick,90\n")
    assert main(["perform", str(instrument), "--strokes", str(table), "-o", str(out)]) == 0
    assert capsys.readouterr().err.strip() == "2 strokes, in free time"


def test_nothing_is_written_where_there_is_no_grid_to_come_to(
    instrument: Path, folder: Path, tmp_path: Path
) -> None:
    out, table = tmp_path / "out.wav", tmp_path / "out.csv"
    take = str(folder / "drums/kick_v105.wav")
    words = ["-o", str(out), "--table", str(table), "--quantize", "1"]
    assert main(["perform", str(instrument), take, "--as", "strokes", *words]) == 1
    assert not out.exists()
    assert not table.exists()


def test_what_was_done_to_a_phrase_to_read_it_is_said(
    instrument: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kick = soundfile.read(folder / "drums/kick_v105.wav", dtype="float32", always_2d=True)[0]
    given, out = tmp_path / "eight.wav", tmp_path / "out.wav"
    soundfile.write(given, np.repeat(kick[:, :1], 8, axis=1), 44_100)
    assert main(["resynth", str(instrument), str(given), "-o", str(out)]) == 0
    assert "8 channels, mixed to stereo" in capsys.readouterr().err


@pytest.fixture(scope="module")
def groove(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("grooves") / "groove.messina"
    save_groove(path, make_model())
    return path


def test_a_groove_goes_on_from_a_take_at_its_bar_line(
    groove: Path, take: Path, tmp_path: Path
) -> None:
    audio = {}
    for name, words in (
        ("take", []),
        ("on", ["--continue", "4"]),
        ("again", ["--continue", "4"]),
        ("other", ["--continue", "4", "--seed", "9"]),
    ):
        out = tmp_path / f"{name}.wav"
        assert main(["perform", str(groove), str(take), "-o", str(out), *words]) == 0
        audio[name], _ = soundfile.read(out, always_2d=True, dtype="float32")
    assert (tmp_path / "on.wav").read_bytes() == (tmp_path / "again.wav").read_bytes()
    right = tapped(101)
    bar_s = 4 * 60 / right.tempo_bpm
    # It comes in at a bar line after the last stroke, at most a bar later, and lasts four seconds
    # or as long as the take rings.
    length_s = len(audio["on"]) / 44_100
    last_s = right.times_s[-1]
    assert last_s + 4 - 0.1 <= length_s
    comes_in_s = length_s - 4 if len(audio["on"]) > len(audio["take"]) else last_s
    assert comes_in_s <= max(last_s + bar_s + 0.1, len(audio["take"]) / 44_100)
    before = round((last_s - 0.05) * 44_100)
    level = np.abs(audio["take"][:before]).max()
    # Until then it is the take; both together may have been too loud, and softer as a whole.
    share = np.vdot(audio["on"][:before], audio["take"][:before]) / np.vdot(
        audio["take"][:before], audio["take"][:before]
    )
    assert 0.3 < share <= 1.0 + 1e-3
    assert np.abs(audio["on"][:before] - share * audio["take"][:before]).max() < 0.05 * level
    late = audio["on"][round((last_s + bar_s + 0.2) * 44_100) :]
    assert np.abs(late).max() > 0.01
    assert not np.array_equal(audio["on"], audio["other"])


def test_what_cannot_go_on_says_why(
    instrument: Path, groove: Path, tune: Path, take: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "out.wav"
    words = ["-o", str(out), "--continue", "4"]
    assert main(["perform", str(instrument), str(take), *words]) == 1
    assert "has single sounds and nothing that plays on" in capsys.readouterr().err
    free = tmp_path / "free.wav"
    audio = np.zeros(3 * 44_100, np.float32)
    for at_s in (0.3, 0.91):
        start = round(at_s * 44_100)
        decay = np.exp(-np.arange(8_000) / 900)
        noise = np.random.default_rng(1).standard_normal(8_000)
        audio[start : start + 8_000] += (0.4 * decay * noise).astype(np.float32)
    write_wav(free, audio)
    assert main(["perform", str(groove), str(free), *words]) == 1
    assert "nothing" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(SystemExit, match="2"):
        main(["perform", str(groove), str(take), "-o", str(out), "--continue", "0"])
