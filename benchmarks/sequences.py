"""Sound that plays on beside its opponents in one run: the same recordings, the same minutes each.

    python scripts/make-corpora corpora/
    python benchmarks/sequences.py corpora/breaks corpora/ambiences --minutes 1 \\
        --page docs/sequences.md --picture docs/images/sequences.png

Of each folder GRUV (its accidents mended), the frame-level recurrent model and Messina learn for so
many minutes, and play for so many seconds. The loop player learns nothing: it repeats recordings
drawn at random for about 16 s each, the extreme of copying and repeating. Every metric stands
beside that of the real recordings (`messina.evaluation.sequence_metrics`). What Messina learnt is
also played for ten minutes, for the drift.

With --keep, sounds that are in that folder already are measured as they are, so that a long run can
be made in portions. Prints a table for each folder and ends with one line of JSON. Page and picture
are written anew; nothing on the page is edited by hand.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina import Sequence as Playing
from messina.audio_files import write_wav
from messina.baselines.framewise import train_framewise
from messina.baselines.gruv import train_gruv
from messina.baselines.gruv_config import MENDED
from messina.corpus import read_audio
from messina.corpus.folders import find_files
from messina.evaluation.sequence_metrics import SEQUENCE_METRICS
from messina.evaluation.sequence_scoring import sequence_metrics
from messina.evaluation.sequence_windows import (
    by_chance,
    level_drift_db,
    long_log_mel,
    second_levels_db,
)
from messina.evaluation.signal_levels import mid
from messina.pictures import Panel, save_sheet
from messina.units import SAMPLE_RATE

Array = NDArray[np.float32]
Column = dict[str, float]

TURN_S: Final = 16.0
LONG_S: Final = 600.0
SHOWN_S: Final = 8.0
GRUV_TURN_S: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Task:
    """What every opponent is given."""

    folder: Path
    sounds: tuple[Array, ...]
    """Mono recordings [N] at 44.1 kHz."""
    minutes: float
    duration_s: float
    seed: int
    kept: Path
    """Where models are kept."""

    @property
    def samples(self) -> int:
        return round(self.duration_s * SAMPLE_RATE)


Opponent = Callable[[Task], Array]
Result = tuple[Task, dict[str, Column], tuple[float, float]]
"""The task, the metrics, the drift over ten minutes and by chance."""


def loop_player(task: Task) -> Array:
    """Recordings as they are, each repeated for about TURN_S."""
    rng = np.random.default_rng(task.seed)
    parts, length = [], 0
    chances = np.array([len(sound) for sound in task.sounds], np.float64)
    while length < task.samples:
        sound = task.sounds[int(rng.choice(len(chances), p=chances / chances.sum()))]
        parts.append(np.tile(sound, max(1, round(TURN_S * SAMPLE_RATE / len(sound)))))
        length += len(parts[-1])
    return np.concatenate(parts)[: task.samples]


def gruv(task: Task) -> Array:
    """Learns all recordings as one, and begins anew from one of them every minute."""
    # As one, because it learns from 10 s at a time and would be taught silence after each loop.
    together = np.concatenate(task.sounds)
    model = train_gruv(
        [together],
        sample_rate=SAMPLE_RATE,
        minutes=task.minutes,
        seed=task.seed,
        config=replace(MENDED, opening="none"),
    )
    rng = np.random.default_rng(task.seed)
    blocks = round(min(GRUV_TURN_S, task.duration_s) * SAMPLE_RATE) // model.block_samples + 1
    parts: list[Array] = []
    while sum(map(len, parts)) < task.samples:
        start = int(rng.integers(max(1, len(together) - 10 * SAMPLE_RATE)))
        parts.append(model.generate(together[start:], blocks=blocks, rng=rng))
    return np.concatenate(parts)[: task.samples]


def framewise(task: Task) -> Array:
    """The frame-level recurrent model."""
    model = train_framewise(task.sounds, minutes=task.minutes, seed=task.seed)
    return model.generate(task.duration_s, rng=np.random.default_rng(task.seed))


def messina(task: Task) -> Array:
    """Learns the folder by the command that users give."""
    return learnt(task).render(duration_s=task.duration_s, seed=task.seed)


def learnt(task: Task) -> Playing:
    """What Messina learnt of the folder; learnt now, unless it is kept."""
    path = task.kept / f"{task.folder.name}.messina"
    if not path.exists():
        command = [sys.executable, "-m", "messina", "learn", str(task.folder), "-o", str(path)]
        options = ["--minutes", f"{task.minutes:g}", "--seed", str(task.seed)]
        subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    return Playing.load(path)


OPPONENTS: Final[Mapping[str, Opponent]] = {
    "loop player": loop_player,
    "GRUV": gruv,
    "framewise": framewise,
    "Messina": messina,
}


def kept_sound(name: str, task: Task) -> Path:
    return task.kept / f"{task.folder.name}-{name.replace(' ', '-')}.wav"


def made(name: str, task: Task) -> Array:
    """What an opponent plays, mono [N]; made now, unless it is kept."""
    path = kept_sound(name, task)
    if not path.exists():
        write_wav(path, np.asarray(mid(OPPONENTS[name](task)), np.float32))
    return np.asarray(mid(read_audio(path)), np.float32)


def columns_of(task: Task, sounds: Mapping[str, Array]) -> dict[str, Column]:
    """The metrics of each, the real recordings first."""
    columns: dict[str, Column] = {"real": {}}
    for name, sound in sounds.items():
        rng = np.random.default_rng(task.seed)
        metrics = sequence_metrics(task.sounds, [sound], rng=rng)
        columns[name] = {key: beside.value for key, beside in metrics.items()}
        columns["real"] = {key: beside.reference.mean for key, beside in metrics.items()}
    for key in ("drift", "slope"):  # what chance gives differs from sound to sound
        columns["real"].pop(key)
    return columns


def long_drift_db(task: Task) -> tuple[float, float]:
    """Drift of what Messina learnt over ten minutes, and what chance would give, in dB."""
    sound = mid(learnt(task).render(duration_s=LONG_S, seed=task.seed))
    levels = second_levels_db(long_log_mel(sound))
    chance = by_chance(level_drift_db, levels, rng=np.random.default_rng(task.seed))
    return abs(level_drift_db(levels)), chance


def table(columns: Mapping[str, Column]) -> str:
    """Metrics down, opponents across, as Markdown; empty where there is no metric."""
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for key, metric in SEQUENCE_METRICS.items():
        values = [column.get(key, float("nan")) for column in columns.values()]
        cells = (f"{value:.{metric.decimals}f}" if np.isfinite(value) else "" for value in values)
        lines.append(f"| {metric.heading} | {' | '.join(cells)} |".replace(" -", " −"))
    return "\n".join(lines)


def picture(path: Path, sounds: Mapping[str, tuple[Task, Mapping[str, Array]]]) -> None:
    """Eight seconds of each: recordings | GRUV | framewise | Messina, a row a folder."""
    names = [name for name in OPPONENTS if name != "loop player"]
    samples = round(SHOWN_S * SAMPLE_RATE)
    rows = []
    for folder, (task, played) in sounds.items():
        real = max(task.sounds, key=lambda sound: min(len(sound), samples))
        shown = [real, *(played[name][4 * SAMPLE_RATE :] for name in names)]
        rows.append([Panel(title=folder, audio=sound[:samples]) for sound in shown])
    path.parent.mkdir(parents=True, exist_ok=True)
    save_sheet(path, rows, columns=["real", *names])
    _fewer_colours(path)


def _fewer_colours(path: Path) -> None:
    from PIL import Image  # comes with matplotlib

    with Image.open(path) as image:
        small = image.convert("RGB").quantize(48, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


_READING: Final = (
    "*real* is what a metric would be if the generated sound were real: of distances, that of one "
    "half of the recordings from the other, else the recordings' own. What each means stands "
    "in `messina.evaluation.sequence_metrics`. Nobody has listened."
)


_AGAIN: Final = (
    "Some of the sounds were made by earlier runs and kept (`--keep`): what learnt them may be "
    "older than the commit, and the machine may have been busy with other work meanwhile."
)


def page(results: Mapping[str, Result], *, command: str, image: str, again: bool) -> str:
    """The results page."""
    describe = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    commit = subprocess.run(describe, capture_output=True, text=True, check=False).stdout.strip()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    machine = f"{platform.machine()}, {cores} of {os.cpu_count()} cores"
    parts = [
        "# Sound that plays on",
        f"Written by `{command}` at {commit or 'unknown'} on {machine}; not edited by hand.",
        _READING,
    ]
    if again:
        parts.append(_AGAIN)
    if image:
        parts.append(f"![Spectrograms: real, GRUV, framewise, Messina]({image})")
    for name, (task, columns, (drift, chance)) in results.items():
        seconds = sum(len(sound) for sound in task.sounds) / SAMPLE_RATE
        line = (
            f"{len(task.sounds)} recordings, {seconds:.0f} s; {task.minutes:g} min to learn; "
            f"{task.duration_s:g} s played by each."
        )
        if np.isfinite(drift):
            line += f" Level drift of Messina over ten minutes: {drift:.2f} dB"
            line += f" (chance alone gives {chance:.2f})."
        parts += [f"## {name}", line, table(columns)]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=1.0, help="for whoever learns")
    parser.add_argument("--duration", type=float, default=120.0, help="seconds played by each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-drift", action="store_true", help="no ten minutes of Messina")
    parser.add_argument("--keep", type=Path, help="folder for models and sounds")
    parser.add_argument("--page", type=Path, help="Markdown file to write")
    parser.add_argument("--picture", type=Path, help="PNG to write")
    arguments = parser.parse_args()
    results: dict[str, Result] = {}
    again = False
    heard: dict[str, tuple[Task, Mapping[str, Array]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        kept = arguments.keep or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        for folder in arguments.folders:
            task = Task(
                folder=folder,
                sounds=recordings_in(folder),
                minutes=arguments.minutes,
                duration_s=arguments.duration,
                seed=arguments.seed,
                kept=kept,
            )
            again |= any(kept_sound(name, task).exists() for name in OPPONENTS)
            sounds = {name: made(name, task) for name in OPPONENTS}
            nothing = float("nan"), float("nan")
            drift = nothing if arguments.without_drift else long_drift_db(task)
            results[folder.name] = task, columns_of(task, sounds), drift
            heard[folder.name] = task, sounds
            print(f"{folder.name}\n{table(results[folder.name][1])}")
    if arguments.picture:
        picture(arguments.picture, heard)
    if arguments.page:
        image = ""
        if arguments.picture:
            image = os.path.relpath(arguments.picture, arguments.page.parent)
        names = " ".join(folder.name for folder in arguments.folders)
        length = f"--minutes {arguments.minutes:g} --duration {arguments.duration:g}"
        command = f"benchmarks/sequences.py {names} {length}"
        arguments.page.write_text(page(results, command=command, image=image, again=again))
    metrics = {name: columns for name, (_, columns, _) in results.items()}
    print(json.dumps({"minutes": arguments.minutes, "figures": metrics}))


def recordings_in(folder: Path) -> tuple[Array, ...]:
    """The recordings of a folder, mono."""
    files, _ = find_files(folder)
    return tuple(np.asarray(mid(read_audio(path)), np.float32) for _, path in files)


if __name__ == "__main__":
    main()
