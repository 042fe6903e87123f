from __future__ import annotations

import numpy as np
import pytest
import torch

from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    BODY_SIZE,
    ONSET_SIZE,
    ONSET_SLICES,
    REFERENCE_HZ,
    oscillator_hz,
)
from messina.instrument.descriptors import POWER_SHARE
from messina.learning.variation import PitchShift, Tilt

CPU = torch.device("cpu")


def one_partial(band: int, offset: float) -> tuple[torch.Tensor, torch.Tensor]:
    rows = torch.from_numpy(np.tile(BODY_FLOOR, (1, 3, 1)))
    rows[:, :, band] = -1.0
    onset = torch.zeros(1, ONSET_SIZE)
    onset[0, ONSET_SLICES["offsets"]][band] = offset
    return rows, onset


@pytest.mark.parametrize("band", [0, 3, 20, 50])
@pytest.mark.parametrize("semitones", [-2.0, -0.3, 0.4, 1.7])
def test_a_partial_moves_by_exactly_the_semitones_asked_for(band: int, semitones: float) -> None:
    rows, onset = one_partial(band, 0.1)
    offsets = onset[:, ONSET_SLICES["offsets"]].numpy()
    before = oscillator_hz(offsets[0], REFERENCE_HZ)[band]
    levels = rows.amax(dim=1)[:, :BANDS].numpy()
    shift = PitchShift.of(np.array([semitones], np.float32), offsets, levels, CPU)
    shift.body(rows)
    shift.onset(onset)
    sounding = rows[0, 0, :BANDS].numpy() > BODY_FLOOR[0] + 1
    assert sounding.sum() == 1
    after = oscillator_hz(onset[0, ONSET_SLICES["offsets"]].numpy(), REFERENCE_HZ)[sounding][0]
    assert 12 * np.log2(after / before) == pytest.approx(semitones, abs=1e-3)


def test_sounds_not_shifted_stay_as_they_are() -> None:
    rows = torch.rand(2, 4, BODY_SIZE)
    onset = torch.rand(2, ONSET_SIZE)
    kept_rows, kept_onset = rows[1].clone(), onset[1].clone()
    offsets = onset[:, ONSET_SLICES["offsets"]].numpy() - 0.5
    levels = rows.amax(dim=1)[:, :BANDS].numpy()
    shift = PitchShift.of(np.array([1.0, 0.0], np.float32), offsets, levels, CPU)
    shift.body(rows)
    shift.onset(onset)
    assert torch.equal(rows[1], kept_rows)
    assert torch.equal(onset[1], kept_onset)
    assert not torch.equal(rows[0], kept_rows)


def test_a_tilt_changes_brightness_but_not_level() -> None:
    rows = torch.randn(2, 6, BODY_SIZE) * 0.5 - 3.0
    tilt = Tilt(CPU)
    spans = torch.ones(6)
    brighter, _ = tilt(torch.tensor([0.3, -0.3]), rows, rows.clone())
    change = tilt.brightness(brighter, spans) - tilt.brightness(rows, spans)
    assert change[0] > 0.1
    assert change[1] < -0.1
    share = torch.from_numpy(POWER_SHARE)
    level = 0.5 * ((2 * brighter).exp() @ share).amax(dim=1).log()
    before = 0.5 * ((2 * rows).exp() @ share).amax(dim=1).log()
    assert torch.allclose(level, before, atol=0.05)


def test_silence_stays_silence_under_a_tilt() -> None:
    rows = torch.from_numpy(np.tile(BODY_FLOOR, (1, 3, 1)))
    rows[0, 0, 10] = 0.0
    moved, _ = Tilt(CPU)(torch.tensor([0.5]), rows, rows.clone())
    assert torch.equal(moved[0, 1:], rows[0, 1:])
