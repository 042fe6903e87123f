"""`messina index` as a user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Messina
from library.libraries import contents, hit, write
from messina.instrument import Instrument
from messina.library import LibraryIndex

WITHIN_S = 120


def test_a_library_is_indexed_and_a_second_run_finds_nothing_to_do(
    messina: Messina, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "lib"
    first = messina("index", folder, "-o", out, "--workers", 2, "--json")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    assert (found["sounds"], found["left_out"]) == (14, 0)
    assert Path(found["table"]).read_text(encoding="utf-8-sig").startswith("file,use,label")
    again = messina("index", folder, "-o", out)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(f"{out}: 14 sounds")
    assert "learn from it: " in again.stderr


def test_what_cannot_be_is_one_line(messina_here: Messina, folder: Path, tmp_path: Path) -> None:
    gone = messina_here("index", tmp_path / "nowhere", "-o", tmp_path / "lib")
    assert (gone.returncode, gone.stderr.count("\n")) == (1, 1)
    assert not (tmp_path / "lib").exists()
    single = messina_here("index", next(folder.rglob("*.wav")), "-o", tmp_path / "lib")
    assert (single.returncode, single.stderr.count("\n")) == (1, 1)
    assert "is a file, and an index is made of a folder" in single.stderr
    assert not (tmp_path / "lib").exists()
    among = messina_here("index", folder, "-o", folder)
    assert (among.returncode, among.stderr.count("\n")) == (1, 1)
    assert "choose another -o" in among.stderr
    both = messina_here(
        "index", folder, "-o", tmp_path / "lib", "--workers", 2, "--cluster", "auto"
    )
    assert both.returncode == 2
    assert "give one of them" in both.stderr


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough short hits for several shards."""
    folder = tmp_path_factory.mktemp("library") / "mine"
    for number in range(200):
        kind = ("snare", "kick", "tom", "hat")[number % 4]
        write(folder / kind / f"{kind} {number:03d}.wav", hit(number, seconds=0.03))
    return folder


def killed(*words: object, once: Callable[[], bool]) -> None:
    """Starts `messina`, and kills it with all that it started, once something is so."""
    process = subprocess.Popen(
        [sys.executable, "-m", "messina", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    until_s = time.monotonic() + WITHIN_S
    try:
        while not once():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < until_s
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX systems do")
def test_killed_amid_its_work_it_goes_on_and_does_nothing_twice(
    messina: Messina, library: Path, tmp_path: Path
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "lib"
    assert messina("index", library, "-o", whole).returncode == 0

    def shards(kind: str) -> dict[str, int]:
        """By name, with the number that a file written anew would not have."""
        return {path.name: path.stat().st_mtime_ns for path in out.glob(f"{kind}-*.shard")}

    for kind in ("read", "frames"):
        killed("index", library, "-o", out, "--workers", 1, once=lambda kind=kind: shards(kind))  # type: ignore[misc]
        assert not (out / "index.json").exists()
    done = shards("read") | shards("frames")
    assert 4 < len(done) < len(list(whole.glob("read-*"))) + len(list(whole.glob("frames-*")))
    again = messina("index", library, "-o", out, "--workers", 2)
    assert again.returncode == 0, again.stderr
    now = shards("read") | shards("frames")
    assert {name: now[name] for name in done} == done
    assert contents(out) == contents(whole)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX systems do")
def test_learning_from_an_index_that_is_killed_is_gone_on_with(
    messina: Messina, messina_here: Messina, library: Path, tmp_path: Path
) -> None:
    index, file = tmp_path / "lib", tmp_path / "kit.messina"
    assert messina("index", library, "-o", index).returncode == 0
    killed("learn", index, "-o", file, "--steps", 100_000, once=file.exists)
    before = Instrument.load(file).manifest
    done = messina_here("learn", index, "-o", file, "--resume", "--steps", 20)
    assert done.returncode == 0, done.stderr
    after = Instrument.load(file).manifest
    every = sorted(sound.digest for sound in LibraryIndex.load(index))
    for manifest in (before, after):
        assert sorted(sound.digest for sound in manifest.sounds) == every
    steps = [row.step for row in after.history]
    assert steps == sorted(set(steps))
    assert steps[-1] >= before.steps + 20
