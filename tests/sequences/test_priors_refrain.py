from __future__ import annotations

from messina.sequences.priors import Played, Refrain


def event(clock: float, voice: int) -> Played:
    return Played(clock, voice, 100.0, 0.0, 0)


def test_what_was_played_a_round_ago_comes_next() -> None:
    refrain = Refrain()
    refrain.begin(96.0)
    for clock, voice in ((0, 0), (24, 1), (24, 2), (48, 0), (96, 0)):
        refrain.hear(event(clock, voice))
    assert refrain.after(96, 0) == event(120, 1)
    assert refrain.after(120, 1) == event(120, 2)
    assert refrain.after(120, 2) == event(144, 0)


def test_nothing_returns_in_the_first_round_or_after_something_else_began() -> None:
    refrain = Refrain()
    refrain.begin(96.0)
    refrain.hear(event(0, 0))
    assert refrain.after(0, 0) is None
    refrain.hear(event(24, 1))
    assert refrain.after(24, 1) is None
    refrain.begin(96.0)
    assert refrain.after(96, 0) is None
