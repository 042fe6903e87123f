"""Instruments of format version 1, brought to what this version plays.

Their noise was described in 256 groups of bins, without a fine spectrum. What has to do with
levels is linear in their logarithms, so the network is turned to the levels of today: each is the
mean of those around it. What was fine in the noise between them is lost; its spectrum is even.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from messina.errors import InstrumentError
from messina.frames.layout import BANDS, BODY_SIZE, FINE_CELLS, FLAT_FINE, pack_fine
from messina.frames.noise import GROUP_WEIGHTS
from messina.instrument.container import Part
from messina.instrument.trajectories import no_trajectories

__all__ = ["upgraded"]

Arrays = dict[str, NDArray[Any]]

_OLD_WIDTHS: Final = np.repeat([1, 2, 4], [128, 64, 64])
"""Bins in each of the 256 groups; the last had one more."""


def upgraded(own: Part) -> Part:
    """The single sounds of an older file as today's has them, without what is derived of those.

    Raises:
        InstrumentError: Its manifest is damaged, or an array is missing.
    """
    return Part(document=_upgraded_document(own.document), arrays=_upgraded_arrays(own.arrays))


def _upgraded_document(document: bytes) -> bytes:
    """The JSON manifest of an instrument of an older format, with all of today's fields.

    Raises InstrumentError.
    """
    try:
        manifest = json.loads(document)
        return json.dumps({**manifest, "fine_spectra": 1}).encode()
    except (ValueError, TypeError, RecursionError):
        raise InstrumentError("damaged: its manifest is not valid") from None


def _upgraded_arrays(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """The arrays of an instrument of an older format, for today's layout of levels.

    Raises InstrumentError.
    """
    down, up = _maps()
    out: Arrays = dict(arrays)
    try:
        for name in ("body_mean", "level.weight", "level.bias", "spread.weight", "spread.bias"):
            out[name] = (down @ arrays[name].astype(np.float64)).astype(arrays[name].dtype)
        basis = arrays["body_basis"]
        out["body_basis"] = (basis.astype(np.float64) @ up).astype(basis.dtype)
        sounds = len(arrays["latent_means"])
    except (KeyError, ValueError, TypeError):
        raise InstrumentError("damaged: an array of its network is missing or misshapen") from None
    out["fine"] = pack_fine(np.full((1, FINE_CELLS), FLAT_FINE, np.uint8))
    out["fine_of"] = np.zeros(sounds, np.uint8)
    out |= no_trajectories(sounds)
    return out


def _maps() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What makes today's body rows of old ones [BODY_SIZE, 327], and old ones of today's."""
    old = np.minimum(np.repeat(np.arange(256), _OLD_WIDTHS), 255)
    old_of_bin = np.append(old, 255)  # [513]
    weights = GROUP_WEIGHTS.astype(np.float64)
    per_old = np.zeros((256, weights.shape[1]))
    np.add.at(per_old, old_of_bin, weights)
    size = BANDS + 256
    down, up = np.zeros((BODY_SIZE, size)), np.zeros((size, BODY_SIZE))
    for mapped in (down, up):
        mapped[np.arange(BANDS), np.arange(BANDS)] = 1.0
    down[BANDS:, BANDS:] = (per_old / weights.sum(axis=0)).T
    up[BANDS:, BANDS:] = per_old / np.bincount(old_of_bin)[:, None]
    return down, up
