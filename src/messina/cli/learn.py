"""`messina learn`: a folder of sounds becomes an instrument."""

from __future__ import annotations

import argparse
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from messina.cli import learn_sequences
from messina.cli.corpus import add_slice, read_corpus, summary
from messina.cli.install_torch import need_torch
from messina.cli.learn_progress import STOPPED, Listener, learn_with_progress, listening
from messina.cli.options import add_minutes, add_seed, number, output_file, place_for, settle, whole
from messina.cli.output import note_line, print_json, program, say, shell_word
from messina.cli.parsing import UsageError, Verbs, add_verb
from messina.cli.play import open_page
from messina.errors import InstrumentError, MessinaError
from messina.locking import alone_on
from messina.stopping import StopRequest, stop_on_signals
from messina.text import counted, did_you_mean

if TYPE_CHECKING:
    from messina.corpus import Corpus
    from messina.instrument import Instrument
    from messina.library import LibraryIndex

__all__ = ["add"]

_UNDER_TORCHRUN: Final = "TORCHELASTIC_RUN_ID"


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
            "messina learn ~/rain -o rain.messina --as texture",
        ],
        more="Ctrl-C at any moment keeps what is learnt so far.",
    )
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="a folder of sounds, or an index of one (`messina index`)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=output_file(".messina"),
        required=True,
        metavar="FILE",
        help="the .messina file to write",
    )
    add_minutes(parser)
    parser.add_argument(
        "--steps",
        type=whole(1, 100_000_000),
        metavar="N",
        help="learn for so many steps, whatever the clock says: with the same seed, the same "
        "instrument",
    )
    add_seed(parser, what="the same seed and steps learn the same instrument")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument(
        "--resume", action="store_true", help="go on learning the instrument in FILE"
    )
    existing.add_argument("--force", action="store_true", help="replace FILE if it exists")
    add_slice(parser)
    parser.add_argument(
        "--hold-out",
        type=number(0, 0.5),
        metavar="SHARE",
        help="keep such a share of the sounds from learning, 0 to 0.5, for `messina evaluate` to "
        "measure on (default 0, or as corpus.csv says)",
    )
    parser.add_argument(
        "--as",
        dest="kind",
        type=_kind,
        choices=("auto", *get_args(learn_sequences.Kind)),
        default="auto",
        help="single hits, a groove (loops, breaks), a texture (rain, drones), a score (MIDI "
        "files); by default what the folder holds most of",
    )
    page = parser.add_mutually_exclusive_group()
    page.add_argument("--open", action="store_true", help="open the page that plays it at the end")
    page.add_argument(
        "--listen", action="store_true", help="open a page that plays it while it is learnt"
    )
    parser.add_argument("--labels", metavar="A,B,…", help="learn only sounds with these labels")
    parser.add_argument(
        "--device",
        default="auto",
        help="where hits are learnt: cpu, cuda, or one of several GPUs as cuda:0 (default auto: a "
        "GPU where torch finds one)",
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")


def _kind(text: str) -> str:
    """What `--as` names; a texture was called a stream once."""
    return "texture" if text == "stream" else text


def run(arguments: argparse.Namespace) -> int:
    need_torch()
    if _UNDER_TORCHRUN in os.environ:
        return _run_as_worker(arguments)
    return _run(arguments)


def _run_as_worker(arguments: argparse.Namespace) -> int:
    """One of several processes that learn together; all but the first are silent."""
    from messina.learning.workers import started_workers

    if arguments.listen or arguments.open:
        raise UsageError("--open and --listen are for one process; leave out torchrun")
    if started_workers().leads:
        return _run(arguments)
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        stop_on_signals() as stop,
    ):
        if learn_sequences.recognise_folder(arguments).kind == "hits":
            _learn(arguments, _corpus_of(arguments), None, stop)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    _check_output(arguments)
    if arguments.device != "auto":
        from messina.learning.devices import device_named

        device_named(arguments.device)
    # The page stays when the file is free again.
    with contextlib.ExitStack() as page, alone_on(arguments.output):
        _check_existing(arguments)  # again: somebody may have been at it until now
        found = learn_sequences.recognise_folder(arguments)
        if found.kind == "hits":
            del found  # sounds take their own way in; the recordings make room
            listener = page.enter_context(listening(_listened_at(arguments)))
            code = _learn_hits(arguments, listener)
        elif _UNDER_TORCHRUN in os.environ:
            raise UsageError(
                f"this is learnt as a {found.kind}, by one process; leave out torchrun"
            )
        elif arguments.device not in ("auto", "cpu"):
            raise UsageError(
                f"this is learnt as a {found.kind}, on the processor; leave out --device"
            )
        else:
            code = learn_sequences.run(arguments, found)
    return open_page(arguments.output) if arguments.open else code


def _corpus_of(arguments: argparse.Namespace) -> Corpus | LibraryIndex:
    """The sounds to learn, as the options choose them."""
    corpus = _index_or_corpus(arguments)
    if arguments.labels:
        corpus = _with_labels(corpus, arguments.labels)
    if arguments.hold_out is not None:
        corpus = corpus.holding_out(arguments.hold_out)
        if arguments.hold_out and not corpus.held_out:
            note_line("too few sounds to hold any of them out: all are learnt")
    note_line(*summary(corpus))
    return corpus


