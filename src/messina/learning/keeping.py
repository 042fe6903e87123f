"""The best weights so far, and the file on disk that follows them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument import Instrument
from messina.instrument.manifest import HistoryRow
from messina.learning.building import Material, build_instrument
from messina.learning.checkpoint import checkpoint_path, save_checkpoint
from messina.learning.trainer import Trainer

__all__ = ["Keeper"]

Arrays = dict[str, NDArray[np.float32]]

_SAVE_EVERY_S: Final = 10.0


class Keeper:
    """Takes weights as they come, keeps the best, saves now and then."""

    def __init__(
        self, material: Material, out: Path | None, *, history: tuple[HistoryRow, ...] = ()
    ) -> None:
        self._material = material
        self._out = out
        self._history = list(history)
        self._best = np.inf
        self._arrays: Arrays | None = None
        self._steps = 0
        self._saved_at = -np.inf
        self.planned_steps = 0

    def start_from(self, arrays: Arrays, step: int, criterion: float) -> None:
        """The weights of an earlier run, to be bettered."""
        self._arrays, self._steps, self._best = arrays, step, criterion

    def offer(self, arrays: Arrays, row: HistoryRow, criterion: float | None) -> None:
        """Takes the weights if they are the best so far, or if there is nothing to judge by."""
        self._history.append(row)
        if criterion is None or self._arrays is None or criterion < self._best:
            self._best = np.inf if criterion is None else criterion
            self._arrays, self._steps = arrays, row.step

    def save_now_and_then(self, trainer: Trainer) -> None:
        """Saves when the last time is a while ago."""
        if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
            self.save(trainer)

    def save(self, trainer: Trainer) -> None:
        """Writes the instrument of the best weights, and the state of the latest beside it."""
        if self._out is not None:
            self.instrument().save(self._out)
            save_checkpoint(checkpoint_path(self._out), trainer.state())
        self._saved_at = time.monotonic()

    def instrument(self) -> Instrument:
        """The instrument of the best weights."""
        assert self._arrays is not None, "nothing was offered"
        return build_instrument(
            self._material,
            self._arrays,
            steps=self._steps,
            planned_steps=self.planned_steps,
            history=self._history,
        )
