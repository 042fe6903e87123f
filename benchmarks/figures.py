"""What an instrument learnt from a folder is worth, beside its ceiling: docs/figures.md.

    python scripts/make-corpora corpora/
    python benchmarks/figures.py corpora/drums --minutes 1 --minutes 10 --json drums.json

One run, one seed, one table: the oracle (all sounds through the frames, no model), the held-out
sounds resynthesised by an instrument learnt for so many minutes, what it generates beside the real
sounds, and the speed of reading and analysing (both cores, nothing cached) and of rendering (one
thread). Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina import Corpus, Instrument, learn
from messina.baselines.unlearnt import oracle
from messina.corpus.sound import Sound
from messina.evaluation.copies import copy_check
from messina.evaluation.metrics import METRICS, summarise
from messina.evaluation.scoring import pair_metrics, set_metrics, sound_metrics
from messina.evaluation.signal_levels import mid
from messina.evaluation.sound_quality import cents_error
from messina.evaluation.timbre import descriptors
from messina.frames.loudness import loudness
from messina.units import SAMPLE_RATE

Array = NDArray[np.float32]
Column = dict[str, float]

HELD_OUT: Final = 0.1
PAIR_KEYS: Final = ("lsd_256", "lsd_1024", "lsd_4096", "attack_error", "spectral_convergence")


def held_out_metrics(instrument: Instrument, sounds: Sequence[Sound]) -> Column:
    """Held-out sounds beside themselves resynthesised; for pitched ones their notes generated."""
    rows = []
    for sound in sounds:
        played = instrument.resynth(sound.audio, sample_rate=SAMPLE_RATE, note=sound.note)
        rows.append(pair_metrics(sound.audio, played))
    column = {key: value for key, value in summarise(rows).items() if key in PAIR_KEYS}
    errors = [pitch_error(instrument, sound) for sound in sounds if sound.note is not None]
    if errors:
        column |= {"pitch_error": float(np.median(errors)), "pitch_error_worst": max(errors)}
    return column


def pitch_error(instrument: Instrument, sound: Sound) -> float:
    """Cents between a held-out note and one generated at its pitch."""
    assert sound.note is not None
    played = instrument.render(note=sound.note, label=sound.label, seed=1)
    return abs(cents_error(mid(played), sound.note) - cents_error(mid(sound.audio), sound.note))


def generated_metrics(instrument: Instrument, real: Sequence[Sound], *, count: int) -> Column:
    """New sounds as the corpus is: their own metrics and those of the set."""
    sounds = [mid(instrument.render(seed=seed)) for seed in range(count)]
    points, new = descriptors([mid(sound.audio) for sound in real]), descriptors(sounds)
    sets = set_metrics(points, new, rng=np.random.default_rng(0))
    check = copy_check(points, new)
    return (
        summarise([sound_metrics(sound) for sound in sounds])
        | {key: beside.value for key, beside in sets.items()}
        | {"copy_share": check.share, "novelty": check.novelty}
        | velocity_metrics(instrument)
    )


def velocity_metrics(instrument: Instrument) -> Column:
    """Of each label, the share of steps in velocity that step up in level."""
    steps = []
    for label in instrument.labels[:24]:
        for seed in range(2):
            levels = [
                loudest_db(instrument.render(label=label, velocity=velocity, seed=seed))
                for velocity in (20, 40, 60, 80, 100, 120)
            ]
            steps += list(np.diff(levels) > 0)
    return {"loudness_monotonicity": float(np.mean(steps))}


def loudest_db(sound: Array) -> float:
    return float(20 * np.log10(loudness(mid(sound).astype(np.float32)) + 1e-9))


def real_metrics(sounds: Sequence[Sound]) -> Column:
    """The real sounds' own metrics, and those of one half of them beside the other."""
    audios = [mid(sound.audio) for sound in sounds]
    points = descriptors(audios)
    sets = set_metrics(points, points, rng=np.random.default_rng(0))
    return summarise([sound_metrics(audio) for audio in audios]) | {
        key: beside.reference.mean for key, beside in sets.items()
    }


