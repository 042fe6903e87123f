"""`messina demo`: hear what this is, without any sounds of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.cli.install_torch import need_torch
from messina.cli.learn_progress import learn_with_progress
from messina.cli.options import add_minutes, add_seed
from messina.cli.output import Progress, note_line, program, say, shell_word
from messina.cli.parsing import Verbs, add_verb
from messina.cli.play import open_page
from messina.locking import alone_on
from messina.stopping import stop_on_signals
from messina.text import counted

if TYPE_CHECKING:
    from messina.corpus import Corpus, Sound
    from messina.instrument import Instrument
    from messina.pictures import Panel

__all__ = ["add"]

_TAKES: Final = 3
"""Sounds made for each label."""

_PICTURED: Final = 8


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "demo",
        does="hear what Messina does; needs no sounds",
        run=run,
        examples=["messina demo", "messina demo -o trial/ --minutes 0.5 --seed 3"],
        more=(
            "Makes drums, mallets and plucked waveforms, learns them, and writes new sounds and a\n"
            "picture of real and generated ones side by side."
        ),
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("demo"),
        metavar="DIR",
        help="the folder to write to (default demo)",
    )
    add_minutes(parser)
    add_seed(parser, what="the same seed, the same demo")
    parser.add_argument(
        "--open", action="store_true", help="open the page that plays it at the end"
    )


def run(arguments: argparse.Namespace) -> int:
    need_torch()

    from messina.corpus import Corpus
    from messina.demo_sounds import write_demo_sounds
    from messina.instrument.manifest import outcome_of

    folder: Path = arguments.output
    count = write_demo_sounds(folder / "sounds", seed=arguments.seed)
    note_line(f"made {counted(count, 'sound')} in {folder / 'sounds'}")
    with Progress() as progress:
        corpus = Corpus.from_folder(folder / "sounds", progress=progress.count)
    file = folder / "demo.messina"
    with alone_on(file), stop_on_signals() as stop:
        instrument = learn_with_progress(
            corpus, minutes=arguments.minutes, seed=arguments.seed, out=file, stop=stop
        )
    rows = _generate(corpus, instrument, folder / "generated", arguments.seed)
    picture = folder / "real-and-generated.png"
    _draw(rows, picture)
    say(f"{folder / 'sounds'}: {counted(count, 'sound')} made from nothing")
    say(f"{file}: the instrument learnt from them")
    say(f"{folder / 'generated'}: {_TAKES * len(rows)} sounds the instrument made")
    say(f"{picture}: some of both, side by side")
    outcome = outcome_of(instrument.manifest)
    say(*([] if outcome is None else outcome.lines))
    if arguments.open:
        return open_page(file)
    note_line(f"hear it: {program()} play {shell_word(file)}")
    return 0


def _generate(
    corpus: Corpus, instrument: Instrument, folder: Path, seed: int
) -> list[tuple[Panel, Panel]]:
    """Takes of every label, written as WAV; the first take beside the sound it is a relative of."""
    from messina.audio_files import middle, write_wav
    from messina.pictures import Panel

    rows = []
    for label, sounds in _by_label(corpus).items():
        for take in range(_TAKES):
            sound = sounds[(2 * take + 1) * len(sounds) // (2 * _TAKES)]
            audio = instrument.render(
                label=label, note=sound.note, velocity=sound.velocity, seed=seed + take
            )
            written = middle(audio) if instrument.manifest.mono else audio
            write_wav(folder / f"{label}_{take + 1}.wav", written)
            if take == _TAKES - 1:
                rows.append(
                    (Panel(title=sound.name, audio=sound.audio), Panel(title=label, audio=audio))
                )
    return rows


def _by_label(corpus: Corpus) -> dict[str, list[Sound]]:
    """The sounds of each label, soft ones first."""
    labels: dict[str, list[Sound]] = {}
    for sound in sorted(corpus.sounds, key=lambda sound: (sound.velocity or 0, sound.name)):
        labels.setdefault(sound.label, []).append(sound)
    return dict(sorted(labels.items()))


def _draw(rows: list[tuple[Panel, Panel]], picture: Path) -> None:
    from messina.pictures import save_sheet

    save_sheet(picture, rows[:_PICTURED], columns=["real", "generated"])
