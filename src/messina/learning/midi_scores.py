"""Learning a score, into a file: structure alone, so all of the time is its."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from messina.arguments import checked
from messina.learning.events import learn_events
from messina.learning.fitting import RunFiles
from messina.progress import LearningProgress, ProgressReporter
from messina.sequences.model import EventModel
from messina.sequences.score import Score
from messina.sequences.score_material import ScoreMaterial
from messina.stopping import StopRequest, stop_on_signals

__all__ = ["learn_score"]


@checked
def learn_score(
    material: ScoreMaterial,
    *,
    minutes: float = 1.0,
    seed: int = 0,
    steps: int | None = None,
    out: Path | None = None,
    progress: LearningProgress | None = None,
    stop: StopRequest | None = None,
) -> Score:
    """Learns a score from MIDI files within the minutes given.

    Ctrl-C and SIGTERM end it early, and what is learnt is kept. Needs torch.

    Args:
        material: What `read_scores` found in a folder of MIDI files.
        minutes: How long, on this machine.
        seed: Seed of every random draw.
        steps: Exactly so many steps instead, whatever the clock says.
        out: Where it is saved, at once when it can be heard, then as it gets better.
        progress: Called with a `LearningState` now and then.
        stop: Asked between two steps whether to end early; by default, whether there was
            a SIGINT or SIGTERM.

    Returns:
        The score, which needs a band to be heard (`Score.with_band`).

    Raises:
        CorpusError: There is nothing to learn from.
        OSError: `out` cannot be written in the end; before, that is a warning.
    """
    reporter = ProgressReporter(progress, minutes=minutes)
    files = RunFiles(out, warn=reporter.remark)

    def keep(model: EventModel) -> None:
        files.save_on_the_way(Score(model).save)

    with stop_on_signals() if stop is None else nullcontext(stop) as stopping:
        model = learn_events(
            material.phrases,
            material.vocabulary,
            minutes=minutes,
            seed=seed,
            progress=reporter.learning,
            stop=lambda: stopping.asked,
            steps=steps,
            keep=keep,
        )
    score = Score(model)
    if out is not None:
        score.save(out)
    return score
