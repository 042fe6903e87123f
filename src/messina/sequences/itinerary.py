"""Which phrase's style comes next: by chance, and all in their turn.

Drawn anew each time, one style may come thrice and another not at all in a minute; then one minute
is loud and the next soft, and a jam is not like what it was learnt from. So what has been played
for less than its share of the time is the likelier, by as much as it lacks.
"""

from __future__ import annotations

import numpy as np

from messina.counter_rng import CounterRng
from messina.sequences.places import Place, Places

__all__ = ["Itinerary"]


class Itinerary:
    """Draws places; no style follows itself where there is another."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._played_s = np.zeros(len(places.styles))

    def played(self, style: int, seconds: float) -> None:
        """Told when a style has been played for so long."""
        self._played_s[self._places.styles.index(style)] += seconds

    def draw(self, rng: CounterRng, *, after: int | None = None) -> Place:
        """A place of the style that is next, `after` being the one before."""
        styles, shares = self._places.styles, self._places.shares
        lacking = shares * self._played_s.sum() - self._played_s
        others = np.ones(len(styles))
        if after is not None and len(styles) > 1:
            others[styles.index(after)] = 0.0
        chances = np.maximum(lacking, 0.0) * others
        if chances.sum() <= 0.0:
            chances = shares * others
        k = rng.choice(chances)
        return self._places.draw(rng, style=styles[k])
