"""Event models that have learnt next to nothing: what holds for them holds for any."""

from __future__ import annotations

import numpy as np
import pytest

from event_phrases import KIT, beats, free, waltz
from messina.learning.events import learn_events
from messina.sequences.model import EventModel


@pytest.fixture(scope="session")
def ignorant() -> EventModel:
    """Four beats of four bars, three steps of learning."""
    return learn_events(beats(), KIT, minutes=1.0, seed=0, steps=3)


@pytest.fixture(scope="session")
def mixed() -> EventModel:
    """Beats, a waltz and free time, three steps of learning."""
    phrases = (*beats(), waltz(), free(np.random.default_rng(1)))
    return learn_events(phrases, KIT, minutes=1.0, seed=0, steps=3)
