"""Where the sounds an instrument was learnt from lie on this machine.

Instrument files are passed on, and nobody else's business are the paths on one's disk: a file holds
what its sounds were, this machine's cache holds where they are. Losing it costs naming the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path

from messina.atomic import replacing
from messina.corpus.cache import cache_folder

__all__ = ["file_digest", "recall_folder", "remember_folder"]


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
    """What the recordings are remembered by that a file was learnt from as a whole."""
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _place(digests: Iterable[str]) -> Path:
    key = hashlib.blake2b("\n".join(sorted(digests)).encode(), digest_size=16).hexdigest()
    return cache_folder() / "folders" / f"{key}.txt"
