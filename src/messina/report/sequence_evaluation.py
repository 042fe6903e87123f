"""How good what plays on is: rendered, and measured beside the recordings it was learnt from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

import messina
from messina.corpus.recordings import Recordings
from messina.evaluation.sequence_metrics import SEQUENCE_METRICS
from messina.evaluation.sequence_scoring import sequence_metrics
from messina.evaluation.signal_levels import mid
from messina.report.findings import WORSE, mean_metrics, seed_rows, seeds_clause, spread_metrics
from messina.report.record import Clause, Provenance, Reference, Row, SeedRow, State
from messina.report.subject import digest_of, provenance
from messina.sequences import Sequence as Playing
from messina.units import SAMPLE_RATE

__all__ = ["SequenceEvaluation", "SequenceRecord", "evaluate_sequence", "judge", "verdict"]

Audio = NDArray[np.float32]

TOLERANCES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "kernel_distance": (15.0, 1.0),
        "coverage": (0.15, 0.0),
        "level": (3.0, 0.0),
        "flux": (0.0, 0.1),
        "loudness_range": (4.0, 0.0),
        "moments_distance": (0.02, 1.0),
        "correlation_distance": (0.02, 1.0),
        "modulation_distance": (0.3, 1.0),
        "onset_rate": (0.3, 0.2),
        "interval_distance": (0.15, 0.0),
        "beat": (0.12, 0.0),
        "bar": (0.12, 0.0),
        "best_match": (0.0, 0.1),
        "drift": (1.0, 0.0),
        "slope": (0.5, 0.0),
        "repeated": (0.1, 0.0),
        "copied": (0.05, 0.0),
        "longest_copy": (1.0, 0.0),
        "nearest": (0.0, 0.2),
    }
)
"""How far from its reference a metric may be and be good: in its unit, and as a share of it."""

FAIR: Final = 3.0
"""Times the tolerance."""
_SHOWN: Final = 6
"""Metrics whose spread over seeds the verdict names."""

BY_CHANCE: Final = ("drift", "slope")
"""Metrics whose reference is what chance gives."""

HAS_BEAT: Final = 0.5
"""Recordings under that have no beat that could be lost."""


class SequenceRecord(Row, frozen=True, kw_only=True):
    """Everything measured of what plays on, as JSON holds it.

    What could not be measured is null.
    """

    format: str = "messina-sequence-report"
    format_version: int = 1
    program: str
    instrument: str
    """The name of its file."""
    about: str
    recordings: int
    recorded_s: float
    rendered_s: float
    seed: int
    verdict: tuple[Clause, ...]
    metrics: dict[str, float] = msgspec.field(name="figures")
    references: dict[str, Reference] = msgspec.field(name="floors")
    real_time: float
    """Seconds rendered a second."""
    spread: dict[str, float] = msgspec.field(default_factory=dict)
    """Standard deviations over the seeds, where there are several; the metrics are means then."""
    seeds: tuple[SeedRow, ...] = ()
    """What each seed gave, where there are several."""
    provenance: Provenance


@dataclass(frozen=True, kw_only=True)
class SequenceEvaluation:
    """The outcome of an evaluation of what plays on: its record, and sounds."""

    record: SequenceRecord
    recordings: Recordings
    sound: Audio  # [N, 2]


def evaluate_sequence(
    playing: Playing,
    recordings: Recordings,
    *,
    name: str,
    duration_s: float = 120.0,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
    seeds: int = 1,
    digest: str | None = None,
) -> SequenceEvaluation:
    """Measure what plays on, from a file called `name`. The same seed gives the same metrics.

    seeds: how many pieces, from `seed` on: metrics are means then, with their spreads; the first is
    heard. digest: of its file.
    """
    real = [mid(recording.audio) for recording in recordings]
    each: list[dict[str, float]] = []
    references: dict[str, Reference] = {}
    sounds: list[Audio] = []
    took_s = 0.0
    for more in range(seeds):
        if progress:
            progress("playing", 2 * more, 2 * seeds)
        began_s = time.perf_counter()
        played = playing.render(duration_s=duration_s, seed=seed + more)
        took_s += time.perf_counter() - began_s
        if progress:
            progress("measuring", 2 * more + 1, 2 * seeds)
        # The recordings are halved alike for all seeds.
        found = sequence_metrics(real, [mid(played)], rng=np.random.default_rng(seed))
        each.append({key: beside.value for key, beside in found.items()})
        references = references or {
            key: Reference(mean=beside.reference.mean, spread=beside.reference.spread)
            for key, beside in found.items()
        }
        sounds = sounds or [played]
    sound, metrics = sounds[0], mean_metrics(each)
    spread = spread_metrics(each)
    clauses = verdict(metrics, references)
    every: tuple[SeedRow, ...] = ()
    if seeds > 1:
        every = seed_rows(
            range(seed, seed + seeds), each, [verdict(own, references) for own in each]
        )
        shown = [
            (SEQUENCE_METRICS[key].title, _spread_text(key, metrics, spread)) for key in spread
        ]
        clauses = (*clauses, seeds_clause(every, shown[:_SHOWN]))
    if progress:
        progress("measuring", 2 * seeds, 2 * seeds)
    record = SequenceRecord(
        program=messina.__version__,
        instrument=name,
        about=playing.about,
        recordings=len(recordings),
        recorded_s=recordings.length_s,
        rendered_s=len(sound) / SAMPLE_RATE,
        seed=seed,
        verdict=clauses,
        metrics=metrics,
        references=references,
        real_time=seeds * duration_s / max(took_s, 1e-9),
        spread=spread,
        seeds=every,
        provenance=provenance(
            digest or digest_of(playing), [recording.digest for recording in recordings]
        ),
    )
    return SequenceEvaluation(record=record, recordings=recordings, sound=sound)


def _spread_text(key: str, means: Mapping[str, float], spreads: Mapping[str, float]) -> str:
    metric = SEQUENCE_METRICS[key]
    text = f"{means[key]:.{metric.decimals}f} ± {spreads[key]:.{metric.decimals}f}"
    return f"{text} {metric.unit}".rstrip().replace("-", "−")


def judge(key: str, value: float, reference: Reference) -> State:
    """Good, fair or poor; unknown where the value or its reference is missing."""
    if not (np.isfinite(value) and np.isfinite(reference.mean)):
        return "unknown"
    plain, share = TOLERANCES[key]
    spread = reference.spread if np.isfinite(reference.spread) else 0.0
    tolerance = max(plain, share * abs(reference.mean), spread)
    worse = value - reference.mean
    better = SEQUENCE_METRICS[key].better
    if key in BY_CHANCE:  # a little of it is none, whatever chance gives
        worse = value
        tolerance = max(tolerance, reference.mean)
    elif better == "near":
        worse = abs(worse)
    elif better == "higher":
        worse = -worse
    return "good" if worse <= tolerance else "fair" if worse <= FAIR * tolerance else "poor"


@dataclass(frozen=True, kw_only=True)
class _Clauses:
    """Metrics beside their references, as sentences."""

    metrics: Mapping[str, float]
    references: Mapping[str, Reference]

    def clause(
        self, topic: str, keys: Sequence[str], words: Mapping[State, str], says: str
    ) -> Clause:
        """The worst of some metrics in words, and the metrics behind it."""
        states = [judge(key, self.metrics[key], self.references[key]) for key in keys]
        state = max(states, key=lambda state: WORSE[state])
        beside = "; ".join(self._beside(key) for key in keys)
        short = words.get(state, f"{topic}: not known")
        return Clause(topic=topic, state=state, short=short, text=f"{says}: {beside}.")

    def _beside(self, key: str) -> str:
        metric = SEQUENCE_METRICS[key]
        value, reference = (
            f"{number:.{metric.decimals}f}" if np.isfinite(number) else "–"
            for number in (self.metrics[key], self.references[key].mean)
        )
        unit = f" {metric.unit}" if metric.unit else ""
        whose = "by chance" if key in BY_CHANCE else "real"
        return f"{metric.title} {value}{unit}, {whose} {reference}".replace(" -", " −")


def verdict(
    metrics: Mapping[str, float], references: Mapping[str, Reference]
) -> tuple[Clause, ...]:
    """Derives the verdict of a piece from its metrics, one clause each."""
    say = _Clauses(metrics=metrics, references=references).clause
    less = metrics["best_match"] < references["best_match"].mean
    softer = metrics["level"] < references["level"].mean
    smoother = metrics["flux"] < references["flux"].mean
    clauses = [
        say(
            "resemblance",
            ("kernel_distance", "coverage"),
            {
                "good": "sounds like the recordings",
                "fair": "sounds nearly like the recordings",
                "poor": "sounds unlike the recordings",
            },
            "All seconds of it beside all seconds of the recordings",
        ),
        say(
            "alive",
            ("best_match",),
            {
                "good": "neither stuck nor random",
                "fair": f"a little too {'repetitive' if less else 'random'}",
                "poor": "stuck" if less else "random",
            },
            "How like a beat is to the likest other one nearby",
        ),
        say(
            "repeats",
            ("repeated",),
            {
                "good": "no bar comes back unchanged",
                "fair": "some bars come back unchanged",
                "poor": "many bars come back unchanged",
            },
            "More than a bar heard again unchanged",
        ),
        say(
            "copies",
            ("copied", "longest_copy"),
            {
                "good": "copies nothing",
                "fair": "copies a little of the recordings",
                "poor": "copies the recordings",
            },
            "Stretches of the recordings heard unchanged",
        ),
        say(
            "level",
            ("drift",),
            {"good": "keeps its level", "fair": "drifts a little", "poor": "drifts"},
            "The end beside the beginning",
        ),
        say(
            "loudness",
            ("level", "loudness_range"),
            {
                "good": "as loud as the recordings",
                "fair": f"a little {'softer' if softer else 'louder'} than the recordings",
                "poor": f"{'softer' if softer else 'louder'} or flatter than the recordings",
            },
            "Seconds of it, and how far the level moves within some",
        ),
        say(
            "motion",
            ("flux",),
            {
                "good": "moves as the recordings do",
                "fair": f"a little {'smoother' if smoother else 'rougher'} than the recordings",
                "poor": f"{'smoother' if smoother else 'rougher'} than the recordings",
            },
            "Change from frame to frame",
        ),
        say(
            "texture",
            ("moments_distance", "correlation_distance", "modulation_distance"),
            {
                "good": "the recordings' texture",
                "fair": "nearly the recordings' texture",
                "poor": "another texture than the recordings'",
            },
            "Statistics of the envelopes that the ear hears",
        ),
    ]
    if references["beat"].mean >= HAS_BEAT:
        metre = say(
            "metre",
            ("beat", "bar"),
            {"good": "keeps its metre", "fair": "metre a little loose", "poor": "loses its metre"},
            "How regularly onsets come back",
        )
        onsets = say(
            "onsets",
            ("onset_rate", "interval_distance"),
            {
                "good": "as busy as the recordings",
                "fair": "nearly as busy as the recordings",
                "poor": "busy in another way than the recordings",
            },
            "Onsets and the times between them",
        )
        clauses[1:1] = [metre, onsets]
    return tuple(clauses)
