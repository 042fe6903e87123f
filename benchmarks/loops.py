"""Tempo and metre of loops whose tempo and metre are known, beside librosa's beat tracker.

    pip install librosa mir_eval
    python benchmarks/loops.py --seed 11 12

Sixty loops a seed, of all kinds (`tests/rhythm/loops.py`): Messina by the sound alone and with what
a name or a chunk says, librosa by the sound alone. A tempo is right within 1 %, a metre when the
beats a bar are; librosa gives no metre, and its tempi are as coarse as its frames, so that 4 % are
allowed for its tempo as for Messina's beside it. Beats are scored by mir_eval (F-measure, 70 ms,
from the beginning on). Prints a table and ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import librosa
import mir_eval
import numpy as np

from messina.corpus.chunks import LoopChunk
from messina.rhythm.metre import Grid, find_grid
from messina.rhythm.onsets import find_onsets
from messina.rhythm.stated import stated_of

_GENERATOR: Final = Path(__file__).parents[1] / "tests" / "rhythm" / "loops.py"


def generator() -> ModuleType:
    """The module that makes the loops; tests are no package that could be imported."""
    spec = importlib.util.spec_from_file_location("loops_of_the_tests", _GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def read(loop: Any, number: int) -> tuple[Grid, Grid]:
    """The grid by the sound alone, and with a name or, every third time, a chunk."""
    onsets, length_s = find_onsets(loop.audio), len(loop.audio) / 44_100
    stated = stated_of(loop.file_name)
    if number % 3 == 0:
        chunk = LoopChunk(tempo_bpm=loop.tempo_bpm, metre=loop.metre)
        stated = stated_of("loop.wav", chunk, length_s=length_s)
    return find_grid(onsets, length_s), find_grid(onsets, length_s, stated)


def beats_score(true_s: Any, found_s: Any, length_s: float) -> float:
    found = np.asarray(found_s, np.float64)
    found = found[(found >= -0.05) & (found < length_s - 0.01)]
    return float(mir_eval.beat.f_measure(true_s, np.maximum(found, 0.0)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, nargs="+", default=[11])
    seeds = parser.parse_args().seed
    counts: dict[str, float] = defaultdict(float)
    wrong: list[str] = []
    module = generator()
    for seed in seeds:
        for number, loop in enumerate(module.loops(seed)):
            length_s = len(loop.audio) / 44_100
            began = time.process_time()
            heard, told = read(loop, number)
            counts["seconds"] += time.process_time() - began
            counts["loops"] += 1
            for name, grid in (("heard", heard), ("told", told)):
                right = grid.metric and loop.is_read(grid.tempo_bpm, grid.beats_per_bar)
                counts[f"{name}, tempo and metre"] += right
                near = abs(grid.tempo_bpm / loop.tempo_bpm - 1) < 0.04
                counts[f"{name}, tempo within 4 %"] += grid.metric and near
                counts[f"{name}, beats"] += beats_score(loop.beats_s, grid.beats_s, length_s)
                if not right:
                    wrong.append(
                        f"{name}: {loop.file_name} ({loop.cut}, {length_s:.1f} s): "
                        f"{grid.tempo_bpm:.1f} in {grid.beats_per_bar}"
                    )
            began = time.process_time()
            tempo, beats = librosa.beat.beat_track(y=loop.audio[:, 0], sr=44_100, units="time")
            counts["librosa, seconds"] += time.process_time() - began
            near = abs(float(np.ravel(tempo)[0]) / loop.tempo_bpm - 1) < 0.04
            counts["librosa, tempo within 4 %"] += near
            counts["librosa, beats"] += beats_score(loop.beats_s, beats, length_s)
    total = counts.pop("loops")
    seconds = {name: counts.pop(name) / total for name in ("seconds", "librosa, seconds")}
    print(*wrong, sep="\n")
    for name, value in sorted(counts.items()):
        print(f"{name:32s} {100 * value / total:5.1f} %")
    for name, value in seconds.items():
        print(f"{name:32s} {value:5.2f} a loop")
    shares = {name: round(value / total, 4) for name, value in counts.items()}
    print(json.dumps({"seeds": seeds, "loops": total, **shares, **seconds}))


if __name__ == "__main__":
    main()
