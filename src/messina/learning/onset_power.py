"""Onsets that are as loud on average as those that were learnt.

Gains of an onset are learnt in log units, and what a latent cannot tell of them is answered with
their mean. The mean of logs is softer than the mean of powers: by 1 dB over drums, by 3 in the
first milliseconds, so that new hits come out duller at the start than any that was learnt. When
learning is done, each gain's bias is therefore moved by

    0.5 ln(sum_s w_s e^(2 a_s) / sum_s w_s e^(2 b_s)),

a: learnt gains, b: what the network answers, w: how much sound s counts there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import ONSET_SLICES
from messina.instrument.network import Network
from messina.learning.building import Material

__all__ = ["as_loud_as_learnt", "gain_moves"]

Real = NDArray[np.float32]

_GAINS: Final = ("partial_attack", "noise_attack")
_MOST_MOVED: Final = 0.6
"""Nepers, 5 dB: so far a gain is moved at most."""
_LEAST_WEIGHT: Final = 1e-9
_COUNTED: Final = 512
"""Sounds, at most."""


def as_loud_as_learnt(arrays: dict[str, Real], material: Material) -> dict[str, Real]:
    """The weights, with gains of onsets as loud on average as those of the sounds it keeps."""
    network, examples = Network(material.network, arrays), material.examples
    chosen = material.kept[:: max(1, -(-len(material.kept) // _COUNTED))]
    points, onsets = examples.points[chosen].astype(np.float32), examples.onsets[chosen]
    condition = network.condition(examples.labels[chosen], examples.controls[chosen])
    z, _ = network.encode(network.features(points, onsets), condition)
    answered = network.onset(network.code(z, condition))
    moved = gain_moves(onsets, answered, examples.onset_weights[chosen])
    bias = arrays["onset.1.bias"] + moved / arrays["onset_scale"]
    return {**arrays, "onset.1.bias": bias.astype(np.float16).astype(np.float32)}


def gain_moves(learnt: Real, answered: Real, weights: Real) -> Real:
    """By how many nepers each number of an onset [ONSET_SIZE] is to be moved; 0 but for gains.

    learnt, answered, weights: [S, ONSET_SIZE].
    """
    moves = np.zeros(learnt.shape[1], np.float32)
    for name in _GAINS:
        part = ONSET_SLICES[name]
        wanted, given = (
            (weights[:, part] * np.exp(2 * x[:, part].astype(np.float64))).sum(axis=0)
            + _LEAST_WEIGHT
            for x in (learnt, answered)
        )
        moves[part] = np.clip(0.5 * np.log(wanted / given), -_MOST_MOVED, _MOST_MOVED)
    return moves
