"""Several processes learn one instrument, as torchrun starts them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from learning.test_learn import hit
from messina.audio_files import write_wav
from messina.corpus import Corpus
from messina.errors import MessinaError
from messina.instrument import Instrument
from messina.learning import learn
from messina.learning.workers import Workers, started_workers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="torchrun is for POSIX here"),
]

SHOW = """
import hashlib, os, sys
from messina.corpus import Corpus
from messina.learning import learn

instrument = learn(Corpus.from_folder(sys.argv[1]), steps=100, seed=2, out=sys.argv[2])
digest = hashlib.sha256()
for name in sorted(instrument.arrays):
    digest.update(instrument.arrays[name].tobytes())
print("rank", os.environ["RANK"], digest.hexdigest(), flush=True)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    for i in range(16):
        name = f"{'low' if i % 2 else 'high'} {i}.wav"
        write_wav(folder / name, np.repeat(hit(i)[:, None], 2, axis=1))
    return folder


def torchrun(*words: object) -> list[str]:
    """Two workers of this machine."""
    head = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return [*head, *map(str, words)]


def surroundings() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def ran(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        torchrun(*words), capture_output=True, text=True, env=surroundings(), timeout=240
    )


@contextlib.contextmanager
def learning(*words: object) -> Iterator[subprocess.Popen[str]]:
    """`messina learn` by two workers, under way."""
    process = subprocess.Popen(
        torchrun("-m", "messina", "learn", *words),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(file: Path) -> None:
    until_s = time.monotonic() + 120
    while not file.exists():
        assert time.monotonic() < until_s, f"no {file}"
        time.sleep(0.05)


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The process numbers of what torchrun started, as the system lists them."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True
    )
    return [int(word) for word in listed.stdout.split()]


def error_db(instrument: Instrument) -> float:
    rows = instrument.manifest.sounds
    return float(np.mean([row.error_db for row in rows if row.error_db is not None]))


def test_two_workers_hold_one_instrument_and_learn_as_well_as_one(
    folder: Path, tmp_path: Path
) -> None:
    corpus = Corpus.from_folder(folder)
    alone = [error_db(learn(corpus, steps=100, seed=seed)) for seed in range(3)]
    script, file = tmp_path / "show.py", tmp_path / "together.messina"
    script.write_text(SHOW)
    done = ran(script, folder, file)
    assert done.returncode == 0, done.stderr
    told = [line.split() for line in done.stdout.splitlines() if line.startswith("rank")]
    assert {rank for _, rank, _ in told} == {"0", "1"}
    assert len({digest for _, _, digest in told}) == 1
    together = Instrument.load(file)
    assert "2 workers" in together.manifest.device
    # As far from the mean of one worker's seeds as three of those ever are, or 0.3 dB, under a
    # third of what is just heard.
    spread = max(0.3, 3 * float(np.std(alone, ddof=1)))
    assert abs(error_db(together) - float(np.mean(alone))) < spread


def test_a_worker_that_is_killed_leaves_an_instrument_that_one_goes_on_with(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kit.messina"
    with learning(folder, "-o", file, "--steps", 100_000) as process:
        wait_for(file)
        workers = sorted(workers_of(process))
        assert len(workers) == 2
        os.kill(workers[1], signal.SIGKILL)
        assert process.wait(120) != 0
    before = Instrument.load(file).manifest.steps
    resumed = learn(Corpus.from_folder(folder), steps=60, resume=file)
    assert resumed.manifest.history[-1].step >= before + 60


def test_stopped_they_stop_together_and_what_is_learnt_is_saved(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kit.messina"
    with learning(folder, "-o", file, "--steps", 100_000) as process:
        wait_for(file)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
        process.wait(120)
    assert said.count("16 sounds") == 1, "the first worker alone speaks"
    assert "stopped: what was learnt so far is saved" in said
    assert all(row.error_db is not None for row in Instrument.load(file).manifest.sounds)


def test_workers_that_see_other_sounds_say_so(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "differ.py"
    script.write_text(
        "import os, sys\nfrom messina.corpus import Corpus\nfrom messina.learning import learn\n"
        "from dataclasses import replace\ncorpus = Corpus.from_folder(sys.argv[1])\n"
        "if os.environ['RANK'] == '1':\n    corpus = replace(corpus, sounds=corpus.sounds[1:])\n"
        "learn(corpus, steps=10)\n"
    )
    done = ran(script, folder)
    assert done.returncode != 0
    assert "the workers do not see the same sounds" in done.stderr


def test_a_worker_alone_has_the_seed_and_the_batch_of_no_worker_at_all() -> None:
    alone = Workers()
    assert alone.seed(3, 0) == [3, 0]
    assert alone.share_of(48, least=16) == 48
    assert Workers(rank=1, count=2).seed(3, 0) == [3, 0, 1]
    assert [Workers(count=n).share_of(48, least=16) for n in (2, 3, 8)] == [24, 16, 16]


@pytest.mark.parametrize(
    ("rank", "count"), [("2", "2"), ("-1", "2"), ("x", "2"), ("0", "1000000"), (None, "2")]
)
def test_what_the_surroundings_say_has_bounds(
    rank: str | None, count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"TORCHELASTIC_RUN_ID": "none", "RANK": rank, "WORLD_SIZE": count}
    for name, value in (said | {"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": count}).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    with pytest.raises(MessinaError, match="torchrun"):
        started_workers()
