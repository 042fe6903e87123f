"""What plays on, as its user meets it: learnt from loops, rendered, continued, refused."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from messina.audio_files import write_wav
from messina.instrument import Instrument
from messina.sequences import Sequence
from messina.sequences.midi_performance import perform_midi
from rhythm.patterns import RATE, render, rock

from .conftest import Learnt, Messina

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two loops of four bars at 120 beats a minute."""
    folder = tmp_path_factory.mktemp("loops")
    write_wav(folder / "rock.wav", render(rock(bars=4), seconds=8.0))
    write_wav(folder / "plain.wav", render(rock(bars=4, ghosts=False), seconds=8.0))
    return folder


@pytest.fixture(scope="module")
def groove(loops: Path, messina_here: Messina, tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    """A groove learnt for a few seconds."""
    file = tmp_path_factory.mktemp("groove") / "loops.messina"
    done = messina_here("learn", loops, "-o", file, "--minutes", 0.1, "--json")
    assert done.returncode == 0, done.stderr
    return Learnt(file, done.stdout, done.stderr)


def test_loops_are_recognised_and_it_is_said(groove: Learnt) -> None:
    assert "learnt as a groove" in groove.err
    about = json.loads(groove.out)
    assert about["kind"] == "groove"
    assert "120 beats a minute" in about["about"]


def test_the_end_says_how_good_it_is_and_lines_that_can_be_typed(
    loops: Path, messina_here: Messina, tmp_path: Path
) -> None:
    file = tmp_path / "my loops.messina"
    done = messina_here("learn", loops, "-o", file, "--as", "groove", "--steps", 20)
    assert done.returncode == 0, done.stderr
    assert "learning takes 20 steps more" in done.stderr
    assert done.stdout.splitlines()[1].startswith(("good: ", "fair: ", "rough: "))
    hear = next(line for line in done.stderr.splitlines() if line.startswith("hear it: "))
    assert shlex.split(hear)[-2:] == ["play", str(file)]


def test_a_groove_that_was_stopped_says_how_it_goes_on(
    loops: Path,
    groove: Learnt,
    messina_here: Messina,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def stopped(_: object, *, out: Path, **__: object) -> Sequence:
        signal.raise_signal(signal.SIGINT)
        out.write_bytes(groove.file.read_bytes())
        return Sequence.load(out)

    monkeypatch.setattr("messina.learning.grooves.learn_groove", stopped)
    done = messina_here("learn", loops, "-o", tmp_path / "loops.messina")
    assert done.returncode == 0, done.stderr
    assert "stopped: what was learnt so far is saved, --resume goes on" in done.stderr


def test_a_score_is_heard_by_an_instrument_there_is(messina_here: Messina, tmp_path: Path) -> None:
    (tmp_path / "midi").mkdir()
    track = mido.MidiTrack()
    for note in (60, 64, 67, 72) * 8:
        track.append(mido.Message("note_on", note=note, velocity=90))
        track.append(mido.Message("note_off", note=note, time=240))
    song = mido.MidiFile()
    song.tracks.append(track)
    song.save(tmp_path / "midi" / "song.mid")
    file = tmp_path / "song.messina"
    done = messina_here("learn", tmp_path / "midi", "-o", file, "--as", "score", "--steps", 5)
    assert done.returncode == 0, done.stderr
    assert "INSTRUMENT" not in done.stderr, "a line to type, not to fill in"
    assert "ready mallets -o mallets.messina" in done.stderr


def test_the_same_seed_and_steps_learn_the_same_groove(
    loops: Path, messina: Messina, messina_here: Messina, tmp_path: Path
) -> None:
    for name, run in (("a", messina), ("b", messina_here)):
        words = ("--as", "groove", "--steps", 20, "--seed", 2)
        done = run("learn", loops, "-o", tmp_path / f"{name}.messina", *words)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.messina").read_bytes() == (tmp_path / "b.messina").read_bytes()


def test_it_plays_for_as_long_as_asked_and_repeats_its_seed(
    groove: Learnt, messina: Messina, messina_here: Messina, tmp_path: Path
) -> None:
    for name, seed, run in (("a", 3, messina), ("b", 3, messina_here), ("c", 4, messina_here)):
        words = ("--duration", 4, "--seed", seed, "-o", tmp_path / f"{name}.wav")
        done = run("render", groove.file, *words)
        assert done.returncode == 0, done.stderr
    first, same, other = ((tmp_path / f"{n}.wav").read_bytes() for n in "abc")
    assert first == same
    assert first != other
    audio, rate = soundfile.read(tmp_path / "a.wav", always_2d=True)
    assert (rate, audio.shape) == (RATE, (4 * RATE, 1))  # as the loops, which have one channel
    seconds = np.sqrt((audio.reshape(4, -1) ** 2).mean(axis=1))
    # The loops are at -21 dBFS. After seconds of learning a jam may be sparse, but it never stops.
    assert np.sqrt((audio**2).mean()) > 10 ** (-40 / 20)
    assert seconds.min() > 10 ** (-60 / 20)
    assert np.abs(audio).max() <= 1.0


def test_it_goes_on_from_a_recording(
    groove: Learnt, loops: Path, messina_here: Messina, tmp_path: Path
) -> None:
    words = ("--from", loops / "rock.wav", "--duration", 2, "--rate", 48_000)
    done = messina_here("render", groove.file, *words, "-o", tmp_path / "on.wav", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["seconds"] == pytest.approx(2.0)
    audio, rate = soundfile.read(tmp_path / "on.wav", always_2d=True)
    assert rate == 48_000
    assert np.abs(audio).max() > 0.01


def test_its_single_hits_can_be_rendered_too(
    groove: Learnt, messina_here: Messina, tmp_path: Path
) -> None:
    done = messina_here("render", groove.file, "-n", 2, "-o", tmp_path / "hits")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "hits").glob("*.wav"))) == 2


