"""Batches of augmented sounds.

Every sound is shown a little different each time: slower or faster, brighter or duller, higher or
lower, or mixed with another sound of its label. The controls go with it, so that the network
learns what they do from far more cases than the folder holds.

Ref: Zhang et al. (2018), "mixup: beyond empirical risk minimization".
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.frames.layout import HOP, ONSET_SLICES
from messina.instrument.controls import ControlScale
from messina.instrument.descriptors import band_shares
from messina.instrument.network import NetworkConfig
from messina.instrument.timegrid import POINT_FRAMES
from messina.learning.examples import Examples
from messina.learning.point_store import Curves
from messina.learning.variation import PitchShift, Tilt
from messina.units import SAMPLE_RATE

__all__ = ["Batch", "BatchConfig", "Batches", "ahead"]

Real = NDArray[np.float32]
Indices = NDArray[np.int64]

_HEARD_NEPERS, _LEAST_HEARD = 8.0, 0.08  # as descriptors.audibility
_SILENT_WEIGHT = 0.3
_BLENDED_PARTS = ("partial_attack", "noise_attack", "stereo", "glide")
_QUEUED = 4


@dataclass(frozen=True, kw_only=True)
class BatchConfig:
    """How batches are drawn and how far sounds are varied."""

    sounds: int  # of a step
    moments: int = 20  # moments of each sound the decoder is asked for
    swap: float = 0.25  # share whose latent comes from another sound of the same label
    unknown: float = 0.15  # share whose label is withheld
    varied: float = 0.6  # share that is varied at all
    stretch: float = 0.15  # standard deviation of ln time
    tilt: float = 0.12  # … of nepers an octave
    shift: float = 0.7  # … of semitones, for sounds without pitch
    mixed: float = 0.25  # share that is mixed with another sound of the same label


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
    weights: Tensor  # [B, P, D], sum 1
    target_onset: Tensor  # [B, ONSET_SIZE]
    target_onset_weights: Tensor  # [B, ONSET_SIZE]
    labels: Tensor  # [B]
    controls: Tensor  # [B, CONTROLS]
    decay_frames: Tensor  # [B, 1]
    band_shares: Tensor  # [B, D, CRITICAL_BANDS]


@dataclass(frozen=True, kw_only=True)
class _Draw:
    """Which sounds, and how they are varied; all [B]."""

    target: Indices
    source: Indices  # whose latent is taken; the target itself or another of its label
    other: Indices  # what it is mixed with; itself where it is not
    share: Real  # how much of that
    stretch: Real  # ln of how much slower
    tilt: Real
    shift: Real  # semitones
    unknown: NDArray[np.bool_]


class Batches:
    """Draws batches from examples: the same ones for the same generator."""

    def __init__(
        self,
        examples: Examples,
        chosen: Indices,
        *,
        config: BatchConfig,
        network: NetworkConfig,
        scale: ControlScale,
        device: torch.device,
        rng: np.random.Generator,
    ) -> None:
        self._examples = examples
        self._chosen = chosen
        self._config = config
        self._scale = scale
        self._device = device
        self._rng = rng
        self._points_used = network.points
        self._queue: list[int] = []
        self._pitched = examples.controls[:, 1] > 0.5
        self._siblings = {
            label: chosen[examples.labels[chosen] == label]
            for label in np.unique(examples.labels[chosen])
        }
        self._last_frame = self._put(POINT_FRAMES[examples.counts - 1].astype(np.float32))
        self._labels = self._put(examples.labels)
        self._controls = self._put(examples.controls)
        self._decays = self._put(np.log(np.maximum(examples.decay_s * (SAMPLE_RATE / HOP), 1.0)))
        self._grid = self._put(POINT_FRAMES[: network.points].astype(np.float32))
        encoded = POINT_FRAMES[network.encoded_points].astype(np.float32)
        self._encoded = self._put(encoded)
        self._spans = self._put(np.maximum(np.diff(encoded, prepend=0.0), 1.0).astype(np.float32))
        self._pitches_hz = np.round(examples.reference_hz, 2)
        self._tilt = Tilt(device)

    def _put(self, array: NDArray[np.generic]) -> Tensor:
        return torch.as_tensor(array, device=self._device)

    def draw(self) -> Batch:
        """The next batch."""
        return self._varied(self._next(), self._moments())

    def _next(self) -> _Draw:
        c, rng = self._config, self._rng
        count = c.sounds
        while len(self._queue) < count:
            self._queue.extend(rng.permutation(self._chosen).tolist())
        target = np.array(self._queue[:count])
        del self._queue[:count]
        swapped = rng.random(count) < c.swap
        varied = rng.random(count) < c.varied
        mixed = varied & ~swapped & (rng.random(count) < c.mixed)
        normal = (rng.standard_normal((3, count)) * varied).astype(np.float32)
        siblings = np.array([rng.choice(self._siblings[x]) for x in self._examples.labels[target]])
        return _Draw(
            target=target,
            source=np.where(swapped, siblings, target),
            other=np.where(mixed, siblings, target),
            share=(rng.uniform(0.0, 0.5, count) * mixed).astype(np.float32),
            stretch=c.stretch * normal[0],
            tilt=c.tilt * normal[1],
            shift=c.shift * normal[2] * ~self._pitched[target],
            unknown=rng.random(count) < c.unknown,
        )

    def _moments(self) -> Tensor:
        """Moments [B, P] in frames: one drawn from each of P stretches of the grid."""
        c = self._config
        within = self._rng.random((c.sounds, c.moments))
        places = (np.arange(c.moments) + within) * ((self._points_used - 1) / c.moments)
        frames = np.interp(places, np.arange(len(POINT_FRAMES)), POINT_FRAMES)
        return self._put(frames.astype(np.float32))

    def _varied(self, draw: _Draw, frames: Tensor) -> Batch:
        target, source, other = (self._put(x) for x in (draw.target, draw.source, draw.other))
        share, stretch = self._put(draw.share), self._put(draw.stretch)
        # A decay longer by e^stretch is read e^-stretch as fast.
        asked = frames * torch.exp(-stretch)[:, None]
        encoded = self._encoded * torch.exp(-stretch)[:, None]
        wanted = np.concatenate([draw.target, draw.source, draw.other])
        curves = Curves.of(self._examples.points, wanted, self._grid)
        rows = curves.read(source, encoded)
        body = curves.read(target, asked)
        onsets = [self._examples.onsets[sounds] for sounds in (draw.source, draw.target)]
        onset, target_onset = (self._put(each) for each in onsets)
        self._blend(draw, curves, rows, encoded, body, asked, onset, target_onset)
        was = self._tilt.brightness(rows, self._spans)
        weights, target_weights = (
            self._put(self._examples.onset_weights[sounds]) for sounds in (draw.source, draw.target)
        )
        for sounds, own, x, o, w in (
            (draw.source, onsets[0], rows, onset, weights),
            (draw.target, onsets[1], body, target_onset, target_weights),
        ):
            offsets = own[:, ONSET_SLICES["offsets"]]
            loudest = self._examples.loudest[sounds]
            moved = PitchShift.of(draw.shift, offsets, loudest, self._device)
            moved.body(x)
            moved.onset(o)
            moved.onset_weights(w)
        rows, body = self._tilt(self._put(draw.tilt), rows, body)
        change = self._tilt.brightness(rows, self._spans) - was
        known = ~self._put(draw.unknown)
        decays = torch.lerp(self._decays[target], self._decays[other], share) + stretch
        return Batch(
            rows=rows,
            onset=onset,
            onset_weights=weights,
            source_labels=torch.where(known, self._labels[source], -1),
            source_controls=self._conditioning(source, other, share, change, stretch),
            frames=frames,
            target=body,
            weights=self._weights(rows, body, asked <= self._last_frame[target][:, None]),
            target_onset=target_onset,
            target_onset_weights=target_weights,
            labels=torch.where(known, self._labels[target], -1),
            controls=self._conditioning(target, other, share, change, stretch),
            decay_frames=decays.exp()[:, None],
            band_shares=self._put(
                np.stack([band_shares(float(hz)) for hz in self._pitches_hz[draw.target]])
            ),
        )

    def _blend(
        self,
        draw: _Draw,
        curves: Curves,
        rows: Tensor,
        encoded: Tensor,
        body: Tensor,
        asked: Tensor,
        onset: Tensor,
        target_onset: Tensor,
    ) -> None:
        """Mixes sounds with others of their label, in place; oscillators stay."""
        mixed = np.flatnonzero(draw.share)
        if len(mixed) == 0:
            return
        which, other = self._put(mixed), self._put(draw.other[mixed])
        share = self._put(draw.share[mixed])
        for x, at in ((rows, encoded), (body, asked)):
            x[which] = torch.lerp(x[which], curves.read(other, at[which]), share[:, None, None])
        siblings = self._put(self._examples.onsets[draw.other[mixed]])
        for part in _BLENDED_PARTS:
            where = ONSET_SLICES[part]
            sibling = siblings[:, where]
            for o in (onset, target_onset):
                o[which, where] = torch.lerp(o[which, where], sibling, share[:, None])

    def _conditioning(
        self, sounds: Tensor, other: Tensor, share: Tensor, change: Tensor, stretch: Tensor
    ) -> Tensor:
        """Controls [B, CONTROLS], varied with the sounds."""
        own = self._controls[sounds]
        mixed = torch.lerp(own, self._controls[other], share[:, None])
        controls = torch.where(share[:, None] > 0, mixed, own)
        controls[:, 3] += change / self._scale.span[1]
        controls[:, 4] += stretch / self._scale.span[2]
        return controls

    def _weights(self, rows: Tensor, body: Tensor, sounding: Tensor) -> Tensor:
        """How much each level counts [B, P, D], sum 1."""
        loudest = torch.maximum(body.amax(dim=(1, 2)), rows.amax(dim=(1, 2)))[:, None, None]
        heard = ((body - loudest + _HEARD_NEPERS) / _HEARD_NEPERS).clamp(_LEAST_HEARD, 1.0)
        heard = heard * torch.where(sounding, 1.0, _SILENT_WEIGHT)[..., None]
        return heard / heard.sum()


def ahead(*drawers: Batches) -> Generator[Batch]:
    """Batches drawn on threads of their own while the last one is learnt from, from each in turn.

    Closing the iterator ends the threads.
    """
    lines: list[queue.Queue[Batch | BaseException]] = [queue.Queue(_QUEUED) for _ in drawers]
    ended = threading.Event()

    def work(batches: Batches, line: queue.Queue[Batch | BaseException]) -> None:
        try:
            while not ended.is_set():
                line.put(batches.draw())
        except BaseException as error:  # handed on to whoever waits
            line.put(error)

    threads = [
        threading.Thread(target=work, args=each, daemon=True)
        for each in zip(drawers, lines, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        for line in itertools.cycle(lines):
            batch = line.get()
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        ended.set()
        for line, thread in zip(lines, threads, strict=True):
            while not line.empty():
                line.get()
            thread.join()
