"""`messina baseline`: what instruments are measured against."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from messina.cli import baseline_blues
from messina.cli.corpus import add_slice, read_corpus
from messina.cli.install_torch import need_torch
from messina.cli.options import add_minutes, add_seed, number, whole
from messina.cli.output import Progress, note_line, print_json, say
from messina.cli.parsing import UsageError, Verbs, add_verb
from messina.errors import CorpusError, SoundError

if TYPE_CHECKING:
    from messina.audio_files import Audio
    from messina.baselines.gruv import GruvModel
    from messina.baselines.gruv_config import GruvConfig
    from messina.corpus import Corpus

__all__ = ["add"]

_MODEL: Final = "gruv.safetensors"
_NEW_S: Final = 2.5
"""What GRUV adds to each beginning: 10 blocks, as it did."""


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "baseline",
        does="make what instruments are measured against: gruv, oracle, blues",
        run=run,
        examples=[
            "messina baseline gruv ~/breaks -o gruv/ --minutes 1",
            "messina baseline gruv ~/kit -o gruv/ --block 0.01",
            "messina baseline gruv ~/breaks -o gruv/ --mended --set spread=1.0",
            "messina baseline oracle ~/kalimba -o oracle/",
            "messina baseline blues -o blues/ --minutes 1",
            "messina baseline blues -o blues-midi/ --compose 64",
        ],
        more=(
            "gruv: the recurrent network of 2015, trained on the folder and left to play on.\n"
            "oracle: each sound analysed and played again without a model, and how far it then is\n"
            "from itself: what no instrument can better.\n"
            "blues: the recurrent networks of 2002, chords driving melody, trained on the 12-bar\n"
            "blues and left to play on; no folder is needed."
        ),
    )
    parser.add_argument("which", choices=("gruv", "oracle", "blues"), help="which one")
    parser.add_argument("folder", type=Path, metavar="FOLDER", nargs="?", help="a folder of sounds")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the folder to write sounds to"
    )
    add_seed(parser, what="the same seed, the same sounds")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    add_slice(parser)
    _add_gruv_options(parser)
    baseline_blues.add_options(parser)


def _add_gruv_options(parser: argparse.ArgumentParser) -> None:
    add_minutes(parser, what="gruv, blues: how long to train")
    gruv = parser.add_argument_group("gruv alone")
    gruv.add_argument(
        "--block",
        type=number(0.001, 10, unit=" seconds"),
        metavar="S",
        help="seconds in a block (default 0.25, as it was; less for short sounds)",
    )
    parser.add_argument(
        "-n", "--number", type=whole(1, 1000), default=8, metavar="N", help="files (default 8)"
    )
    gruv.add_argument("--mended", action="store_true", help="without its known defects")
    gruv.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one of its settings; a wrong name lists them all",
    )
    gruv.add_argument(
        "--trained", action="store_true", help=f"do not train, take {_MODEL} from DIR"
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.which == "blues":
        return baseline_blues.run(arguments)
    if arguments.folder is None:
        raise UsageError(f"baseline {arguments.which} wants a folder of sounds")
    return _run_gruv(arguments) if arguments.which == "gruv" else _run_oracle(arguments)


# ---- GRUV ----------------------------------------------------------------------------------------


def _run_gruv(arguments: argparse.Namespace) -> int:
    if arguments.output is None:
        raise UsageError("baseline gruv wants -o DIR to put its sounds in")
    need_torch()

    import numpy as np

    from messina.audio_files import write_wav
    from messina.baselines.gruv_file import load_gruv
    from messina.units import SAMPLE_RATE

    sounds = _whole_recordings(arguments.folder)
    model_file: Path = arguments.output / _MODEL
    if not arguments.trained:
        _train(arguments, sounds, model_file)
    # What plays is always what the file holds, so that --trained repeats it exactly.
    model = load_gruv(model_file)
    blocks = round(max(1.0, _NEW_S * SAMPLE_RATE / model.block_samples))
    files = []
    with Progress() as progress:
        for index in range(arguments.number):
            rng = np.random.default_rng([arguments.seed, index])
            audio = model.generate(sounds[rng.integers(len(sounds))], blocks=blocks, rng=rng)
            files.append(arguments.output / f"gruv_{index + 1:03d}.wav")
            write_wav(files[-1], audio)
            progress.count("generating", index + 1, arguments.number)
    _report_gruv(arguments, model, files)
    return 0


def _whole_recordings(folder: Path) -> list[Audio]:
    """Every file of the folder, mono and uncut: GRUV learns from long stretches."""
    from messina.corpus.folders import find_files
    from messina.corpus.reading import read_audio

    files, _ = find_files(folder)
    sounds = []
    with Progress() as progress:
        for index, (name, file) in enumerate(files):
            try:
                sounds.append(read_audio(file).mean(axis=1))
            except SoundError as error:
                note_line(f"{name}: {error}; left out")
            progress.count("reading", index + 1, len(files))
    if not sounds:
        raise CorpusError(f"{folder}: no sound that can be used; a folder of WAV files would do")
    return sounds


def _train(arguments: argparse.Namespace, sounds: list[Audio], model_file: Path) -> None:
    from messina.baselines.gruv import train_gruv
    from messina.baselines.gruv_file import save_gruv
    from messina.units import SAMPLE_RATE

    budget_s = 60.0 * arguments.minutes
    with Progress() as progress:

        def show(gone_s: float, steps: int, error: float) -> None:
            progress.at("training", gone_s, budget_s, f"step {steps}, error {error:.3f}")

        model = train_gruv(
            sounds,
            sample_rate=SAMPLE_RATE,
            minutes=arguments.minutes,
            seed=arguments.seed,
            config=_config(arguments),
            progress=show,
        )
    save_gruv(model, model_file)


def _config(arguments: argparse.Namespace) -> GruvConfig:
    from messina.baselines.gruv_config import FAITHFUL, MENDED, GruvConfig

    config = MENDED if arguments.mended else FAITHFUL
    if arguments.block is not None:
        config = replace(config, block_s=arguments.block)
    return GruvConfig.from_dict({**asdict(config), **_settings(arguments.set)})


def _settings(pairs: Iterable[str]) -> dict[str, Any]:
    """NAME=VALUE texts as settings; values are JSON, or plain words."""
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set wants NAME=VALUE, not {pair}")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


def _report_gruv(arguments: argparse.Namespace, model: GruvModel, files: list[Path]) -> None:
    if arguments.json:
        outcome = {
            "model": str(arguments.output / _MODEL),
            "steps": model.steps,
            "error": model.error,
            "config": asdict(model.config),
            "files": [str(file) for file in files],
        }
        print_json(outcome)
        return
    note_line(f"GRUV after {model.steps} steps, error {model.error:.3f}: {arguments.output}")
    for file in files:
        say(file)


# ---- oracle --------------------------------------------------------------------------------------


def _run_oracle(arguments: argparse.Namespace) -> int:
    from messina.audio_files import write_wav
    from messina.baselines.unlearnt import PlayableSound, oracle

    corpus = read_corpus(arguments)
    done = 0
    with Progress() as progress:

        def heard(sound: PlayableSound, audio: Audio) -> None:
            nonlocal done
            done += 1
            if arguments.output is not None:
                write_wav(_oracle_file(arguments.output, sound.name), audio)
            progress.count("playing", done, len(corpus.sounds))

        report = oracle(corpus.sounds, seed=arguments.seed, heard=heard)
    rows = {row.name: dict(row.metrics) for row in report.rows}
    _report_oracle(arguments, corpus, rows)
    return 0


def _oracle_file(folder: Path, name: str) -> Path:
    """Where the sound of this name goes: at the same place under `folder`, as WAV."""
    path = folder / name
    return path.with_name(f"{path.name}.wav" if path.suffix.lower() != ".wav" else path.name)


def _report_oracle(
    arguments: argparse.Namespace, corpus: Corpus, rows: dict[str, dict[str, float]]
) -> None:
    from messina.evaluation.metrics import METRICS, summarise

    held_out = [rows[sound.name] for sound in corpus.sounds if sound.held_out]
    means = {"all": summarise(list(rows.values()))}
    if held_out:
        means["held out"] = summarise(held_out)
    if arguments.json:
        print_json({"figures": means, "sounds": rows})
        return
    counts = {"all": len(rows), "held out": len(held_out)}
    say(f"{'':34}" + "".join(f"{f'{name} ({counts[name]})':>16}" for name in means))
    for key in means["all"]:
        metric = METRICS[key]
        values = "".join(f"{column[key]:16.{metric.decimals}f}" for column in means.values())
        say(f"{metric.title}, {metric.unit}".ljust(34) + values)
