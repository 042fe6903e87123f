"""A small folder of sounds, an instrument learnt from it, and a way to run `messina` on them."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from messina.audio_files import write_wav
from messina.cli.main import main
from messina.demo_sounds import demo_sounds
from once import made_once

Messina: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def messina() -> Messina:
    """Run the program as its user does; words may be paths."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "messina", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def messina_here() -> Messina:
    """The same in this process, which has torch already: for what is said, not for how it ends."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code: object = main([*map(str, words)])
            except SystemExit as wrong:
                code = wrong.code
        return subprocess.CompletedProcess(words, int(str(code)), out.getvalue(), err.getvalue())

    return run


def write_kit(folder: Path) -> None:
    kept = ("drums/kick_", "marimba/marimba_48_", "marimba/marimba_60_", "marimba/marimba_72_")
    for name, audio in demo_sounds():
        if name.startswith(kept):
            write_wav(folder / name, audio[:30_000])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five kicks and nine marimba notes."""
    return made_once(tmp_path_factory, "kit of the command line", write_kit)


@dataclass(frozen=True)
class Learnt:
    """An instrument file, and what was said when it was learnt."""

    file: Path
    out: str
    err: str


@pytest.fixture(scope="session")
def learnt(folder: Path, messina: Messina, tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    """Learnt for a few seconds: good enough to be played."""

    def learn(place: Path) -> None:
        done = messina("learn", folder, "-o", place / "kit", "--minutes", 0.1, "--json")
        assert done.returncode == 0, done.stderr
        (place / "out").write_text(done.stdout)
        (place / "err").write_text(done.stderr)

    place = made_once(tmp_path_factory, "learnt by the command line", learn)
    out, err = ((place / name).read_text() for name in ("out", "err"))
    return Learnt(place / "kit.messina", out, err)


@pytest.fixture
def instrument(learnt: Learnt) -> Path:
    return learnt.file
