"""`messina index`: a library of any size, read and analysed once, to learn from."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from messina.cli.corpus import add_slice
from messina.cli.options import whole
from messina.cli.output import Progress, note_line, print_json, program, say, shell_word
from messina.cli.parsing import UsageError, Verbs, add_verb
from messina.locking import alone_on
from messina.text import counted

if TYPE_CHECKING:
    from messina.library import Manifest
    from messina.library.executors import Executor

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "index",
        does="read a large library once, to learn from it without holding it in memory",
        run=run,
        examples=[
            "messina index /samples -o lib/",
            "messina index /samples -o lib/ --workers 4",
            "messina index /samples -o lib/ --cluster auto",
            "messina learn lib/ -o library.messina --minutes 30",
        ],
        more="Stopped at any moment, it goes on where it was; run again, it takes in what changed.",
    )
    parser.add_argument("library", type=Path, metavar="LIBRARY", help="a folder of sounds")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="INDEX",
        help="the folder of the index; it grows to some tens of kilobytes a sound",
    )
    add_slice(parser)
    parser.add_argument(
        "--workers",
        type=whole(1, 1024),
        metavar="N",
        help="so many processes on this machine (default: one for each core)",
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="do the work on a cluster of Ray: auto, or its address; library and index have to be "
        "at the same place on all of its machines",
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")


def run(arguments: argparse.Namespace) -> int:
    from messina.library import MANIFEST, SOUNDS_NAME
    from messina.library.indexing import check_place, index_library

    if arguments.cluster and arguments.workers:
        raise UsageError("--workers is for this machine, --cluster for many; give one of them")
    library, out = arguments.library.expanduser(), arguments.output.expanduser()
    if out.is_file():
        raise UsageError(f"{out} is a file; an index is a folder")
    check_place(library, out)
    out.mkdir(parents=True, exist_ok=True)
    with alone_on(out / MANIFEST), contextlib.ExitStack() as work:
        executor = work.enter_context(_executor(arguments, out))
        progress = work.enter_context(Progress())
        manifest = index_library(
            library, out, executor, slice=arguments.slice, progress=progress.count
        )
    if arguments.json:
        print_json({"index": str(out), "table": str(out / SOUNDS_NAME), **_as_json(manifest)})
    else:
        say(*_summary(out, manifest, SOUNDS_NAME))
        note_line(f"learn from it: {program()} learn {shell_word(out)} -o library.messina")
    return 0


def _executor(arguments: argparse.Namespace, out: Path) -> Executor:
    from messina.library.executors import LocalProcesses, RayCluster

    if arguments.cluster:
        return RayCluster(out, arguments.cluster)
    return LocalProcesses(out, workers=arguments.workers)


def _summary(out: Path, manifest: Manifest, table: str) -> list[str]:
    sounds, labels = counted(manifest.sounds, "sound"), counted(len(manifest.labels), "label")
    lines = [f"{out}: {sounds}, {manifest.seconds:.0f} s, {labels}", *manifest.remarks[:20]]
    if manifest.left_out:
        lines.append(f"{manifest.left_out} left out, with the reasons in {out / table}")
    return lines


def _as_json(manifest: Manifest) -> dict[str, object]:
    return {
        "sounds": manifest.sounds,
        "seconds": round(manifest.seconds, 3),
        "labels": manifest.labels,
        "left_out": manifest.left_out,
        "shards": len(manifest.frames),
        "remarks": manifest.remarks,
    }
