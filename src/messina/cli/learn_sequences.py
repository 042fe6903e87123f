"""`messina learn` for what plays on: grooves, textures, scores; and which of them a folder is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from messina.cli.output import note_line, print_json, say
from messina.cli.parsing import UsageError
from messina.cli.progress import Progress

if TYPE_CHECKING:
    from messina.corpus import LeftOut
    from messina.corpus.recordings import Recordings
    from messina.learning import LearningState
    from messina.sequences import Sequence

__all__ = ["Kind", "kind_of", "run", "show_learning"]

Kind: TypeAlias = Literal["hits", "groove", "stream", "score"]

_ONE_SHOT_S: Final = 0.6
"""Files no longer than this are single sounds; nothing has to be listened to."""
_SHOWN: Final = 20
_HITS_ONLY: Final = {"labels": "--labels", "listen": "--listen"}


def kind_of(arguments: argparse.Namespace) -> Kind:
    """What the folder is learnt as: what was asked for, or what it holds most of."""
    folder: Path = arguments.folder.expanduser()
    if arguments.kind != "auto":
        kind: Kind = arguments.kind
        return kind
    if _has_midi_only(folder):
        note_line("MIDI files: learnt as a score (--as says otherwise)")
        return "score"
    if arguments.labels or arguments.slice != "auto" or _are_short(folder):
        return "hits"
    from messina.rhythm import recognise

    found = recognise(_read(arguments))
    if found.kind != "hits":
        note_line(f"{found.reason}: learnt as a {found.kind} (--as hits learns single sounds)")
    return found.kind


def run(arguments: argparse.Namespace, kind: Kind) -> int:
    """Learns a groove, a texture or a score."""
    for name, option in _HITS_ONLY.items():
        if getattr(arguments, name):
            raise UsageError(f"{option} is for single hits, and this is learnt as a {kind}")
    learners: dict[Kind, Callable[[argparse.Namespace], Sequence]] = {
        "groove": _learn_groove,
        "stream": _learn_texture,
        "score": _learn_score,
    }
    sequence = learners[kind](arguments)
    if kind != "score":
        _remember(arguments)
    return _tell(arguments, sequence)


def show_learning(progress: Progress, state: LearningState) -> None:
    """How far learning is, with the time left and the held-out error."""
    detail = "" if state.error_db is None else f"error {state.error_db:.1f} dB"
    left_s = None if state.minutes_left is None else 60 * state.minutes_left
    progress.at(f"{state.stage} on {state.device}", state.done, 1.0, detail, left_s=left_s)


class _Learner(Protocol):
    """What every learning is asked: how long, with which chance, where to, whom to tell."""

    def __call__(
        self, *, minutes: float, seed: int, out: Path, progress: Callable[[LearningState], None]
    ) -> Sequence: ...


def _learn_groove(arguments: argparse.Namespace) -> Sequence:
    from messina.learning.groove import learn_groove

    resume = arguments.output if arguments.resume else None
    return _shown(partial(learn_groove, _listened(arguments), resume=resume), arguments)


def _learn_texture(arguments: argparse.Namespace) -> Sequence:
    from messina.learning.texture import learn_texture

    resume = arguments.output if arguments.resume else None
    return _shown(partial(learn_texture, _listened(arguments), resume=resume), arguments)


def _learn_score(arguments: argparse.Namespace) -> Sequence:
    from messina.learning.score import learn_score
    from messina.sequences.score_material import read_scores

    if arguments.resume:
        raise UsageError("--resume is for hits, grooves and textures; learn a score anew")
    with Progress() as progress:
        material = read_scores(arguments.folder, progress=progress.count)
    notes = sum(len(phrase.events) for phrase in material.phrases)
    note_line(f"{len(material.phrases)} pieces, {notes} notes, {len(material.chords)} chords")
    note_line(*(f"  {remark}" for remark in material.remarks[:_SHOWN]))
    if (more := len(material.remarks) - _SHOWN) > 0:
        note_line(f"  and {more} more remarks")
    _note_left_out(material.left_out)
    return _shown(partial(learn_score, material), arguments)


def _shown(learn: _Learner, arguments: argparse.Namespace) -> Sequence:
    """Learns as the command line says, with a progress bar."""
    with Progress() as progress:
        return learn(
            minutes=arguments.minutes,
            seed=arguments.seed,
            out=arguments.output,
            progress=lambda state: show_learning(progress, state),
        )


def _listened(arguments: argparse.Namespace) -> Recordings:
    """The recordings, said how many they are and which were left out."""
    recordings = _read(arguments)
    note_line(f"{len(recordings)} recordings, {recordings.length_s:.0f} s")
    _note_left_out(recordings.left_out)
    return recordings


def _read(arguments: argparse.Namespace) -> Recordings:
    """The recordings, read once however often they are asked for."""
    from messina.corpus.recordings import read_recordings

    if not hasattr(arguments, "recordings"):
        with Progress() as progress:
            arguments.recordings = read_recordings(arguments.folder, progress=progress.count)
    recordings: Recordings = arguments.recordings
    return recordings


def _remember(arguments: argparse.Namespace) -> None:
    """So that `messina evaluate` finds the recordings."""
    from messina.corpus.folders import file_digest, remember_folder

    folder = _read(arguments).folder
    if folder is not None:
        remember_folder([file_digest(arguments.output)], folder)


def _note_left_out(left_out: Collection[LeftOut]) -> None:
    if left_out:
        note_line(f"{len(left_out)} left out:")
        for lost in list(left_out)[:_SHOWN]:
            note_line(f"  {lost.name}: {lost.reason}")


def _tell(arguments: argparse.Namespace, sequence: Sequence) -> int:
    output: Path = arguments.output
    size_mb = output.stat().st_size / 1e6
    if arguments.json:
        print_json({"instrument": str(output), "kind": sequence.kind, "about": sequence.about})
    else:
        say(f"{output}: {sequence.about}, {size_mb:.1f} MB")
        player = " --with INSTRUMENT.messina" if sequence.kind == "score" else ""
        note_line(f"hear it: messina render {output}{player} --duration 30 -o jam.wav")
    return 0


def _has_midi_only(folder: Path) -> bool:
    """Whether there are MIDI files and nothing that sounds."""
    from messina.corpus.files import find_files
    from messina.sequences.midi import MIDI_SUFFIXES

    if not folder.is_dir():
        return folder.suffix.lower() in MIDI_SUFFIXES
    midi = any(path.suffix.lower() in MIDI_SUFFIXES for path in folder.rglob("*"))
    return midi and not find_files(folder)[0]


def _are_short(folder: Path) -> bool:
    """Whether all files are too short to be more than single sounds, by what they say."""
    import soundfile

    from messina.corpus.files import find_files

    files = find_files(folder)[0] if folder.is_dir() else [(folder.name, folder)]
    try:
        return all(soundfile.info(path).duration <= _ONE_SHOT_S for _, path in files)
    except (RuntimeError, OSError):
        return False
