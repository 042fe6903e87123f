"""Packs appear whole or not at all, and never in place of what is not theirs.

A folder is written aside and then moved to its place. In each lies messina.json, which says what
made it and lists its files. With `force` an older pack is replaced, but only if it is one, and
holds nothing else: somebody's -o ~/Music has to be safe.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

import messina
from messina.atomic import exchange, place_aside, replacing
from messina.errors import MessinaError
from messina.text import all_well_formed, well_formed

__all__ = ["LISTING", "check_place", "folder_beside", "new_file", "new_folder"]

LISTING: Final = "messina.json"


class _Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack says of itself; read leniently."""

    program: str
    about: dict[str, Any]
    files: list[str]


def check_place(out: Path, *, folder: bool, force: bool) -> None:
    """Refuse in time what could not be written at the end. Raises MessinaError."""
    if folder:
        _bring_back(out)
    if not out.exists() and not out.is_symlink():
        return
    if folder and not out.is_dir():
        raise MessinaError(f"{out} is a file; a folder is wanted: choose another `out`")
    if not folder and out.is_dir():
        raise MessinaError(f"{out} is a folder; a file is wanted: choose another `out`")
    if folder and not any(out.iterdir()):
        return
    if not force:
        raise MessinaError(
            f"{out} is there already; `force=True` replaces it, another `out` keeps it"
        )
    if folder:
        _check_is_ours(out)


def _check_is_ours(out: Path) -> None:
    try:
        listing = msgspec.json.decode((out / LISTING).read_bytes(), type=_Listing)
    except (OSError, msgspec.MsgspecError):
        raise MessinaError(
            f"{out} holds files that Messina did not put there; choose another `out`"
        ) from None
    known = {LISTING, *listing.files}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if not path.is_dir() and well_formed(name) not in known:
            raise MessinaError(
                f"{out} also holds {name}, which Messina did not put there; move it away or "
                "choose another `out`"
            )


@contextlib.contextmanager
def new_folder(out: Path, *, about: dict[str, Any], force: bool) -> Iterator[Path]:
    """A folder to write to, which becomes `out` at the end and vanishes when anything fails.

    about: what its listing says of it. Raises MessinaError for what lies in the way, OSError, with
    the name of `out`, as writing itself does.
    """
    check_place(out, folder=True, force=force)
    with folder_beside(out) as aside, _named(out):
        yield aside
        _write_listing(aside, about)
        _move(aside, out)


@contextlib.contextmanager
def folder_beside(out: Path) -> Iterator[Path]:
    """A folder on the same disk as `out`, there for as long as it is used."""
    with _named(out):
        aside = place_aside(out.with_suffix(""))
        aside.mkdir()
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def new_file(out: Path, *, force: bool) -> Iterator[Path]:
    """A path to write to, which becomes `out` at the end and vanishes when anything fails.

    Raises MessinaError for what lies in the way, OSError, with the name of `out`, as writing does.
    """
    check_place(out, folder=False, force=force)
    with _named(out), replacing(out) as aside:
        yield aside


@contextlib.contextmanager
def _named(out: Path) -> Iterator[None]:
    """Errors of the system name what was asked for, not where it was being prepared."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(out)) from error


def _write_listing(folder: Path, about: dict[str, Any]) -> None:
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    listing = _Listing(program=f"Messina {messina.__version__}", about=about, files=files)
    plain = all_well_formed(msgspec.to_builtins(listing))
    text = msgspec.json.format(msgspec.json.encode(plain), indent=2)
    (folder / LISTING).write_bytes(text + b"\n")


def _move(aside: Path, out: Path) -> None:
    """To its place; what was there goes once the new one is in.

    Where the system can exchange the two at once it does. Elsewhere there is a moment without
    either; who is killed in it leaves the older pack beside, and the next run brings it back.
    """
    if not out.exists():
        aside.rename(out)
        return
    if exchange(aside, out):
        return  # what is aside now is the older one, and will be removed
    old = _replaced(out)
    shutil.rmtree(old, ignore_errors=True)  # of one who was killed when it had done its duty
    out.rename(old)
    try:
        aside.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _replaced(out: Path) -> Path:
    """Where an older pack is while the new one comes to its place: always the same."""
    which = hashlib.blake2b(os.fsencode(out.name), digest_size=6).hexdigest()
    return out.with_name(f".messina-replaced-{which}")


def _bring_back(out: Path) -> None:
    old = _replaced(out)
    if not out.exists() and (old / LISTING).is_file():
        old.rename(out)
