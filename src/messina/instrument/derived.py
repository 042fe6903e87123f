"""What follows from an instrument's sounds, computed once, when it is made: its map and its keys.

Both are kept in its file, so that all who show and play it agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from messina.instrument.drum_map import label_keys
from messina.instrument.embedding import places_of
from messina.instrument.manifest import Manifest
from messina.instrument.network import Network
from messina.instrument.sampling import known_sounds

__all__ = ["DERIVED", "derived_arrays"]

DERIVED = ("places", "keys")
"""The names of these arrays."""


def derived_arrays(
    manifest: Manifest, arrays: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The arrays DERIVED from an instrument's manifest and all its others."""
    network = Network(manifest.network, arrays)
    places = places_of(network, manifest.scale, known_sounds(manifest, arrays))
    return {"places": places, "keys": label_keys(manifest.responses)}
