"""Measuring from Python as the command line does: `evaluate`, `compare`, `blind_test`.

Each takes files or what is in them, finds the sounds that were learnt, measures, writes the page
where one is wanted, and returns what was found as typed rows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, Unpack, overload

from messina.arguments import checked
from messina.corpus import Slicing
from messina.corpus.folders import recall_folder, remember_folder
from messina.corpus.recordings import read_recordings
from messina.errors import CorpusError, MessinaError
from messina.evaluation.learnt_ears import Embedding
from messina.instrument import Instrument
from messina.progress import Progress
from messina.report import common_sounds, write_report
from messina.report import compare as compare_on
from messina.report import evaluate as evaluate_on
from messina.report.blind import added, blind_trials, read_answers, write_blind_page
from messina.report.comparison import ComparisonRun, write_comparison
from messina.report.evaluation import Evaluation
from messina.report.page import write_sequence_report
from messina.report.sequence_evaluation import SequenceEvaluation, evaluate_sequence
from messina.report.subject import (
    Measured,
    PathLike,
    PlaysOn,
    instrument_of,
    real_sounds_of,
    subject_of,
    whole_name,
)
from messina.report.systems import Baseline
from messina.sequences import Sequence as Playing

if TYPE_CHECKING:
    from messina.report.record import HeardRow

__all__ = ["DEFAULT_COUNT", "DEFAULT_DURATION_S", "MOST_SEEDS", "blind_test", "compare", "evaluate"]


DEFAULT_COUNT: Final = 64
DEFAULT_DURATION_S: Final = 120.0
MOST_SEEDS: Final = 100


class _Options(TypedDict, total=False):
    """The keywords of `evaluate`."""

    out: PathLike | None
    count: int
    seed: int
    seeds: int
    against: Sequence[Baseline]
    minutes: float
    duration_s: float
    embedding: Embedding | None
    heard: Sequence[PathLike]
    slice: Slicing
    name: str | None
    progress: Progress | None


@overload
def evaluate(
    instrument: Instrument,
    folder: PathLike | None = None,
    **options: Unpack[_Options],
) -> Evaluation: ...


@overload
def evaluate(
    instrument: Playing,
    folder: PathLike | None = None,
    **options: Unpack[_Options],
) -> SequenceEvaluation: ...


@overload
def evaluate(
    instrument: PathLike,
    folder: PathLike | None = None,
    **options: Unpack[_Options],
) -> Evaluation | SequenceEvaluation: ...


@checked
def evaluate(
    instrument: Instrument | Playing | PathLike,
    folder: PathLike | None = None,
    *,
    out: PathLike | None = None,
    count: int = DEFAULT_COUNT,
    seed: int = 0,
    seeds: int = 1,
    against: Sequence[Baseline] = (),
    minutes: float = 1.0,
    duration_s: float = DEFAULT_DURATION_S,
    embedding: Embedding | None = None,
    heard: Sequence[PathLike] = (),
    slice: Slicing = "auto",
    name: str | None = None,
    progress: Progress | None = None,
) -> Evaluation | SequenceEvaluation:
    """Measures how good an instrument is, or what plays on, beside the sounds it was learnt from.

    Args:
        instrument: An instrument, what plays on, or a file of either. A groove's file is measured
            as it plays on; its hits alone are measured by `Instrument.load(path)`.
        folder: The sounds it was learnt from; by default where they were last found.
        out: An .html file to write the report to, with its metrics as .json beside it.
        count: New sounds to measure, by each seed.
        seed: Seed of every random draw: the same seed measures the same.
        seeds: How many seeds, from `seed` on; with several, metrics are means and have spreads.
        against: Opponents to measure too: "gruv", "sampler", "producer"; the oracle always is.
        minutes: How long baselines that learn are trained.
        duration_s: Of what plays on, how much is measured.
        embedding: What a second distance is measured on, audio [N] or [N, C] to a vector [D].
        heard: Answers that the page of `blind_test` has saved.
        slice: Whether long recordings of hits are cut at their onsets: "auto", "always" or
            "never".
        name: What the report calls it; by default the name of its file.
        progress: Called with what is done, how many of it, and of how many.

    Returns:
        Of single sounds an `Evaluation`, of what plays on a `SequenceEvaluation`: verdict and
        metrics as rows under `record`, and the sounds.

    Raises:
        CorpusError: The sounds it was learnt from are not found.
        InstrumentError: The file cannot be read.
        MessinaError: The report cannot be written there, or a value is out of its bounds.
    """
    _check_seeds(seeds)
    page = None if out is None else page_at(out)
    subject = subject_of(instrument, name)
    if isinstance(subject.plays, Playing):
        if against or heard:
            what = "against" if against else "heard"
            raise MessinaError(
                f"`{what}` is for single sounds, and this plays on (of a groove measure the hits)"
            )
        return _evaluate_playing(
            subject,
            folder,
            page,
            duration_s=duration_s,
            seed=seed,
            seeds=seeds,
            progress=progress,
        )
    answers = _answers(subject, heard)
    real = real_sounds_of(subject, folder, slice, progress)
    found = evaluate_on(
        subject.plays,
        real,
        name=subject.name,
        against=against,
        count=count,
        minutes=minutes,
        seed=seed,
        progress=progress,
        embedding=embedding,
        heard=answers,
        seeds=seeds,
        digest=subject.digest,
    )
    if page is not None:
        write_report(found, page)
    return found


@checked
def compare(
    first: Instrument | PathLike,
    second: Instrument | PathLike,
    folder: PathLike | None = None,
    *,
    out: PathLike | None = None,
    count: int = DEFAULT_COUNT,
    seed: int = 0,
    seeds: int = 1,
    slice: Slicing = "auto",
    progress: Progress | None = None,
) -> ComparisonRun:
    """Measures two instruments side by side on the sounds that both were learnt from.

    Args:
        first: An instrument or its file.
        second: Another one.
        folder: The sounds they were learnt from; by default where they were last found.
        out: An .html file to write the page to, with its metrics as .json beside it.
        count: New sounds to measure of each, by each seed.
        seed: Seed of every random draw: the same seed measures the same.
        seeds: How many seeds, from `seed` on; with several, metrics are means and have spreads,
            and what lies within these is no difference.
        slice: Whether long recordings of hits are cut at their onsets: "auto", "always" or
            "never".
        progress: Called with what is done, how many of it, and of how many.

    Returns:
        Metrics of both, which is better in what, and the sounds.

    Raises:
        CorpusError: The sounds are not found, or the two have none in common.
        InstrumentError: A file cannot be read.
        MessinaError: The page cannot be written there, or a value is out of its bounds.
    """
    _check_seeds(seeds)
    page = None if out is None else page_at(out)
    a, b = instrument_of(first), instrument_of(second)
    names = (a.name, b.name)
    if names[0] == names[1]:
        names = (whole_name(a, "A"), whole_name(b, "B"))
    real = common_sounds(*(real_sounds_of(each, folder, slice, progress) for each in (a, b)))
    contest = compare_on(
        (names[0], a.plays),
        (names[1], b.plays),
        real,
        count=count,
        seed=seed,
        seeds=seeds,
        progress=progress,
        digests=(a.digest, b.digest),
    )
    if page is not None:
        write_comparison(contest, page)
    return contest


@checked
def blind_test(
    instrument: Instrument | PathLike,
    folder: PathLike | None = None,
    *,
    out: PathLike,
    seed: int = 0,
    slice: Slicing = "auto",
    name: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Writes a page on which people say which of two sounds is the recording.

    Args:
        instrument: An instrument or its file.
        folder: The sounds it was learnt from; by default where they were last found.
        out: The .html file to write.
        seed: Of the choice and order of the sounds.
        slice: Whether long recordings of hits are cut at their onsets: "auto", "always" or
            "never".
        name: What the page calls it; by default the name of its file.
        progress: Called with what is done, how many of it, and of how many.

    Returns:
        The page; the answers it saves are for `heard` of `evaluate`.

    Raises:
        CorpusError: The sounds it was learnt from are not found.
        InstrumentError: The file cannot be read.
        MessinaError: The page cannot be written there.
    """
    page = page_at(out)
    subject = instrument_of(instrument, name)
    real = real_sounds_of(subject, folder, slice, progress)
    trials = blind_trials(subject.plays, real, seed=seed, progress=progress)
    write_blind_page(trials, page, instrument=subject.name, digest=subject.digest, seed=seed)
    return page


