"""Learning a texture file: what is learnt so far is saved as it gets better."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from messina.corpus.recordings import NamedRecording, Recordings
from messina.errors import InstrumentError
from messina.learning.fitting import RunFiles
from messina.learning.reporting import ProgressReporter
from messina.learning.stream import learn_stream
from messina.progress import LearningProgress
from messina.sequences.sequence import Sequence as PlaysOn
from messina.sequences.stream import Stream
from messina.stopping import StopRequest, stop_on_signals
from messina.stream import StreamModel

__all__ = ["learn_texture"]


def learn_texture(
    recordings: Recordings | Sequence[NamedRecording],
    *,
    minutes: float = 1.0,
    seed: int = 0,
    steps: int | None = None,
    resume: Path | None = None,
    out: Path | None = None,
    progress: LearningProgress | None = None,
    stop: StopRequest | None = None,
) -> Stream:
    """Learns a texture from ambiences and other long sounds within the minutes given.

    Ctrl-C and SIGTERM end it early, and what is learnt is kept. Needs torch.

    Args:
        recordings: Of `read_recordings`.
        minutes: How long, on this machine.
        seed: Of all chance in it.
        steps: Exactly so many steps of the network instead, whatever the clock says.
        resume: A texture's file of the same recordings to go on from.
        out: Where it is saved, at once when it can be heard, then as it gets better.
        progress: Called with a `LearningState` now and then.
        stop: What ends it early when asked; the signals unless told.

    Returns:
        The texture.

    Raises:
        CorpusError: There is nothing to learn from.
        InstrumentError: `resume` was made from other recordings, or is no texture.
        OSError: `out` cannot be written in the end; on the way that is told, and learning goes on.
    """
    earlier = None if resume is None else _read(resume)
    reporter = ProgressReporter(progress, minutes=minutes)
    files = RunFiles(out, warn=reporter.remark)

    def keep(model: StreamModel) -> None:
        files.save_on_the_way(Stream(model).save)

    with stop_on_signals() if stop is None else nullcontext(stop) as stopping:
        model = learn_stream(
            list(recordings),
            minutes=minutes,
            seed=seed,
            steps=steps,
            resume=earlier,
            resume_from=resume,
            out=out,
            progress=reporter.learning,
            stop=lambda: stopping.asked,
            keep=keep,
            warn=reporter.remark,
        )
    texture = Stream(model)
    if out is not None:
        texture.save(out)
    return texture


def _read(path: Path) -> StreamModel:
    texture = PlaysOn.load(path)
    if not isinstance(texture, Stream):
        raise InstrumentError(
            f"{path} holds no texture to go on from; learn it anew (`resume=None`)"
        )
    return texture.model
