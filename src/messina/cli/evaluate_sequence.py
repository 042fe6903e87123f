"""`messina evaluate` for what plays on: grooves and textures."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from messina.cli.output import print_json, say
from messina.cli.parsing import UsageError
from messina.cli.progress import Progress

if TYPE_CHECKING:
    from messina.report.record import Clause
    from messina.report.sequence import SequenceRecord

__all__ = ["DEFAULT_DURATION_S", "plays_on", "run", "verdict_lines"]

DEFAULT_DURATION_S = 120.0


def plays_on(path: Path) -> bool:
    """Whether there is more in a file than single sounds. Raises InstrumentError."""
    from messina.instrument.container import HITS, read_parts

    return bool(set(read_parts(path)) - {HITS})


def run(arguments: argparse.Namespace) -> int:
    """Measures a groove or a texture beside its recordings."""
    from messina.report.measuring import evaluate
    from messina.report.sequence import SequenceEvaluation

    if arguments.against:
        raise UsageError("--against is for single sounds; this file plays on")
    if arguments.blind or arguments.heard:
        option = "--blind" if arguments.blind else "--heard"
        raise UsageError(f"{option} is for single sounds; this file plays on (a groove has --hits)")
    with Progress() as progress:
        found = evaluate(
            arguments.instrument,
            arguments.folder,
            out=arguments.output,
            seed=arguments.seed,
            seeds=arguments.seeds,
            duration_s=arguments.duration,
            name=arguments.name,
            progress=progress.count,
        )
    assert isinstance(found, SequenceEvaluation)
    if arguments.json:
        print_json(found.record)
        return 0
    say(*verdict_lines(found.record.verdict))
    if arguments.output is not None:
        say(arguments.output)
    else:
        say(*_metrics(found.record))
    return 0


def verdict_lines(clauses: Sequence[Clause]) -> list[str]:
    """A verdict, a clause a line, what is not good marked."""
    marks = {"good": " ", "fair": "~", "poor": "!", "unknown": "?"}
    return [f"{marks[clause.state]} {clause.short}: {clause.text}" for clause in clauses]


def _metrics(record: SequenceRecord) -> list[str]:
    """The metrics beside those of the recordings."""
    from messina.evaluation.sequence_metrics import SEQUENCE_METRICS

    spread = record.spread
    heads = ("generated", *["±"][: bool(spread)], "real")
    lines = ["", f"{'':34}" + "".join(f"{head:>12}" for head in heads)]
    for key, metric in SEQUENCE_METRICS.items():
        own = (record.metrics[key], *[spread.get(key, math.nan)][: bool(spread)])
        values = (*own, record.references[key].mean)
        cells = (f"{v:12.{metric.decimals}f}" if v == v else f"{'':12}" for v in values)
        lines.append(f"{metric.heading:34}" + "".join(cells))
    return lines
