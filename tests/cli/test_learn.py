from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from messina.cli.main import _sentence
from messina.corpus import Corpus
from messina.instrument import Instrument
from messina.learning import learn
from messina.locking import alone_on

pytestmark = pytest.mark.slow


def test_the_instrument_is_named_and_described(learnt) -> None:
    told = json.loads(learnt.out)
    assert told["instrument"] == str(learnt.file)
    assert sorted(told["labels"]) == ["kick", "marimba"]
    assert told["sounds"] == 14
    assert told["error_db"] > 0
    assert "14 sounds" in learnt.err


def test_an_existing_instrument_is_replaced_or_gone_on_with_only_when_asked(
    folder: Path, messina_here, instrument: Path, tmp_path: Path
) -> None:
    mine = Path(shutil.copy(instrument, tmp_path / "kit.messina"))
    before = mine.read_bytes()
    refused = messina_here("learn", folder, "-o", mine)
    assert refused.returncode == 1
    assert "--resume goes on learning it, --force replaces it" in refused.stderr
    assert mine.read_bytes() == before

    resumed = messina_here("learn", folder, "-o", mine, "--resume", "--minutes", 0.05)
    assert resumed.returncode == 0, resumed.stderr
    assert Instrument.load(mine).manifest.minutes == pytest.approx(0.15)


def test_resuming_nothing_is_refused(folder: Path, messina_here, tmp_path: Path) -> None:
    done = messina_here("learn", folder, "-o", tmp_path / "no.messina", "--resume")
    assert done.returncode == 1
    assert "to go on from" in done.stderr


