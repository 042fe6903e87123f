"""Phrases whose rules are known: beats in four, waltzes, time without a grid, chords."""

from __future__ import annotations

import numpy as np

from messina.events import FREE_TEMPO_BPM, Event, Phrase, Voice

KIT = (Voice(label="kick"), Voice(label="snare"), Voice(label="hat"), Voice(label="bell"))
BAR = 96


def _event(tick: int, voice: int, velocity: float, length: float = 6.0) -> Event:
    late_s = 0.002 if voice == 2 else -0.001
    return Event(tick=tick, voice=voice, velocity=velocity, length_ticks=length, late_s=late_s)


def beat(rng: np.random.Generator, *, bars: int = 4, tempo_bpm: float = 120.0) -> Phrase:
    """Kick on 1, snare on 2 and 4, hats in quavers, one further kick on a semiquaver."""
    further = int(rng.choice([30, 36, 54, 60, 66]))
    events = []
    for bar in range(bars):
        at = {(0, 0): 112.0, (further, 0): 90.0, (24, 1): 115.0, (72, 1): 110.0}
        at |= {(12 * k, 2): 85.0 if k % 2 == 0 else 60.0 for k in range(8)}
        for (tick, voice), velocity in at.items():
            events.append(_event(bar * BAR + tick, voice, velocity + 3 * rng.standard_normal()))
    ordered = tuple(sorted(events, key=lambda e: (e.tick, e.voice)))
    return Phrase(name=f"beat {further}", events=ordered, ticks=bars * BAR, tempo_bpm=tempo_bpm)


def waltz(*, bars: int = 4) -> Phrase:
    """Kick, snare, snare."""
    beats = range(3 * bars)
    events = tuple(_event(24 * k, min(k % 3, 1), 100.0 - 20 * (k % 3)) for k in beats)
    return Phrase(name="waltz", events=events, ticks=72 * bars, tempo_bpm=100.0, beats_per_bar=3)


def free(rng: np.random.Generator, *, count: int = 40) -> Phrase:
    """Bells at random times, without a grid."""
    ticks = np.cumsum(rng.integers(5, 60, size=count)) - 5
    events = tuple(_event(int(t), 3, 70.0, 30.0) for t in ticks)
    return Phrase(
        name="free",
        events=events,
        ticks=int(ticks[-1]) + 20,
        tempo_bpm=FREE_TEMPO_BPM,
        metric=False,
    )


def beats(count: int = 4) -> tuple[Phrase, ...]:
    rng = np.random.default_rng(5)
    return tuple(beat(rng, tempo_bpm=110.0 + 5 * k) for k in range(count))
