"""`messina evaluate` for what plays on: grooves and textures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from messina.cli.output import print_json, say
from messina.cli.parsing import UsageError
from messina.cli.progress import Progress
from messina.errors import CorpusError, MessinaError
from messina.text import well_formed

if TYPE_CHECKING:
    from messina.report.sequence import SequenceRecord

__all__ = ["DEFAULT_DURATION_S", "plays_on", "run"]

DEFAULT_DURATION_S = 120.0


def plays_on(path: Path) -> bool:
    """Whether there is more in a file than single sounds. Raises InstrumentError."""
    from messina.instrument.container import HITS, read_parts

    return bool(set(read_parts(path)) - {HITS})


def run(arguments: argparse.Namespace) -> int:
    """Measures a groove or a texture beside its recordings."""
    from messina.corpus.folders import file_digest, remember_folder
    from messina.corpus.recordings import read_recordings
    from messina.report.sequence import evaluate_sequence
    from messina.report.sequence_page import write_sequence_report
    from messina.sequences import Sequence

    path: Path = arguments.instrument
    if arguments.against:
        raise UsageError("--against is for single sounds; this file plays on")
    if arguments.blind or arguments.heard:
        option = "--blind" if arguments.blind else "--heard"
        raise UsageError(f"{option} is for single sounds; this file plays on (a groove has --hits)")
    playing = Sequence.load(path)
    if playing.kind == "score":
        raise MessinaError(f"{path}: a score is learnt from MIDI files; it has no recordings")
    folder: Path = arguments.folder or _recalled(path)
    with Progress() as progress:
        recordings = read_recordings(folder, progress=progress.count)
        remember_folder([file_digest(path)], folder)
        found = evaluate_sequence(
            playing,
            recordings,
            name=well_formed(arguments.name or path.name),
            duration_s=arguments.duration,
            seed=arguments.seed,
            progress=progress.count,
        )
    if arguments.output is not None:
        write_sequence_report(found, arguments.output)
    if arguments.json:
        print_json(found.record)
        return 0
    say(*_verdict(found.record))
    if arguments.output is not None:
        say(arguments.output)
    else:
        say(*_metrics(found.record))
    return 0


def _recalled(path: Path) -> Path:
    from messina.corpus.folders import file_digest, recall_folder

    folder = recall_folder([file_digest(path)])
    if folder is None:
        raise CorpusError(
            f"{path}: the folder with the recordings it was learnt from is not known on this "
            "machine; give it as `folder`"
        )
    return folder


def _verdict(record: SequenceRecord) -> list[str]:
    """The verdict, a clause a line, what is not good marked."""
    marks = {"good": " ", "fair": "~", "poor": "!", "unknown": "?"}
    return [f"{marks[clause.state]} {clause.short}: {clause.text}" for clause in record.verdict]


def _metrics(record: SequenceRecord) -> list[str]:
    """The metrics beside those of the recordings."""
    from messina.evaluation.sequence_metrics import SEQUENCE_METRICS

    lines = ["", f"{'':34}{'generated':>12}{'real':>12}"]
    for key, metric in SEQUENCE_METRICS.items():
        title = f"{metric.title}, {metric.unit}".rstrip(", ")
        values = (record.metrics[key], record.references[key].mean)
        cells = (f"{v:12.{metric.decimals}f}" if v == v else f"{'':12}" for v in values)
        lines.append(f"{title:34}" + "".join(cells))
    return lines