def test_only_the_labels_asked_for_are_learnt_and_force_replaces(
    folder: Path, messina_here, instrument: Path, tmp_path: Path
) -> None:
    mine = Path(shutil.copy(instrument, tmp_path / "kit.messina"))
    words = ["learn", folder, "-o", mine, "--force", "--steps", 20, "--json"]
    wrong = messina_here(*words, "--labels", "kick,snare")
    assert wrong.returncode == 1
    assert "no sounds are labelled snare; there are kick, marimba" in wrong.stderr
    near = messina_here(*words, "--labels", "Kicks").stderr
    assert "no sounds are labelled Kicks; did you mean kick? there are" in near
    assert mine.read_bytes() == instrument.read_bytes()
    right = messina_here(*words, "--labels", "kick")
    assert right.returncode == 0, right.stderr
    assert json.loads(right.stdout)["labels"] == ["kick"]
    assert Instrument.load(mine).labels == ("kick",)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_keeps_what_is_learnt_and_says_so(
    folder: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    file = tmp_path / "kit.messina"
    with learning(folder, file, "--minutes", "2") as process:
        wait_for(file)
        process.send_signal(stop)
        out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    assert str(file) in out
    assert "stopped: what was learnt so far is saved, --resume goes on" in err
    assert "Traceback" not in err
    assert len(Instrument.load(file).render(seed=1))


def test_a_stop_amid_the_analysis_says_how_many_are_learnt_and_promises_no_going_on(
    folder: Path, messina_here, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(corpus: Corpus, *, out: Path, **_: object) -> Instrument:
        signal.raise_signal(signal.SIGINT)
        return learn(corpus.with_labels(["kick"]), steps=2, out=out)

    monkeypatch.setattr("messina.cli.learn.learn_with_progress", stopped)
    done = messina_here("learn", folder, "-o", tmp_path / "kit.messina")
    assert done.returncode == 0, done.stderr
    assert "of 14 sounds were analysed: these alone are learnt, --force begins again" in done.stderr
    assert "--resume" not in done.stderr


def test_a_run_that_was_not_stopped_is_done_and_says_how_good_it_is_and_what_to_do_next(
    folder: Path, messina_here, tmp_path: Path
) -> None:
    file = tmp_path / "my kit.messina"
    done = messina_here("learn", folder, "-o", file, "--minutes", 0.05)
    assert done.returncode == 0, done.stderr
    assert "ended early" not in done.stderr
    assert "stopped" not in done.stderr
    told = done.stdout.splitlines()
    assert told[0].startswith(f"{file}: 14 sounds, ")
    assert told[1].split(":")[0] in ("good", "fair", "rough")
    assert f"messina play '{file}'" in done.stderr.splitlines()[-1]


def test_one_sound_is_one_sound(messina_here, folder: Path, tmp_path: Path) -> None:
    kick = next(folder.rglob("kick*.wav"))
    file = tmp_path / "kick.messina"
    done = messina_here("learn", kick, "-o", file, "--steps", 20)
    assert done.returncode == 0, done.stderr
    told = done.stdout + done.stderr + messina_here("info", file).stdout
    assert "1 sound," in told
    assert "1 sounds" not in told


def test_the_same_seed_and_steps_learn_the_same_file(
    folder: Path, messina, messina_here, tmp_path: Path
) -> None:
    for name, seed, run in (("a", 5, messina), ("b", 5, messina_here), ("c", 6, messina_here)):
        file = tmp_path / f"{name}.messina"
        done = run("learn", folder, "-o", file, "--steps", 30, "--seed", seed)
        assert done.returncode == 0, done.stderr
    a, b, c = ((tmp_path / f"{name}.messina").read_bytes() for name in "abc")
    assert a == b
    assert a != c
    assert "learnt in 30 steps" in messina_here("info", tmp_path / "a.messina").stdout


def test_all_sounds_are_learnt_unless_some_are_held_out(
    folder: Path, messina_here, instrument: Path, tmp_path: Path
) -> None:
    assert "(14 learnt)" in messina_here("info", instrument).stdout
    file = tmp_path / "some.messina"
    done = messina_here("learn", folder, "-o", file, "--steps", 20, "--hold-out", 0.2, "--json")
    assert done.returncode == 0, done.stderr
    count = json.loads(done.stdout)["held_out"]
    assert 1 <= count <= 4
    assert f"({14 - count} learnt, {count} held out)" in messina_here("info", file).stdout
    refused = messina_here("learn", folder, "-o", file, "--hold-out", 0.9)
    assert refused.returncode == 2
    assert "allowed is 0 to 0.5" in refused.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_an_instrument_that_is_replaced_stays_until_there_is_a_better_one(
    folder: Path, messina_here, instrument: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "kit.messina"
    hard_to_better(instrument, mine)
    before = mine.read_bytes()
    aside = tmp_path / "kit.unfinished.messina"
    with learning(folder, mine, "--force", "--minutes", "2") as process:
        wait_for(aside)
        assert mine.read_bytes() == before
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    assert f"stopped before it was as good as the {mine} there is, which stays" in err
    assert mine.read_bytes() == before
    assert len(Instrument.load(aside).render(seed=1))

    done = messina_here("learn", folder, "-o", mine, "--force", "--steps", 20)
    assert done.returncode == 0, done.stderr
    assert mine.read_bytes() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "kit.messina",
        "kit.messina.checkpoint",
    ]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_killed_at_any_time_what_is_on_disk_can_be_used(
    folder: Path, messina_here, instrument: Path, tmp_path: Path
) -> None:
    mine = Path(shutil.copy(instrument, tmp_path / "kit.messina"))
    for after_s in (1.5, 3.0, 5.0):
        with learning(folder, mine, "--resume", "--minutes", "1") as process:
            time.sleep(after_s)
            process.kill()
        assert len(Instrument.load(mine).render(seed=1))
    done = messina_here("learn", folder, "-o", mine, "--resume", "--steps", 10)
    assert done.returncode == 0, done.stderr
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_two_runs_into_one_file_are_one_too_many(
    folder: Path, messina_here, tmp_path: Path
) -> None:
    file = tmp_path / "kit.messina"
    with alone_on(file):
        second = messina_here("learn", folder, "-o", file, "--steps", 10)
    assert second.returncode == 1
    assert f"{file} is being written by another run of Messina" in second.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried …"),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    ],
)
def test_memory_that_is_short_is_said_and_is_no_mistake(error: Exception) -> None:
    assert _sentence(error).startswith("not enough memory")
    assert "mistake" in _sentence(RuntimeError("shapes do not match"))


@pytest.mark.parametrize("device", ["mps", "cuda:x"])
def test_a_device_that_is_none_is_one_sentence_before_anything_is_read(
    device: str, folder: Path, messina_here, tmp_path: Path
) -> None:
    file = tmp_path / "kit.messina"
    done = messina_here("learn", folder, "-o", file, "--steps", 10, "--device", device)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"the device {device!r} is not learnt on; auto, cpu, cuda" in done.stderr
    assert not file.exists()


def test_the_processor_is_named_where_it_was_asked_for(
    folder: Path, messina_here, tmp_path: Path
) -> None:
    file = tmp_path / "kit.messina"
    done = messina_here("learn", folder, "-o", file, "--steps", 10, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert Instrument.load(file).manifest.device.startswith("CPU, ")


def hard_to_better(source: Path, target: Path) -> None:
    """The same instrument, which says of itself that it is as good as can be."""
    found = Instrument.load(source)
    sounds = [msgspec.structs.replace(row, error_db=0.0) for row in found.manifest.sounds]
    manifest = msgspec.structs.replace(found.manifest, sounds=tuple(sounds))
    Instrument(manifest, found.arrays, found.others).save(target)


def learning(folder: Path, file: Path, *words: str) -> subprocess.Popen[str]:
    """`messina learn`, under way."""
    command = [sys.executable, "-m", "messina", "learn", str(folder), "-o", str(file), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 180
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert file.exists()


@pytest.mark.parametrize("content", ["nothing", "a text file", "no folder"])
def test_a_folder_without_sounds_is_one_sentence_and_exit_1(
    messina_here, tmp_path: Path, content: str
) -> None:
    folder = tmp_path / "sounds"
    if content != "no folder":
        folder.mkdir()
    if content == "a text file":
        (folder / "kick.wav").write_text("this is not audio\n")
    done = messina_here("learn", folder, "-o", tmp_path / "kit.messina", "--minutes", 0.05)
    assert done.returncode == 1
    assert done.stderr.startswith("messina: ")
    assert done.stderr.count("\n") == 1
    assert str(folder) in done.stderr
    assert not (tmp_path / "kit.messina").exists()
