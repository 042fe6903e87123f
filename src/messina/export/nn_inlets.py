"""What the inlets of nn~ mean for an instrument: which key is which label, where x and y lead.

x and y move an identity along the two directions in which the sounds of its label differ most,
-1 … 1 from one end of them to the other.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument import Instrument
from messina.instrument.drum_map import assign_keys

__all__ = ["directions", "label_of_key"]

_ENDS: Final = 1.5
"""Standard deviations from the middle of the map to its edge."""


def label_of_key(instrument: Instrument) -> NDArray[np.int64]:
    """Label of each key [128]: drums on their own, all others the first pitched label's, or the
    next drum's."""
    responses = instrument.manifest.responses
    keys = assign_keys([r.label for r in responses if not r.pitched][:128])
    index = {response.label: i for i, response in enumerate(responses)}
    pitched = [i for i, response in enumerate(responses) if response.pitched]
    owners = []
    for key in range(128):
        nearest = min(keys, key=lambda label: (abs(keys[label] - key), keys[label]), default=None)
        if nearest is not None and (keys[nearest] == key or not pitched):
            owners.append(index[nearest])
        else:
            owners.append(pitched[0])
    return np.array(owners, np.int64)


def directions(instrument: Instrument) -> NDArray[np.float32]:
    """Of x and y [labels, 2, latent], as long as from the middle of the map to its edge."""
    known = instrument.known
    overall = _two_directions(known.means.astype(np.float64))
    axes = []
    for label in range(len(instrument.labels)):
        own = known.means[known.labels == label].astype(np.float64)
        axes.append(_two_directions(own) if len(own) > 2 else 0.5 * overall)
    return _ENDS * np.array(axes, np.float32)


def _two_directions(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Principal directions [2, latent] times the spread along them, each pointing one way."""
    found = np.zeros((2, means.shape[1]))
    _, sizes, rows = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
    for i, (size, row) in enumerate(zip(sizes[:2], rows[:2], strict=True)):
        way = np.sign(row[np.argmax(np.abs(row))])
        found[i] = way * row * size / np.sqrt(len(means))
    return found
