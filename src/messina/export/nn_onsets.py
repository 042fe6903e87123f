"""An instrument struck by the onsets of whatever sound comes in, in torch, for effect plugins.

An onset is where 64 samples are much louder than the 50 ms before them. It strikes a sound at the
first of these samples, with the velocity of its level. Knobs are 0 … 1.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.export.nn_synthesiser import register
from messina.export.nn_tilde import NnTilde
from messina.instrument import Instrument
from messina.instrument.drum_map import assign_keys
from messina.units import SAMPLE_RATE

__all__ = ["OnsetPlayer"]


class OnsetPlayer(nn.Module):
    """An instrument that is struck by the onsets of a sound."""

    keys: Tensor

    def __init__(self, instrument: Instrument, *, seed: int) -> None:
        super().__init__()
        self.instrument = NnTilde(instrument, seed=seed)
        register(self, {"keys": _keys(instrument)})
        self.hop = 64
        self.quietest_db, self.rise, self.forget = -45.0, 2.5, 0.93
        self.pause = int(0.05 * SAMPLE_RATE) // self.hop
        self.level, self.waited = 0.0, self.pause

    def reset(self) -> None:
        self.instrument.open(1)
        self.level, self.waited = 0.0, self.pause

    def forward(self, x: Tensor, knobs: Tensor) -> Tensor:
        """Sound [1, N] and knobs [4] to sound [2, N]."""
        samples = x.shape[1]
        signals = torch.zeros(1, 6, samples)
        place = knobs[0].clamp(0.0, 1.0) * (len(self.keys) - 1)
        signals[:, 1] = self.keys[torch.round(place).long()]
        signals[:, 3] = 2.0 * knobs[1]
        signals[:, 4], signals[:, 5] = 2.0 * knobs[2] - 1.0, 2.0 * knobs[3] - 1.0
        for start in range(0, samples, self.hop):
            level = float(x[:, start : start + self.hop].abs().max())
            if self.is_onset(level):
                stop = min(start + self.hop // 2, samples)
                signals[:, 0, start:stop] = 1.0
                signals[:, 2, start:stop] = self.velocity(level)
        sound: Tensor = self.instrument(signals)
        return sound[0]

    def is_onset(self, level: float) -> bool:
        """Whether a sound begins here; keeps account of the level before."""
        before = self.level
        self.level = max(level, self.forget * before)
        self.waited = min(self.waited + 1, 1_000_000)
        loud = level > 10.0 ** (self.quietest_db / 20.0)
        if not loud or level < self.rise * before or self.waited < self.pause:
            return False
        self.waited = 0
        return True

    def velocity(self, level: float) -> float:
        """127 at full scale, 1 at the quietest onset that counts."""
        level_db = 20.0 * math.log10(max(level, 1e-6))
        share = (level_db - self.quietest_db) / -self.quietest_db
        return min(max(1.0 + 126.0 * share, 1.0), 127.0)


def _keys(instrument: Instrument) -> NDArray[np.float32]:
    """What the knob `note` goes through: the notes of the first pitched label, or the drums."""
    responses = instrument.manifest.responses
    for response in responses:
        if response.note_low is not None and response.note_high is not None:
            low, high = round(response.note_low), round(response.note_high)
            return np.arange(low, high + 1, dtype=np.float32)
    drums = assign_keys([response.label for response in responses][:128])
    return np.array(sorted(drums.values()), np.float32)
