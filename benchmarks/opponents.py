"""What else could make new sounds out of a folder: what instruments are measured against.

    sampler     plays training sounds back: nothing new, nothing wrong, the extreme of copying
    producer    what one would do by hand: transpose, filter, reshape the envelope of a sound
    oracle      training sounds through the frames: as good as a model of frames could get
    gruv        the network of 2015, its accidents mended, started on the first block of a sound

Each takes mono sounds [N] at 44.1 kHz and gives `count` new ones. Run as a script it measures them
all in one run, beside the floor, prints a table and ends with one line of JSON:

    python benchmarks/opponents.py FOLDER --minutes 1
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.baselines.gruv import train_gruv
from messina.baselines.gruv_config import MENDED
from messina.baselines.oracle import through_frames
from messina.evaluation.copies import copy_check
from messina.evaluation.descriptors import descriptors
from messina.evaluation.figures import FIGURES, summarise
from messina.evaluation.levels import mid
from messina.evaluation.scoring import set_figures, sound_figures
from messina.units import SAMPLE_RATE

Array = NDArray[np.float32]
Sounds = Sequence[Array]

GRUV_BLOCK_S: Final = 2048 / SAMPLE_RATE
"""For one-shots: of the original's 0.25 s, most would be all attack."""


def _chosen(sounds: Sounds, count: int, rng: np.random.Generator) -> list[Array]:
    """`count` of the sounds, every one once before any comes again."""
    rounds = -(-count // len(sounds))
    order = np.concatenate([rng.permutation(len(sounds)) for _ in range(rounds)])
    return [sounds[row] for row in order[:count]]


def sampler(sounds: Sounds, *, count: int, rng: np.random.Generator) -> list[Array]:
    """Training sounds as they are."""
    return [sound.copy() for sound in _chosen(sounds, count, rng)]


def producer(sounds: Sounds, *, count: int, rng: np.random.Generator) -> list[Array]:
    """Training sounds transposed, filtered and with other envelopes."""
    return [_reworked(sound, rng) for sound in _chosen(sounds, count, rng)]


def _reworked(sound: Array, rng: np.random.Generator) -> Array:
    ratio = 2.0 ** (rng.uniform(-2.0, 2.0) / 12.0)
    transposed = soxr.resample(sound, SAMPLE_RATE * ratio, SAMPLE_RATE)
    filtered = _equalised(transposed, rng)
    seconds = np.arange(len(filtered)) / SAMPLE_RATE
    # Shorter by a decay of up to 20 dB/s, softer by an attack of up to 3 ms, up to 3 dB up or down.
    decay = 10.0 ** (-rng.uniform(0.0, 20.0) * seconds / 20.0)
    attack = np.minimum(1.0, seconds / rng.uniform(1e-5, 3e-3))
    gain = 10.0 ** (rng.uniform(-3.0, 3.0) / 20.0)
    return np.asarray(filtered * decay * attack * gain, np.float32)


def _equalised(sound: Array, rng: np.random.Generator) -> NDArray[np.float64]:
    """A tilt of up to 1.5 dB and a bell of up to 6 dB, without phase."""
    size = len(sound) + 4096
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE), 20.0) / 1000.0)
    centre, width = rng.uniform(-3.0, 3.5), rng.uniform(0.3, 1.5)
    bell_db = rng.uniform(-6.0, 6.0) * np.exp(-0.5 * ((octaves - centre) / width) ** 2)
    gain_db = rng.uniform(-1.5, 1.5) * octaves + bell_db
    return np.fft.irfft(np.fft.rfft(sound, size) * 10.0 ** (gain_db / 20.0), size)[: len(sound)]


def oracle(sounds: Sounds, *, count: int, rng: np.random.Generator) -> list[Array]:
    """Training sounds through analysis and synthesis."""
    return [
        mid(through_frames(sound, note=None, rng=rng)).astype(np.float32)
        for sound in _chosen(sounds, count, rng)
    ]


