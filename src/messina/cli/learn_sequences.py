"""`messina learn` for what plays on: grooves, textures, scores; and which of them a folder is."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from messina.cli.learn_progress import STOPPED, show_learning
from messina.cli.options import DEFAULT_MINUTES, place_for, settle
from messina.cli.output import Progress, note_line, print_json, program, say, shell_word
from messina.cli.parsing import UsageError
from messina.stopping import stop_on_signals
from messina.text import counted

if TYPE_CHECKING:
    from messina.corpus import LeftOut
    from messina.corpus.recordings import Recordings
    from messina.progress import LearningState
    from messina.rhythm.onsets import Onsets
    from messina.sequences import Sequence
    from messina.stopping import StopRequest

__all__ = ["Found", "Kind", "recognise_folder", "run"]

Kind: TypeAlias = Literal["hits", "groove", "texture", "score"]

_ONE_SHOT_S: Final = 0.6
"""Files no longer than this are single sounds; nothing has to be listened to."""
_SHOWN: Final = 20
_HITS_ONLY: Final = {"labels": "--labels", "listen": "--listen", "hold_out": "--hold-out"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The kind of material in a folder, and what was read to find out."""

    kind: Kind
    recordings: Recordings | None = None
    onsets: Mapping[str, Onsets] = field(default_factory=dict)
    """Of recordings, by their digests."""


def recognise_folder(arguments: argparse.Namespace) -> Found:
    """Decides what a folder is learnt as.

    What was asked for, or what most of its recordings are.
    """
    from messina.library import is_index

    folder: Path = arguments.folder.expanduser()
    if arguments.kind != "auto":
        kind: Kind = arguments.kind
        if kind != "hits" and is_index(folder):
            raise UsageError(f"an index holds single sounds; --as {kind} needs the files")
        return Found(kind=kind)
    if is_index(folder):
        return Found(kind="hits")
    if _has_midi_only(folder):
        note_line("MIDI files: learnt as a score (--as says otherwise)")
        return Found(kind="score")
    if arguments.labels or arguments.slice != "auto" or _are_short(folder):
        return Found(kind="hits")
    from messina.rhythm.recognising import recognise

    recordings = _read(arguments)
    found = recognise(recordings)
    if found.kind != "hits":
        note_line(f"{found.reason}: learnt as a {found.kind} (--as hits learns single sounds)")
    else:
        _note_others(found.kinds, [recording.name for recording in recordings], found.reason)
    return Found(kind=found.kind, recordings=recordings, onsets=found.onsets)


def _note_others(kinds: Collection[str], names: Collection[str], reason: str) -> None:
    """Which of the recordings that are learnt as hits are something else."""
    others = [name for kind, name in zip(kinds, names, strict=True) if kind != "hits"]
    if others:
        note_line(f"{reason}: all are learnt as hits (--as groove or --as texture does otherwise)")
        for name in others[:_SHOWN]:
            note_line(f"  no single sound: {name}")


def run(arguments: argparse.Namespace, found: Found) -> int:
    """Learns a groove, a texture or a score."""
    for name, option in _HITS_ONLY.items():
        if getattr(arguments, name) not in (None, False):
            raise UsageError(f"{option} is for single hits, and this is learnt as a {found.kind}")
    if found.kind == "score":
        return _report(arguments, _learn_score(arguments))
    recordings = found.recordings or _read(arguments)
    note_line(f"{counted(len(recordings), 'recording')}, {recordings.length_s:.0f} s")
    _note_left_out(recordings.left_out)
    learn = _learn_groove if found.kind == "groove" else _learn_texture
    sequence = learn(arguments, recordings, found.onsets)
    _remember(arguments, recordings)
    return _report(arguments, sequence)


class _Learner(Protocol):
    """What every learning is asked: where to, whom to tell."""

    def __call__(
        self,
        *,
        out: Path,
        progress: Callable[[LearningState], None],
        stop: StopRequest,
    ) -> Sequence: ...


def _learn_groove(
    arguments: argparse.Namespace, recordings: Recordings, onsets: Mapping[str, Onsets]
) -> Sequence:
    from messina.learning.grooves import learn_groove
    from messina.rhythm.groove_material import read_grooves

    began = time.monotonic()
    with Progress() as progress:
        material = read_grooves(recordings, onsets=onsets, progress=progress.count)
    seconds = time.monotonic() - began
    hits = len(material.hits.sounds)
    more = f"{arguments.minutes:g} min" if arguments.steps is None else f"{arguments.steps} steps"
    note_line(f"{hits} hits heard in {seconds:.0f} s; learning takes {more} more")
    _note_left_out(material.left_out)
    for remark in material.remarks:
        note_line(remark)
    resume = arguments.output if arguments.resume else None
    return _shown(partial(learn_groove, material, resume=resume, **_how(arguments)), arguments)


