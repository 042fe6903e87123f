"""`messina compare`: two instruments side by side."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from messina.cli.corpus import add_slice
from messina.cli.evaluate import add_count, add_seeds, use_one_thread
from messina.cli.options import output_file
from messina.cli.output import Progress, print_json, say
from messina.cli.parsing import Verbs, add_verb

if TYPE_CHECKING:
    from messina.report import Comparison

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "compare",
        does="measure two instruments on the same sounds",
        run=run,
        examples=[
            "messina compare kit-1min.messina kit-10min.messina",
            "messina compare a.messina b.messina -o compared.html",
            "messina compare a.messina b.messina --seeds 5",
            "messina compare a.messina b.messina ~/kit --json",
        ],
        more="Both have to be learnt from the same folder.",
    )
    parser.add_argument("first", type=Path, metavar="A", help="a .messina file")
    parser.add_argument("second", type=Path, metavar="B", help="another one")
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="FOLDER",
        help="the sounds they were learnt from, if they have not been found before",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=output_file(".html"),
        metavar="FILE",
        help="the .html file to write; without it the metrics are printed",
    )
    add_count(parser)
    add_seeds(parser)
    add_slice(parser)
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    use_one_thread()
    from messina.report.measuring import compare

    with Progress() as progress:
        compared = compare(
            arguments.first,
            arguments.second,
            arguments.folder,
            out=arguments.output,
            count=arguments.count,
            seed=arguments.seed,
            seeds=arguments.seeds,
            slice=arguments.slice,
            progress=progress.count,
        )
    comparison = compared.comparison
    if arguments.json:
        print_json(comparison)
    elif arguments.output is not None:
        say(_lines(comparison)[-1])
        say(arguments.output)
    else:
        say(*_lines(comparison))
    return 0


def _lines(comparison: Comparison) -> list[str]:
    """The metrics of both, what real sounds reach, and a mark at the better one."""
    from messina.evaluation.metrics import METRICS
    from messina.text import counted

    first, second = comparison.first, comparison.second
    seeds = len(first.seeds)
    names = ["A", "±", "B", "±", "real"] if seeds else ["A", "B", "real"]
    lines = [
        f"A  {first.instrument}, {first.minutes:g} min",
        f"B  {second.instrument}, {second.minutes:g} min",
        f"on {counted(comparison.sounds, 'real sound')}, {comparison.held_out} of them held out",
        f"{comparison.count} new sounds each" + (f", by each of {seeds} seeds" if seeds else ""),
        "",
        " " * 34 + "".join(f"{name:>10}" for name in names),
    ]
    for key, better in comparison.better.items():
        metric = METRICS[key]
        values = [[side.metrics.get(key), side.spread.get(key)] for side in (first, second)]
        reference = comparison.references.get(key)
        shown = [value for pair in values for value in (pair if seeds else pair[:1])]
        shown.append(None if reference is None else reference.mean)
        cells = "".join(_cell(value, metric.decimals) for value in shown)
        says = {"first": "  A", "second": "  B"}.get(better, "")
        lines.append(f"{metric.heading:34}{cells}{says}")
    a, b, same = comparison.tally
    lines += ["", f"A is better in {a}, B in {b}; no difference to speak of in {same}"]
    return lines


def _cell(value: float | None, decimals: int) -> str:
    return f"{value:10.{decimals}f}" if value is not None and value == value else f"{'':10}"
