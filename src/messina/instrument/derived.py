"""What follows from an instrument's sounds, computed once, when it is made: its map and its keys.

Both are kept in its file, so that all who show and play it agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from messina.instrument.drum_map import label_keys
from messina.instrument.embedding import places_of, places_of_known
from messina.instrument.manifest import Manifest
from messina.instrument.network import Network
from messina.instrument.sampling import known_sounds

__all__ = ["DERIVED", "derived_arrays"]

DERIVED = ("places", "keys")
"""The names of these arrays."""


def derived_arrays(
    manifest: Manifest,
    arrays: Mapping[str, NDArray[Any]],
    points: NDArray[np.float32] | None = None,
) -> dict[str, NDArray[Any]]:
    """The arrays DERIVED from all the others.

    Args:
        manifest: The instrument's.
        arrays: Its others.
        points: What the sounds it keeps are like [S, F] (`embedding.described`); as it plays them
            itself where None.
    """
    known = known_sounds(manifest, arrays)
    if points is None:
        network = Network(manifest.network, arrays)
        places = places_of_known(network, manifest.scale, known)
    else:
        places = places_of(points, known)
    return {"places": places, "keys": label_keys(manifest.responses)}
