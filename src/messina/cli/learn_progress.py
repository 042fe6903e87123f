"""Learning as it is followed: in the terminal, and by ear on a page that plays what is saved."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from messina.cli.output import Progress, note_line
from messina.cli.play import open_browser, until_interrupted

if TYPE_CHECKING:
    from messina.corpus import Corpus
    from messina.instrument import Instrument
    from messina.library import LibraryIndex
    from messina.progress import LearningState
    from messina.stopping import StopRequest

__all__ = ["STOPPED", "Listener", "learn_with_progress", "listening", "show_learning"]

STOPPED: Final = "stopped: what was learnt so far is saved, --resume goes on"

Listener: TypeAlias = "Callable[[LearningState], None]"


def show_learning(progress: Progress, state: LearningState) -> None:
    """How far learning is, with the time left and the error so far."""
    if state.remark is not None:
        progress.remark(state.remark)
    detail = "" if state.error_db is None else f"error {state.error_db:.1f} dB"
    left_s = None if state.minutes_left is None else 60 * state.minutes_left
    what = f"{state.stage} on {state.device}"
    progress.at(what, state.done, 1.0, detail, left_s=left_s, error_db=state.error_db)


@contextlib.contextmanager
def listening(out: Path | None) -> Iterator[Listener | None]:
    """Serves a live preview of what learning saves to `out`, meanwhile and after; None: no page."""
    if out is None:
        yield None
        return

    from messina.play.listen import ListenServer

    with ListenServer(out) as server:
        note_line(f"listen at {server.url}")
        open_browser(server.url)
        yield server.progress
        server.look()
        note_line(f"learnt; the page stays at {server.url}")
        until_interrupted()


def learn_with_progress(
    corpus: Corpus | LibraryIndex,
    *,
    minutes: float,
    seed: int,
    out: Path | None,
    stop: StopRequest,
    steps: int | None = None,
    resume: Path | None = None,
    device: str = "auto",
    listener: Listener | None = None,
) -> Instrument:
    """Learn, with time left and error on stderr; saved to `out` as it goes."""
    from messina.learning import learn

    with Progress() as progress:

        def show(state: LearningState) -> None:
            show_learning(progress, state)
            if listener is not None:
                listener(state)

        return learn(
            corpus,
            minutes=minutes if steps is None else 0.0,
            seed=seed,
            steps=steps,
            resume=resume,
            out=out,
            device=device,
            progress=show,
            stop=stop,
        )
