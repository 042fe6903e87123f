"""`messina install-shortcut`: the studio among the programs of the desktop, and away again.

Linux: an entry of the menu and its icon. macOS: a .command in ~/Applications. Windows: a shortcut
in the start menu. Each opens a terminal, whose closing ends the studio. What Messina did not write
is neither replaced nor removed.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messina.cli.output import note_line, say
from messina.cli.parsing import Verbs, add_verb
from messina.errors import MessinaError

__all__ = ["File", "add", "files_for", "link_step"]

_MARK: Final = "Made by messina install-shortcut"
_ABOUT: Final = "A folder of sounds becomes an instrument"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of a shortcut; without data it is Windows' own kind, which Windows writes."""

    path: Path
    data: bytes = b""
    executable: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether what lies there is a shortcut of ours."""
        if not self.data:
            return True
        return _MARK.encode() in self.path.read_bytes() or self.path.read_bytes() == self.data


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "install-shortcut",
        does="put the studio into the menu of the desktop, or take it out again",
        run=run,
        examples=["messina install-shortcut", "messina install-shortcut --remove"],
    )
    parser.add_argument("--remove", action="store_true", help="take it out again")
    parser.add_argument("--dry-run", action="store_true", help="only say which files")


def run(arguments: argparse.Namespace) -> int:
    files = files_for(sys.platform, Path.home(), os.environ, _command())
    if arguments.dry_run:
        say(*(file.path for file in files))
        return 0
    for file in files:
        if file.path.exists() and not file.is_ours:
            raise MessinaError(f"{file.path} was not made by Messina, so it is left alone")
    if arguments.remove:
        return _remove(files)
    for file in files:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        _write(file)
    say(files[0].path)
    note_line("the studio is among your programs now; --remove takes it out again")
    return 0


def _remove(files: list[File]) -> int:
    there = [file.path for file in files if file.path.exists()]
    if not there:
        raise MessinaError("there is no shortcut to remove")
    for path in there:
        path.unlink()
        say(path)
    return 0


def _command() -> list[str]:
    """What starts the studio, wherever it is called from."""
    name = "messina.exe" if os.name == "nt" else "messina"
    script = Path(sysconfig.get_path("scripts"), name)
    start = [str(script)] if script.is_file() else [sys.executable, "-m", "messina"]
    return [*start, "studio"]


def files_for(
    system: str, home: Path, environment: Mapping[str, str], command: list[str]
) -> list[File]:
    """The files of the shortcut, the one that opens the studio first."""
    if system == "darwin":
        text = f"#!/bin/sh\n# {_MARK}: {_ABOUT}.\nexec {shlex.join(command)}\n"
        path = home / "Applications" / "Messina.command"
        return [File(path=path, data=text.encode(), executable=True)]
    if system == "win32":
        roaming = Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
        programs = roaming / "Microsoft" / "Windows" / "Start Menu" / "Programs"
        return [File(path=programs / "Messina.lnk")]
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    icon = Path(__file__).parents[1] / "play" / "web" / "icon.svg"
    return [
        File(path=data / "applications" / "messina.desktop", data=_entry(command)),
        File(
            path=data / "icons" / "hicolor" / "scalable" / "apps" / "messina.svg",
            data=icon.read_bytes(),
        ),
    ]


def _entry(command: list[str]) -> bytes:
    """Ref: freedesktop.org, Desktop Entry Specification 1.5, "The Exec key"."""
    lines = (
        "[Desktop Entry]",
        f"# {_MARK}",
        "Type=Application",
        "Version=1.5",
        "Name=Messina",
        f"Comment={_ABOUT}",
        f"Exec={' '.join(map(_exec_word, command))}",
        "Icon=messina",
        "Terminal=true",
        "Categories=AudioVideo;Audio;Music;",
    )
    return ("\n".join(lines) + "\n").encode()


def _exec_word(word: str) -> str:
    """Quoted, and then escaped as any value of the file is."""
    for sign in ("\\", '"', "`", "$"):
        word = word.replace(sign, f"\\{sign}")
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'


def _write(file: File, call: Callable[..., int] = subprocess.call) -> None:
    if not file.data:
        step, environment = link_step(file.path, _command())
        if call(step, env={**os.environ, **environment}) != 0:
            raise MessinaError(f"Windows could not write {file.path}; its reason is above")
        return
    from messina.atomic import replacing

    with replacing(file.path) as aside:
        aside.write_bytes(file.data)
        if file.executable:
            aside.chmod(0o755)


def link_step(path: Path, command: list[str]) -> tuple[list[str], dict[str, str]]:
    """What has Windows write a shortcut: a command, and the surroundings its paths are taken from.

    Paths are no part of the script, so that none of their signs means anything in it.
    """
    script = (
        "$ErrorActionPreference = 'Stop'; "
        "$link = (New-Object -ComObject WScript.Shell).CreateShortcut($env:MESSINA_LINK); "
        "$link.TargetPath = $env:MESSINA_TARGET; "
        "$link.Arguments = $env:MESSINA_ARGUMENTS; "
        "$link.WorkingDirectory = $env:USERPROFILE; "
        f"$link.Description = '{_ABOUT}'; "
        "$link.Save()"
    )
    surroundings = {
        "MESSINA_LINK": str(path),
        "MESSINA_TARGET": command[0],
        "MESSINA_ARGUMENTS": subprocess.list2cmdline(command[1:]),
    }
    return ["powershell", "-NoProfile", "-NonInteractive", "-Command", script], surroundings
