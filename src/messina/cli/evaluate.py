"""`messina evaluate`: how good an instrument, or what plays on, is: read, looked at and heard."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.cli.corpus import add_slice
from messina.cli.install_torch import need_torch
from messina.cli.options import add_minutes, add_seed, number, output_file, whole
from messina.cli.output import Progress, note_line, print_json, say
from messina.cli.parsing import Parser, UsageError, Verbs, add_verb

if TYPE_CHECKING:
    from messina.evaluation.learnt_ears import Embedding
    from messina.evaluation.metrics import Metric
    from messina.report.record import Clause, Record
    from messina.report.sequence_evaluation import SequenceRecord

__all__ = ["add", "add_count", "add_seeds", "use_one_thread"]

DEFAULT_DURATION_S = 120.0

_BASELINES: Final = ("gruv", "oracle", "sampler", "producer")


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "evaluate",
        does="tell how good an instrument is: a verdict, metrics, pictures, sounds",
        run=run,
        examples=[
            "messina evaluate kalimba.messina -o report.html",
            "messina evaluate kalimba.messina ~/kalimba -o report.html",
            "messina evaluate kalimba.messina --against gruv --minutes 1 -o report.html",
            "messina evaluate kalimba.messina --embedding aisfx -o report.html",
            "messina evaluate kalimba.messina --seeds 5",
            "messina evaluate kalimba.messina --json",
            "messina evaluate kalimba.messina --blind blind.html",
            "messina evaluate kalimba.messina --heard answers.json -o report.html",
            "messina evaluate breaks.messina ~/breaks -o report.html",
        ],
        more=(
            "Every metric stands beside what real sounds reach among themselves. The report is\n"
            "one file with everything in it; the metrics lie beside it as JSON.\n\n"
            "How surely new sounds are told from the real ones stands on a scale: of the real\n"
            "ones as MP3, with noise, with cut tails. --blind asks people: a page with twenty\n"
            "pairs, whose answers --heard puts into the report.\n\n"
            "The instrument knows its sounds by name only: FOLDER says where they are, unless it\n"
            "was learnt or evaluated here before."
        ),
    )
    parser.add_argument("instrument", type=Path, metavar="INSTRUMENT", help="a .messina file")
    _add_folder(parser)
    pages = parser.add_mutually_exclusive_group()
    pages.add_argument(
        "-o",
        "--output",
        type=output_file(".html"),
        metavar="FILE",
        help="the .html file to write; without it the verdict and metrics are printed",
    )
    pages.add_argument(
        "--blind",
        type=output_file(".html"),
        metavar="FILE",
        help="write a blind test for people instead, an .html file: which is the recording?",
    )
    parser.add_argument(
        "--heard",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="answers that the page of a blind test has saved; may be given repeatedly",
    )
    parser.add_argument(
        "--against",
        action="append",
        choices=_BASELINES,
        default=[],
        metavar="NAME",
        help=f"a baseline to measure too: {', '.join(_BASELINES)}; may be given repeatedly "
        "(the oracle is always measured)",
    )
    add_minutes(parser, what="how long baselines that learn are trained")
    add_count(parser)
    parser.add_argument(
        "--name",
        metavar="TEXT",
        help="what the pages call it (default: as its file is named)",
    )
    parser.add_argument(
        "--duration",
        type=number(10.0, 3600.0),
        default=DEFAULT_DURATION_S,
        metavar="SECONDS",
        help="of a file that plays on: how much of it is measured (default 120)",
    )
    parser.add_argument(
        "--hits", action="store_true", help="of a groove: measure its single hits instead"
    )
    parser.add_argument(
        "--embedding",
        choices=("aisfx", "basic-pitch"),
        metavar="NAME",
        help="judge by a learnt ear, too: aisfx (pip install --no-deps aisfx, and messina[train]) "
        "or basic-pitch (pip install --no-deps basic-pitch, and messina[onnx])",
    )
    add_seeds(parser)
    add_slice(parser)
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def _add_folder(parser: Parser) -> None:
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="FOLDER",
        help="the sounds it was learnt from, if they have not been found before",
    )


def add_count(parser: Parser) -> None:
    """Adds --count, the number of new sounds, to a verb."""
    parser.add_argument(
        "--count",
        type=whole(1, 1000),
        default=64,
        metavar="N",
        help="new sounds to measure (default 64)",
    )


def add_seeds(parser: Parser) -> None:
    """Adds --seed and --seeds to a verb."""
    add_seed(parser, what="the same seed measures the same")
    parser.add_argument(
        "--seeds",
        type=whole(1, 100),
        default=1,
        metavar="N",
        help="measure with so many seeds, from that one on: means ± standard deviations",
    )


def run(arguments: argparse.Namespace) -> int:
    use_one_thread()
    path: Path = arguments.instrument
    if not arguments.hits and plays_on(path):
        return _run_sequence(arguments)
    return _run_hits(arguments) if arguments.blind is None else _run_blind(arguments)


def _run_blind(arguments: argparse.Namespace) -> int:
    from messina.report.measuring import blind_test

    if arguments.heard or arguments.json:
        other = "--heard" if arguments.heard else "--json"
        raise UsageError(f"--blind writes a page and measures nothing; leave {other} out")
    with Progress() as progress:
        page = blind_test(
            arguments.instrument,
            arguments.folder,
            out=arguments.blind,
            seed=arguments.seed,
            slice=arguments.slice,
            name=arguments.name,
            progress=progress.count,
        )
    say(page)
    return 0


def _run_hits(arguments: argparse.Namespace) -> int:
    from messina.instrument import Instrument
    from messina.report.evaluation import Evaluation
    from messina.report.measuring import evaluate

    path: Path = arguments.instrument
    if "gruv" in arguments.against:
        need_torch()
    embedding = _embedding(arguments.embedding) if arguments.embedding else None
    name = arguments.name or path.name
    with Progress() as progress:
        found = evaluate(
            Instrument.load(path) if arguments.hits else path,
            arguments.folder,
            out=arguments.output,
            count=arguments.count,
            seed=arguments.seed,
            seeds=arguments.seeds,
            against=arguments.against,
            minutes=arguments.minutes,
            embedding=embedding,
            heard=arguments.heard,
            slice=arguments.slice,
            name=name,
            progress=progress.count,
        )
    assert isinstance(found, Evaluation)
    record = found.record
    if record.missing:
        missing = record.missing
        note_line(f"{len(missing)} of its sounds were not found; the first: {missing[0]}")
    if arguments.json:
        print_json(record)
    elif arguments.output is not None:
        say(*_verdict_lines(record.verdict))
        say(arguments.output)
    else:
        say(*_verdict_lines(record.verdict), "", *_metrics(record))
    return 0


def _embedding(name: str) -> Embedding:
    from messina.evaluation.learnt_ears import aisfx_embedding, transcriber_embedding

    return {"aisfx": aisfx_embedding, "basic-pitch": transcriber_embedding}[name]()


def use_one_thread() -> None:
    """Has numpy compute on one thread; to be called before it is loaded.

    On matrices as small as ours more threads only wait for each other. What is measured runs on all
    cores anyway, a sound on each.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _metrics(record: Record) -> list[str]:
    """The metrics as a table: the instrument, the reference, the others."""
    from messina.evaluation.metrics import METRICS

    spread = record.systems[0].spread
    names = ["new", *["±"][: bool(spread)], "real", *(row.name for row in record.systems[1:])]
    lines = [" " * 34 + "".join(f"{name:>10}" for name in names)]
    for key, metric in METRICS.items():
        reference = record.references[key].mean if key in record.references else None
        first, *others = (row.metrics.get(key) for row in record.systems)
        values = [first, *[spread.get(key)][: bool(spread)], reference, *others]
        if any(_known(value) for value in values):
            lines.append(f"{metric.heading:34}" + "".join(_cell(metric, value) for value in values))
    return lines


def _known(value: float | None) -> bool:
    return value is not None and value == value


def _cell(metric: Metric, value: float | None) -> str:
    return f"{value:10.{metric.decimals}f}" if value is not None and _known(value) else f"{'':10}"


def plays_on(path: Path) -> bool:
    """Whether there is more in a file than single sounds. Raises InstrumentError."""
    from messina.instrument.container import HITS, read_parts

    return bool(set(read_parts(path)) - {HITS})


def _run_sequence(arguments: argparse.Namespace) -> int:
    """Measures a groove or a texture beside its recordings."""
    from messina.report.measuring import evaluate
    from messina.report.sequence_evaluation import SequenceEvaluation

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
    say(*_verdict_lines(found.record.verdict))
    if arguments.output is not None:
        say(arguments.output)
    else:
        say(*_sequence_metrics(found.record))
    return 0


def _verdict_lines(clauses: Sequence[Clause]) -> list[str]:
    """A verdict, a clause a line, what is not good marked."""
    marks = {"good": " ", "fair": "~", "poor": "!", "unknown": "?"}
    return [f"{marks[clause.state]} {clause.short}: {clause.text}" for clause in clauses]


def _sequence_metrics(record: SequenceRecord) -> list[str]:
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
