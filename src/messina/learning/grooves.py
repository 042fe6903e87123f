"""Learning a groove, into a file: its structure first, for that takes seconds, then its hits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from messina.arguments import checked
from messina.corpus.recordings import NamedRecording, Recordings
from messina.learning.events import learn_events
from messina.learning.session import learn
from messina.progress import LearningProgress, ProgressReporter
from messina.rhythm.groove_material import GrooveMaterial, read_grooves
from messina.sequences.groove import VOICES, Groove, voices_part
from messina.sequences.model import events_part
from messina.sequences.sequence import EVENTS
from messina.stopping import StopRequest, stop_on_signals

__all__ = ["learn_groove"]

_STRUCTURE_SHARE: Final = 0.35
"""The hits start pretrained and need less; with too little, what is struck is random."""
_STRUCTURE_MINUTES: Final = 1.0
"""At most: more finds nothing more in what people have of loops."""


@checked
def learn_groove(
    recordings: Recordings | Sequence[NamedRecording] | GrooveMaterial,
    *,
    minutes: float = 1.0,
    seed: int = 0,
    steps: int | None = None,
    resume: Path | None = None,
    out: Path | None = None,
    progress: LearningProgress | None = None,
    stop: StopRequest | None = None,
) -> Groove:
    """Learns a groove from loops, breaks or long rhythmic takes within the minutes given.

    Onsets, tempo and metre are found, hits are cut out and grouped by their sound; then the
    structure is learnt, and the hits as an instrument. Needs torch.

    Args:
        recordings: Of `read_recordings`; or what `read_grooves` made of them, which is not listened
            to again.
        minutes: How long the learning may take; listening comes before.
        seed: Seed of every random draw.
        steps: Exactly so many steps of the structure and of the hits instead.
        resume: A groove's file of the same recordings, whose hits to go on from.
        out: Where it is saved, as it gets better.
        progress: Called with a `LearningState` now and then.
        stop: Asked between two steps whether to end early; by default, whether there was
            a SIGINT or SIGTERM.

    Returns:
        The groove; its `instrument` is one like any other.

    Raises:
        CorpusError: There is no rhythm in any recording.
        InstrumentError: `resume` was made from other hits.
    """
    began = time.monotonic()
    reporter = ProgressReporter(progress, minutes=minutes)
    with stop_on_signals() if stop is None else nullcontext(stop) as stopping:
        material = recordings
        if not isinstance(material, GrooveMaterial):
            material = read_grooves(material, progress=reporter.listening)
        model = learn_events(
            material.phrases,
            material.vocabulary,
            minutes=min(_STRUCTURE_SHARE * minutes, _STRUCTURE_MINUTES),
            seed=seed,
            progress=reporter.structure,
            stop=lambda: stopping.asked,
            steps=steps,
        )
        others = {EVENTS: events_part(model), VOICES: voices_part(material.voices)}
        left = minutes - (time.monotonic() - began) / 60.0
        instrument = learn(
            material.hits,
            minutes=max(left, 0.5 * minutes) if steps is None else 0.0,
            seed=seed,
            steps=steps,
            resume=resume,
            out=out,
            others=others,
            progress=progress,
            stop=stopping,
        )
    return Groove.of(instrument)
