"""The best weights so far, and the file on disk that follows them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.errors import MessinaError
from messina.instrument import Instrument
from messina.instrument.manifest import HistoryRow
from messina.instrument.network import Network
from messina.learning.building import Judged, Material, build_instrument
from messina.learning.checking import movement, sound_errors
from messina.learning.checkpoint import checkpoint_path, reason_of, save_checkpoint
from messina.learning.trainer import Trainer

__all__ = ["Keeper"]

Arrays = dict[str, NDArray[np.float32]]

_SAVE_EVERY_S: Final = 10.0


class Keeper:
    """Takes weights as they come, keeps the best, saves now and then.

    warn: told, once each, what could not be written on the way.
    """

    def __init__(
        self,
        material: Material,
        out: Path | None,
        *,
        history: tuple[HistoryRow, ...] = (),
        warn: Callable[[str], None],
    ) -> None:
        self._material = material
        self._out = out
        self._history = list(history)
        self._warn = warn
        self._warned: set[Path] = set()
        self._best = np.inf
        self._arrays: Arrays | None = None
        self._steps = 0
        self._saved_at = -np.inf
        self.planned_steps = 0

    @property
    def arrays(self) -> Arrays:
        """The best weights."""
        assert self._arrays is not None, "nothing was offered"
        return self._arrays

    def start_from(self, arrays: Arrays, step: int, criterion: float) -> None:
        """The weights of an earlier run, to be bettered."""
        self._arrays, self._steps, self._best = arrays, step, criterion

    def offer(self, arrays: Arrays, row: HistoryRow, criterion: float) -> None:
        """Takes the weights if they are the best so far."""
        self._history.append(row)
        if self._arrays is None or criterion < self._best:
            self._best = criterion
            self._arrays, self._steps = arrays, row.step

    def take(self, arrays: Arrays, row: HistoryRow, material: Material) -> None:
        """Takes the weights, whatever there was before: they have learnt more sounds."""
        self._history.append(row)
        self._material = material
        self._arrays, self._steps = arrays, row.step

    def save_now_and_then(self, trainer: Trainer) -> None:
        """Saves when the last time is a while ago; what cannot be written is no reason to end."""
        if self._out is None or time.monotonic() - self._saved_at <= _SAVE_EVERY_S:
            return
        try:
            self.instrument().save(self._out)
        except (OSError, MessinaError) as error:
            self._complain(self._out, error, "learning goes on, and tries it again")
        else:
            self._save_checkpoint(self._out, trainer)
        self._saved_at = time.monotonic()

    def finished(self, trainer: Trainer) -> Instrument:
        """The instrument of the best weights, judged, and written where it belongs."""
        instrument = self.instrument(self._judged())
        if self._out is not None:
            instrument.save(self._out)
            self._save_checkpoint(self._out, trainer)
        return instrument

    def _judged(self) -> dict[int, Judged]:
        """Error and movement of each sound that is kept."""
        examples, chosen = self._material.examples, self._material.kept
        errors = sound_errors(Network(self._material.network, self.arrays), examples, chosen)
        return {
            int(i): Judged(
                error_db=round(float(error), 2),
                movement_db=round(
                    movement(
                        examples.points[i].astype(np.float32),
                        int(examples.counts[i]),
                        float(examples.decay_s[i]),
                    ),
                    2,
                ),
            )
            for i, error in zip(chosen, errors, strict=True)
        }

    def _save_checkpoint(self, out: Path, trainer: Trainer) -> None:
        try:
            save_checkpoint(out, trainer.state())
        except (OSError, MessinaError) as error:
            self._complain(checkpoint_path(out), error, f"{out} is saved all the same")

    def _complain(self, path: Path, error: Exception, consolation: str) -> None:
        if path not in self._warned:
            self._warned.add(path)
            self._warn(f"{path} cannot be written ({reason_of(error)}); {consolation}")

    def instrument(self, judged: Mapping[int, Judged] | None = None) -> Instrument:
        """The instrument of the best weights."""
        return build_instrument(
            self._material,
            self.arrays,
            steps=self._steps,
            planned_steps=self.planned_steps,
            history=self._history,
            judged=judged or {},
        )
