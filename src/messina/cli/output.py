"""What the command line says: results on stdout, news on stderr, each text made harmless first."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from messina.text import all_well_formed, on_screen, seen_in_json

__all__ = ["asked", "be_robust", "note_line", "print_json", "program", "say", "shell_word"]


def be_robust() -> None:
    """Whatever the terminal's encoding lacks is spelt out from now on, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(*lines: object) -> None:
    """Results, line by line, on stdout."""
    for line in lines:
        print(on_screen(str(line)), flush=True)


def note_line(*lines: object) -> None:
    """News, line by line, on stderr."""
    for line in lines:
        print(on_screen(str(line)), file=sys.stderr, flush=True)


def asked(question: str) -> bool:
    """Whether someone at the terminal says yes; anything else is no."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def program() -> str:
    """What to type to call this program again, as it was called now."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py" or not called.name:
        is_found = shutil.which("python") == sys.executable  # else it is another one, or none
        return f"{'python' if is_found else shell_word(sys.executable)} -m messina"
    return called.stem if shutil.which(called.stem) else shell_word(called)


def shell_word(path: object) -> str:
    """A path as one word of a command line."""
    text = str(path)
    if os.name == "nt":
        return f'"{text}"' if " " in text else text
    return shlex.quote(text)


def print_json(value: Any) -> None:
    """Print as indented JSON; numbers that are not finite become null, as JSON has none."""
    import msgspec

    text = msgspec.json.encode(all_well_formed(msgspec.to_builtins(value)))
    print(seen_in_json(msgspec.json.format(text, indent=2).decode()))
