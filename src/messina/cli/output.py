"""What the command line says: results on stdout, news on stderr, each text made harmless first."""

from __future__ import annotations

import io
import sys
from typing import Any

from messina.text import all_well_formed, on_screen, seen_in_json

__all__ = ["be_robust", "note_line", "print_json", "say"]


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


def print_json(value: Any) -> None:
    """Print as indented JSON; numbers that are not finite become null, as JSON has none."""
    import msgspec

    text = msgspec.json.encode(all_well_formed(msgspec.to_builtins(value)))
    print(seen_in_json(msgspec.json.format(text, indent=2).decode()))
