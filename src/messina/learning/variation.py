"""Augmentation of sounds, as tensors: transposition and spectral tilt.

All on body rows [B, P, BODY_SIZE], P moments of B sounds, and onsets [B, ONSET_SIZE].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.frames.layout import BANDS, BODY_FLOOR, GROUPS, ONSET_SLICES, band_edges_hz
from messina.frames.noise import GROUP_BINS
from messina.instrument.descriptors import FREQUENCIES_LN, POWER_SHARE

__all__ = ["PitchShift", "Tilt"]

Real = NDArray[np.float32]

_LOG_EDGES = np.log(band_edges_hz())
_BAND_WIDTHS = np.diff(_LOG_EDGES)
_SILENT = 0.5  # nepers over the floor


@dataclass(frozen=True)
class PitchShift:
    """Augmentation: transposes some sounds of a batch by semitones, partials and noise.

    A partial that leaves its band enters another; of two that meet, the louder stays.
    """

    moved: Tensor  # [M] which sounds of the batch
    band: Tensor  # [M, BANDS] band each band takes its partial from
    filled: Tensor  # [M, BANDS] whether there is one
    offsets: Tensor  # [M, BANDS] where in the band it comes to lie
    group: Tensor  # [M, GROUPS] noise group to read from, rounded down
    between: Tensor  # [M, GROUPS] how far on to the next one

    @classmethod
    def of(
        cls,
        semitones: Real,
        offsets: Real,
        levels: NDArray[np.floating],
        device: torch.device,
    ) -> PitchShift:
        """Prepares a transposition by semitones [B], 0 for none.

        offsets, levels [B, BANDS]: of each sound's oscillators, and the loudest level of each.
        """
        moved = np.flatnonzero(semitones)
        steps = semitones[moved, None] * np.log(2) / 12
        places = _LOG_EDGES[:-1] + (offsets[moved] + 0.5) * _BAND_WIDTHS + steps
        source, filled = _taken_from(places, levels[moved])
        rows = np.arange(len(moved))[:, None]
        new_offsets = (places[rows, source] - _LOG_EDGES[:-1]) / _BAND_WIDTHS - 0.5
        groups = np.interp(GROUP_BINS * np.exp(-steps), GROUP_BINS, np.arange(GROUPS))
        low = np.minimum(groups.astype(np.int64), GROUPS - 2)

        def put(array: NDArray[np.generic]) -> Tensor:
            return torch.as_tensor(array, device=device)

        return cls(
            put(moved),
            put(source),
            put(filled),
            put(np.where(filled, new_offsets, 0.0).astype(np.float32)),
            put(low),
            put((groups - low).astype(np.float32)),
        )

    def body(self, rows: Tensor) -> None:
        """Transposes levels [B, P, BODY_SIZE] in place."""
        if len(self.moved) == 0:
            return
        some = rows[self.moved]
        moments = some.shape[1]
        partials, noise = some[:, :, :BANDS], some[:, :, BANDS:]
        partials = partials.gather(2, self.band[:, None].expand(-1, moments, -1))
        partials = torch.where(self.filled[:, None], partials, float(BODY_FLOOR[0]))
        group = self.group[:, None].expand(-1, moments, -1)
        low, high = noise.gather(2, group), noise.gather(2, group + 1)
        noise = torch.lerp(low, high, self.between[:, None])
        rows[self.moved] = torch.cat([partials, noise], dim=2)

    def onset(self, onsets: Tensor) -> None:
        """Transposes static parameters [B, ONSET_SIZE] in place."""
        self._by_band(onsets, "phases", 2)
        if len(self.moved):
            onsets[self.moved, ONSET_SLICES["offsets"]] = self.offsets

    def onset_weights(self, weights: Tensor) -> None:
        """Transposes the weights of static parameters [B, ONSET_SIZE] in place.

        Empty bands weigh nothing.
        """
        self._by_band(weights, "offsets", 1, masked=True)
        self._by_band(weights, "phases", 2, masked=True)

    def _by_band(self, values: Tensor, part: str, count: int, *, masked: bool = False) -> None:
        if len(self.moved) == 0:
            return
        where = ONSET_SLICES[part]
        some = values[self.moved, where].view(-1, count, BANDS)
        some = some.gather(2, self.band[:, None].expand(-1, count, -1))
        if masked:
            some = some * self.filled[:, None]
        values[self.moved, where] = some.flatten(1)


def _taken_from(
    places: NDArray[np.float64], levels: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each band [M, BANDS] the one whose partial, now at `places` (ln Hz), falls into it."""
    band = np.searchsorted(_LOG_EDGES, places, side="right") - 1
    inside = (band >= 0) & (band < BANDS)
    order = np.argsort(np.where(inside, levels, -np.inf), axis=1)
    source = np.full(band.shape, -1)
    ranked_band = np.take_along_axis(band, order, axis=1)
    row, rank = np.nonzero(np.take_along_axis(inside, order, axis=1))
    source[row, ranked_band[row, rank]] = order[row, rank]  # the loudest comes last and stays
    return np.maximum(source, 0), source >= 0


class Tilt:
    """Augmentation: tilts spectra by nepers an octave, loudness kept."""

    def __init__(self, device: torch.device) -> None:
        octaves = FREQUENCIES_LN / np.float32(np.log(2.0))
        self._octaves = torch.as_tensor(octaves - octaves.mean(), device=device)
        self._shares = torch.as_tensor(POWER_SHARE, device=device)
        self._floor = torch.as_tensor(BODY_FLOOR, device=device)

    def __call__(self, slope: Tensor, rows: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """Both sets of rows tilted by slope [B]; the level is held by that of the first."""
        change = slope[:, None, None] * self._octaves
        before = self._loudest(rows)
        eased = change - 0.5 * (self._loudest(rows + change) / before).log()[:, None, None]
        return self._moved(rows, eased), self._moved(others, eased)

    def _loudest(self, rows: Tensor) -> Tensor:
        return ((2 * rows).exp() @ self._shares).amax(dim=1)

    def _moved(self, rows: Tensor, change: Tensor) -> Tensor:
        sounding = rows > self._floor + _SILENT
        return torch.maximum(torch.where(sounding, rows + change, rows), self._floor)

    def brightness(self, rows: Tensor, spans: Tensor) -> Tensor:
        """ln mean frequency [B], up to a constant, of rows that stand for `spans` [P] frames."""
        energy = ((2 * rows).exp() * self._shares * spans[:, None]).sum(dim=1)
        return float(np.log(2.0)) * (energy @ self._octaves) / energy.sum(dim=1)
