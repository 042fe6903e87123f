"""The decoder in torch, as TorchScript can keep it: from what a sound is to its levels on the grid.

The twin of messina.instrument.decoding, for one sound at a time.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from messina.export import tables
from messina.export.nn_synthesiser import register
from messina.frames.layout import BANDS, BODY_FLOOR, FUNDAMENTAL_OFFSET, HOP, ONSET_SLICES
from messina.instrument import Instrument
from messina.instrument.descriptors import POWER_SHARE
from messina.instrument.network import (
    BODY_SCALE,
    DECAY_SHARES,
    TIME_CONSTANTS,
    TIME_WAVES,
)
from messina.instrument.timegrid import LAST_FRAME, POINT_FRAMES
from messina.units import SAMPLE_RATE

__all__ = ["Decoder"]

_LOUD_FRAMES = 344
"""The first 2 s: where every frame is looked at for the loudest; later, only points are."""


class Decoder(nn.Module):
    """One instrument's decoder. P points, the last of them silence; D levels."""

    body_mean: Tensor
    onset_mean: Tensor
    onset_scale: Tensor
    onset_low: Tensor
    onset_high: Tensor
    labels: Tensor
    floor: Tensor
    ceiling: Tensor
    power_share: Tensor
    point_frames: Tensor
    low_point: Tensor
    point_share: Tensor
    stray_over_time: Tensor
    stray_over_body: Tensor
    time_constants: Tensor
    decay_shares: Tensor
    waves: Tensor
    centre: Tensor
    span: Tensor

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        config, arrays = instrument.network.config, instrument.network.arrays
        frames = np.append(POINT_FRAMES, LAST_FRAME + 1)[: config.points + 1]
        places = np.interp(np.arange(frames[-1] + 1), frames, np.arange(len(frames)))
        low = np.minimum(places.astype(np.int64), len(frames) - 2)
        ceiling = np.full(len(BODY_FLOOR), np.inf, np.float32)
        ceiling[BANDS] = BODY_FLOOR[BANDS]
        scale = instrument.manifest.scale
        register(
            self,
            {
                **{name: arrays[name] for name in ("body_mean", "onset_mean", "onset_scale")},
                "labels": arrays["labels"],
                "onset_low": tables.ONSET_LOW,
                "onset_high": tables.ONSET_HIGH,
                "floor": BODY_FLOOR,
                "ceiling": ceiling,
                "power_share": POWER_SHARE,
                "point_frames": frames,
                "low_point": low,
                "point_share": (places - low).astype(np.float32),
                "stray_over_time": tables.stray_over_time(config.points),
                "stray_over_body": tables.STRAY_OVER_BODY,
                "time_constants": np.array(TIME_CONSTANTS, np.float32),
                "decay_shares": np.array(DECAY_SHARES, np.float32),
                "waves": (np.pi * np.arange(1, TIME_WAVES + 1)).astype(np.float32),
                "centre": np.array(scale.centre, np.float32),
                "span": np.array(scale.span, np.float32),
            },
        )
        names = ("identity.0", "identity.1", "onset.0", "onset.1")
        self.identity_0, self.identity_1, self.onset_0, self.onset_1 = (
            _linear(instrument, name) for name in names
        )
        self.film, self.time, self.level, self.spread = (
            _linear(instrument, name) for name in ("film", "time", "level", "spread")
        )
        self.body = nn.ModuleList(_linear(instrument, f"body.{i}") for i in range(config.layers))
        self.width, self.layers, self.points = config.width, config.layers, config.points
        self.body_scale, self.limit = BODY_SCALE, tables.CONTROL_LIMIT
        self.note_centre, self.note_span = tables.NOTE_CENTRE, tables.NOTE_SPAN
        self.spread_low, self.spread_high = tables.SPREAD_RANGE
        self.most_deviation, self.heard = tables.MAX_DEVIATION, tables.AUDIBLE_NEPERS
        self.rate, self.hop = float(SAMPLE_RATE), HOP
        self.frames_a_second = SAMPLE_RATE / HOP
        self.log_last = math.log1p(LAST_FRAME / 2)
        self.loud_frames = min(_LOUD_FRAMES, int(frames[-1]))
        self.joined, self.onset_points = tables.JOINED_BANDS, tables.ONSET_POINTS
        offsets = ONSET_SLICES["offsets"]
        self.offsets_start, self.offsets_stop = offsets.start, offsets.stop
        self.fundamental = FUNDAMENTAL_OFFSET
        self.stray_moments, self.stray_knots = tables.STRAY_MOMENTS, tables.STRAY_KNOTS

    def decode(
        self, z: Tensor, label: int, controls: Tensor, pitched: bool, knots: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Points [P, D] and onset [1, ONSET_SIZE] of z [latent].

        controls: note, loudness in dB, brightness in Hz, decay in s. knots: how this take strays
        [STRAY_MOMENTS, STRAY_KNOTS], zeros for not at all.
        """
        condition = torch.cat([self.labels[label + 1], self.scaled(controls, pitched)])
        code = torch.cat([z, condition])[None]
        code = torch.nn.functional.silu(self.identity_0(code))
        code = torch.nn.functional.silu(self.identity_1(code))
        onset = self.onset_mean + self.onset_scale * self.onset_1(self.onset_0(code))
        onset = torch.minimum(torch.maximum(onset, self.onset_low), self.onset_high)
        if pitched:
            onset[0, self.offsets_start] = self.fundamental
        points = torch.cat([self.rows(code, controls[3], knots), self.floor[None]])
        self.join_neighbours(points, onset[0])
        return points, onset

    def join_neighbours(self, points: Tensor, onset: Tensor) -> None:
        """Makes one oscillator of two whose bands meet at a partial, in place."""
        offsets = onset[self.offsets_start : self.offsets_stop].double()
        near = 1.0 + offsets[1:] - offsets[:-1] < self.joined
        energy = torch.exp(2.0 * points[: self.onset_points]).sum(dim=0)
        for band in torch.nonzero(near)[:, 0]:
            low = int(band)
            louder, softer = low + 1, low
            if bool(energy[low] >= energy[low + 1]):
                louder, softer = low, low + 1
            both = torch.logaddexp(2.0 * points[:, louder], 2.0 * points[:, softer])
            points[:, louder] = 0.5 * both
            points[:, softer] = self.floor[softer]

    def scaled(self, controls: Tensor, pitched: bool) -> Tensor:
        note = (controls[:1] - self.note_centre) / self.note_span
        given = torch.ones(1)
        if not pitched:
            note, given = torch.zeros(1), torch.zeros(1)
        logs = torch.cat([controls[1:2], torch.log(controls[2:])])
        values = torch.cat([note, given, (logs - self.centre) / self.span])
        return values.clamp(-self.limit, self.limit)

    def rows(self, code: Tensor, decay_s: Tensor, knots: Tensor) -> Tensor:
        """[points, D]"""
        film = self.film(code).view(self.layers + 1, 2, self.width)
        h = self.time(self.time_features(decay_s))
        h = torch.nn.functional.silu(h * (1.0 + film[0, 0]) + film[0, 1])
        for i, layer in enumerate(self.body):
            inner = layer(torch.nn.functional.layer_norm(h, [self.width]))
            h = h + torch.nn.functional.silu(inner * (1.0 + film[i + 1, 0]) + film[i + 1, 1])
        levels = self.body_mean + self.body_scale * self.level(h)
        spread = self.spread(h).clamp(self.spread_low, self.spread_high)
        noise = torch.matmul(torch.matmul(self.stray_over_time, knots), self.stray_over_body)
        stray = (self.body_scale * torch.exp(spread) * noise).clamp(
            -self.most_deviation, self.most_deviation
        )
        levels = levels + stray * (levels > self.floor + 1.0)
        return torch.minimum(torch.maximum(levels, self.floor), self.ceiling)

    def time_features(self, decay_s: Tensor) -> Tensor:
        """[points, TIME_FEATURES]"""
        frames = self.point_frames[: self.points].float()[:, None]
        share = frames / (decay_s * self.frames_a_second).clamp(min=1.0)
        log_time = torch.log1p(frames / 2.0) / self.log_last
        angles = log_time * self.waves
        columns = [
            log_time,
            torch.exp(-frames / self.time_constants),
            torch.sin(angles),
            torch.cos(angles),
            torch.exp(-share / self.decay_shares),
            torch.log1p(4.0 * share) / 3.0,
        ]
        return torch.cat(columns, dim=1)

    def frames_heard(self, points: Tensor, length_s: float) -> int:
        """How many frames the sound lasts, if it has ended after length_s."""
        most = 1 + math.ceil(round(length_s * self.rate) / self.hop)
        return min(self.frames_audible(points), most)

    def frames_audible(self, points: Tensor) -> int:
        heard = torch.nonzero((points > self.floor + self.heard).any(dim=1))
        if len(heard) == 0:
            return 4
        last = min(int(heard[-1]) + 1, len(points) - 1)
        return max(4, int(self.point_frames[last]) + 1)

    def loudness(self, points: Tensor) -> float:
        """ln RMS of the loudest 50 ms, for a gain of 1."""
        low, share = self.low_point[: self.loud_frames], self.point_share[: self.loud_frames]
        rows = points[low] + share[:, None] * (points[low + 1] - points[low])
        powers = torch.matmul(torch.exp(2.0 * rows), self.power_share)
        width = min(9, len(powers))
        loudest = powers.unfold(0, width, 1).mean(dim=1).max()
        later = points[self.point_frames >= self.loud_frames]
        if len(later) > 0:
            power = torch.matmul(torch.exp(2.0 * later), self.power_share).max()
            loudest = torch.maximum(loudest, power)
        return 0.5 * math.log(max(float(loudest), 1e-12))


def _linear(instrument: Instrument, name: str) -> nn.Linear:
    arrays = instrument.network.arrays
    weight, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data = torch.from_numpy(weight.copy())
    layer.bias.data = torch.from_numpy(bias.copy())
    return layer.requires_grad_(False)
