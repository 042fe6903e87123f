"""How hard a sound was struck."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.signals import tone
from messina.corpus.chunks import Chunks, InstrumentChunk
from messina.corpus.clips import Clip, clip_from
from messina.corpus.naming import Named
from messina.corpus.notes import find_velocities, velocity_remarks

KEYS = Named(label="keys")


def _clip(velocities: tuple[int, int] | None = None, *, gain: float = 0.5) -> Clip:
    clip = clip_from(tone(220.0, gain=gain)[:, None], file="x", name="x")
    chunk = InstrumentChunk(root=57, velocities=velocities)
    return replace(clip, chunks=Chunks(instrument=chunk))


def test_the_middle_of_a_chunks_range_is_the_velocity() -> None:
    clips = [_clip((1, 50)), _clip((51, 100)), _clip((101, 127))]
    found = find_velocities(clips, [KEYS] * 3)
    assert [each.velocity for each in found] == [25.5, 75.5, 114]


def test_one_range_for_all_says_nothing() -> None:
    found = find_velocities([_clip((1, 127)), _clip((1, 127)), _clip()], [KEYS] * 3)
    assert [each.velocity for each in found] == [None] * 3


def test_a_name_comes_before_a_chunk() -> None:
    named = [replace(KEYS, velocity=90, velocity_from="name"), KEYS]
    found = find_velocities([_clip((1, 50)), _clip((51, 127))], named)
    assert [(each.velocity, each.source) for each in found] == [(90, "name"), (89, "inst chunk")]


@pytest.mark.parametrize("falling", [True, False])
def test_it_is_told_where_harder_sounds_softer(falling: bool) -> None:
    gains = [0.8, 0.4, 0.2, 0.1]
    clips = [_clip(gain=gain) for gain in (gains if falling else gains[::-1])]
    named = [replace(KEYS, velocity=v, velocity_from="name") for v in (20, 50, 80, 110)]
    remarks = velocity_remarks(clips, named, find_velocities(clips, named))
    assert len(remarks) == falling
