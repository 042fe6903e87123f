"""A run of learning sounds: its weights are judged, the best are kept, and a file follows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument import Instrument
from messina.instrument.manifest import HistoryRow
from messina.instrument.network import Network
from messina.learning.building import (
    Judged,
    Material,
    as_loud_as_learnt,
    build_instrument,
)
from messina.learning.fitting import BestCheckpoint, RunFiles
from messina.learning.planning import Plan
from messina.learning.trainer import Trainer
from messina.learning.validation import Validation, Validator, movement, sound_errors

__all__ = ["BestInstrument", "SoundRun"]

Arrays = dict[str, NDArray[np.float32]]

_SAVE_EVERY_S: Final = 10.0


class BestInstrument:
    """The instrument of the best weights so far: its checkpoint in memory and its file.

    warn: Called with a sentence, once each, about what could not be written on the way.
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
        self._history = list(history)
        self._best: BestCheckpoint[tuple[Arrays, int]] = BestCheckpoint()
        self.files = RunFiles(out, warn=warn, every_s=_SAVE_EVERY_S)
        self.planned_steps = 0

    @property
    def arrays(self) -> Arrays:
        """The best weights."""
        return self._best.value[0]

    def start_from(self, arrays: Arrays, step: int, criterion: float) -> None:
        """The weights of an earlier run, to be bettered."""
        self._best.offer((arrays, step), criterion)

    def offer(self, arrays: Arrays, row: HistoryRow, criterion: float) -> bool:
        """Keeps the weights if their criterion is the lowest so far; returns whether it is."""
        self._history.append(row)
        return self._best.offer((arrays, row.step), criterion)

    def take(self, arrays: Arrays, row: HistoryRow, material: Material) -> None:
        """Keeps the weights whatever there was before, as they have learnt more sounds."""
        self._history.append(row)
        self._material = material
        self._best.offer((arrays, row.step), None)

    def save_now_and_then(self, trainer: Trainer) -> None:
        """Saves instrument and checkpoint if some time has passed since.

        A failure is only reported.
        """
        self.files.save_now_and_then(lambda out: self.instrument().save(out), trainer)

    def finished(self, trainer: Trainer) -> Instrument:
        """Builds the instrument of the best weights, judges each sound, and writes the file."""
        arrays, step = self._best.value
        self._best.describe((as_loud_as_learnt(arrays, self._material), step))
        instrument = self.instrument(self._judged())
        self.files.save(instrument.save, trainer)
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

    def instrument(self, judged: Mapping[int, Judged] | None = None) -> Instrument:
        """Builds the instrument of the best weights, with what is known of each sound's error."""
        return build_instrument(
            self._material,
            self.arrays,
            steps=self._best.value[1],
            planned_steps=self.planned_steps,
            history=self._history,
            judged=judged or {},
        )


class SoundRun:
    """The fitting of one model of sounds."""

    def __init__(
        self,
        trainer: Trainer,
        best: BestInstrument,
        checks: Validator,
        before: int,
        report: Callable[[float, int, float | None], None],
    ) -> None:
        """before: steps of the runs before; report: gets the share done, the steps, the error of
        the weights that are kept where there are better ones than before."""
        self.trainer, self.best = trainer, best
        self._checks, self._before, self._report = checks, before, report
        self._error_db: float | None = None

    @property
    def step(self) -> int:
        return self.trainer.step

    def advance(self, share: float, planned: int) -> None:
        self.trainer.advance(share, planned)

    def checks(self, plan: Plan) -> int:
        return plan.checks(self.step)

    def check(self, plan: Plan) -> None:
        """Offers the weights to be kept, and tells how good those are that are kept."""
        arrays = self.trainer.arrays()
        verdict = self._checks.verdict(arrays)
        row = self.row(verdict)
        if self.best.offer(arrays, row, verdict.criterion):
            self._error_db = row.error_db
        self.report(plan)
        self.best.save_now_and_then(self.trainer)

    def report(self, plan: Plan) -> None:
        self._report(plan.progress(self.step), self._before + self.step, self._error_db)

    def row(self, verdict: Validation) -> HistoryRow:
        """The verdict on the weights as they are."""
        return verdict.row(self._before + self.step)
