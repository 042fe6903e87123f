"""Learning a texture file: what is learnt so far is saved as it gets better."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from messina.corpus.recordings import NamedRecording, Recordings
from messina.learning.stopping import stop_on_signals
from messina.learning.stream import learn_stream
from messina.learning.telling import Progress, Teller
from messina.sequences.stream import Stream
from messina.stream import StreamModel

__all__ = ["learn_texture"]


def learn_texture(
    recordings: Recordings | Sequence[NamedRecording],
    *,
    minutes: float = 1.0,
    seed: int = 0,
    out: Path | None = None,
    progress: Progress | None = None,
) -> Stream:
    """Learns a texture from ambiences and other long sounds within the minutes given.

    out: where it is saved, at once when it can be heard, then as it gets better. Ctrl-C and SIGTERM
    end it early; what is learnt is kept. Raises CorpusError when there is nothing to learn from.
    """
    teller = Teller(progress, minutes=minutes)

    def keep(model: StreamModel) -> None:
        if out is not None:
            Stream(model).save(out)

    with stop_on_signals() as stop:
        model = learn_stream(
            list(recordings),
            minutes=minutes,
            seed=seed,
            progress=teller.learning,
            stop=lambda: stop.asked,
            keep=keep,
        )
    keep(model)
    return Stream(model)
