from __future__ import annotations

import numpy as np
import pytest
import torch

from messina.baselines.blues import Blocks, BluesConfig, BluesModel, train_blues
from messina.baselines.blues_form import CHORDS, CHORUS, chord_units, chorus, form_kept

STEPS = 3000
"""A free core takes twice as many in half a minute."""


def test_a_block_is_lstm_cells_that_share_their_gates() -> None:
    torch.manual_seed(1)
    blocks = Blocks(3, blocks=2, cells=2)
    x = torch.randn(5, 1, 3)
    with torch.no_grad():
        outputs, state = blocks(x, blocks.start(1))
        h, c = blocks.start(1)
        for step in x:  # by the equations
            summed = blocks.weights(torch.cat([step, h], dim=1))
            take, keep, give = (
                part.sigmoid().repeat_interleave(2, dim=1) for part in summed[:, :6].split(2, 1)
            )
            c = keep * c + take * torch.tanh(summed[:, 6:])
            h = give * torch.tanh(c)
    assert torch.allclose(outputs[-1], h, atol=1e-6)
    assert torch.allclose(state[1], c, atol=1e-6)


def test_melody_never_reaches_back_to_the_chords() -> None:
    torch.manual_seed(2)
    model = BluesModel(BluesConfig(chord_blocks=2, melody_blocks=2))
    rng = np.random.default_rng(1)
    a, _ = model.play(60, seed=chorus(rng)[:4], rng=rng)
    b, _ = model.play(60, seed=chorus(rng)[:4], rng=rng)
    assert np.array_equal(a, b)  # other melodies, the same chords


def test_what_is_given_is_played_first_and_a_seed_repeats() -> None:
    torch.manual_seed(3)
    model = BluesModel(BluesConfig(chord_blocks=2, melody_blocks=2))
    seed = chorus(np.random.default_rng(5))[:24]
    chords, melody = model.play(96, seed=seed, rng=np.random.default_rng(7))
    again = model.play(96, seed=seed, rng=np.random.default_rng(7))
    assert np.array_equal(melody[:24], seed)
    assert np.array_equal(chords[:24], chord_units(1)[:24])
    assert np.array_equal(melody, again[1])
    assert chords.shape == (96, CHORDS)


@pytest.mark.slow
def test_the_steps_of_half_a_minute_are_enough_never_to_lose_the_form() -> None:
    model = train_blues(minutes=0.5, seed=1, steps=STEPS)
    assert model.steps == STEPS
    rng = np.random.default_rng(2)
    kept = form_kept(*model.play(20 * CHORUS, seed=chorus(rng)[:8], rng=rng))
    assert kept.chords > 0.98
    assert kept.scale > kept.by_chance + 0.15
