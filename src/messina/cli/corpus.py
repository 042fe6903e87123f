"""`messina corpus`: what Messina understands of a folder, as a table to correct."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from messina.cli.output import Progress, print_json, say
from messina.cli.parsing import Verbs, add_verb
from messina.text import counted

if TYPE_CHECKING:
    from messina.corpus import Corpus
    from messina.library import LibraryIndex

__all__ = ["add", "add_slice", "read_corpus", "summary"]

_SHOWN: Final = 20
"""Files left out that are named, and remarks that are made; the rest is counted."""
_LABELS: Final = 40
"""As many labels are listed on the screen; --json and corpus.csv have all."""


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "corpus",
        does="see and correct what is understood of a folder",
        run=run,
        examples=["messina corpus ~/kalimba", "messina corpus ~/takes --slice always --json"],
        more=(
            "Writes corpus.csv into the folder: label, note and velocity of every sound. Correct\n"
            "it with any spreadsheet; `messina learn` goes by it."
        ),
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of sounds")
    add_slice(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def add_slice(parser: argparse.ArgumentParser) -> None:
    """Adds --slice to a verb."""
    parser.add_argument(
        "--slice",
        choices=("auto", "always", "never"),
        default="auto",
        help="cut recordings where hits begin: long ones (auto, the default), all, none",
    )


def run(arguments: argparse.Namespace) -> int:
    corpus = read_corpus(arguments)
    table = corpus.write_table()
    if arguments.json:
        print_json({"table": str(table), **_as_json(corpus)})
    else:
        say(*summary(corpus), f"wrote {table}; correct it, and `messina learn` goes by it")
    return 0


def read_corpus(arguments: argparse.Namespace) -> Corpus:
    """The corpus of arguments.folder, with progress on stderr."""
    from messina.corpus import Corpus

    with Progress() as progress:
        return Corpus.from_folder(arguments.folder, slice=arguments.slice, progress=progress.count)


def summary(corpus: Corpus | LibraryIndex) -> list[str]:
    """What the corpus is, for a person: counts, labels, what was left out and why."""
    pitched = sum(sound.note is not None for sound in corpus)
    sizes = f"{counted(len(corpus), 'sound')}, {corpus.duration_s:.0f} s"
    held_out = f", {count} held out" if (count := len(corpus.held_out)) else ""
    lines = [
        f"{sizes}; {pitched} pitched{held_out}",
        _listed_counts(_label_counts(corpus)),
        *corpus.remarks,
    ]
    lines += _remark_lines(corpus)
    if corpus.left_out:
        lines.append(f"{len(corpus.left_out)} left out:")
        lines += [f"  {left.name}: {left.reason}" for left in corpus.left_out[:_SHOWN]]
        if (more := len(corpus.left_out) - _SHOWN) > 0:
            lines.append(f"  and {more} more; `messina corpus FOLDER --json` names them all")
    return lines


def _remark_lines(corpus: Corpus | LibraryIndex) -> list[str]:
    """What is to be said of single sounds: the same of several of them once, with their number."""
    names: dict[str, list[str]] = {}
    for sound in corpus:
        for remark in sound.remarks:
            names.setdefault(remark, []).append(sound.name)
    lines = [
        f"  {of[0]}{f' and {len(of) - 1} more' if len(of) > 1 else ''}: {remark}"
        for remark, of in names.items()
    ]
    if (more := len(lines) - _SHOWN) > 0:
        lines[_SHOWN:] = [f"  and {more} more remarks; `messina corpus FOLDER --json` has them all"]
    return lines


def _as_json(corpus: Corpus) -> dict[str, Any]:
    return {
        "sounds": len(corpus),
        "seconds": round(corpus.duration_s, 3),
        "labels": _label_counts(corpus),
        "pitched": sum(sound.note is not None for sound in corpus),
        "held_out": len(corpus.held_out),
        "remarks": [*corpus.remarks, *(f"{s.name}: {r}" for s in corpus for r in s.remarks)],
        "left_out": corpus.left_out,
    }


def _listed_counts(counts: dict[str, int]) -> str:
    """The labels with most sounds, and how many more there are."""
    listed = [f"{label} {count}" for label, count in counts.items()]
    if (more := len(listed) - _LABELS) > 1:
        listed[_LABELS:] = [f"and {more} more labels"]
    return ", ".join(listed)


def _label_counts(corpus: Corpus | LibraryIndex) -> dict[str, int]:
    """Sounds of each label, the most frequent first."""
    return dict(Counter(sound.label for sound in corpus).most_common())
