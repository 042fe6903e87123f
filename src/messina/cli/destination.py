"""Where a run of learning writes: straight to its file, or beside one that is to be replaced.

What somebody has stays until there is something better: a run that replaces a file writes beside
it, and takes its place when it is over. Killed before that, it leaves both.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from messina.cli.output import note_line

__all__ = ["place_for", "settle"]


def place_for(output: Path, *, replaces: bool) -> Path:
    """Where to write while learning what is to become `output`."""
    return output.with_name(f"{output.stem}.unfinished{output.suffix}") if replaces else output


def settle(place: Path, output: Path, *, keeps_old: bool) -> Path:
    """Moves what was learnt to where it belongs, unless what is there stays; returns where it is.

    keeps_old: the run was stopped before it was as good as what is there.
    """
    from messina.learning.checkpoint import checkpoint_path

    if place == output:
        return output
    if keeps_old:
        note_line(
            f"stopped before it was as good as the {output} there is, which stays; "
            f"what was learnt is in {place}"
        )
        return place
    place.replace(output)
    old, new = checkpoint_path(output), checkpoint_path(place)
    with contextlib.suppress(OSError):
        old.unlink()  # of what was there before
    with contextlib.suppress(OSError):
        new.replace(old)
    return output