def analysis_speed(folder: Path) -> float:
    """Seconds of sound read and analysed a second, in a fresh process with an empty cache."""
    program = (
        "import sys, time; from pathlib import Path\n"
        "if __name__ == '__main__':\n"
        "    from messina.corpus import Corpus, analyse_all\n"
        "    began = time.perf_counter()\n"
        "    corpus = Corpus.from_folder(Path(sys.argv[1]))\n"
        "    analyse_all(corpus.sounds)\n"
        "    seconds = sum(len(s.audio) for s in corpus.sounds) / 44100\n"
        "    print(seconds / (time.perf_counter() - began))\n"
    )
    with tempfile.TemporaryDirectory() as empty:
        script = Path(empty) / "analyse.py"
        script.write_text(program)
        command = [sys.executable, str(script), str(folder)]
        environment = os.environ | {"MESSINA_CACHE": empty}
        return float(
            subprocess.run(command, env=environment, check=True, capture_output=True).stdout
        )


def rendering_speed(path: Path) -> float:
    """Seconds of sound rendered a second, on one thread, in a fresh process without torch."""
    program = (
        "import sys, time; from messina import Instrument\n"
        "i = Instrument.load(sys.argv[1]); i.render(seed=0)\n"
        "began = time.perf_counter(); n = sum(len(i.render(seed=s)) for s in range(100))\n"
        "assert 'torch' not in sys.modules\n"
        "print(n / 44100 / (time.perf_counter() - began))\n"
    )
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, env=os.environ | threads, check=True, capture_output=True)
    return float(done.stdout)


def table(columns: dict[str, Column]) -> str:
    """Metrics down, columns across, as Markdown; a cell stays empty where there is no metric."""
    keys = list(dict.fromkeys(key for column in columns.values() for key in column))
    order = [*METRICS, "pitch_error_worst"]
    keys.sort(key=lambda key: order.index(key) if key in order else len(order))
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for key in keys:
        metric = METRICS.get(key)
        title = metric.heading if metric else key.replace("_", " ")
        cells = (
            f"{c[key]:.{metric.decimals if metric else 1}f}" if key in c else ""
            for c in columns.values()
        )
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, action="append", help="may be given repeatedly")
    parser.add_argument("--count", type=int, default=100, help="sounds generated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder to keep the instruments in")
    parser.add_argument("--json", type=Path, help="where to write the metrics, too")
    arguments = parser.parse_args()
    analysed = analysis_speed(arguments.folder)
    corpus = Corpus.from_folder(arguments.folder).holding_out(HELD_OUT)
    held_out = [sound for sound in corpus.sounds if sound.held_out]
    columns: dict[str, Column] = {"real": real_metrics(corpus.sounds)}
    columns["real"]["analysis_x_real_time"] = analysed
    for name, sounds in (("oracle, all", corpus.sounds), ("oracle, held out", held_out)):
        means = oracle(sounds, seed=arguments.seed).means
        columns[name] = {key: means[key] for key in PAIR_KEYS}
    with tempfile.TemporaryDirectory() as folder:
        kept = arguments.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        for minutes in arguments.minutes or [1.0]:
            path = kept / f"{arguments.folder.name}-{minutes:g}.messina"
            clock = time.perf_counter()
            learn(corpus, minutes=minutes, seed=arguments.seed, out=path)
            took = time.perf_counter() - clock
            instrument = Instrument.load(path)
            columns[f"{minutes:g} min"] = (
                held_out_metrics(instrument, held_out)
                | generated_metrics(instrument, corpus.sounds, count=arguments.count)
                | {
                    "learning_s": took,
                    "rendering_x_real_time": rendering_speed(path),
                    "file_mb": path.stat().st_size / 1e6,
                }
            )
    text = table(columns)
    print(text)
    machine = {"processor": platform.machine(), "cores": os.cpu_count()}
    result = json.dumps({"machine": machine, "folder": arguments.folder.name, "figures": columns})
    print(result)
    if arguments.json:
        arguments.json.write_text(result + "\n")


if __name__ == "__main__":
    main()
