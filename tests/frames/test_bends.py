"""Oscillators that are bent, and levels that are played louder, block by block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    HOP,
    ONSET_SLICES,
    REFERENCE_HZ,
    Frames,
    pack_onset,
)
from messina.frames.synthesis import Synthesiser
from messina.units import SAMPLE_RATE

ROWS = 60


def tone(*, glide: tuple[float, float] = (0.0, -3.0)) -> Frames:
    """The lowest oscillator, loud, of a sound at 440 Hz."""
    body = np.tile(BODY_FLOOR, (ROWS, 1))
    body[:, 0] = 0.0
    sizes = {name: where.stop - where.start for name, where in ONSET_SLICES.items()}
    parts = {name: np.zeros(size) for name, size in sizes.items()}
    parts["phases"][:BANDS] = 1.0
    parts["glide"] = np.array(glide)
    return Frames(body=body, onset=pack_onset(parts), gain=1.0, reference_hz=440.0)


def played(frames: Frames, bends: np.ndarray, *, portion: int = ROWS) -> np.ndarray:
    synthesiser = Synthesiser(frames, key=0)
    cents = 1200 * np.log2(bends)
    parts = [
        synthesiser.step(frames.body[at : at + portion], cents[at : at + portion])
        for at in range(0, ROWS, portion)
    ]
    return np.concatenate([*parts, synthesiser.finish()])[: (ROWS - 1) * HOP, 0]


def test_a_bend_is_a_factor_on_the_frequency() -> None:
    frames = tone()
    base = frames.frequencies_hz[0] / SAMPLE_RATE
    bends = np.ones(ROWS)
    bends[20:40] = 1.25
    between = (np.arange((ROWS - 1) * HOP) + 0.5) / HOP
    pace = np.interp(between, np.arange(ROWS), bends)
    turns = np.concatenate([[0.0], np.cumsum(pace * base)])[:-1]
    wanted = np.sin(2 * np.pi * turns)
    # float32 phases, and the 0.5 ms in which a tone comes in.
    np.testing.assert_allclose(played(frames, bends)[64:], wanted[64:], atol=2e-3)


@pytest.mark.parametrize("glide", [(0.0, -3.0), (7.0, -2.5)])
def test_bends_do_not_depend_on_portions(glide: tuple[float, float]) -> None:
    bends = np.exp2(np.random.default_rng(0).normal(0, 0.1, ROWS))
    bends[10:20] = 1.0
    frames = tone(glide=glide)
    whole = played(frames, bends)
    for portion in (1, 7):
        np.testing.assert_allclose(played(frames, bends, portion=portion), whole, atol=1e-5)


@pytest.mark.parametrize("transposed_by", [1.0, 1.5])
def test_noise_without_a_pitch_is_not_bent_however_far_it_is_moved(transposed_by: float) -> None:
    body = np.tile(BODY_FLOOR, (ROWS, 1))
    body[:, BANDS:] = -2.0
    moved_hz = REFERENCE_HZ * transposed_by
    noise = replace(tone(), body=body, reference_hz=moved_hz, transposed_by=transposed_by)
    still, bent = np.ones(ROWS), np.full(ROWS, 1.25)
    np.testing.assert_array_equal(played(noise, bent), played(noise, still))
    pitched = replace(tone(), body=body)
    assert np.abs(played(pitched, bent) - played(pitched, still)).max() > 0.1


def test_a_glide_goes_on_bent() -> None:
    frames = tone(glide=(7.0, -2.5))
    plain, bent = played(frames, np.ones(ROWS)), played(frames, np.full(ROWS, 2.0))
    crossings = [np.count_nonzero(np.diff(np.sign(sound)) > 0) for sound in (plain, bent)]
    assert crossings[1] == pytest.approx(2 * crossings[0], abs=2)


def test_louder_rows_are_as_much_louder() -> None:
    frames = tone()
    louder = np.zeros((ROWS, len(BODY_FLOOR)), np.float32)
    louder[:, 0] = np.log(0.5)
    synthesiser = Synthesiser(frames, key=0)
    soft = np.concatenate([synthesiser.step(frames.body, louder=louder), synthesiser.finish()])
    plain = played(frames, np.ones(ROWS))
    np.testing.assert_allclose(soft[: len(plain), 0], 0.5 * plain, atol=1e-5)
