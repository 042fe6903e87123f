"""Learning a texture: analysis, then the network, while there is time; what plays best is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from messina.corpus.recordings import NamedRecording
from messina.learning.stream.building import build_model
from messina.stream.model import StreamModel

__all__ = ["learn_stream"]

Progress = Callable[[float, float | None], None]
Keep = Callable[[StreamModel], None]


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
    tell = progress or _untold
    stopped = stop or (lambda: False)
    model = build_model(
        recordings,
        minutes=minutes,
        seed=seed,
        heard=lambda share: tell(0.9 * share, None),
        stop=stopped,
    )
    if keep is not None:
        keep(model)
    tell(1.0, None)
    return model


def _untold(share: float, error: float | None) -> None:
    del share, error
