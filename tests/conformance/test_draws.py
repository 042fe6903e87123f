"""The same seed draws the same numbers and the same sounds in both players."""

from __future__ import annotations

import numpy as np

from conformance.node import answers
from messina.counter_rng import CounterRng, Purpose

_NUMBERS = """
    import { CounterRng, PURPOSE } from "ENGINE/random.js";
    function answer(keys) {
        return [PURPOSE, keys.map((key) => {
            const rng = new CounterRng(...key);
            return [
                rng.bits(), rng.uniform(-2, 3), rng.normal(), rng.exponential(4), rng.below(1000),
                rng.choice([0.2, 0, 1.5, 1e-9]), rng.pick([5, 6, 7]), ...rng.sample(4, 9),
                rng.stream(PURPOSE.STRAY, 2).bits(), ...rng.normals(5),
            ];
        })];
    }
"""


def test_numbers_of_a_seed_are_the_same() -> None:
    keys = [[0], [7], [2**32 - 1], [2**53 - 1, 3], [2**40 + 5, 0, 9], *([k] for k in range(200))]
    purposes, got = answers(_NUMBERS, keys)
    wanted = []
    for key in keys:
        rng = CounterRng(*key)
        wanted.append(
            [
                rng.bits(),
                rng.uniform(-2, 3),
                rng.normal(),
                rng.exponential(4),
                rng.below(1000),
                rng.choice([0.2, 0, 1.5, 1e-9]),
                rng.pick([5, 6, 7]),
                *rng.sample(4, 9),
                rng.stream(Purpose.STRAY, 2).bits(),
                *rng.normals(5),
            ]
        )
    # Logarithms and cosines of two libraries may differ by a last bit, all else is equal.
    np.testing.assert_allclose(np.array(got), np.array(wanted), rtol=1e-14)
    assert purposes == {purpose.name: purpose.value for purpose in Purpose}
