"""The decoder in torch: from latent and controls to levels on the time grid, and to frames.

As messina.instrument.decoding, for B sounds at once. P points, the last of them silence;
D levels; T frames, each of which has a row: its levels, and the cents by which pitch is moved. What
is scripted leaves out what changes nothing; what is traced has no branches.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from messina.export import torch_tables
from messina.export.torch_operations import register
from messina.export.torch_trajectories import TorchTrajectories
from messina.frames.layout import BANDS, BODY_FLOOR, HOP, ONSET_SLICES, PARTIAL_FLOOR, REFERENCE_HZ
from messina.frames.layout import FUNDAMENTAL_OFFSET as FUNDAMENTAL
from messina.frames.noise import GROUP_BINS
from messina.instrument import Instrument
from messina.instrument.controls import MOST_TILT, OCTAVES
from messina.instrument.decoding import LOUDEST_NEPERS
from messina.instrument.descriptors import POWER_SHARE
from messina.instrument.network import BODY_SCALE, DECAY_SHARES, TIME_CONSTANTS, TIME_WAVES
from messina.instrument.timegrid import LAST_FRAME, POINT_FRAMES
from messina.units import NEPERS_TO_DB, SAMPLE_RATE

__all__ = ["Decoder"]

_LOUDEST_FRAMES = 9  # 50 ms
_LEAST_FRAMES = 4


class Decoder(nn.Module):
    """The decoder of one instrument, from drawn latents to rows of levels."""

    body_mean: Tensor
    onset_mean: Tensor
    onset_scale: Tensor
    onset_low: Tensor
    onset_high: Tensor
    labels: Tensor
    floor: Tensor
    power_share: Tensor
    point_frames: Tensor
    low_point: Tensor
    point_share: Tensor
    deviation_over_time: Tensor
    deviation_over_body: Tensor
    time_constants: Tensor
    decay_shares: Tensor
    waves: Tensor
    centre: Tensor
    span: Tensor
    octaves: Tensor
    group_bins: Tensor
    band: Tensor

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        config, arrays = instrument.network.config, instrument.network.arrays
        frames = np.append(POINT_FRAMES, LAST_FRAME + 1)[: config.points + 1]
        places = np.interp(np.arange(frames[-1] + 1), frames, np.arange(len(frames)))
        low = np.minimum(places.astype(np.int64), len(frames) - 2)
        scale = instrument.manifest.scale
        register(
            self,
            {
                **{name: arrays[name] for name in ("body_mean", "onset_mean", "onset_scale")},
                "labels": arrays["labels"],
                "onset_low": torch_tables.ONSET_LOW,
                "onset_high": torch_tables.ONSET_HIGH,
                "floor": BODY_FLOOR,
                "power_share": POWER_SHARE,
                "point_frames": frames,
                "low_point": low,
                "point_share": (places - low).astype(np.float32),
                "deviation_over_time": torch_tables.deviation_over_time(config.points),
                "deviation_over_body": torch_tables.DEVIATION_OVER_BODY,
                "time_constants": np.array(TIME_CONSTANTS, np.float32),
                "decay_shares": np.array(DECAY_SHARES, np.float32),
                "waves": (np.pi * np.arange(1, TIME_WAVES + 1)).astype(np.float32),
                "centre": np.array(scale.centre),
                "span": np.array(scale.span),
                "octaves": OCTAVES.astype(np.float64),
                "group_bins": GROUP_BINS,
                "band": np.arange(BANDS),
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
        self.bands, self.groups = BANDS, len(GROUP_BINS)
        self.body_scale, self.limit = BODY_SCALE, torch_tables.CONTROL_LIMIT
        self.note_centre, self.note_span = torch_tables.NOTE_CENTRE, torch_tables.NOTE_SPAN
        self.spread_low, self.spread_high = torch_tables.SPREAD_RANGE
        self.most_deviation, self.heard = torch_tables.MAX_DEVIATION, torch_tables.AUDIBLE_NEPERS
        self.most_tilt, self.noise_floor = MOST_TILT, float(BODY_FLOOR[BANDS:].max())
        self.rate, self.hop = float(SAMPLE_RATE), HOP
        self.log_last = math.log1p(LAST_FRAME / 2)
        self.loudest = LOUDEST_NEPERS
        self.joined, self.onset_points = torch_tables.JOINED_BANDS, torch_tables.ONSET_POINTS
        self.partial_floor, self.silent_power = PARTIAL_FLOOR, math.exp(2.0 * PARTIAL_FLOOR)
        offsets = ONSET_SLICES["offsets"]
        assert offsets.start == 0
        self.offsets, self.fundamental, self.reference_hz = offsets.stop, FUNDAMENTAL, REFERENCE_HZ
        self.least_frames, self.most_frames = _LEAST_FRAMES, LAST_FRAME + 1
        self.loudest_frames, self.most_correction = _LOUDEST_FRAMES, torch_tables.MOST_CORRECTION_DB
        self.decibels = NEPERS_TO_DB
        self.trajectories = TorchTrajectories(instrument)
        self.glide_at = ONSET_SLICES["glide"].start

    def decode(self, drawn: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Points [B, P, D] and onsets [B, ONSET_SIZE] of what was drawn; see torch_drawing."""
        note, decay_s = drawn["note"], drawn["decay_s"]
        controls = torch.stack(
            [drawn["loudness_db"], torch.log(drawn["brightness_hz"]), torch.log(decay_s)], dim=1
        )
        shares = drawn["shares"][:, :, None]
        named = (shares * self.labels[drawn["labels"] + 1].double()).sum(dim=1).float()
        condition = torch.cat([named, self.scaled(note, controls)], dim=1)
        code = torch.cat([drawn["z"], condition], dim=1)
        code = torch.nn.functional.silu(self.identity_0(code))
        code = torch.nn.functional.silu(self.identity_1(code))
        onset = self.onset_mean + self.onset_scale * self.onset_1(self.onset_0(code))
        onset = torch.minimum(torch.maximum(onset, self.onset_low), self.onset_high)
        tuned = torch.full_like(onset[:, :1], self.fundamental)
        lowest = torch.where(torch.isnan(note)[:, None], onset[:, :1], tuned)
        onset = torch.cat([lowest, onset[:, 1:]], dim=1)
        if self.trajectories.some:  # a contour tells all of how pitch moves
            at = self.glide_at
            glide = onset[:, at : at + 1]
            bends = self.trajectories.bends(drawn["model"])[:, None]
            glide = torch.where(bends, torch.zeros_like(glide), glide)
            onset = torch.cat([onset[:, :at], glide, onset[:, at + 1 :]], dim=1)
        points = self.joined_neighbours(self.rows(code, decay_s, drawn["knots"]), onset)
        points = self.tilted(points, drawn["tilt"])
        points = self.transposed(points, self.noise_ratio(drawn), self.noise_floor)
        silence = self.floor.expand(points.shape[0], 1, self.floor.shape[0])
        return torch.cat([points, silence], dim=1), onset

    def noise_ratio(self, drawn: dict[str, Tensor]) -> Tensor:
        """How far the noise of sounds is moved up [B]: 1 where they have a pitch of their own."""
        ratio = drawn["reference_hz"] / self.reference_hz
        return torch.where(torch.isnan(drawn["note"]), ratio, torch.ones_like(ratio))

    def played(self, points: Tensor, drawn: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Rows [B, T, D + 1], frames [B] and gains [B] of decoded points; moving where they do."""
        frames = self.frames_heard(points, drawn["length_s"])
        louder = torch.zeros_like(drawn["gain_db"])
        if not self.trajectories.some:
            body = self.frames_of(points, frames)
            gain = self.gain(body, frames, drawn["gain_db"], louder)
            return torch.cat([body, torch.zeros_like(body[:, :, :1])], dim=2), frames, gain
        model = drawn["model"]
        moves = self.trajectories.moves(model)
        whole = self.frames_within(drawn["length_s"])
        frames = torch.where(moves, whole.clamp(max=len(self.low_point)), frames)
        body = self.frames_of(points, frames)
        louder = torch.where(moves, self.trajectories.louder[model], louder)
        gain = self.gain(body, frames, drawn["gain_db"], louder)
        # One for each sound, of however many: traced, an expansion would be to so many for ever.
        basis = self.trajectories.basis + torch.zeros_like(louder).float()[:, None, None]
        basis = self.transposed(basis, self.noise_ratio(drawn), 0.0)
        added = self.trajectories.rows(basis, model, drawn["warp"], whole, body.shape[1])
        moving = torch.maximum(body + added[:, :, :-1], self.floor).clamp(max=self.loudest)
        body = torch.where(moves[:, None, None], moving, body)
        return torch.cat([body, added[:, :, -1:]], dim=2), frames, gain

    def ended(self, rows: Tensor, frames: Tensor, count: int) -> Tensor:
        """Rows [B, T, D + 1] padded to `count` rows.

        After `frames` [B] silence, at the last pitch.
        """
        at = torch.arange(count)[None]
        last = torch.minimum(at.expand(rows.shape[0], -1), frames[:, None] - 1)
        cents = torch.gather(rows[:, :, -1], 1, last)
        levels = rows[:, torch.arange(count).clamp(max=rows.shape[1] - 1), :-1]
        levels = torch.where((at < frames[:, None])[:, :, None], levels, self.floor)
        return torch.cat([levels, cents[:, :, None]], dim=2)

    def scaled(self, note: Tensor, controls: Tensor) -> Tensor:
        """Note and (loudness, ln brightness, ln decay) [B, 3] as the network takes them."""
        given = (~torch.isnan(note)).double()
        higher = torch.nan_to_num((note - self.note_centre) / self.note_span, nan=0.0)
        rest = (controls - self.centre) / self.span
        values = torch.cat([higher[:, None], given[:, None], rest], dim=1)
        return values.clamp(-self.limit, self.limit).float()

    def rows(self, code: Tensor, decay_s: Tensor, knots: Tensor) -> Tensor:
        """Levels on the time grid [B, P - 1, D].

        knots [B, moments, knots]: deviations of a take, zeros for none.
        """
        film = self.film(code).view(-1, self.layers + 1, 2, 1, self.width)
        h = self.time(self.time_features(decay_s))
        h = torch.nn.functional.silu(h * (1.0 + film[:, 0, 0]) + film[:, 0, 1])
        for i, layer in enumerate(self.body):
            inner = layer(torch.nn.functional.layer_norm(h, [self.width]))
            h = h + torch.nn.functional.silu(inner * (1.0 + film[:, i + 1, 0]) + film[:, i + 1, 1])
        levels = self.body_mean + self.body_scale * self.level(h)
        spread = self.spread(h).clamp(self.spread_low, self.spread_high)
        slow = torch.matmul(self.deviation_over_time, knots.float())
        noise = torch.matmul(slow, self.deviation_over_body)
        deviation = (self.body_scale * torch.exp(spread) * noise).clamp(
            -self.most_deviation, self.most_deviation
        )
        levels = levels + deviation * (levels > self.floor + 1.0)
        return torch.maximum(levels, self.floor).clamp(max=self.loudest)

    def time_features(self, decay_s: Tensor) -> Tensor:
        """Features of the moments of the time grid [B, P - 1, TIME_FEATURES], as in numpy."""
        frames = self.point_frames[None, : self.points, None].float()
        decay = (decay_s * self.rate / self.hop).clamp(min=1.0).float()
        share = frames / decay[:, None, None]
        log_time = (torch.log1p(frames / 2.0) / self.log_last).expand_as(share)
        angles = log_time * self.waves
        columns = [
            log_time,
            torch.exp(-frames / self.time_constants).expand(share.shape[0], -1, -1),
            torch.sin(angles),
            torch.cos(angles),
            torch.exp(-share / self.decay_shares),
            torch.log1p(4.0 * share) / 3.0,
        ]
        return torch.cat(columns, dim=2)

    def joined_neighbours(self, points: Tensor, onset: Tensor) -> Tensor:
        """One oscillator made of two whose bands meet at a partial.

        Band after band, what the softer has gathered goes to the louder. So what arrives in a
        band is the run of bands below it that each go up, itself included.
        """
        offsets = onset[:, : self.offsets].double()
        near = 1.0 + offsets[:, 1:] - offsets[:, :-1] < self.joined
        if torch.jit.is_scripting() and not bool(near.any()):
            return points
        partials = points[:, :, : self.bands]
        energy = torch.exp(2.0 * partials[:, : self.onset_points]).sum(dim=1)
        lower_wins = energy[:, :-1] >= energy[:, 1:]
        no = torch.zeros_like(near[:, :1])
        up = torch.cat([near & ~lower_wins, no], dim=1)  # [B, BANDS]: to the band above
        taken = torch.cat([no, near & lower_wins], dim=1)  # by the band below
        below = torch.cat([no, up[:, :-1]], dim=1)
        run = torch.cumsum((~below).long(), dim=1)
        together = (run[:, :, None] == run[:, None]) & (self.band[:, None] >= self.band)
        power = torch.exp(2.0 * partials)
        silent = torch.full_like(power, self.silent_power)
        left = torch.where(taken[:, None], silent, power)
        gathered = torch.matmul(left, together.float().transpose(1, 2))
        above = torch.cat([power[:, :, 1:], silent[:, :, :1]], dim=2)
        takes = torch.cat([taken[:, 1:], no], dim=1)
        joined = 0.5 * torch.log(gathered + takes[:, None] * above)
        joined = torch.where((below | takes)[:, None], joined, partials)
        silent = torch.full_like(joined, self.partial_floor)
        joined = torch.where(((up | taken) & ~takes)[:, None], silent, joined)
        return torch.cat([joined, points[:, :, self.bands :]], dim=2)

    def tilted(self, points: Tensor, slope: Tensor) -> Tensor:
        """Brighter or duller by slopes [B] in nepers an octave; silence stays silence."""
        if torch.jit.is_scripting() and not bool(slope.any()):
            return points
        change = (slope[:, None] * self.octaves).clamp(-self.most_tilt, self.most_tilt).float()
        moved = torch.where(points > self.floor + 0.5, points + change[:, None], points)
        return torch.maximum(moved, self.floor)

    def transposed(self, points: Tensor, ratio: Tensor, beyond: float) -> Tensor:
        """The noise moved up by ratios [B]; beyond: where there was none."""
        if torch.jit.is_scripting() and bool((ratio == 1.0).all()):
            return points
        wanted = self.group_bins / ratio[:, None]
        high = (self.group_bins <= wanted[:, :, None]).sum(dim=2).clamp(1, self.groups - 1)
        start, stop = self.group_bins[high - 1], self.group_bins[high]
        share = ((wanted - start) / (stop - start)).clamp(0.0, 1.0).float()[:, None]
        noise = points[:, :, self.bands :]
        low = torch.gather(noise, 2, (high - 1)[:, None].expand_as(noise))
        moved = low + share * (torch.gather(noise, 2, high[:, None].expand_as(noise)) - low)
        over = (wanted > self.group_bins[-1])[:, None]
        moved = torch.where(over, torch.full_like(moved, beyond), moved)
        moved = torch.where((ratio == 1.0)[:, None, None], noise, moved)
        return torch.cat([points[:, :, : self.bands], moved], dim=2)

    def frames_heard(self, points: Tensor, length_s: Tensor) -> Tensor:
        """How many frames [B] sounds last that have ended after length_s [B]."""
        audible = (points > self.floor + self.heard).any(dim=2).long()
        last = (audible * torch.arange(1, self.points + 2)).amax(dim=1).clamp(max=self.points)
        ends = torch.where(last > 0, self.point_frames[last], torch.zeros_like(last))
        frames = (ends + 1).clamp(self.least_frames, self.most_frames)
        return torch.minimum(frames, self.frames_within(length_s))

    def frames_within(self, length_s: Tensor) -> Tensor:
        """Length in frames [B] of sounds of length_s [B]."""
        return (1.0 + torch.ceil(torch.round(length_s * self.rate) / self.hop)).long()

    def frames_of(self, points: Tensor, frames: Tensor) -> Tensor:
        """Levels [B, T, D] at every frame, straight lines between points."""
        low, share = self.low_point, self.point_share
        if torch.jit.is_scripting():  # what is traced has one length
            count = int(frames.max())
            low, share = low[:count], share[:count]
        before, after = points[:, low], points[:, low + 1]
        return before + share[:, None] * (after - before)

    def gain(self, body: Tensor, frames: Tensor, gain_db: Tensor, louder_db: Tensor) -> Tensor:
        """Gains [B] that make sounds as loud as asked for, 50 ms at their loudest.

        louder_db [B]: by which they will be louder than these levels.
        """
        powers = torch.matmul(torch.exp(2.0 * body), self.power_share).double()
        sums = torch.cat([torch.zeros_like(powers[:, :1]), torch.cumsum(powers, dim=1)], dim=1)
        width = frames.clamp(max=self.loudest_frames)[:, None]
        ends = torch.arange(powers.shape[1]) + width
        inside = ends <= frames[:, None]
        ends = torch.minimum(ends, frames[:, None])
        windows = (torch.gather(sums, 1, ends) - sums[:, :-1]) / width
        loudest = torch.where(inside, windows, torch.zeros_like(windows)).amax(dim=1)
        error_db = 0.5 * self.decibels * torch.log(loudest.clamp(min=1e-12))
        error_db = (error_db + louder_db).clamp(-self.most_correction, self.most_correction)
        return torch.pow(10.0, (gain_db - error_db) / 20.0)


def _linear(instrument: Instrument, name: str) -> nn.Linear:
    arrays = instrument.network.arrays
    weight, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data = torch.from_numpy(weight.copy())
    layer.bias.data = torch.from_numpy(bias.copy())
    return layer.requires_grad_(False)
