"""Phrases to go on from, in Python and as the page has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from messina.events import Event, Phrase


def make_phrase(*, voices: int, ticks: int = 192, **metre: Any) -> Phrase:
    """Two bars of all voices, most of them somewhat early or late."""
    rng = np.random.default_rng(11)
    placed = sorted({(int(t), int(v)) for t, v in rng.integers((0, 0), (30, voices), (40, 2))})
    events = tuple(
        Event(
            tick=6 * tick,
            voice=voice,
            velocity=float(rng.uniform(20, 127)),
            length_ticks=float(rng.uniform(1, 30)),
            late_s=float(rng.normal(0, 0.004)),
        )
        for tick, voice in placed
    )
    return Phrase(**({"tempo_bpm": 120.0} | metre), name="a phrase", events=events, ticks=ticks)


def phrase_in_the_page(phrase: Phrase) -> dict[str, Any]:
    names = {"length_ticks": "length", "late_s": "late"}
    told = ("tick", "voice", "velocity", "length_ticks", "late_s")
    events = [{names.get(n, n): getattr(e, n) for n in told} for e in phrase.events]
    kept = ("ticks", "tempo_bpm", "beats_per_bar", "metric", "first_tick", "context")
    return {"events": events} | {name: getattr(phrase, name) for name in kept}
