"""Children answer, end quietly, and run nothing that lies in the working folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, wait
from pathlib import Path

import numpy as np
import pytest

from export.handmade import KIT, make_instrument
from export.packing_up import pack_up
from messina.corpus import Corpus, analyse_all
from messina.corpus.analysing import ANALYSE
from messina.export.renderer import Renderer
from messina.process_pool import ChildGoneError, ChildProcess, ProcessPool

POISONED = ("struct", "soxr", "safetensors", "msgspec", "messina", "numpy")
"""Modules that the children import, as files of a downloaded pack could be called."""


@pytest.fixture
def poisoned_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: what is imported from it leaves a trace there and ends the process."""
    folder = tmp_path / "pack"
    folder.mkdir()
    for module in POISONED:
        (folder / f"{module}.py").write_text("open('was-run', 'w'); raise SystemExit(3)\n")
    monkeypatch.chdir(folder)
    # an empty entry means the working folder, too
    monkeypatch.setenv("PYTHONPATH", os.environ["PYTHONPATH"] + os.pathsep)
    return folder


def test_analysing_runs_no_file_of_the_working_folder(poisoned_folder: Path) -> None:
    noise = list(np.random.default_rng(0).standard_normal((4, 4410)))
    corpus = Corpus.from_arrays(noise, sample_rate=44_100)
    assert len(analyse_all(corpus.sounds, workers=2)) == 4
    assert not (poisoned_folder / "was-run").exists()


def test_exporting_runs_no_file_of_the_working_folder(
    poisoned_folder: Path, tmp_path: Path
) -> None:
    pack_up(make_instrument(KIT[:1]), tmp_path / "out", "sfz", workers=2)
    assert list((tmp_path / "out").rglob("*.wav"))
    assert not (poisoned_folder / "was-run").exists()


@pytest.mark.parametrize(
    "words", [("messina.corpus.analyst", ANALYSE), ("messina.export.renderer",)], ids=lambda w: w[0]
)
def test_a_child_without_input_ends_without_a_word(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_renderer_has_nothing_to_say_before_it_has_an_instrument(tmp_path: Path) -> None:
    make_instrument(KIT[:1]).save(tmp_path / "kit.messina")
    assert Renderer().answer((tmp_path / "kit.messina").read_bytes()) is None


def test_a_child_that_is_gone_is_told() -> None:
    child = ChildProcess("messina.corpus.analyst", ANALYSE)
    child.close()
    with pytest.raises(ChildGoneError):
        child.ask(b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_export_that_is_ended_ends_its_children_without_a_word_of_theirs(
    how: signal.Signals, tmp_path: Path
) -> None:
    make_instrument(KIT).save(tmp_path / "kit.messina")
    script = textwrap.dedent(f"""
        import signal, sys
        from messina.cli.main import main
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print("begins", flush=True)
        words = ["export", {str(tmp_path / "kit.messina")!r}, "--to", "sfz", "--round-robin", "64"]
        sys.exit(main([*words, "-o", {str(tmp_path / "out")!r}]))
        """)
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1.0)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as Ctrl-C does
    else:
        process.send_signal(how)
    # the children hold the other end of stderr: this returns when all of them have ended
    _, errors = process.communicate(timeout=120)
    own_words = ["messina: stopped"] if how == signal.SIGINT else []
    # a slow machine has told how far it is by then
    said = [line for line in errors.splitlines() if not line.startswith("rendering: ")]
    assert said == own_words


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The processes find `pooled`, and work in a folder of their own."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answers_of(pool: ProcessPool, messages: list[bytes]) -> list[list[bytes]]:
    return [future.result().split(b"|") for future in pool.in_order(pool.ask, messages)]


def test_answers_come_in_the_order_of_the_messages_from_no_more_processes_than_allowed(
    pooled: Path,
) -> None:
    messages = [str(number).encode() for number in range(40)]
    with ProcessPool("pooled", most=2, threads=5) as pool:
        answers = answers_of(pool, messages)
    assert [message for _, message in answers] == messages
    assert len({process for process, _ in answers}) <= 2


def test_what_kills_a_process_fails_alone_and_is_named_while_the_rest_is_done(
    pooled: Path,
) -> None:
    messages = [b"0", b"1", b"die", *(str(number).encode() for number in range(3, 20))]
    with ProcessPool("pooled", most=2, threads=2) as pool:
        futures = list(pool.in_order(pool.ask, messages))
        wait(futures)
    gone = futures.pop(2).exception()
    assert isinstance(gone, ChildGoneError)
    assert str(gone) == "status 3"
    assert [f.result().split(b"|")[1] for f in futures] == messages[:2] + messages[3:]


def test_a_process_that_died_once_is_replaced_and_greeted_again(pooled: Path) -> None:
    with ProcessPool("pooled", "greeted", most=1, threads=1, greeting=b"hello") as pool:
        (first,) = answers_of(pool, [b"0"])
        (second,) = answers_of(pool, [b"die once"])
    assert first[1:] == [b"hello", b"0"]
    assert second[1:] == [b"hello", b"die once"]
    assert first[0] != second[0]


def test_only_so_many_are_worked_on_ahead(pooled: Path) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    with ProcessPool("pooled", most=1, threads=2) as pool:
        coming = pool.in_order(lambda number: number, items())
        assert next(coming).result() == 0
        assert len(taken) == 5  # the first, and two a thread


def test_leaving_the_pool_ends_what_is_being_done_and_what_waits(pooled: Path) -> None:
    began = time.monotonic()
    with ProcessPool("pooled", most=1, threads=2) as pool:
        answers_of(pool, [b"ready"])
        coming = pool.in_order(pool.ask, [b"sleep"] * 8)
        threading.Timer(0.2, pool.__exit__, (None, None, None)).start()
        with pytest.raises(CancelledError):
            next(coming).result()
    assert time.monotonic() - began < 30  # it would sleep a minute
    with pytest.raises(CancelledError):
        pool.ask(b"late")
