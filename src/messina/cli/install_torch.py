"""`messina install-torch`: what learning needs, into the environment that this program runs in.

Which build of torch is right depends on the machine: the default one for Linux brings gigabytes of
CUDA, that for Windows knows no GPU, and pip cannot tell the builds apart; uv can. So uv does it
where it is there or can be brought by pip. What is run is shown before it is: people see its own
progress, programs that run this one get it line by line.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import IO, Final

from messina.cli.output import Progress, asked, note_line, program, say, shell_word
from messina.cli.parsing import Verbs, add_verb
from messina.errors import MessinaError
from messina.text import counted, printable
from messina.torch_build import SIZES, Machine, has_torch

__all__ = ["add", "need_torch", "run_installer", "steps_for", "why_not"]


_LOOK_S: Final = 0.2
_PATIENCE_S: Final = 10.0
_KEPT_LINES: Final = 200
_RAW: Final = re.compile(r"Progress (\d+) of (\d+)")
"""What pip tells with `--progress-bar raw`, in bytes."""

_REFUSED: Final = re.compile(r"(?:failed to fetch: `?https?://|host=['\"])([a-z0-9.-]+)")
"""Who did not answer, as uv and pip tell it."""
_TELLING: Final = re.compile(
    r"Collecting \S+|(Downloading|Downloaded|Building|Preparing) .+|Resolved .+"
)
"""Lines that tell people how far an installer is; the rest is talk."""
_INSTALLS: Final = "Installing collected packages: "

_REASONS: Final = (
    (
        (
            r"name resolution|dns error|getaddrinfo|failed to establish|unreachable|"
            r"connection (refused|reset|aborted)|timed out|could not connect|"
            r"error sending request|proxyerror|sslerror|connection broken"
        ),
        "{host} cannot be reached; where there is a network that lets you, try again",
    ),
    (r"no space left|errno 28|disk full", "the disk is full; make room and try again"),
    (
        r"permission denied|read-only file system|errno (13|30)|access is denied",
        "the environment that messina runs in cannot be written to",
    ),
    (
        r"no matching distribution|no solution found|no wheels? with a matching",
        "there is no build of it for this system and version of Python",
    ),
)


def run_installer(step: Sequence[str], *, as_progress: bool, progress: Progress) -> list[str]:
    """Runs a command; returns [] when it has done its work, else what it said last.

    as_progress: what it says becomes progress; else it goes to stderr. Interrupted, it ends.
    """
    if not as_progress:
        code = subprocess.call(step, stdout=sys.stderr.fileno())
        return [] if code == 0 else ["the reason is above"]
    process = subprocess.Popen(
        step,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    said = _Said()
    reader = threading.Thread(target=said.follow, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        while process.poll() is None:
            said.report(progress)
            time.sleep(_LOOK_S)
    except BaseException:
        _end(process)
        raise
    reader.join(_PATIENCE_S)
    return [] if process.returncode == 0 else said.lines or [f"it ended with {process.returncode}"]


class _Said:
    """What an installer says, read in a thread of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._step = "begins"
        self._bytes = (0, 0)
        self._since_s = time.monotonic()

    def follow(self, pipe: IO[str]) -> None:
        for line in pipe:
            raw = _RAW.fullmatch(line.strip())
            if raw is not None:
                now, total = int(raw[1]), int(raw[2])
                if total != self._bytes[1]:
                    self._since_s = time.monotonic()
                self._bytes = (now, total)
            elif text := printable(line.strip(), longest=200):
                self._bytes = (0, 0)
                self.lines = [*self.lines[1 - _KEPT_LINES :], text]
                self._step = _step_in(text) or self._step

    def report(self, progress: Progress) -> None:
        now, total = self._bytes
        if not total:
            progress.at("installing torch", 0, 1, self._step)
            return
        spent_s = time.monotonic() - self._since_s
        left_s = spent_s * (total - now) / now if now else None
        detail = f"{now / 1e6:.0f} of {total / 1e6:.0f} MB"
        progress.at("downloading", now, total, detail, left_s=left_s)


def _step_in(line: str) -> str:
    """What a line of an installer tells people; "" where it tells them nothing.

    >>> _step_in("Installing collected packages: mpmath, torch")
    'Installing 2 packages'
    >>> _step_in("WARNING: a cache is off"), _step_in("Downloading torch (175.9MiB)")
    ('', 'Downloading torch (175.9MiB)')
    """
    if line.startswith(_INSTALLS):
        return f"Installing {counted(len(line.split(',')), 'package')}"
    return line if _TELLING.fullmatch(line) else ""


def why_not(lines: Sequence[str]) -> str:
    """The reason that an installer gave, in a sentence.

    >>> why_not(["Collecting torch", "OSError: [Errno 28] No space left on device"])
    'the disk is full; make room and try again'
    >>> why_not(["error: Failed to fetch: https://torch.example/cpu/", "cause: dns error"])
    'torch.example cannot be reached; where there is a network that lets you, try again'
    >>> why_not(["Collecting torch", "ERROR: torch is odd", "[notice] a new release of pip"])
    'torch is odd'
    """
    text = "\n".join(lines).lower()
    for pattern, sentence in _REASONS:
        if re.search(pattern, text):
            host = _REFUSED.search(text)
            return sentence.format(host=host[1] if host else "the network")
    errors = [line for line in lines if re.match(r"\W*error\W", line, re.IGNORECASE)]
    return re.sub(r"^\W*error\W+", "", [*lines, *errors][-1], flags=re.IGNORECASE)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_S)
    if process.returncode is None:
        raise MessinaError("the installer does not end; end it by hand")


