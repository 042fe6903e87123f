from __future__ import annotations

import io
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from messina.cli import install_torch
from messina.cli.install_torch import need_torch, steps_for
from messina.cli.main import main
from messina.cli.output import program, shell_word
from messina.errors import MessinaError
from messina.torch_build import Machine

LINUX = Machine(
    system="linux",
    intel=True,
    nvidia=False,
    python="/env/bin/python",
    uv=None,
    pip=True,
    externally_managed=False,
)


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install_torch, "has_torch", lambda: False)
    monkeypatch.setattr(Machine, "this", lambda: LINUX)


def joined(machine: Machine) -> list[str]:
    return [" ".join(step) for step in steps_for(machine)]


def test_linux_without_a_gpu_gets_the_cpu_build_by_uv_which_pip_brings() -> None:
    first, second = joined(LINUX)
    assert first == "/env/bin/python -m pip install uv"
    assert second.startswith("/env/bin/python -m uv pip install --python /env/bin/python ")
    assert "--torch-backend cpu torch>=" in second
    assert "matplotlib" in second


def test_where_uv_is_there_it_does_it_alone_also_without_pip() -> None:
    (step,) = joined(replace(LINUX, uv="/bin/uv", pip=False))
    assert step.startswith("/bin/uv pip install --python /env/bin/python --torch-backend cpu torch")


@pytest.mark.parametrize(
    "machine",
    [
        replace(LINUX, nvidia=True),
        replace(LINUX, system="win32"),
        replace(LINUX, system="darwin", intel=False),
    ],
    ids=["CUDA on Linux", "Windows without a GPU", "a Mac"],
)
def test_where_the_default_build_is_the_right_one_pip_does_it_alone(machine: Machine) -> None:
    (step,) = joined(machine)
    assert step.startswith("/env/bin/python -m pip install torch>=")


def test_windows_with_a_gpu_needs_another_than_the_default() -> None:
    _, second = joined(replace(LINUX, system="win32", nvidia=True))
    assert "--torch-backend auto torch" in second


def test_a_build_named_in_the_environment_is_taken_as_it_is() -> None:
    (step,) = joined(replace(LINUX, torch="torch==2.13.0+cu128"))
    assert step.startswith("/env/bin/python -m pip install torch==2.13.0+cu128 matplotlib")
    assert "backend" not in step


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        (replace(LINUX, system="darwin"), "no current build for Macs with Intel"),
        (replace(LINUX, externally_managed=True), "an environment of its own"),
        (replace(LINUX, pip=False), "-m ensurepip brings pip"),
        (replace(LINUX, read_only="/env/lib"), "/env/lib cannot be written to; .* types"),
    ],
)
def test_where_it_cannot_be_installed_the_way_is_said(machine: Machine, sentence: str) -> None:
    with pytest.raises(MessinaError, match=sentence):
        steps_for(machine)


@pytest.mark.usefixtures("no_torch")
def test_without_a_terminal_nothing_is_asked_and_the_line_to_type_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(MessinaError, match=r"install-torch brings the build .* about 200 MB"):
        need_torch()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize(("answer", "runs"), [("y\n", 2), ("yes\n", 2), ("n\n", 0), ("\n", 0)])
def test_on_a_terminal_it_is_installed_if_one_says_so_and_learning_goes_on(
    answer: str, runs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[list[str]] = []
    monkeypatch.setattr(install_torch, "_install", installed.extend)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", Terminal())
    if runs:
        need_torch()
    else:
        with pytest.raises(MessinaError, match="install-torch"):
            need_torch()
    assert len(installed) == runs
    assert "-m uv pip install" in sys.stderr.getvalue()  # shown before it is asked


@pytest.mark.usefixtures("no_torch")
def test_what_fails_is_told_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)  # which has a number
    with pytest.raises(MessinaError, match="command was: x y"):
        install_torch._install(
            [["x", "y"], ["never"]], call=lambda *_, **__: ["the reason is above"]
        )


@pytest.mark.usefixtures("no_torch")
def test_a_dry_run_prints_the_commands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install-torch", "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 2
    assert printed.err == ""


def test_where_torch_is_there_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install_torch, "has_torch", lambda: True)
    assert main(["install-torch", "--yes"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_the_line_to_type_names_the_python_that_runs_this(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another `python`, or none, may be what a shell finds, as where the studio runs this."""
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "messina" / "__main__.py"), "learn"])
    own = Path(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == f"{shell_word(own)} -m messina"
    monkeypatch.setattr(shutil, "which", lambda name: str(own) if name == "python" else None)
    assert program() == "python -m messina"
    monkeypatch.setattr(sys, "argv", ["-c"])  # what a Python of one line has
    assert program() == "python -m messina"
