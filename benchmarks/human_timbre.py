"""Do distances between points agree with what people call similar? docs/figures.md.

    git clone https://github.com/tiianhk/timbremetrics
    python benchmarks/human_timbre.py timbremetrics/timbremetrics --json human.json

Twenty-one published experiments in which people rated pairs of sounds; neither their sounds nor
their ratings are part of this package. Per experiment: Spearman's rank correlation of distances and
ratings over all pairs, and how often the two agree which of two sounds is nearer to a third, where
people put a tenth of the scale between them. Means over experiments. Points: the descriptors, the
timbres that the classifier goes by, and mel-cepstral coefficients, the field's usual opponent.
Ends with one line of JSON.
Ref: arXiv 2507.07764 (timbremetrics).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from messina.errors import MessinaError
from messina.evaluation.distribution import squared_distances
from messina.evaluation.learnt_ears import aisfx_embedding
from messina.evaluation.signal_levels import at_level, mid
from messina.evaluation.timbre import descriptor, log_mel, timbre
from messina.units import SAMPLE_RATE

Array = NDArray[np.floating]
Points = Callable[[Array], Array]

MARGIN: Final = 0.1
LEVEL_DB: Final = -10.0
COEFFICIENTS: Final = 40
RATINGS: Final = "_dissimilarity_matrix.txt"


def levelled(audio: Array) -> Array:
    """The descriptor of a sound at one level: experiments made theirs equally loud."""
    return descriptor(at_level(audio, LEVEL_DB))


def mel_cepstrum(audio: Array) -> Array:
    """Mean over time of the cosine transform of log-mel levels, without the first, the level."""
    levels = log_mel(at_level(audio, LEVEL_DB)).mean(axis=0)
    bands = np.arange(len(levels)) + 0.5
    waves = np.cos(np.pi / len(levels) * np.outer(np.arange(1, COEFFICIENTS), bands))
    return waves @ levels


def ears() -> dict[str, Points]:
    """What is asked, by name; the learnt ear where it is installed."""
    found: dict[str, Points] = {
        "descriptor": levelled,
        "timbre": timbre,
        "mel cepstrum": mel_cepstrum,
    }
    try:
        found["aisfx"] = aisfx_embedding()
    except MessinaError as error:
        print(f"without aisfx: {error}")
    return found


def sounds_of(folder: Path) -> list[Array]:
    """The sounds of an experiment in the order of their names, mono at our rate."""
    sounds = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        sounds.append(soxr.resample(mid(audio), rate, SAMPLE_RATE))
    return sounds


def ratings_of(path: Path) -> Array:
    """How unlike people called each pair [n, n], 0 to 1, both ways."""
    upper = np.triu(np.atleast_2d(np.loadtxt(path)), 1)
    pairs = upper[np.triu_indices(len(upper), 1)]
    whole = (upper - pairs.min()) / (pairs.max() - pairs.min())
    whole = np.triu(whole, 1)
    return whole + whole.T


def spearman(first: Array, second: Array) -> float:
    """Rank correlation; ties take the mean of their ranks."""

    def ranks(values: Array) -> Array:
        _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
        return (np.cumsum(counts) - (counts - 1) / 2.0)[place]

    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def agreement(distances: Array, ratings: Array) -> float:
    """Share of triplets in which both put the same sound nearer to the third."""
    right = total = 0
    for row in range(len(ratings)):
        others = np.delete(np.arange(len(ratings)), row)
        rated = np.subtract.outer(ratings[row, others], ratings[row, others])
        apart = np.subtract.outer(distances[row, others], distances[row, others])
        far = rated > MARGIN
        right += int((far & (apart > 0)).sum())
        total += int(far.sum())
    return right / total


def measured(data: Path, points: Points) -> dict[str, dict[str, float]]:
    """Both metrics of every experiment."""
    found = {}
    for path in sorted((data / "true_dissim").glob(f"*{RATINGS}")):
        name = path.name.removesuffix(RATINGS)
        ratings = ratings_of(path)
        own = np.stack([points(sound) for sound in sounds_of(data / "sounds" / name)])
        if len(own) != len(ratings):
            raise SystemExit(f"{name}: {len(own)} sounds, but ratings of {len(ratings)}")
        distances = np.sqrt(squared_distances(own, own))
        pairs = np.triu_indices(len(own), 1)
        found[name] = {
            "spearman": spearman(distances[pairs], ratings[pairs]),
            "triplets": agreement(distances, ratings),
        }
    return found


def mean_of(rows: Mapping[str, Mapping[str, float]], key: str) -> float:
    return float(np.mean([row[key] for row in rows.values()]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, help="folder with sounds/ and true_dissim/")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    results = {name: measured(arguments.data, points) for name, points in ears().items()}
    print("| points | Spearman | triplets |\n|---|---|---|")
    for name, rows in results.items():
        print(f"| {name} | {mean_of(rows, 'spearman'):.3f} | {mean_of(rows, 'triplets'):.3f} |")
    line = json.dumps(results)
    if arguments.json:
        arguments.json.write_text(line + "\n", encoding="utf-8")
    print(line)


if __name__ == "__main__":
    main()
