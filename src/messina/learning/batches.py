"""Batches of sounds, varied: what the network is shown at each step.

Every sound is shown a little different each time: slower or faster, brighter or duller, higher or
lower, or half-way to a sibling of its label. The controls go with it, so that the network learns
what they do from far more cases than the folder holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    GROUPS,
    ONSET_SLICES,
    band_edges_hz,
)
from messina.instrument.controls import ControlScale
from messina.instrument.descriptors import FREQUENCIES_LN, POWER_SHARE
from messina.instrument.network import NetworkConfig
from messina.instrument.timegrid import POINT_FRAMES
from messina.learning.examples import Examples

__all__ = ["Batch", "BatchConfig", "Batches"]


@dataclass(frozen=True, kw_only=True)
class BatchConfig:
    """How batches are drawn and how far sounds are varied."""

    sounds: int = 48
    moments: int = 20  # moments of each sound the decoder is asked for
    swap: float = 0.25  # share whose identity comes from a sibling of the same label
    unknown: float = 0.15  # share whose label is withheld
    varied: float = 0.6  # share that is varied at all
    stretch: float = 0.15  # standard deviation of ln time
    tilt: float = 0.12  # … of nepers per octave
    shift: float = 0.7  # … of semitones, for sounds without pitch
    mixed: float = 0.25  # share that is half-way to a sibling


@dataclass(frozen=True, kw_only=True)
class Batch:
    """B sounds as the model takes them. P moments, D = BODY_SIZE."""

    rows: Tensor  # [B, ENCODED, D] body at the encoder's points, of the source
    onset: Tensor  # [B, ONSET_SIZE] of the source
    onset_weights: Tensor  # [B, ONSET_SIZE]
    source_labels: Tensor  # [B]
    source_controls: Tensor  # [B, CONTROLS]
    frames: Tensor  # [B, P] moments asked for
    target: Tensor  # [B, P, D]
    moment_weights: Tensor  # [B, P]
    heard: Tensor  # [B, P, D]
    target_onset: Tensor  # [B, ONSET_SIZE]
    target_onset_weights: Tensor  # [B, ONSET_SIZE]
    labels: Tensor  # [B]
    controls: Tensor  # [B, CONTROLS]
    decay_frames: Tensor  # [B, 1]


def _frames_to_places(frames: Tensor, grid: Tensor) -> Tensor:
    """Fractional places on the time grid of frames, as timegrid.place_of."""
    low = (torch.searchsorted(grid, frames.contiguous(), right=True) - 1).clamp(0, len(grid) - 2)
    return (low + (frames - grid[low]) / (grid[low + 1] - grid[low])).clamp(0, len(grid) - 1)


class Batches:
    """Draws batches from examples, the same ones for the same seed."""

    def __init__(
        self,
        examples: Examples,
        chosen: np.ndarray[tuple[int], np.dtype[np.int64]],
        *,
        config: BatchConfig,
        network: NetworkConfig,
        scale: ControlScale,
        device: torch.device,
        rng: np.random.Generator,
    ) -> None:
        self._config = config
        self._device = device
        self._rng = rng
        self._chosen = chosen
        self._scale = scale
        put = lambda array: torch.as_tensor(array, device=device)  # noqa: E731
        self._points = put(examples.points)
        self._counts = put(examples.counts)
        self._onsets = put(examples.onsets)
        self._onset_weights = put(examples.onset_weights)
        self._labels = put(examples.labels)
        self._controls = put(examples.controls)
        self._decay_frames = put(examples.decay_s * (44_100 / 256)).clamp_min(1.0)[:, None]
        self._loudest = put(examples.points.max(axis=(1, 2)).astype(np.float32))
        self._siblings = {
            int(label): chosen[examples.labels[chosen] == label]
            for label in np.unique(examples.labels[chosen])
        }
        self._label_of = examples.labels
        self._pitched = examples.controls[:, 1] > 0.5
        self._floor = put(BODY_FLOOR)
        self._grid = put(POINT_FRAMES.astype(np.float32))
        self._encoded = put(POINT_FRAMES[network.encoded_points].astype(np.float32))
        self._usable = network.points
        self._octaves = put((FREQUENCIES_LN / np.log(2)).astype(np.float32))
        self._octaves -= self._octaves.mean()
        self._power_share = put(POWER_SHARE)
        self._queue: list[int] = []

    def _next_targets(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        count = self._config.sounds
        while len(self._queue) < count:
            self._queue.extend(self._rng.permutation(self._chosen).tolist())
        drawn, self._queue = self._queue[:count], self._queue[count:]
        return np.array(drawn)

    def _sibling(self, sound: int) -> int:
        return int(self._rng.choice(self._siblings[int(self._label_of[sound])]))

    def _body_at(self, sounds: Tensor, places: Tensor) -> Tensor:
        """Body rows [B, P, D] of sounds [B] at fractional places [B, P]."""
        low = places.long().clamp(max=self._usable - 2)
        share = (places - low)[..., None]
        picked = sounds[:, None]
        a, b = self._points[picked, low].float(), self._points[picked, low + 1].float()
        return a + share * (b - a)

    def _moments(self) -> Tensor:
        """Moments [B, P] in frames: one drawn from each of P stretches of the grid."""
        c = self._config
        offsets = self._rng.random((c.sounds, c.moments), dtype=np.float32)
        places = (np.arange(c.moments) + offsets) * ((self._usable - 1) / c.moments)
        return torch.as_tensor(
            np.interp(places, np.arange(len(POINT_FRAMES)), POINT_FRAMES).astype(np.float32),
            device=self._device,
        )

    def __iter__(self) -> Iterator[Batch]:
        while True:
            yield self.draw()

    def draw(self) -> Batch:
        """The next batch."""
        c, rng = self._config, self._rng
        target = self._next_targets()
        swapped = rng.random(len(target)) < c.swap
        source = np.array([self._sibling(s) if x else s for s, x in zip(target, swapped)])
        varied = rng.random(len(target)) < c.varied
        normal = rng.standard_normal((3, len(target))).astype(np.float32) * varied
        stretch, tilt, shift = normal * np.array([[c.stretch], [c.tilt], [c.shift]], np.float32)
        shift = np.where(self._pitched[target], 0.0, shift).astype(np.float32)
        mixing = (rng.random(len(target)) < c.mixed) & varied & ~swapped
        share = np.where(mixing, rng.uniform(0, 0.5, len(target)), 0.0).astype(np.float32)
        other = np.array([self._sibling(s) if m else s for s, m in zip(target, mixing)])
        put = lambda a: torch.as_tensor(a, device=self._device)  # noqa: E731
        return self._make(
            put(source),
            put(target),
            put(other),
            put(share),
            put(stretch),
            put(tilt),
            shift,
            put(np.where(rng.random(len(target)) < c.unknown, -1, 0)),
        )

    def _make(
        self,
        source: Tensor,
        target: Tensor,
        other: Tensor,
        share: Tensor,
        stretch: Tensor,
        tilt: Tensor,
        shift: np.ndarray,
        unknown: Tensor,
    ) -> Batch:
        speed = stretch.neg().exp()[:, None]
        frames = self._moments()
        s1 = share[:, None, None]

        # A decay longer by e^stretch is read e^-stretch as fast.
        def read(sounds: Tensor, at: Tensor) -> Tensor:
            return self._body_at(sounds, _frames_to_places(at * speed, self._grid))

        rows = read(source, self._encoded.expand(len(source), -1))
        body = read(target, frames)
        mixed = share > 0
        if bool(mixed.any()):
            m = mixed.nonzero()[:, 0]
            rows[m] += s1[m] * (
                self._read(other[m], self._encoded.expand(len(m), -1), speed[m]) - rows[m]
            )
            body[m] += s1[m] * (self._read(other[m], frames[m], speed[m]) - body[m])
        onset, target_onset = self._onsets[source], self._onsets[target]
        if bool(mixed.any()):
            blend = share[m, None]
            o = self._onsets[other[m]]
            onset = onset.clone()
            target_onset = target_onset.clone()
            for part in ("partial_attack", "noise_attack", "stereo", "glide"):
                w = ONSET_SLICES[part]
                onset[m, w] += blend * (o[:, w] - onset[m, w])
                target_onset[m, w] += blend * (o[:, w] - target_onset[m, w])
        before = self._brightness(rows)
        rows, body, onset, target_onset = self._shifted(rows, body, onset, target_onset, shift)
        rows, body, onset, target_onset = self._tilted(rows, body, onset, target_onset, tilt)
        change = self._brightness(rows) - before
        blend = share[:, None]

        def controls_of(sounds: Tensor) -> Tensor:
            controls = self._controls[sounds] * (1 - blend) + self._controls[other] * blend
            controls = torch.where(share[:, None] > 0, controls, self._controls[sounds])
            controls[:, 3] += change / self._scale.span[1]
            controls[:, 4] += stretch / self._scale.span[2]
            return controls

        decay = (
            self._decay_frames[target].log() * (1 - blend) + blend * self._decay_frames[other].log()
        )
        decay = (decay + stretch[:, None]).exp()
        loudest = torch.maximum(body.amax(dim=(1, 2)), rows.amax(dim=(1, 2)))[:, None, None]
        heard = ((body - loudest + 8) / 8).clamp(0.08, 1.0)
        ended = _frames_to_places(frames * speed, self._grid) > (self._counts[target] - 1)[:, None]
        labels = self._labels[target]
        source_labels = self._labels[source]
        return Batch(
            rows=rows,
            onset=onset,
            source_labels=torch.where(unknown < 0, unknown, source_labels),
            source_controls=controls_of(source),
            frames=frames,
            target=body,
            moment_weights=torch.where(ended, 0.3, 1.0),
            heard=heard,
            target_onset=target_onset,
            onset_weights=self._onset_weights[source],
            target_onset_weights=self._onset_weights[target],
            labels=torch.where(unknown < 0, unknown, labels),
            controls=controls_of(target),
            decay_frames=decay,
        )

    def _read(self, sounds: Tensor, at: Tensor, speed: Tensor) -> Tensor:
        return self._body_at(sounds, _frames_to_places(at * speed, self._grid))

    def _brightness(self, rows: Tensor) -> Tensor:
        """ln of the power-weighted mean frequency [B] of body rows at the encoder's points."""
        powers = (2 * rows).exp() * self._power_share
        spans = torch.diff(self._encoded, prepend=self._encoded.new_zeros(1)).clamp_min(1.0)
        powers = (powers * spans[:, None]).sum(dim=1)
        return (powers * (self._octaves * float(np.log(2)))).sum(1) / powers.sum(1)

    def _tilted(
        self, rows: Tensor, body: Tensor, onset: Tensor, target_onset: Tensor, tilt: Tensor
    ):
        slope = tilt[:, None, None] * self._octaves
        before = (2 * rows).exp().matmul(self._power_share).amax(1)

        def apply(x: Tensor, ease: Tensor) -> Tensor:
            moved = torch.where(x > self._floor + 0.5, x + slope - ease, x)
            return torch.maximum(moved, self._floor)

        tilted = apply(rows, torch.zeros_like(tilt)[:, None, None])
        ease = 0.5 * ((2 * tilted).exp().matmul(self._power_share).amax(1) / before).log()
        e3 = ease[:, None, None]
        return apply(rows, e3), apply(body, e3), onset, target_onset

    def _shifted(self, rows, body, onset, target_onset, shift):
        """Partials and noise moved by semitones; partials may change band."""
        moved = np.flatnonzero(np.abs(shift) > 0.02)
        if len(moved) == 0:
            return rows, body, onset, target_onset
        onset, target_onset = onset.clone(), target_onset.clone()
        m = torch.as_tensor(moved, device=rows.device)
        semis = shift[moved]
        ratio = np.exp2(semis / 12)
        # noise: linear groups read at f / ratio
        from_group = _group_read(ratio)
        low = torch.as_tensor(from_group.astype(np.int64), device=rows.device)
        frac = torch.as_tensor(
            (from_group - np.floor(from_group)).astype(np.float32), device=rows.device
        )
        for x in (rows, body):
            noise = x[m][:, :, BANDS:]
            n = noise.shape[1]
            a = noise.gather(2, low[:, None].expand(-1, n, -1))
            b = noise.gather(2, (low + 1).clamp(max=GROUPS - 1)[:, None].expand(-1, n, -1))
            x[m, :, BANDS:] = a + frac[:, None] * (b - a)
        self._shift_partials(rows, onset, m, semis)
        self._shift_partials(body, target_onset, m, semis)
        return rows, body, onset, target_onset

    def _shift_partials(self, x: Tensor, onset: Tensor, m: Tensor, semis: np.ndarray) -> None:
        edges = np.log(band_edges_hz())
        width = np.diff(edges)
        wo, wp = ONSET_SLICES["offsets"], ONSET_SLICES["phases"]
        offsets = onset[m, wo].cpu().numpy()
        place = edges[:-1] + (offsets + 0.5) * width + semis[:, None] * np.log(2) / 12
        band = np.searchsorted(edges, place, side="right") - 1  # new band of each [m, K]
        inside = (band >= 0) & (band < BANDS)
        level = x[m][:, :, :BANDS].amax(1).cpu().numpy()
        source = np.full((len(band), BANDS), -1)
        order = np.argsort(np.where(inside, level, -99.0), axis=1)
        i = np.arange(len(band))[:, None]
        clipped = np.clip(band, 0, BANDS - 1)
        sorted_band = np.take_along_axis(clipped, order, 1)
        sorted_inside = np.take_along_axis(inside, order, 1)
        r, k = np.nonzero(sorted_inside)
        source[r, sorted_band[r, k]] = order[r, k]  # the loudest comes last and stays
        filled = source >= 0
        source = np.maximum(source, 0)
        new_place = place[i, source]
        new_offset = np.where(filled, (new_place - edges[:-1]) / width - 0.5, 0.0)
        src = torch.as_tensor(source, device=x.device)
        ok = torch.as_tensor(filled, device=x.device)
        part = x[m][:, :, :BANDS].gather(2, src[:, None].expand(-1, x.shape[1], -1))
        x[m, :, :BANDS] = torch.where(ok[:, None], part, self._floor[:BANDS])
        onset[m, wo] = torch.as_tensor(new_offset.astype(np.float32), device=x.device)
        phases = onset[m][:, wp].view(-1, 2, BANDS)
        onset[m, wp] = phases.gather(2, src[:, None].expand(-1, 2, -1)).flatten(1)


_GROUP_CENTRES = np.concatenate(
    [np.arange(128), 128.5 + 2 * np.arange(64), 257.5 + 4 * np.arange(GROUPS - 192)]
)


def _group_read(ratio: np.ndarray) -> np.ndarray:
    """Fractional groups [m, GROUPS] to read noise from that is to be `ratio` higher."""
    wanted = _GROUP_CENTRES / ratio[:, None]
    return np.interp(wanted, _GROUP_CENTRES, np.arange(GROUPS))
