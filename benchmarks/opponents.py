"""Messina beside its opponents in one run: on the same sounds, with the same wall-clock.

    python scripts/make-corpora corpora/
    python benchmarks/opponents.py corpora/drums corpora/mallets --minutes 1 \\
        --page docs/results.md

Each folder is learnt by Messina and by GRUV for so many minutes. The oracle (real sounds through
the frames), a sampler (training sounds as they are) and a producer (training sounds reworked by
hand) need none. Every metric stands beside that of the real sounds. Sounds that something else made
are measured in the same run with --made NAME=FOLDER; `benchmarks/rave.py` makes some.

With --keep FOLDER what was found of each folder of sounds is kept there, with its commit, machine
and minutes, and a later run takes it from there instead of learning again: ten minutes each need
not be found in one piece.

Prints a table for each folder and ends with one line of JSON. The page is written anew; nothing on
it is edited by hand.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from messina import Corpus, learn
from messina.corpus import read_audio
from messina.corpus.folders import find_files
from messina.evaluation.metrics import METRICS
from messina.report import Evaluation, SystemSounds, evaluate, find_real_sounds, write_report
from messina.report.record import Record
from messina.report.tables import columns_of

HELD_OUT: Final = 0.1
AGAINST: Final = ("gruv", "sampler", "producer")

Columns = Mapping[str, Mapping[str, float]]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One folder, everybody on it."""

    record: Record
    held_out: int
    learning_s: float
    made: str
    """How long it was learnt, on what, at which commit."""

    def columns(self) -> Columns:
        """The metrics of each, those of the real sounds first."""
        references = {key: reference.mean for key, reference in self.record.references.items()}
        seconds = {row.name: row.seconds for row in self.record.systems}
        seconds["Messina"] = seconds.pop("instrument") + self.learning_s
        return {"real": references} | {
            column.title: {**column.metrics, "seconds": seconds.get(column.title, float("nan"))}
            for column in columns_of(self.record, title="Messina")
        }


def measured(
    folder: Path, *, minutes: float, count: int, seed: int, made: Sequence[SystemSounds]
) -> tuple[Evaluation, Measured]:
    """Learn a folder and measure everybody on it."""
    began_s = time.perf_counter()
    corpus = Corpus.from_folder(folder).holding_out(HELD_OUT)
    instrument = learn(corpus, minutes=minutes, seed=seed)
    learning_s = time.perf_counter() - began_s
    found = evaluate(
        instrument,
        find_real_sounds(instrument.manifest, folder),
        name=f"{folder.name}.messina",
        against=AGAINST,
        others=made,
        count=count,
        minutes=minutes,
        seed=seed,
    )
    return found, Measured(
        record=found.record,
        held_out=len(found.real.held_out),
        learning_s=learning_s,
        made=f"{minutes:g} min to learn, {cores()} of {machine()}, {commit()}",
    )


def keep(found: Measured, path: Path) -> None:
    """Writes what was found; not a number stays not a number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(msgspec.to_builtins(found)), encoding="utf-8")


def read(path: Path) -> Measured:
    """What `keep` wrote."""
    return msgspec.convert(json.loads(path.read_text(encoding="utf-8")), Measured)


def table(columns: Columns) -> str:
    """Metrics down, systems across, as Markdown; empty where there is no metric."""
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for key in [*METRICS, "seconds"]:
        values = [column.get(key, float("nan")) for column in columns.values()]
        if not np.isfinite(values).any():
            continue
        metric = METRICS.get(key)
        decimals = metric.decimals if metric else 0
        title = metric.heading if metric else "made in, s"
        cells = (f"{value:.{decimals}f}" if np.isfinite(value) else "" for value in values)
        lines.append(f"| {title} | {' | '.join(cells)} |".replace(" -", " −"))
    return "\n".join(lines)


def sounds_of(text: str) -> SystemSounds:
    """NAME=FOLDER: sounds that something else has made."""
    name, equals, folder = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=FOLDER")
    files, _ = find_files(Path(folder))
    sounds = [read_audio(path) for _, path in files]
    if not sounds:
        raise argparse.ArgumentTypeError(f"{folder} holds no sounds")
    return SystemSounds(name=name, sounds=sounds, labels=[""] * len(sounds), seconds=float("nan"))


def machine() -> str:
    """What it was measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def commit() -> str:
    """The commit measured, with a plus where files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


_READING: Final = (
    "*real* is one half of the real sounds beside the other half, or the real sounds themselves; "
    "of sounds played back (log-spectral distance to spectral convergence) it is the oracle, and "
    "the sampler plays the nearest sound it knows. What each metric means stands in the report of "
    "`messina evaluate`. Nobody has listened."
)


def section(name: str, found: Measured) -> str:
    """What the page says of one folder."""
    record = found.record
    counts = f"{record.sounds} sounds, {found.held_out} held out; {record.count} new ones each"
    verdict = " · ".join(clause.short for clause in record.verdict)
    text = f"{counts}; {found.made}. Messina: {verdict}."
    return "\n\n".join([f"## {name}", text, table(found.columns())])


def page(sections: Sequence[str]) -> str:
    """The results page."""
    written = (
        "Written by `benchmarks/opponents.py`; not edited by hand. Each table says of which "
        "commit it is; what has changed since then is in [the log](log.md)."
    )
    return "\n\n".join(["# Results", written, _READING, *sections]) + "\n"


def cores() -> int:
    """How many cores this run may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=1.0, help="for whoever learns")
    parser.add_argument("--count", type=int, default=64, help="new sounds by each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--made", type=sounds_of, action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--page", type=Path, help="Markdown file to write")
    parser.add_argument("--reports", type=Path, help="folder to write a report of each folder to")
    parser.add_argument("--keep", type=Path, help="folder for metrics, taken up by later runs")
    arguments = parser.parse_args()
    results = {}
    for folder in arguments.folders:
        kept = arguments.keep and arguments.keep / f"{folder.name}.json"
        if kept and kept.exists():
            results[folder.name] = read(kept)
            continue
        evaluation, found = measured(
            folder,
            minutes=arguments.minutes,
            count=arguments.count,
            seed=arguments.seed,
            made=arguments.made,
        )
        results[folder.name] = found
        print(f"{section(folder.name, found)}\n", flush=True)
        if kept:
            keep(found, kept)
        if arguments.reports is not None:
            write_report(evaluation, arguments.reports / f"{folder.name}.html")
    if arguments.page is not None:
        arguments.page.parent.mkdir(parents=True, exist_ok=True)
        arguments.page.write_text(
            page([section(*item) for item in results.items()]), encoding="utf-8"
        )
    metrics = {name: found.columns() for name, found in results.items()}
    print(json.dumps({"machine": machine(), "commit": commit(), "figures": metrics}))


if __name__ == "__main__":
    main()
