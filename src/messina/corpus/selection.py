"""Which files of a folder are used, what their names say, and what is told where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from messina.corpus.clips import Clip
from messina.corpus.evidence import sounding_note
from messina.corpus.folders import find_paths, sound_name
from messina.corpus.labels import SoundEvidence
from messina.corpus.naming import Named, read_names
from messina.corpus.sound import LeftOut
from messina.corpus.stereo_pairs import without_side
from messina.corpus.table import NOT_WANTED, TABLE_NAME, Row, Table
from messina.errors import CorpusError

__all__ = [
    "READABLE",
    "check_some_learnt",
    "files_of",
    "names_of",
    "nothing_usable",
    "paths_of",
    "split_by_table",
    "table_remarks",
    "unwanted",
]

P = TypeVar("P", str, Path)

READABLE: Final = "WAV, AIFF, FLAC, OGG, MP3, Opus or CAF files"


def files_of(path: Path) -> tuple[Path, list[tuple[str, Path]], list[LeftOut]]:
    """The folder of a path, the audio files in it by name, and those that cannot be opened."""
    folder, files, troubled = paths_of(path)
    return folder, [(name, Path(place)) for name, place in files], troubled


def paths_of(path: Path) -> tuple[Path, list[tuple[str, str]], list[LeftOut]]:
    """As `files_of` with paths as text.

    As text, paths of a large library take less memory than those of `files_of`.
    """
    if path.is_dir():
        files, troubled = find_paths(path)
        return path.resolve(), files, troubled
    if path.exists():
        return path.parent.resolve(), [(sound_name(path, path.parent), str(path))], []
    raise CorpusError(f"{path}: no such folder; give a folder of {READABLE}")


def split_by_table(
    files: list[tuple[str, P]], table: Table
) -> tuple[list[tuple[str, P]], list[LeftOut]]:
    """Files to read, and those that the table excludes as a whole."""
    wanted = []
    refused = []
    for name, path in files:
        if reason := unwanted(table.rows.get(name)):
            refused.append(LeftOut(name=name, reason=reason))
        else:
            wanted.append((name, path))
    return wanted, refused


def unwanted(row: Row | None) -> str | None:
    """The reason in a row of the table for not using its sound; None where it is used."""
    return NOT_WANTED if row is not None and row.use is False else None


def check_some_learnt(held_out: Iterable[bool]) -> None:
    """Raises CorpusError where every sound is held out."""
    if all(held_out):
        raise CorpusError("every sound is held out; leave some with held_out = no to learn from")


def names_of(names: Sequence[str], clips: Sequence[Clip], *, root: str) -> dict[str, Named]:
    """What the names of all files say, decided with what is heard in those that are one sound.

    names: of all files, also of those nothing is used of; root: what the folder is called.
    """
    pairs = {clip.file: clip.right for clip in clips if clip.right}
    rights = set(pairs.values())
    every = [name for name in names if name not in rights]
    plain = [without_side(name) if name in pairs else name for name in every]
    whole = {clip.file: clip for clip in clips if clip.name == clip.file}
    heard = [
        SoundEvidence(note=sounding_note(clip), loudness_db=clip.loudness_db)
        if (clip := whole.get(name)) is not None
        else SoundEvidence()
        for name in every
    ]
    read = read_names(plain, root=root, heard=dict(zip(plain, heard, strict=True)))
    return dict(zip(every, read, strict=True))


def table_remarks(unknown: list[str]) -> list[str]:
    """A line where rows of the table are of no sound."""
    if not unknown:
        return []
    count = f"{len(unknown)} rows" if len(unknown) > 1 else "a row"
    return [f"{TABLE_NAME} has {count} without a sound, the first: {unknown[0]}"]


def nothing_usable(path: Path, left_out: list[LeftOut]) -> str:
    """Error text for a folder in which nothing can be used."""
    if not left_out:
        return f"{path}: no audio in it; give a folder of {READABLE}"
    first = min(left_out, key=lambda lost: lost.name)
    count = f"none of the {len(left_out)} files" if len(left_out) > 1 else "its only file cannot"
    can = "can be used" if len(left_out) > 1 else "be used"
    return f"{path}: {count} {can} ({first.name}: {first.reason}); give a folder of {READABLE}"
