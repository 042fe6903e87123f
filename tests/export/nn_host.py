"""What nn~ does with a model: loads it, asks for its methods, calls it block after block.

Written after the external's own loop: the inlets' buffers become one tensor [batch, inlets, n],
every inlet is read at its ratio, the answer is repeated at its own ratio and has to fill every
outlet with exactly n samples. No gradients, one thread.
"""

from __future__ import annotations

import copy
import functools
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["NnHost"]

Signals = NDArray[np.float32]


@functools.cache
def _loaded(path: Path, changed_ns: int) -> torch.jit.ScriptModule:
    del changed_ns  # a file that was written anew is another one
    return torch.jit.load(str(path), map_location="cpu").eval()


class NnHost:
    """A box with a model in it."""

    def __init__(self, path: Path, method: str = "forward") -> None:
        # A box's state is its own; what torch has compiled by playing is kept from box to box.
        self.model = copy.deepcopy(_loaded(path, path.stat().st_mtime_ns))
        assert method in self.model.get_methods()
        parameters = getattr(self.model, f"{method}_params")
        assert parameters.dtype == torch.int64
        self.inlets, self.in_ratio, self.outlets, self.out_ratio = parameters.tolist()
        self.in_labels = getattr(self.model, f"{method}_input_labels")
        self.out_labels = getattr(self.model, f"{method}_output_labels")
        assert len(self.in_labels) == self.inlets
        assert len(self.out_labels) == self.outlets
        for name in self.model.get_attributes():
            assert hasattr(self.model, f"get_{name}")
            assert hasattr(self.model, f"set_{name}")
            assert getattr(self.model, f"{name}_params").dtype == torch.int64
        self._method = getattr(self.model, method)

    def perform(self, block: Signals) -> Signals:
        """One block [batch, inlets, n] → [batch, outlets, n]."""
        samples = block.shape[2]
        assert samples % self.in_ratio == 0
        with torch.no_grad():
            given = torch.from_numpy(np.ascontiguousarray(block))
            given = given.reshape(*block.shape[:2], -1, self.in_ratio)[..., -1]
            answer = self._method(given)
            answer = answer.repeat_interleave(self.out_ratio, dim=-1)
        assert answer.shape == (len(block), self.outlets, samples)
        assert answer.dtype == torch.float32
        return np.asarray(answer.numpy())

    def play(self, signals: Signals, *sizes: int) -> Signals:
        """Signals [batch, inlets, N] in blocks of these sizes, over and over."""
        blocks, start, turn = [], 0, 0
        while start < signals.shape[2]:
            stop = start + sizes[turn % len(sizes)]
            blocks.append(self.perform(signals[:, :, start:stop]))
            start, turn = stop, turn + 1
        return np.concatenate(blocks, axis=2)
