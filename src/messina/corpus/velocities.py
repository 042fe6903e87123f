"""How hard a sound was struck: by its name, or by the range of velocities its file is meant for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from messina.corpus.clips import Clip
from messina.corpus.labels import rises
from messina.corpus.naming import Named

__all__ = ["VelocityFound", "find_velocities", "velocity_remarks"]

LEAST_VELOCITIES: Final = 3
"""Fewer different ones do not show which way they go."""
FALLING: Final = -0.5


@dataclass(frozen=True, kw_only=True)
class VelocityFound:
    velocity: float | None = None
    """1 … 127."""
    source: str = ""


def find_velocities(clips: Sequence[Clip], named: Sequence[Named]) -> list[VelocityFound]:
    """The velocity of each clip; a range counts where the files of its label have several."""
    ranges = [
        clip.chunks.instrument.velocities if clip.chunks.instrument else None for clip in clips
    ]
    levels: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for name, each in zip(named, ranges, strict=True):
        if each is not None:
            levels[name.label].add(each)
    found = []
    for name, each in zip(named, ranges, strict=True):
        if name.velocity is not None:
            found.append(VelocityFound(velocity=name.velocity, source=name.velocity_from or "name"))
        elif each is not None and len(levels[name.label]) > 1:
            found.append(VelocityFound(velocity=sum(each) / 2, source="inst chunk"))
        else:
            found.append(VelocityFound())
    return found


def velocity_remarks(
    clips: Sequence[Clip], named: Sequence[Named], found: Sequence[VelocityFound]
) -> list[str]:
    """A line where what is called harder sounds softer."""
    struck: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for clip, name, each in zip(clips, named, found, strict=True):
        if each.velocity is not None:
            struck[name.label].append((each.velocity, clip.loudness_db))
    falling = [
        label
        for label, pairs in struck.items()
        if len({velocity for velocity, _ in pairs}) >= LEAST_VELOCITIES and rises(pairs) < FALLING
    ]
    if not falling:
        return []
    more = f" and {len(falling) - 1} more labels" if len(falling) > 1 else ""
    return [f"{falling[0]}{more}: the higher the velocity in the names, the softer the sound"]
