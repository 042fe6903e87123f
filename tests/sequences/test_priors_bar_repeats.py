from __future__ import annotations

from messina.sequences.priors import BarRepeatPrior, PlayedEvent


def event(clock: float, voice: int) -> PlayedEvent:
    return PlayedEvent(clock, voice, 100.0, 0.0, 0)


def test_what_was_played_a_round_ago_comes_next() -> None:
    repeats = BarRepeatPrior()
    repeats.begin(96.0)
    for clock, voice in ((0, 0), (24, 1), (24, 2), (48, 0), (96, 0)):
        repeats.add(event(clock, voice))
    assert repeats.after(96, 0) == event(120, 1)
    assert repeats.after(120, 1) == event(120, 2)
    assert repeats.after(120, 2) == event(144, 0)


def test_nothing_returns_in_the_first_round_or_after_something_else_began() -> None:
    repeats = BarRepeatPrior()
    repeats.begin(96.0)
    repeats.add(event(0, 0))
    assert repeats.after(0, 0) is None
    repeats.add(event(24, 1))
    assert repeats.after(24, 1) is None
    repeats.begin(96.0)
    assert repeats.after(96, 0) is None