def test_a_midi_file_is_played_by_several(
    groove: Learnt, messina_here: Messina, tmp_path: Path
) -> None:
    track = mido.MidiTrack()
    for note in (60, 64, 67, 72):
        track.append(mido.Message("note_on", channel=9, note=36, velocity=100))
        track.append(mido.Message("note_on", channel=0, note=note, velocity=90))
        track.append(mido.Message("note_off", channel=0, note=note, time=240))
    song = mido.MidiFile()
    song.tracks.append(track)
    song.save(tmp_path / "song.mid")
    out = tmp_path / "both.wav"
    words = ("--groove", tmp_path / "song.mid", "--with", f"melody={groove.file}", "--seed", 5)
    done = messina_here("render", groove.file, *words, "--duration", 2, "-o", out)
    assert done.returncode == 0, done.stderr
    heard, _ = soundfile.read(out, always_2d=True)
    one = Instrument.load(groove.file)
    player, _ = perform_midi({"": one, "melody": one}, tmp_path / "song.mid", seed=5, loops=True)
    # 24 bits, dithered: the file is what the band plays to within a few steps.
    assert np.abs(heard - player.block(2 * RATE)).max() < 4 / 2**23


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--duration", "0"], "more than 0"),
        (["--duration", "4", "-n", "2"], "another --seed"),
        (["--duration", "4", "--note", "60"], "single sounds"),
        (["--tempo", "90"], "--duration"),
        (["--duration", "4", "--tempo", "9"], "20 to 400"),
        (["--duration", "4", "--place", "1.5"], "0 to 1"),
        (["--duration", "4", "--levelling", "2"], "0 to 1"),
        (["--duration", "4", "--groove", "a.mid", "--from", "b.wav"], "--groove"),
        (["--groove", "a.mid", "--with", "b.messina"], "bass=b.messina"),
        (["--groove", "a.mid", "--with", "flute=b.messina"], "melody, chords, bass, drums"),
    ],
)
def test_what_does_not_go_together_is_said(
    groove: Learnt, messina_here: Messina, tmp_path: Path, words: list[str], reason: str
) -> None:
    done = messina_here("render", groove.file, *words, "-o", tmp_path / "x.wav")
    assert done.returncode == 2
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_texture_needs_no_minutes_and_says_so(messina_here: Messina, tmp_path: Path) -> None:
    rain, file = tmp_path / "rain", tmp_path / "rain.messina"
    rain.mkdir()
    noise = 0.1 * np.random.default_rng(0).standard_normal((RATE, 1))
    write_wav(rain / "rain.wav", noise.astype(np.float32))
    done = messina_here("learn", rain, "-o", file, "--as", "texture", "--minutes", 5)
    assert done.returncode == 0, done.stderr
    assert "a texture is learnt in seconds: --minutes and --steps are not needed" in done.stderr
    again = messina_here("learn", rain, "-o", file, "--as", "texture", "--resume")
    assert again.returncode == 2
    assert "--resume is for hits and grooves" in again.stderr


def test_an_instrument_of_single_sounds_does_not_play_on(
    learnt: Learnt, messina_here: Messina, tmp_path: Path
) -> None:
    done = messina_here("render", learnt.file, "--duration", 4, "-o", tmp_path / "x.wav")
    assert done.returncode == 1
    assert "single sounds only" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*"))


def test_a_stop_keeps_what_was_played(groove: Learnt, tmp_path: Path) -> None:
    out = tmp_path / "long.wav"
    words = ["render", groove.file, "--duration", 3600, "-o", out]
    running = subprocess.Popen(
        [sys.executable, "-m", "messina", *map(str, words)], stderr=subprocess.PIPE, text=True
    )
    end_s = time.monotonic() + 120  # a hang, not a busy machine
    while _bytes_in(tmp_path) < 500_000:
        assert running.poll() is None
        assert time.monotonic() < end_s
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert "are written" in said
    audio, _ = soundfile.read(out, always_2d=True)
    assert 0 < len(audio) < 3600 * RATE
    assert list(tmp_path.iterdir()) == [out]