def gruv(
    sounds: Sounds, *, count: int, rng: np.random.Generator, minutes: float, seed: int
) -> list[Array]:
    """Sounds that GRUV, trained for this long, plays on from the first block of a training sound.

    Each as long as the sound it was started on.
    """
    median_blocks = np.median([len(sound) for sound in sounds]) / (GRUV_BLOCK_S * SAMPLE_RATE)
    config = replace(
        MENDED, block_s=GRUV_BLOCK_S, example_blocks=int(np.clip(median_blocks, 4, 40))
    )
    model = train_gruv(sounds, sample_rate=SAMPLE_RATE, minutes=minutes, seed=seed, config=config)
    starts = _chosen(sounds, count, rng)
    size = model.block_samples
    return [
        model.generate(start[:size], blocks=max(1, -(-len(start) // size) - 1), rng=rng)[
            : len(start)
        ]
        for start in starts
    ]


def measured(real: Sounds, generated: Sounds, *, rng: np.random.Generator) -> dict[str, float]:
    """Figures of generated sounds; those of sets on as many sounds as their floors."""
    points, new_points = descriptors(real), descriptors(generated)
    check = copy_check(points, new_points)
    sets = set_figures(points, new_points, rng=rng)
    return (
        summarise([sound_figures(sound) for sound in generated])
        | {key: beside.value for key, beside in sets.items()}
        | {"copy_share": check.share, "novelty": check.novelty}
    )


def floor_of(real: Sounds, *, rng: np.random.Generator) -> dict[str, float]:
    """The same figures of the real sounds: as if half of them had been generated."""
    points = descriptors(real)
    check = copy_check(points, points)
    sets = set_figures(points, points, rng=rng)
    return (
        summarise([sound_figures(sound) for sound in real])
        | {key: beside.floor.mean for key, beside in sets.items()}
        | {"copy_share": check.own_share, "novelty": 1.0}
    )


def table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """Figures down, contenders across, as Markdown."""
    lines = [
        f"| | {' | '.join(columns)} |",
        f"|---|{'---:|' * len(columns)}",
    ]
    keys = [key for key in FIGURES if any(key in column for column in columns.values())]
    for key in keys:
        figure = FIGURES[key]
        values = (f"{column[key]:.{figure.decimals}f}" for column in columns.values())
        lines.append(f"| {f'{figure.title}, {figure.unit}'.rstrip(', ')} | {' | '.join(values)} |")
    return "\n".join(lines)


def main() -> None:
    from messina import Corpus

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=1.0, help="for what has to be trained")
    parser.add_argument("--count", type=int, default=100, help="sounds from each opponent")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    sounds = [mid(sound.audio) for sound in Corpus.from_folder(arguments.folder).sounds]
    opponents: dict[str, Callable[[np.random.Generator], list[Array]]] = {
        "sampler": lambda rng: sampler(sounds, count=arguments.count, rng=rng),
        "producer": lambda rng: producer(sounds, count=arguments.count, rng=rng),
        "oracle": lambda rng: oracle(sounds, count=arguments.count, rng=rng),
        "gruv": lambda rng: gruv(
            sounds,
            count=arguments.count,
            rng=rng,
            minutes=arguments.minutes,
            seed=arguments.seed,
        ),
    }
    columns = {"real": floor_of(sounds, rng=np.random.default_rng(arguments.seed))}
    seconds = {}
    for name, play in opponents.items():
        began_s = time.perf_counter()
        generated = play(np.random.default_rng(arguments.seed))
        seconds[name] = round(time.perf_counter() - began_s, 1)
        columns[name] = measured(sounds, generated, rng=np.random.default_rng(arguments.seed))
    print(table(columns))
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    print(json.dumps({"machine": machine, "seconds": seconds, "figures": columns}))


if __name__ == "__main__":
    main()