_EXTRA: Final = "train"
_RAW_PROGRESS: Final = (24, 1)
"""The version of pip from which it tells programs how far it is."""
_BACKENDS: Final = {"cpu": "cpu", "cuda": "auto"}
"""What uv calls the builds; "auto" is that of the driver which is there."""


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "install-torch",
        does="install what learning needs: the build of torch for this machine",
        run=run,
        examples=["messina install-torch", "messina install-torch --yes"],
        more=(
            "Into the environment that messina itself runs in, also one of pipx or uv. Another\n"
            "build can be named in the environment: TORCH='torch==2.13.0+cu128'."
        ),
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be run")


def run(arguments: argparse.Namespace) -> int:
    machine = Machine.this()
    if has_torch():
        say("torch is there already; nothing to do")
        return 0
    steps = steps_for(machine)
    if arguments.dry_run:
        say(*(_shown(step) for step in steps))
        return 0
    if not arguments.yes and not _agreed(machine, steps):
        raise MessinaError(
            f"nothing was installed; without asking: {program()} install-torch --yes"
        )
    _install(steps)
    say("torch is installed; messina can learn now")
    return 0


def need_torch() -> None:
    """Learning without torch is refused before any work is done for it.

    On a terminal it can be installed there and then. Raises MessinaError where it is not.
    """
    if has_torch():
        return
    machine = Machine.this()
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        note_line("learning needs torch, which is not installed (playing needs none)")
        steps = steps_for(machine)
        if _agreed(machine, steps):
            _install(steps)
            return
    raise MessinaError(
        "learning needs torch, which is not installed (playing needs none): "
        f"{program()} install-torch brings the build for this machine, {SIZES[machine.build]}"
    )


def steps_for(machine: Machine) -> list[list[str]]:
    """The commands that install it. Raises MessinaError, saying what to do, where none would."""
    if machine.system == "darwin" and machine.intel:
        raise MessinaError(
            "torch has no current build for Macs with Intel processors; playing needs none"
        )
    if machine.externally_managed:
        raise MessinaError(
            f"{machine.python} is the system's own, which only its packages may change; install "
            "Messina into an environment of its own (pipx, uv tool, or python -m venv), and "
            f"{program()} install-torch there"
        )
    if machine.read_only:
        raise MessinaError(
            f"{machine.read_only} cannot be written to; whoever may do that, types "
            f"{program()} install-torch"
        )
    needs = _needs(machine)
    backend = [] if machine.torch else _backend(machine)
    if machine.uv is not None:
        return [[machine.uv, "pip", "install", "--python", machine.python, *backend, *needs]]
    if not machine.pip:
        raise MessinaError(
            "neither uv nor pip is there to install torch with: "
            f"{shell_word(machine.python)} -m ensurepip brings pip"
        )
    pip = [machine.python, "-m", "pip", "install"]
    if not backend or not _default_is_wrong(machine):
        return [[*pip, *needs]]
    uv = [machine.python, "-m", "uv", "pip", "install", "--python", machine.python]
    return [[*pip, "uv"], [*uv, *backend, *needs]]


def _default_is_wrong(machine: Machine) -> bool:
    """Whether pip's build is another: for Linux it is that for CUDA, for Windows that without."""
    return machine.build == ("cuda" if machine.system == "win32" else "cpu")


def _backend(machine: Machine) -> list[str]:
    name = _BACKENDS.get(machine.build)
    return [] if name is None else ["--torch-backend", name]


def _needs(machine: Machine) -> list[str]:
    """The requirements of the extra, as this version of Messina states them."""
    needs = []
    for line in metadata.requires("messina") or ():
        requirement, _, marker = line.partition(";")
        is_extra = f"extra == '{_EXTRA}'" in marker.replace('"', "'")
        if is_extra and not requirement.startswith("messina"):
            needs.append(requirement.strip())
    torch = [machine.torch] if machine.torch else [x for x in needs if x.startswith("torch")]
    return [*torch, *(need for need in needs if not need.startswith("torch"))]


def _agreed(machine: Machine, steps: list[list[str]]) -> bool:
    note_line(f"this would be run ({SIZES[machine.build]}):", *(_shown(step) for step in steps))
    return asked("install it now?")


def _shown(step: list[str]) -> str:
    return "  " + " ".join(map(shell_word, step))


def _install(steps: list[list[str]], call: Callable[..., list[str]] = run_installer) -> None:
    """Runs the steps. Raises MessinaError when one fails."""
    with Progress() as progress:
        for step in steps:
            as_progress = progress.for_programs
            try:
                failed = call(
                    [*step, *_raw(step)] if as_progress else step,
                    as_progress=as_progress,
                    progress=progress,
                )
            except KeyboardInterrupt:
                again = "" if as_progress else f"; {program()} install-torch begins again"
                raise MessinaError(f"stopped before torch was installed{again}") from None
            if failed:
                more = (
                    f"{program()} install-torch, typed at a terminal, shows all of it"
                    if as_progress
                    else f"The command was:{_shown(step)[1:]}"
                )
                raise MessinaError(f"torch was not installed: {why_not(failed)}. {more}")
    if not has_torch():
        raise MessinaError("torch was installed, but not where messina runs; start it anew")


def _raw(step: list[str]) -> list[str]:
    """What makes pip tell how many bytes have come."""
    if step[1:4] != ["-m", "pip", "install"]:
        return []
    version = tuple(map(int, metadata.version("pip").split(".")[:2]))
    return ["--progress-bar", "raw"] if version >= _RAW_PROGRESS else []
