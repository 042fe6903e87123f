"""Learning a texture: analysis, then a network for what is fast; what plays best is kept.

The walk over the corpus plays as soon as the analysis is done. While there is time a recurrent
network learns to draw the fast level instead, and takes the walk's place when what it draws is
nearer to the corpus.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from messina.corpus.recordings import NamedRecording
from messina.learning.stream.building import build_model
from messina.learning.stream.judging import latent_distance, with_fast
from messina.learning.stream.trainer import FastTrainer, FastTrainerConfig
from messina.stream.model import StreamModel

__all__ = ["learn_stream"]

Progress = Callable[[float, float | None], None]
Keep = Callable[[StreamModel], None]

_ANALYSIS_SHARE: Final = 0.1
_JUDGED_EVERY: Final = 0.34  # of the run
_JUDGING_S: Final = 4.0  # left for the last judgement
_LEAST_STEPS = 20


def learn_stream(
    recordings: Sequence[NamedRecording],
    *,
    minutes: float = 1.0,
    seed: int = 0,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    keep: Keep | None = None,
) -> StreamModel:
    """A stream model of these recordings, within the minutes given.

    progress: gets the share done, 0 … 1, and the error on what was kept aside, if there is one.
    stop: asked all the time; what is learnt by then is kept. keep: gets the best model so far, at
    once when there is one and then now and again. Raises CorpusError when nothing can be learnt.
    """
    ends = time.monotonic() + 60.0 * minutes
    tell, stopped = progress or _untold, stop or _never
    model = build_model(
        recordings,
        minutes=minutes,
        seed=seed,
        heard=lambda share: tell(_ANALYSIS_SHARE * share, None),
        stop=stopped,
    )
    if keep is not None:
        keep(model)
    if not stopped():
        run = _Run(model, seed, ends - _JUDGING_S, tell, stopped, keep)
        model = run.best()
    tell(1.0, None)
    return model


class _Run:
    """The training of one network, judged now and again."""

    def __init__(
        self,
        model: StreamModel,
        seed: int,
        ends: float,
        tell: Progress,
        stopped: Callable[[], bool],
        keep: Keep | None,
    ) -> None:
        self._seed, self._ends = seed, ends
        self._tell, self._stopped, self._keep = tell, stopped, keep
        self._trainer = FastTrainer(model, FastTrainerConfig(), seed=seed)
        distance = latent_distance(model, seed=seed)
        self._best = _judged(model, model.manifest.steps, {"walk": distance})
        self._distance = distance

    def best(self) -> StreamModel:
        """Trains until the time is up; the best of the walk and all networks judged."""
        began = time.monotonic()
        span = max(self._ends - began, 1e-3)
        judged, error = 0.0, None
        share = 0.0
        while share < 1.0 and not self._stopped():
            share = min(1.0, (time.monotonic() - began) / span)
            self._trainer.step(share)
            if self._trainer.steps % _LEAST_STEPS == 0:
                error = self._trainer.held_out()
                self._tell(_ANALYSIS_SHARE + (1 - _ANALYSIS_SHARE) * share, error)
            if share - judged >= _JUDGED_EVERY:
                judged = share
                self._judge()
        if self._trainer.steps >= _LEAST_STEPS:
            self._judge()
        return self._best

    def _judge(self) -> None:
        """Keeps the network when it draws nearer to the corpus than what was best so far."""
        steps = self._trainer.steps
        manifest = msgspec.structs.replace(self._best.manifest, network=self._trainer.shape)
        candidate = with_fast(
            StreamModel(
                manifest=manifest,
                basis=self._best.basis,
                textures=self._best.textures,
                latents=self._best.latents,
                weights=self._trainer.arrays(),
            ),
            "network",
        )
        distance = latent_distance(candidate, seed=self._seed)
        distances = self._best.manifest.distances | {f"network after {steps} steps": distance}
        if distance < self._distance:
            self._distance = distance
            self._best = _judged(candidate, steps, distances)
            if self._keep is not None:
                self._keep(self._best)
        else:
            self._best = _judged(self._best, self._best.manifest.steps, distances)


def _judged(model: StreamModel, steps: int, distances: dict[str, float]) -> StreamModel:
    manifest = msgspec.structs.replace(model.manifest, steps=steps, distances=distances)
    return StreamModel(
        manifest=manifest,
        basis=model.basis,
        textures=model.textures,
        latents=model.latents,
        weights=model.weights,
    )


def _untold(share: float, error: float | None) -> None:
    del share, error


def _never() -> bool:
    return False
