"""What the corpus never does and always does, as far as a sequence is to do likewise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from messina.sequences.model import EventModel, bar_ticks

__all__ = ["heard_positions", "swung_division"]


def heard_positions(model: EventModel) -> dict[int, NDArray[np.bool_]]:
    """For every metre, where in the bar the corpus has events."""
    heard: dict[int, NDArray[np.bool_]] = {}
    for style, passage in zip(model.manifest.styles, model.passages, strict=True):
        if style.metric:
            bar = bar_ticks(style)
            table = heard.setdefault(style.beats_per_bar, np.zeros(bar, np.bool_))
            table[(passage.ticks + style.first_tick) % bar] = True
    return heard


def swung_division(model: EventModel) -> int:
    """Ticks of what is swung: semiquavers where the corpus has them, else quavers."""
    styles = zip(model.manifest.styles, model.passages, strict=True)
    ticks = [p.ticks + s.first_tick for s, p in styles if s.metric]
    positions = np.concatenate(ticks) % 12 if ticks else np.zeros(1)
    return 6 if np.mean(positions == 6) > 0.1 else 12
