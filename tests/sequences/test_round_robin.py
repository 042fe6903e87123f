from __future__ import annotations

import numpy as np
import pytest

from export.handmade import KIT, make_instrument
from messina.counter_rng import CounterRng
from messina.instrument import Instrument
from messina.sequences.round_robin import Kept, RoundRobin
from messina.sequences.voice_assignment import AssignedSound


@pytest.fixture(scope="module")
def kit() -> Instrument:
    return make_instrument(KIT)


def struck(robin: RoundRobin, times: int, *, sound: int | None) -> list[Kept]:
    label = KIT[0].name
    played = AssignedSound(label=label, note=None, pitched=False, group=label)
    return [
        robin.strike(played, 100.0, seed=CounterRng(7, k).bits(), sound=sound).kept
        for k in range(times)
    ]


def test_a_known_sound_is_struck_with_few_takes_that_return_and_are_renewed(
    kit: Instrument,
) -> None:
    takes = struck(RoundRobin(kit), 200, sound=0)
    assert 4 < len({id(take) for take in takes}) < 40
    # Once there are two, none follows itself but where one is new.
    first = next(k for k in range(1, 200) if takes[k] is not takes[0])
    assert all(takes[k] is not takes[k + 1] for k in range(first, 199))


def test_known_sounds_have_takes_of_their_own(kit: Instrument) -> None:
    robin = RoundRobin(kit)
    one, other = (set(map(id, struck(robin, 20, sound=sound))) for sound in (0, 1))
    assert not one & other


def test_takes_of_a_known_sound_are_no_longer_than_it_and_typical_at_wildness_0(
    kit: Instrument,
) -> None:
    for sound in range(3):
        length_s = kit.known.lengths_s[sound]
        for seed in range(3):
            frames = kit.frames_near(sound, wildness=0.5, rng=CounterRng(seed))
            assert len(frames) * 256 / 44_100 <= length_s + 0.02
        typical = kit.frames_near(sound, wildness=0.0, rng=CounterRng(0))
        again = kit.frames_near(sound, wildness=0.0, rng=CounterRng(1))
        assert np.array_equal(typical.body, again.body)
        assert typical.gain == pytest.approx(again.gain)
