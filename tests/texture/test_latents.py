from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from messina.texture import latents as latents_module
from messina.texture.latents import measure_basis
from messina.texture.layout import FRAME_SIZE, PATCH
from messina.texture.model import slow_part


def frames(count: int, rank: int, *, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time = np.repeat(rng.standard_normal((count // PATCH, rank)), PATCH, axis=0)
    return (time @ rng.standard_normal((rank, FRAME_SIZE)) - 5).astype(np.float32)


def test_patches_that_need_few_numbers_come_back():
    rows = frames(400, 3)
    basis = measure_basis([rows], size=24)
    latents = basis.encode(rows)
    again = basis.decode(latents, latents[0])
    error = np.abs(again - rows)[PATCH:-PATCH]
    assert error.max() < 0.05 * rows.std()


def test_latents_are_white():
    rows = frames(2_000, 6)
    basis = measure_basis([rows], size=6)
    power = np.mean(basis.encode(rows) ** 2, axis=0)
    assert_allclose(power, 1.0, rtol=0.1)  # about the mean of the frames, not of each latent


def test_decoding_goes_on_from_the_latent_before():
    rows = frames(200, 4)
    basis = measure_basis([rows], size=12)
    latents = basis.encode(rows)
    whole = basis.decode(latents, latents[0])
    later = basis.decode(latents[20:], latents[19])
    assert_allclose(later, whole[20 * PATCH :], atol=1e-3)


def test_long_recordings_are_told_in_portions_without_a_seam(monkeypatch):
    rows = frames(203, 5)
    basis = measure_basis([rows], size=10)
    whole = basis.encode(rows)
    monkeypatch.setattr(latents_module, "_PORTION", 10 * PATCH)
    assert_allclose(basis.encode(rows), whole, atol=1e-5)


def test_the_slow_level_of_what_stands_still_is_that_itself():
    still = np.full((20, 3), 1.5, np.float32)  # shorter than the second it is a mean over
    assert_allclose(slow_part(still), still, rtol=1e-6)
