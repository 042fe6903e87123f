"""What an instrument keeps of the sounds it was learnt from: latents, controls, fine spectra.

The fine spectra are those of its sounds, or of some of each label: a new sound has the modes of a
relative, and of the hits of one cymbal all are alike in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import Steady, unpack_fine
from messina.instrument.controls import Controls
from messina.instrument.manifest import Manifest
from messina.ranges import RANGES

__all__ = [
    "MOST_FINE_SPECTRA",
    "SHORTEST_S",
    "FineSpectra",
    "Known",
    "choose_fine",
    "known_sounds",
    "nearest",
]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]
Packed = NDArray[np.uint8]

SHORTEST_S: Final = RANGES["length_s"][0]
"""No sound is shorter."""
MOST_FINE_SPECTRA: Final = 256
"""Of more sounds, those of each label in turn are kept: a megabyte is enough."""
_BLOCK: Final = 4_096


@dataclass(frozen=True, kw_only=True)
class Known:
    """The learnt sounds whose latents an instrument keeps, in its corpus's order."""

    means: Real  # [S, latent]
    log_variances: Real  # [S, latent]
    labels: NDArray[np.int64]  # [S]
    controls: tuple[Controls, ...]
    lengths_s: Floats  # [S]
    steady: tuple[Steady | None, ...]
    """What of each goes on while a key is down."""

    @cached_property
    def variance(self) -> Floats:
        """Variance of the latents over all sounds [latent]."""
        return np.asarray(self.means.astype(np.float64).var(axis=0))

    @cached_property
    def sustained(self) -> frozenset[int]:
        """The labels whose notes go on while their key is down."""
        steady = zip(self.labels.tolist(), self.steady, strict=True)
        return frozenset(label for label, part in steady if part is not None)


def known_sounds(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> Known:
    """The sounds whose latents an instrument of this manifest and these arrays keeps."""
    index = {response.label: i for i, response in enumerate(manifest.responses)}
    kept = [sound for sound in manifest.sounds if sound.role != "held out"]
    return Known(
        means=arrays["latent_means"].astype(np.float32),
        log_variances=arrays["latent_log_variances"].astype(np.float32),
        labels=np.array([index[sound.label] for sound in kept]),
        lengths_s=np.array([max(sound.length_s, SHORTEST_S) for sound in kept]),
        steady=tuple(Steady(*map(int, row)) if row[1] > 0 else None for row in arrays["steady"]),
        controls=tuple(
            Controls(
                note=sound.note,
                loudness_db=sound.loudness_db,
                brightness_hz=sound.brightness_hz,
                decay_s=sound.decay_s,
            )
            for sound in kept
        ),
    )


def nearest(known: Known, z: Real, label: int) -> int:
    """The known sound of a label (-1: of any) whose latent is nearest to z [latent]."""
    sounds = np.flatnonzero(known.labels == label)
    means = known.means[sounds] if len(sounds) else known.means
    found, least = 0, np.inf
    for start in range(0, len(means), _BLOCK):  # a block fits into the processor's cache
        away = means[start : start + _BLOCK].astype(np.float64) - z
        distances = np.square(away, out=away).sum(axis=1)
        place = int(np.argmin(distances))
        if distances[place] < least:
            found, least = start + place, float(distances[place])
    return int(sounds[found]) if len(sounds) else found


class FineSpectra:
    """The fine spectra an instrument keeps, and which of them each known sound has."""

    def __init__(self, packed: Packed, of: NDArray[np.uint8]) -> None:
        """Args: packed [M, FINE_CELLS / 2]; of [S]: the one of each known sound."""
        self._packed = packed
        self._of = of

    def of(self, sound: int) -> NDArray[np.uint8]:
        """Codes [FINE_CELLS] of a known sound."""
        return unpack_fine(self._packed[self._of[sound]])


def choose_fine(
    labels: Sequence[int] | NDArray[np.int64], means: Real
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Which sounds' fine spectra are kept [M], and which of these each sound has [S].

    Args:
        labels: Of each sound [S].
        means: Their latents [S, latent]: a sound whose own is not kept has the nearest's.
    """
    labels = np.asarray(labels)
    turn = np.zeros(len(labels), np.int64)  # which of its label a sound is
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        turn[own] = np.arange(len(own))
    kept = np.sort(np.argsort(turn, kind="stable")[:MOST_FINE_SPECTRA])
    of = np.zeros(len(labels), np.uint8)
    for label in np.unique(labels):
        own, there = np.flatnonzero(labels == label), np.flatnonzero(labels[kept] == label)
        there = there if len(there) else np.arange(len(kept))
        for sound in own:
            away = np.square(means[kept[there]].astype(np.float64) - means[sound]).sum(axis=1)
            away[kept[there] == sound] = -1.0
            of[sound] = there[np.argmin(away)]
    return kept, of
