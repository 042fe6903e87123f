from __future__ import annotations

from collections import Counter
from itertools import pairwise

from messina.counter_rng import CounterRng
from messina.sequences.model import EventModel
from messina.sequences.places import SeekPoints, StyleScheduler


def travelled(model: EventModel, turns: int, seed: int = 0) -> list[int]:
    scheduler, rng = StyleScheduler(SeekPoints(model)), CounterRng(seed)
    played: list[int] = []
    for _ in range(turns):
        played.append(scheduler.draw(rng, after=played[-1] if played else None).style)
        scheduler.played(played[-1], 8.0)
    return played


def test_all_are_played_before_long_and_none_follows_itself(mixed: EventModel) -> None:
    styles = len(mixed.manifest.styles)
    for seed in range(10):
        played = travelled(mixed, 4 * styles, seed)
        assert set(played) == set(range(styles))
        assert all(a != b for a, b in pairwise(played))


def test_each_gets_its_share_of_the_time(mixed: EventModel) -> None:
    shares = SeekPoints(mixed).shares
    counts = Counter(travelled(mixed, 600))
    for style, share in enumerate(shares):
        # Drawn independently, the shares would be off by 0.016 as one standard deviation.
        assert abs(counts[style] / 600 - share) < 0.01


def test_seeds_travel_differently(mixed: EventModel) -> None:
    assert len({tuple(travelled(mixed, 6, seed)) for seed in range(8)}) > 4