def _check_seeds(seeds: int) -> None:
    if not 1 <= seeds <= MOST_SEEDS:
        raise MessinaError(f"`seeds` is {seeds}; it can be 1 to {MOST_SEEDS}")


def page_at(out: PathLike) -> Path:
    """Path of a page, checked for what would make the writing fail before anything is measured."""
    path = Path(out)
    if path.is_dir():
        raise MessinaError(f"{path} is a folder; an .html file is wanted: choose another `out`")
    if not path.suffix:
        path = path.with_name(f"{path.name}.html")
    if path.suffix.lower() != ".html":
        raise MessinaError(f"{path} does not end in .html; choose another `out`")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        raise MessinaError(f"{path.parent} cannot be written to; choose another `out`")
    return path


def _answers(subject: Measured, heard: Sequence[PathLike]) -> HeardRow:
    """What people said; read before anything is measured."""
    return added([read_answers(Path(path), digest=subject.digest) for path in heard])


def _evaluate_playing(
    subject: PlaysOn,
    folder: PathLike | None,
    page: Path | None,
    *,
    duration_s: float,
    seed: int,
    seeds: int,
    progress: Progress | None,
) -> SequenceEvaluation:
    if subject.plays.kind == "score":
        where = "" if subject.path is None else f"{subject.path}: "
        raise MessinaError(f"{where}a score is learnt from MIDI files; it has no recordings")
    place = Path(folder) if folder is not None else recall_folder([subject.digest])
    if place is None:
        where = "" if subject.path is None else f"{subject.path}: "
        raise CorpusError(
            f"{where}the folder with the recordings it was learnt from is not known on this "
            "machine; give it as `folder`"
        )
    recordings = read_recordings(place, progress=progress)
    remember_folder([subject.digest], place)
    found = evaluate_sequence(
        subject.plays,
        recordings,
        name=subject.name,
        duration_s=duration_s,
        seed=seed,
        progress=progress,
        seeds=seeds,
        digest=subject.digest,
    )
    if page is not None:
        write_sequence_report(found, page)
    return found
