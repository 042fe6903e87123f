"""Files appear whole or not at all: written aside in the same folder, then moved."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

__all__ = ["replacing"]


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to that becomes `path` at the end, and vanishes when anything fails.

    Missing folders on the way are made. Raises OSError as writing does, with this path in it.
    """
    # A short name of its own: the target's may already be as long as the file system allows.
    aside = path.with_name(f".messina-{secrets.token_hex(6)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        aside.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()
