"""`messina learn`: a folder of sounds becomes an instrument."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from messina.cli import learn_sequences
from messina.cli.corpus import add_slice, read_corpus, summary
from messina.cli.learn_sequences import show_learning
from messina.cli.output import note_line, print_json, say
from messina.cli.parsing import Verbs, add_verb
from messina.cli.progress import Progress
from messina.cli.sound_options import add_seed
from messina.cli.values import number, output_file
from messina.errors import MessinaError
from messina.text import counted, did_you_mean

if TYPE_CHECKING:
    from messina.corpus import Corpus
    from messina.instrument import Instrument
    from messina.instrument.manifest import Manifest
    from messina.learning import LearningState

__all__ = [
    "add",
    "add_minutes",
    "chosen_error_db",
    "learn_with_progress",
    "listening",
    "need_torch",
]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "learn",
        does="make an instrument from a folder of sounds",
        run=run,
        examples=[
            "messina learn ~/kalimba -o kalimba.messina --minutes 1",
            "messina learn ~/kalimba -o kalimba.messina --minutes 5 --resume",
            "messina learn ~/kit -o skins.messina --labels kick,snare,tom",
            "messina learn ~/kit -o kit.messina --listen",
            "messina learn ~/breaks -o breaks.messina --minutes 5",
            "messina learn ~/rain -o rain.messina --as stream",
        ],
        more="Ctrl-C at any moment keeps what is learnt so far.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of sounds")
    parser.add_argument(
        "-o",
        "--output",
        type=output_file(".messina"),
        required=True,
        metavar="FILE",
        help="the .messina file to write",
    )
    add_minutes(parser)
    add_seed(parser, what="the same seed learns the same instrument")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument(
        "--resume", action="store_true", help="go on learning the instrument in FILE"
    )
    existing.add_argument("--force", action="store_true", help="replace FILE if it exists")
    add_slice(parser)
    parser.add_argument(
        "--as",
        dest="kind",
        choices=("auto", *get_args(learn_sequences.Kind)),
        default="auto",
        help="single hits, a groove (loops, breaks), a stream (textures), a score (MIDI files); "
        "by default what the folder holds most of",
    )
    parser.add_argument(
        "--listen", action="store_true", help="open a page that plays it while it is learnt"
    )
    parser.add_argument("--labels", metavar="A,B,…", help="learn only sounds with these labels")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")


def add_minutes(
    parser: argparse.ArgumentParser, *, what: str = "how long to learn; more is better, never worse"
) -> None:
    parser.add_argument(
        "--minutes",
        type=number(0, 10_000, unit=" minutes", above_low=True),
        default=1.0,
        metavar="M",
        help=f"{what} (default 1)",
    )


def need_torch() -> None:
    """Learning without torch is refused before any work is done for it."""
    import importlib.util

    if importlib.util.find_spec("torch") is None:
        raise MessinaError(
            "learning needs torch, which is not installed: pip install 'messina[train]' "
            "(playing needs none)"
        )


def run(arguments: argparse.Namespace) -> int:
    need_torch()
    _check_output(arguments)
    found = learn_sequences.recognise_folder(arguments)
    if found.kind != "hits":
        return learn_sequences.run(arguments, found)
    del found  # sounds take their own way in; the recordings make room
    corpus = read_corpus(arguments)
    if arguments.labels:
        corpus = _with_labels(corpus, arguments.labels)
    note_line(*summary(corpus))
    with listening(arguments.output if arguments.listen else None) as listener:
        instrument = learn_with_progress(
            corpus,
            minutes=arguments.minutes,
            seed=arguments.seed,
            out=arguments.output,
            resume=arguments.output if arguments.resume else None,
            listener=listener,
        )
        if corpus.folder is not None:
            from messina.corpus.folders import remember_folder

            remember_folder((sound.digest for sound in instrument.manifest.sounds), corpus.folder)
        return _tell(arguments, instrument)


def _check_output(arguments: argparse.Namespace) -> None:
    """Whatever would make the saving fail is better said before the learning."""
    output: Path = arguments.output
    if arguments.resume and not output.exists():
        raise MessinaError(f"there is no {output} to go on from; leave out --resume")
    if output.exists() and not (arguments.resume or arguments.force):
        raise MessinaError(
            f"{output} exists already; --resume goes on learning it, --force replaces it"
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(output.parent, os.W_OK):
        raise MessinaError(f"{output.parent} cannot be written to; choose another -o")


def _with_labels(corpus: Corpus, text: str) -> Corpus:
    """The sounds whose labels are listed, with commas between; all of them must be there."""
    wanted = frozenset(label.strip() for label in text.split(",")) - {""}
    if not wanted or wanted.difference(corpus.labels):
        missing = ", ".join(sorted(wanted.difference(corpus.labels))) or "nothing"
        raise MessinaError(
            f"no sounds are labelled {missing}; {did_you_mean(missing, corpus.labels)}"
            f"there are {', '.join(corpus.labels)}"
        )
    sounds = tuple(sound for sound in corpus if sound.label in wanted)
    return dataclasses.replace(corpus, sounds=sounds)


@contextlib.contextmanager
def listening(out: Path | None) -> Iterator[Callable[[LearningState], None] | None]:
    """A page that plays what learning saves to `out`, and stays until Ctrl-C; None: no page."""
    if out is None:
        yield None
        return

    from messina.cli.play import open_browser, until_interrupted
    from messina.play.listen import ListenServer

    with ListenServer(out) as server:
        note_line(f"listen at {server.url}")
        open_browser(server.url)
        yield server.progress
        server.look()
        note_line(f"learnt; the page stays at {server.url}")
        until_interrupted()


def learn_with_progress(
    corpus: Corpus,
    *,
    minutes: float,
    seed: int,
    out: Path,
    resume: Path | None = None,
    listener: Callable[[LearningState], None] | None = None,
) -> Instrument:
    """Learn, with time left and held-out error on stderr; saved to `out` as it goes."""
    from messina.learning import learn

    with Progress() as progress:

        def show(state: LearningState) -> None:
            show_learning(progress, state)
            if listener is not None:
                listener(state)

        return learn(corpus, minutes=minutes, seed=seed, resume=resume, out=out, progress=show)


def _tell(arguments: argparse.Namespace, instrument: Instrument) -> int:
    output: Path = arguments.output
    manifest = instrument.manifest
    error_db = chosen_error_db(manifest)
    if arguments.json:
        print_json(
            {
                "instrument": str(output),
                "sounds": len(manifest.sounds),
                "labels": instrument.labels,
                "left_out": manifest.left_out,
                "steps": manifest.steps,
                "planned_steps": manifest.planned_steps,
                "error_db": error_db,
            }
        )
        return 0
    error = "" if error_db is None else f", error {error_db:.1f} dB"
    sounds = counted(len(manifest.sounds), "sound")
    say(f"{output}: {sounds}, {output.stat().st_size / 1e6:.1f} MB{error}")
    if _last_step(manifest) < manifest.planned_steps:
        note_line(
            f"ended early, at step {_last_step(manifest)} of {manifest.planned_steps}: "
            "what was learnt so far is saved, --resume goes on"
        )
    return 0


def chosen_error_db(manifest: Manifest) -> float | None:
    """The error of what was kept: on sounds set aside, or on those learnt where none were."""
    for row in manifest.history:
        if row.step == manifest.steps and row.step > 0:
            return row.learnt_db if row.validation_db is None else row.validation_db
    return None


def _last_step(manifest: Manifest) -> int:
    """How far learning came; what was kept may be from before that."""
    return max((row.step for row in manifest.history), default=manifest.steps)