def _index_or_corpus(arguments: argparse.Namespace) -> Corpus | LibraryIndex:
    from messina.library import LibraryIndex, is_index

    if not is_index(arguments.folder.expanduser()):
        return read_corpus(arguments)
    if arguments.slice != "auto":
        raise UsageError("--slice was decided when the library was indexed; leave it out")
    return LibraryIndex.load(arguments.folder)


def _learn_hits(arguments: argparse.Namespace, listener: Listener | None) -> int:
    corpus = _corpus_of(arguments)
    output: Path = arguments.output
    place = place_for(output, replaces=arguments.force and output.exists())
    with stop_on_signals() as stop:
        instrument = _learn(arguments, corpus, place, stop, listener)
    keeps_old = stop.asked and place != output and not _is_better(instrument, output)
    arguments.output = settle(place, output, keeps_old=keeps_old)
    if corpus.folder is not None:
        from messina.corpus.folders import remember_folder

        remember_folder((sound.digest for sound in instrument.manifest.sounds), corpus.folder)
    return _report(arguments, instrument, of=len(corpus), stopped=stop.asked)


def _learn(
    arguments: argparse.Namespace,
    corpus: Corpus | LibraryIndex,
    out: Path | None,
    stop: StopRequest,
    listener: Listener | None = None,
) -> Instrument:
    return learn_with_progress(
        corpus,
        minutes=arguments.minutes,
        seed=arguments.seed,
        steps=arguments.steps,
        out=out,
        resume=arguments.output if arguments.resume else None,
        device=arguments.device,
        listener=listener,
        stop=stop,
    )


def _is_better(instrument: Instrument, old: Path) -> bool:
    """Whether it is better than the one in the file, as far as both say how good they are."""
    from messina.instrument import Instrument
    from messina.instrument.manifest import chosen_error_db

    try:
        theirs = chosen_error_db(Instrument.load(old).manifest)
    except InstrumentError:
        return True
    ours = chosen_error_db(instrument.manifest)
    return theirs is not None and ours is not None and ours <= theirs


def _check_output(arguments: argparse.Namespace) -> None:
    """Whatever would make the saving fail is better said before the learning."""
    output: Path = arguments.output
    _check_existing(arguments)
    output.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(output.parent, os.W_OK):
        raise MessinaError(f"{output.parent} cannot be written to; choose another -o")


def _check_existing(arguments: argparse.Namespace) -> None:
    output: Path = arguments.output
    if arguments.resume and not output.exists():
        raise MessinaError(f"there is no {output} to go on from; leave out --resume")
    if output.exists() and not (arguments.resume or arguments.force):
        raise MessinaError(
            f"{output} exists already; --resume goes on learning it, --force replaces it"
        )


def _with_labels(corpus: Corpus | LibraryIndex, text: str) -> Corpus | LibraryIndex:
    """The sounds whose labels are listed, with commas between; all of them must be there."""
    wanted = frozenset(label.strip() for label in text.split(",")) - {""}
    if not wanted or wanted.difference(corpus.labels):
        missing = ", ".join(sorted(wanted.difference(corpus.labels))) or "nothing"
        raise MessinaError(
            f"no sounds are labelled {missing}; {did_you_mean(missing, corpus.labels)}"
            f"there are {', '.join(corpus.labels)}"
        )
    return corpus.with_labels(wanted)


def _listened_at(arguments: argparse.Namespace) -> Path | None:
    """Where learning saves what a page is to play; None: nobody listens."""
    if not arguments.listen:
        return None
    output: Path = arguments.output
    return place_for(output, replaces=arguments.force and output.exists())


def _report(
    arguments: argparse.Namespace, instrument: Instrument, *, of: int, stopped: bool
) -> int:
    """Tells what was learnt of so many sounds, how well, and what to do next."""
    from messina.instrument.manifest import chosen_error_db, outcome_of

    output: Path = arguments.output
    manifest = instrument.manifest
    outcome = outcome_of(manifest)
    if arguments.json:
        print_json(
            {
                "instrument": str(output),
                "sounds": len(manifest.sounds),
                "held_out": sum(sound.role == "held out" for sound in manifest.sounds),
                "labels": instrument.labels,
                "left_out": manifest.left_out,
                "steps": manifest.steps,
                "planned_steps": manifest.planned_steps,
                "stopped": stopped,
                "error_db": chosen_error_db(manifest),
                "quality": None if outcome is None else outcome.quality,
                "changing": [] if outcome is None else outcome.changing,
            }
        )
        return 0
    say(f"{output}: {counted(len(manifest.sounds), 'sound')}, {output.stat().st_size / 1e6:.1f} MB")
    say(*([] if outcome is None else outcome.lines))
    if stopped and len(manifest.sounds) < of:
        note_line(
            f"stopped when {len(manifest.sounds)} of {of} sounds were analysed: these alone are "
            "learnt, --force begins again with all"
        )
    elif stopped:
        note_line(STOPPED)
    if not (arguments.open or arguments.listen):
        note_line(f"hear it: {program()} play {shell_word(output)}")
    return 0
