from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from messina.instrument import Instrument


def test_the_instrument_is_named_and_described(learnt) -> None:
    told = json.loads(learnt.out)
    assert told["instrument"] == str(learnt.file)
    assert sorted(told["labels"]) == ["kick", "marimba"]
    assert told["sounds"] == 14
    assert told["error_db"] > 0
    assert "14 sounds" in learnt.err


def test_an_existing_instrument_is_replaced_or_gone_on_with_only_when_asked(
    folder: Path, messina, instrument: Path, tmp_path: Path
) -> None:
    mine = Path(shutil.copy(instrument, tmp_path / "kit.messina"))
    before = mine.read_bytes()
    refused = messina("learn", folder, "-o", mine)
    assert refused.returncode == 1
    assert "--resume goes on learning it, --force replaces it" in refused.stderr
    assert mine.read_bytes() == before

    resumed = messina("learn", folder, "-o", mine, "--resume", "--minutes", 0.05)
    assert resumed.returncode == 0, resumed.stderr
    assert Instrument.load(mine).manifest.minutes == pytest.approx(0.15)


def test_resuming_nothing_is_refused(folder: Path, messina, tmp_path: Path) -> None:
    done = messina("learn", folder, "-o", tmp_path / "no.messina", "--resume")
    assert done.returncode == 1
    assert "to go on from" in done.stderr


def test_only_the_labels_asked_for_are_learnt_and_force_replaces(
    folder: Path, messina, instrument: Path, tmp_path: Path
) -> None:
    mine = Path(shutil.copy(instrument, tmp_path / "kit.messina"))
    words = ["learn", folder, "-o", mine, "--force", "--minutes", 0.05, "--json"]
    wrong = messina(*words, "--labels", "kick,snare")
    assert wrong.returncode == 1
    assert "no sounds are labelled snare; there are kick, marimba" in wrong.stderr
    near = messina(*words, "--labels", "Kicks").stderr
    assert "no sounds are labelled Kicks; did you mean kick? there are" in near
    assert mine.read_bytes() == instrument.read_bytes()
    right = messina(*words, "--labels", "kick")
    assert right.returncode == 0, right.stderr
    assert json.loads(right.stdout)["labels"] == ["kick"]
    assert Instrument.load(mine).labels == ("kick",)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_keeps_what_is_learnt_and_says_so(
    folder: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    file = tmp_path / "kit.messina"
    words = [sys.executable, "-m", "messina", "learn", str(folder), "-o", str(file)]
    with subprocess.Popen(
        [*words, "--minutes", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(stop)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert str(file) in out
    assert "ended early, at step" in err
    assert "is saved, --resume goes on" in err
    assert "Traceback" not in err
    assert len(Instrument.load(file).render(seed=1))


@pytest.mark.parametrize("content", ["nothing", "a text file", "no folder"])
def test_a_folder_without_sounds_is_one_sentence_and_exit_1(
    messina, tmp_path: Path, content: str
) -> None:
    folder = tmp_path / "sounds"
    if content != "no folder":
        folder.mkdir()
    if content == "a text file":
        (folder / "kick.wav").write_text("this is not audio\n")
    done = messina("learn", folder, "-o", tmp_path / "kit.messina", "--minutes", 0.05)
    assert done.returncode == 1
    assert done.stderr.startswith("messina: ")
    assert done.stderr.count("\n") == 1
    assert str(folder) in done.stderr
    assert not (tmp_path / "kit.messina").exists()
