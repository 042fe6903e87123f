"""Learning what plays on, into a file: grooves, textures, scores; what is learnt so far is saved.

Of a groove the structure comes first, for it takes seconds, then the hits it strikes; a score is
structure alone, so all of the time is its. A texture is analysed, which takes seconds, and no more.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from messina.arguments import checked
from messina.corpus.recordings import NamedRecording, Recordings
from messina.learning.events import learn_events
from messina.learning.fitting import RunFiles
from messina.learning.session import learn
from messina.learning.texture import build_model
from messina.progress import LearningProgress, LearningState, Stage
from messina.rhythm.grooves import GrooveMaterial, read_grooves
from messina.sequences.groove import VOICES, Groove, voices_part
from messina.sequences.model import EventModel, events_part
from messina.sequences.score import Score
from messina.sequences.score_material import ScoreMaterial
from messina.sequences.sequence import EVENTS
from messina.sequences.texture import Texture
from messina.stopping import StopRequest, stop_on_signals

__all__ = ["ProgressReporter", "learn_groove", "learn_score", "learn_texture"]


class ProgressReporter:
    """Turns counts and shares into the `LearningState` of a callback, with the minutes left."""

    def __init__(self, progress: LearningProgress | None, *, minutes: float | None = None) -> None:
        """minutes: how long it may take; None where nobody knows."""
        self._progress = progress
        self._ends = None if minutes is None else time.monotonic() + 60.0 * minutes
        self._reported: tuple[Stage, float] = ("learning", 0.0)

    def listening(self, what: str, done: int, total: int) -> None:
        """`done` of `total` recordings are transcribed; what: the name of the stage."""
        del what
        self._report("listening", done / total)

    def analysing(self, done: int, total: int) -> None:
        """`done` of `total` recordings are analysed."""
        self._report("analysing", done / total)

    def structure(self, done: float, error: float | None) -> None:
        """A share of 0 to 1 of the event model's training is done, with this error."""
        del error  # in nats; the others are in dB
        self._report("structure", done)

    def learning(self, done: float, error: float | None) -> None:
        """A share of 0 to 1 of all training is done, with this error."""
        del error
        self._report("learning", done)

    def remark(self, text: str) -> None:
        """Something that should be known."""
        self._report(*self._reported, remark=text)

    def _report(self, stage: Stage, done: float, *, remark: str | None = None) -> None:
        self._reported = (stage, done)
        if self._progress is not None:
            ends = self._ends
            left = None if ends is None else max(0.0, ends - time.monotonic()) / 60.0
            state = LearningState(
                stage=stage,
                done=done,
                minutes_left=left,
                error_db=None,
                step=0,
                device="CPU",
                remark=remark,
            )
            self._progress(state)


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
        stop: What ends it early when asked; the signals unless told.

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


@checked
def learn_texture(
    recordings: Recordings | Sequence[NamedRecording],
    *,
    out: Path | None = None,
    progress: LearningProgress | None = None,
    stop: StopRequest | None = None,
) -> Texture:
    """Learns a texture from ambiences and other long sounds; a minute of them takes seconds.

    Nothing is left to chance: the same recordings are the same texture. Ctrl-C and SIGTERM end it
    early, and the recordings analysed by then are kept.

    Args:
        recordings: Of `read_recordings`.
        out: Where it is saved.
        progress: Called with a `LearningState` now and then.
        stop: What ends it early when asked; the signals unless told.

    Returns:
        The texture.

    Raises:
        CorpusError: There is nothing to learn from.
        OSError: `out` cannot be written.
    """
    reporter = ProgressReporter(progress)
    with stop_on_signals() if stop is None else nullcontext(stop) as stopping:
        model = build_model(list(recordings), heard=reporter.analysing, stop=lambda: stopping.asked)
    texture = Texture(model)
    if out is not None:
        texture.save(out)
    return texture


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
        stop: What ends it early when asked; the signals unless told.

    Returns:
        The score, which needs a band to be heard (`Score.with_band`).

    Raises:
        CorpusError: There is nothing to learn from.
        OSError: `out` cannot be written in the end; on the way that is told, and learning goes on.
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