def _learn_texture(
    arguments: argparse.Namespace, recordings: Recordings, onsets: Mapping[str, Onsets]
) -> Sequence:
    from messina.learning.textures import learn_texture, left_out_of

    del onsets  # a texture has none
    if arguments.resume:
        raise UsageError(
            "--resume is for hits and grooves; a texture is learnt in seconds: learn it anew"
        )
    if arguments.minutes != DEFAULT_MINUTES or arguments.steps is not None:
        note_line("a texture is learnt in seconds: --minutes and --steps are not needed")
    _note_left_out(left_out_of(recordings.recordings))
    return _shown(partial(learn_texture, recordings), arguments)


def _learn_score(arguments: argparse.Namespace) -> Sequence:
    from messina.learning.midi_scores import learn_score
    from messina.sequences.score_material import read_scores

    if arguments.resume:
        raise UsageError("--resume is for hits and grooves; learn a score anew")
    with Progress() as progress:
        material = read_scores(arguments.folder, progress=progress.count)
    notes = sum(len(phrase.events) for phrase in material.phrases)
    pieces = counted(len(material.phrases), "piece")
    chords = counted(len(material.chords), "chord")
    note_line(f"{pieces}, {counted(notes, 'note')}, {chords}")
    note_line(*(f"  {remark}" for remark in material.remarks[:_SHOWN]))
    if (more := len(material.remarks) - _SHOWN) > 0:
        note_line(f"  and {more} more remarks")
    _note_left_out(material.left_out)
    return _shown(partial(learn_score, material, **_how(arguments)), arguments)


def _how(arguments: argparse.Namespace) -> dict[str, Any]:
    """How long to learn, and with which chance."""
    return {name: getattr(arguments, name) for name in ("minutes", "seed", "steps")}


def _shown(learn: _Learner, arguments: argparse.Namespace) -> Sequence:
    """Learns with a progress bar; arguments.output is where it is."""
    output: Path = arguments.output
    place = place_for(output, replaces=arguments.force and output.exists())
    with stop_on_signals() as stop, Progress() as progress:
        sequence = learn(
            out=place,
            progress=lambda state: show_learning(progress, state),
            stop=stop,
        )
    arguments.output = settle(place, output, keeps_old=stop.asked)
    if stop.asked and sequence.kind == "groove":
        note_line(STOPPED)
    return sequence


def _read(arguments: argparse.Namespace) -> Recordings:
    from messina.corpus.recordings import read_recordings

    with Progress() as progress:
        return read_recordings(arguments.folder, progress=progress.count)


def _remember(arguments: argparse.Namespace, recordings: Recordings) -> None:
    """So that `messina evaluate` finds the recordings."""
    from messina.corpus.folders import file_digest, remember_folder

    if recordings.folder is not None:
        remember_folder([file_digest(arguments.output)], recordings.folder)


def _note_left_out(left_out: Collection[LeftOut]) -> None:
    if left_out:
        note_line(f"{len(left_out)} left out:")
        for lost in left_out:
            note_line(f"  {lost.name}: {lost.reason}")


def _report(arguments: argparse.Namespace, sequence: Sequence) -> int:
    output: Path = arguments.output
    size_mb = output.stat().st_size / 1e6
    if arguments.json:
        print_json({"instrument": str(output), "kind": sequence.kind, "about": sequence.about})
    else:
        say(f"{output}: {sequence.about}, {size_mb:.1f} MB", *_how_good(sequence))
        if not arguments.open:
            note_line(*_how_to_hear(output, sequence.kind))
    return 0


def _how_good(sequence: Sequence) -> list[str]:
    """How well its hits are learnt, of a groove; what else plays on has none of its own."""
    from messina.instrument.manifest import outcome_of
    from messina.sequences.groove import Groove

    outcome = outcome_of(sequence.instrument.manifest) if isinstance(sequence, Groove) else None
    return [] if outcome is None else outcome.lines


def _how_to_hear(output: Path, kind: str) -> list[str]:
    """Lines that can be typed as they stand, whatever the file is called."""
    file, again = shell_word(output), program()
    if kind == "score":
        return [
            f"it needs an instrument to play it: {again} ready mallets -o mallets.messina",
            f"hear it: {again} play {file} --with mallets.messina",
        ]
    return [
        f"hear it: {again} play {file}",
        f"a file of it: {again} render {file} --duration 30 -o jam.wav",
    ]


def _has_midi_only(folder: Path) -> bool:
    """Whether there are MIDI files and nothing that sounds."""
    from messina.corpus.folders import find_files

    if folder.is_dir() and find_files(folder)[0]:
        return False
    from messina.sequences.midi import MIDI_SUFFIXES

    paths = folder.rglob("*") if folder.is_dir() else [folder]
    return any(path.suffix.lower() in MIDI_SUFFIXES for path in paths)


def _are_short(folder: Path) -> bool:
    """Whether all files are too short to be more than single sounds, by what they say."""
    from messina.corpus.audio_decoding import stated_length_s
    from messina.corpus.folders import find_files
    from messina.errors import SoundError

    files = find_files(folder)[0] if folder.is_dir() else [(folder.name, folder)]
    lengths_s = []
    for _, path in files:
        with contextlib.suppress(SoundError, OSError):  # told when it is read
            lengths_s.append(stated_length_s(path))
    return bool(lengths_s) and max(lengths_s) <= _ONE_SHOT_S
