"""Whether sounds move, and whether they answer to how they are played.

Audio is mono float [N] at 44.1 kHz.

Flux: mean absolute change in dB of the mel bands from one hop (5.8 ms) to the next, levels held at
60 dB under the loudest, over the points above that floor, so that silence at the end says nothing;
smoothness is a flux no larger than the real sounds'. Loudness range:
95th minus 10th percentile of the level over time, of the time less than 40 dB under the loudest:
where a recording was cut should not count.
Monotonicity: of all pairs of sounds played unequally hard, the share where the harder one has more
of what was measured (level, brightness); 1 always, 0.5 no connection; ties count half.
Repeat spread: mean distance between repeats of the same sound over the mean distance between
different sounds, as points; 0 is a machine gun, 1 is not the same sound any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from messina.evaluation.descriptors import FLOOR_DB, log_mel
from messina.evaluation.distribution import Points, squared_distances
from messina.evaluation.levels import Audio

__all__ = ["flux_db", "loudness_range_db", "monotonicity", "repeat_spread"]

RANGE_DB: Final = 60.0
LOUD_DB: Final = 40.0


def flux_db(audio: Audio) -> float:
    """Mean change of the mel bands from hop to hop, in dB."""
    levels = log_mel(audio)
    floor = max(float(levels.max()) - RANGE_DB, FLOOR_DB + 3.0)  # twice what silence reads
    above = levels > floor
    heard = above[1:] | above[:-1]
    change = np.abs(np.diff(np.maximum(levels, floor), axis=0))
    return float(change[heard].mean()) if heard.any() else 0.0


def loudness_range_db(audio: Audio) -> float:
    """How far the level of the sound moves, in dB."""
    power = np.sum(10.0 ** (log_mel(audio).astype(np.float64) / 10.0), axis=1)
    levels = 10.0 * np.log10(power)
    levels = levels[levels > levels.max() - LOUD_DB]
    return float(np.percentile(levels, 95) - np.percentile(levels, 10))


def monotonicity(control: ArrayLike, response: ArrayLike) -> float:
    """Share of pairs in which more `control` gives more `response`; NaN when no control differs.

    >>> monotonicity([20, 60, 100], [-30.0, -20.0, -24.0]) == 2 / 3
    True
    """
    control, response = np.asarray(control, np.float64), np.asarray(response, np.float64)
    harder = control[:, None] > control[None]
    if not harder.any():
        return float("nan")
    order = np.sign(response[:, None] - response[None])[harder]
    return float((order.mean() + 1.0) / 2.0)


def _mean_distance(points: Points) -> float:
    upper = np.triu_indices(len(points), 1)
    return float(np.sqrt(squared_distances(points, points)[upper]).mean())


def repeat_spread(repeats: Sequence[Points]) -> float:
    """Spread of repeated hits over the spread of different sounds.

    repeats: one array [n, D] for each sound, its repeats; at least two sounds, one of them with
    two repeats, else NaN.
    """
    within = [_mean_distance(points) for points in repeats if len(points) > 1]
    if not within or len(repeats) < 2:
        return float("nan")
    between = _mean_distance(np.stack([points[0] for points in repeats]))
    return float(np.mean(within)) / max(between, 1e-12)
