"""Folders of sounds: the files in them that claim to be audio, in a fixed order, and where the
folder an instrument was learnt from lies on this machine.

Instrument files are passed on, and nobody else's business are the paths on one's disk: a file holds
what its sounds were, this machine's cache holds where they are. Losing it costs naming the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from messina.atomic import replacing
from messina.corpus.audio_decoding import AUDIO_EXTENSIONS, check_regular
from messina.corpus.cache import cache_folder
from messina.corpus.sound import LeftOut
from messina.errors import SoundError

__all__ = [
    "file_digest",
    "find_files",
    "find_paths",
    "recall_folder",
    "remember_folder",
    "sound_name",
]


def find_files(folder: Path) -> tuple[list[tuple[str, Path]], list[LeftOut]]:
    """Names and paths of all audio files below a folder, and what cannot even be opened.

    Hidden files and those of other kinds are passed over. Links are followed, each folder once.
    """
    found, left_out = find_paths(folder)
    return [(name, Path(path)) for name, path in found], left_out


def find_paths(folder: Path) -> tuple[list[tuple[str, str]], list[LeftOut]]:
    """As `find_files` with paths as text: a million of them take a quarter of the memory."""
    found: list[tuple[str, str]] = []
    left_out: list[LeftOut] = []
    for path, trouble in _walk(folder):
        name = sound_name(Path(path), folder)
        if trouble is None:
            found.append((name, path))
        else:
            left_out.append(LeftOut(name=name, reason=trouble))
    found.sort(key=lambda item: _natural(item[0]))
    return found, left_out


def sound_name(path: Path, folder: Path) -> str:
    """A sound's name.

    Its path within the folder with '/', in composed Unicode, odd bytes escaped.
    """
    name = os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", name)


def _walk(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Every file that claims to be audio, with the reason where it is none."""
    errors: list[OSError] = []
    seen: set[tuple[int, int]] = set()
    for place, folders, files in os.walk(folder, onerror=errors.append, followlinks=True):
        here = Path(place)
        if _seen_before(here, seen):
            folders.clear()
            continue
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__MACOSX")))
        for file in files:
            path = here / file
            if not file.startswith(".") and path.suffix[1:].lower() in AUDIO_EXTENSIONS:
                yield str(path), _trouble(path)
    for error in errors:
        at = error.filename or str(folder)
        yield at, f"the folder cannot be opened ({error.strerror or error})"


def _seen_before(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """A folder reached again over a link: a loop, or the same files twice."""
    try:
        status = folder.stat()
    except OSError:
        return True
    key = status.st_dev, status.st_ino
    if key in seen and status.st_ino:
        return True
    seen.add(key)
    return False


def _trouble(path: Path) -> str | None:
    """Why a file cannot even be opened, if so."""
    try:
        check_regular(path)
    except SoundError as error:
        return str(error)
    return None


def _natural(name: str) -> str:
    """What names are sorted by: kick 2 before kick 10.

    Text and numbers come in turn. A text ends with what is less than any character of a name, a
    number begins with how many digits it has.
    """
    texts = re.split(r"([0-9]+)", name)
    texts[::2] = [f"{text.casefold()}\0" for text in texts[::2]]
    digits = [text.lstrip("0") for text in texts[1::2]]
    texts[1::2] = [chr(1 + len(number)) + number for number in digits]
    return "".join(texts)


def remember_folder(digests: Iterable[str], folder: Path) -> None:
    """Keep in mind that the sounds with these digests, taken together, come from `folder`."""
    # A cache that cannot be written to is told of where it costs time; here it costs a word.
    with contextlib.suppress(OSError), replacing(_place(digests)) as aside:
        aside.write_text(str(folder.resolve()), encoding="utf-8", errors="surrogateescape")


def recall_folder(digests: Iterable[str]) -> Path | None:
    """The folder they were last found in, if it is known and still there."""
    try:
        text = _place(digests).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    folder = Path(text)
    return folder if text and folder.is_dir() else None


def file_digest(path: Path) -> str:
    """Hash of a file that was learnt from as a whole, by which its recordings are remembered."""
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _place(digests: Iterable[str]) -> Path:
    key = hashlib.blake2b("\n".join(sorted(digests)).encode(), digest_size=16).hexdigest()
    return cache_folder() / "folders" / f"{key}.txt"
