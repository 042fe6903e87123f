"""New sounds drawn in torch: the counterpart of messina.instrument.sampling, with the same draws.

B sounds at once, of S known ones. Everything is a tensor operation on all of them, so that it can
be traced. A note or velocity that is not asked for is NaN.
"""

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from messina.counter_rng import Purpose
from messina.export import torch_tables
from messina.export.torch_operations import TorchRng, register, shifted
from messina.export.torch_sound_map import mixture
from messina.export.torch_tables import of_labels, of_sounds
from messina.export.torch_trajectories import warped
from messina.frames.layout import REFERENCE_HZ
from messina.instrument import Instrument, sampling
from messina.instrument.playing import SEMITONE_LIMIT
from messina.instrument.responses import FARTHEST_LN, VELOCITIES
from messina.instrument.trajectories import TRAJECTORY_DEVIATION, WARP, WARP_PIECES

__all__ = ["DRAWN", "Drawing"]

DRAWN: Final = (
    "label", "model", "z", "note", "loudness_db", "brightness_hz", "decay_s", "tilt", "knots",
    "warp", "gain_db", "length_s", "reference_hz", "key", "labels", "shares",
)  # fmt: skip
"""What `draw` and `at` tell of sounds; the model is the known sound whose modes the noise has, and
between the labels [B, K] they lie by their shares [B, K]."""

_BEYOND = 3.0  # semitones past the notes learnt that the network is asked for


class Drawing(nn.Module):
    """Draws sounds of one instrument."""

    means: Tensor
    squares: Tensor
    blurs: Tensor
    label_of: Tensor
    notes: Tensor
    loudness: Tensor
    rest: Tensor
    log_lengths: Tensor
    lasting: Tensor
    log_longest: Tensor
    counts: Tensor
    order: Tensor
    first_of: Tensor
    last_of: Tensor
    augmentation: Tensor
    pitched: Tensor
    note_range: Tensor
    centres: Tensor
    lines: Tensor
    model_db: Tensor
    played_db: Tensor
    velocities: Tensor
    augment_step: Tensor
    purposes: Tensor
    places: Tensor
    logs: Tensor
    takes: Tensor
    deviates: Tensor
    sustained: Tensor
    reaches: Tensor
    evenly: Tensor

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        known, responses = instrument.known, instrument.manifest.responses
        self.rng = TorchRng()
        register(self, of_sounds(known, responses))
        register(self, of_labels(known, responses))
        blurs = [sampling.typical_blur(known, label) for label in range(len(responses))]
        register(self, {"places": instrument.places.astype(np.float64), "takes": np.array(blurs)})
        tags = [Purpose.SOUND, Purpose.AUGMENT, Purpose.LAYER, Purpose.DEVIATION, Purpose.NOISE]
        tags += [Purpose.NEAR, Purpose.WARP]
        moves = instrument.trajectories.counts > 0
        register(
            self,
            {
                "deviates": np.where(moves, TRAJECTORY_DEVIATION, 1.0),
                "sustained": np.array([part is not None for part in known.steady]),
                "evenly": np.linspace(0.0, 1.0, WARP_PIECES + 1),
                "velocities": VELOCITIES,
                "augment_step": sampling.AUGMENT_STEP,
                "purposes": np.array([int(tag) for tag in tags]),
            },
        )
        self.sounds, self.latent = known.means.shape
        sustained = [label in known.sustained for label in range(len(responses))]
        register(
            self, {"reaches": np.where(sustained, sampling.SUSTAINED_REACH, sampling.NOTE_REACH)}
        )
        self.note_reach, self.loudness_reach, self.likely = (
            sampling.NOTE_REACH,
            sampling.LOUDNESS_REACH_DB,
            sampling.LIKELY,
        )
        self.half_way = sampling.HALF_WAY
        self.warps, self.warp_amount = WARP_PIECES, WARP
        self.layer_db, self.most_between = sampling.LAYER_DB, sampling.MOST_BETWEEN_DB
        self.shortest_step, self.longest_step = sampling.AUGMENT_STEP_RANGE
        self.augment_louder, self.tilt_per_db = sampling.AUGMENT_LOUDER_DB, sampling.TILT_PER_DB
        self.beyond, self.farthest = _BEYOND, FARTHEST_LN
        self.unpitched_note, self.most_semitones = torch_tables.UNPITCHED_NOTE, SEMITONE_LIMIT
        self.take_deviation, self.reference_hz = torch_tables.TAKE_DEVIATION, REFERENCE_HZ
        self.moments, self.knots = torch_tables.DEVIATION_MOMENTS, torch_tables.DEVIATION_KNOTS

    def draw(
        self, label: Tensor, note: Tensor, velocity: Tensor, wildness: Tensor, seed: Tensor
    ) -> dict[str, Tensor]:
        """Sounds of labels (-1: any) and seeds, whole numbers [B], at notes, velocities and
        wildnesses [B] in float64: see DRAWN. z and knots are [B, …], all else is [B]."""
        stream = self.rng.of_seed(seed)
        picked = shifted(self.rng.bits(stream, 0, 1)[:, 0] * self.sounds, 32)
        label = torch.where(label < 0, self.label_of[picked], label)
        pitched, own = self.pitched[label], self.label_of[None] == label[:, None]  # [B], [B, S]
        streams = self.rng.stream(stream[:, None], self.purposes)  # [B, tags, 2]
        numbers = self.rng.bits(streams[:, 0], 0, 4)
        chosen = shifted(numbers[:, 0] * self.counts[label], 32)
        model = self.order[self.first_of[label] + chosen]
        asked_note, asked = ~torch.isnan(note), ~torch.isnan(velocity)
        played = torch.where(pitched & asked_note, note, self.notes[model])
        step, louder = self.step(label, wildness, streams[:, 1])
        louder = torch.where(asked, torch.zeros_like(louder), louder)
        shift = self.centres[label, 2] * self.note_offset(label, note)
        at_random = self.loudness_between(own, model, wildness, streams[:, 2])
        model_db = self.at_velocity(self.model_db[label], velocity) + shift
        played_db = self.at_velocity(self.played_db[label], velocity) + shift
        loudness_db = torch.where(asked, model_db, at_random)
        gain_db = torch.where(asked, played_db, at_random)
        drawn = self.draw_latent(label, own, played, loudness_db, wildness, numbers, streams[:, 0])
        first, z, rest, lasting = drawn
        law = self.law(label, loudness_db, played)
        log_length = torch.minimum(law[:, 1] + lasting, self.log_longest[first])
        logs = law + rest
        away = torch.where(asked_note, note - self.unpitched_note, step[:, 0])
        count = self.moments * self.knots
        knots = self.rng.normals(streams[:, 3], 0, count)
        knots = knots.view(-1, self.moments, self.knots)
        drawn_sound = {
            "label": label,
            "model": first,
            "z": z.float(),
            "note": self.conditioning_note(label, played),
            "loudness_db": loudness_db,
            "brightness_hz": torch.exp(logs[:, 0]),
            "decay_s": torch.exp(logs[:, 1] + step[:, 2]),
            "tilt": step[:, 1] + self.tilt_per_db * louder,
            "knots": (self.take_deviation * self.deviates[first] * wildness)[:, None, None] * knots,
            "warp": self.warp(streams[:, 6], wildness),
            "gain_db": gain_db + louder,
            "length_s": torch.exp(log_length + step[:, 2]),
            "reference_hz": self.tuned_hz(played, away),
            "key": self.rng.bits(streams[:, 4], 0, 1)[:, 0],
            "labels": label[:, None],
            "shares": torch.ones_like(loudness_db)[:, None],
        }
        return self.in_time(drawn_sound)

    def in_time(self, sounds: dict[str, Tensor]) -> dict[str, Tensor]:
        """Gives sustained sounds the length, steady part and release of the known sounds they are
        like.
        """
        model = sounds["model"]
        sustained = self.sustained[model]
        own_decay, own_length = torch.exp(self.logs[model, 1]), torch.exp(self.log_lengths[model])
        sounds["decay_s"] = torch.where(sustained, own_decay, sounds["decay_s"])
        sounds["length_s"] = torch.where(sustained, own_length, sounds["length_s"])
        sounds["warp"] = torch.where(sustained[:, None], self.evenly[None], sounds["warp"])
        return sounds

    def at(
        self,
        point: Tensor,
        label: Tensor,
        note: Tensor,
        velocity: Tensor,
        wildness: Tensor,
        seed: Tensor,
    ) -> dict[str, Tensor]:
        """Takes of what lies at points of the map [B, 2]; otherwise as `draw`.

        The rule is that of messina.instrument.sound_map.
        """
        sounds, weights = mixture(self.places, self.label_of, point, label)
        nearest = sounds[:, 0]
        own = self.label_of[nearest]
        noted = self.notes[nearest]
        played = torch.where(torch.isnan(noted) | torch.isnan(note), noted, note)
        asked = ~torch.isnan(velocity)
        shift = self.centres[own, 2] * self.note_offset(own, played)
        model_db = self.at_velocity(self.model_db[own], velocity) + shift
        played_db = self.at_velocity(self.played_db[own], velocity) + shift
        between_db = (weights * self.loudness[sounds]).sum(dim=1)
        loudness_db = torch.where(asked, model_db, between_db)
        gain_db = torch.where(asked, played_db, between_db)
        logs = (weights[:, :, None] * self.logs[sounds]).sum(dim=1)
        brighter = self.law(own, loudness_db, played) - self.law(own, gain_db, played)
        streams = self.rng.stream(self.rng.of_seed(seed)[:, None], self.purposes)
        blur = self.takes[own] * self.rng.normals(streams[:, 5], 0, self.latent)
        z = (weights[:, :, None] * self.means[sounds]).sum(dim=1)
        away = torch.where(torch.isnan(note), torch.zeros_like(note), note - self.unpitched_note)
        knots = self.rng.normals(streams[:, 3], 0, self.moments * self.knots)
        knots = self.deviates[nearest, None, None] * knots.view(-1, self.moments, self.knots)
        far = self.take_deviation * wildness
        drawn_sound = {
            "label": own,
            "model": nearest,
            "z": (z + far[:, None] * blur).float(),
            "note": self.conditioning_note(own, played),
            "loudness_db": loudness_db,
            "brightness_hz": torch.exp(logs[:, 0] + brighter[:, 0]),
            "decay_s": torch.exp(logs[:, 1]),
            "tilt": torch.zeros_like(gain_db),
            "knots": far[:, None, None] * knots,
            "warp": self.warp(streams[:, 6], wildness),
            "gain_db": gain_db,
            "length_s": torch.exp((weights * self.log_lengths[sounds]).sum(dim=1)),
            "reference_hz": self.tuned_hz(played, away),
            "key": self.rng.bits(streams[:, 4], 0, 1)[:, 0],
            "labels": self.label_of[sounds],
            "shares": weights,
        }
        return self.in_time(drawn_sound)

    def warp(self, key: Tensor, wildness: Tensor) -> Tensor:
        """How time runs in sounds that move [B, WARP_PIECES + 1], 0 … 1."""
        return warped(self.rng.normals(key, 0, self.warps), self.warp_amount * wildness)

    def conditioning_note(self, label: Tensor, played: Tensor) -> Tensor:
        """The note that the network is conditioned on; NaN for what has no pitch."""
        low, high = self.note_range[label, 0], self.note_range[label, 1]
        held = torch.minimum(torch.maximum(played, low - self.beyond), high + self.beyond)
        return torch.where(self.pitched[label], held, torch.full_like(held, torch.nan))

    def tuned_hz(self, played: Tensor, away: Tensor) -> Tensor:
        """Fundamentals of sounds at notes, and, of those without one, so many semitones away."""
        away = away.clamp(-self.most_semitones, self.most_semitones)
        unpitched_hz = self.reference_hz * torch.pow(2.0, away / 12.0)
        own_hz = 440.0 * torch.pow(2.0, (played - 69.0) / 12.0)
        return torch.where(torch.isnan(played), unpitched_hz, own_hz)

    def note_offset(self, label: Tensor, note: Tensor) -> Tensor:
        """Semitones over a label's centre, as far as it reaches; 0 without a note."""
        low, high = self.note_range[label, 0], self.note_range[label, 1]
        held = torch.minimum(torch.maximum(note, low), high) - self.centres[label, 0]
        return torch.where(torch.isnan(note) | ~self.pitched[label], torch.zeros_like(held), held)

    def at_velocity(self, curves: Tensor, velocity: Tensor) -> Tensor:
        """Curves [B, VELOCITIES] at each sound's velocity [B]."""
        count = curves.shape[1]
        above = (self.velocities[None] <= velocity[:, None]).sum(dim=1).clamp(1, count - 1)
        start, stop = self.velocities[above - 1], self.velocities[above]
        share = ((velocity - start) / (stop - start)).clamp(0.0, 1.0)
        low = torch.gather(curves, 1, above[:, None] - 1)[:, 0]
        high = torch.gather(curves, 1, above[:, None])[:, 0]
        return low + share * (high - low)

    def law(self, label: Tensor, loudness_db: Tensor, note: Tensor) -> Tensor:
        """ln brightness and ln decay [B, 2] that are typical of a label at a loudness and note."""
        line = self.lines[label]  # [B, 2, (centre, by dB, by note)]
        louder = (loudness_db - self.centres[label, 1])[:, None]
        higher = self.note_offset(label, note)[:, None]
        value = line[:, :, 0] + line[:, :, 1] * louder + line[:, :, 2] * higher
        return value.clamp(-self.farthest, self.farthest)

    def step(self, label: Tensor, wildness: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
        """Augmentation of labels with few sounds.

        Three deviations [B, 3], and one of loudness in dB [B].
        """
        augmented = wildness * self.augmentation[label]
        ones = torch.ones_like(augmented)
        tuned = torch.stack([(~self.pitched[label]).double(), ones, ones], dim=1)
        direction = self.rng.normals(key, 0, 3) * tuned
        length = torch.sqrt((direction**2).sum(dim=1, keepdim=True)).clamp(min=1e-9)
        reach = self.longest_step - self.shortest_step
        far = self.shortest_step + reach * self.rng.uniforms(key, 6, 1)
        step = augmented[:, None] * far * self.augment_step * direction * (3.0**0.5 / length)
        return step, augmented * self.augment_louder * self.rng.normals(key, 7, 1)[:, 0]

    def loudness_between(self, own: Tensor, model: Tensor, wildness: Tensor, key: Tensor) -> Tensor:
        """Loudness [B] where none is asked for: near the model's, between its layer and others."""
        apart = (self.notes[None] - self.notes[model, None]).abs()
        near = own & ~(apart > self.note_reach)
        level = self.loudness[None] - self.loudness[model, None]
        number = self.rng.uniforms(key, 0, 1)[:, 0]
        low = -self.nearest_layer(-level, near)
        high = self.nearest_layer(level, near)
        return self.loudness[model] + wildness.clamp(max=1.0) * (low + (high - low) * number)

    def nearest_layer(self, level: Tensor, near: Tensor) -> Tensor:
        """Half way to the nearest of the other layers [B]; 0 without any."""
        none = torch.full_like(level, torch.inf)
        gap = torch.where(near & (level > self.layer_db), level, none).amin(dim=1)
        gap = torch.where(torch.isinf(gap), torch.zeros_like(gap), gap)
        return (0.5 * gap).clamp(max=self.most_between)

    def draw_latent(
        self,
        label: Tensor,
        own: Tensor,
        note: Tensor,
        loudness_db: Tensor,
        wildness: Tensor,
        numbers: Tensor,
        key: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Its model [B], z [B, latent], how much brighter and longer than its law [B, 2], ln of how
        many times the decay of that it lasts [B]."""
        weights = self.nearness(label, own, note, loudness_db)  # [B, S]
        sums = torch.cumsum(weights, dim=1)
        likely = weights >= self.likely * weights.amax(dim=1, keepdim=True)
        typical = self.typical(likely, weights)
        chances = numbers[:, 1:3].double() / 2.0**32 * sums[:, -1:]
        found = (sums[:, None] <= chances[:, :, None]).sum(dim=2)
        found = torch.minimum(found, self.last_of[label][:, None])
        first, second = found[:, 0], found[:, 1]
        share = (0.5 * (numbers[:, 3].double() / 2.0**32))[:, None]
        blur = self.blurs[first] * self.rng.normals(key, 4, self.latent)
        between = (1.0 - share) * self.means[first] + share * self.means[second]
        z = self.means[typical] + wildness[:, None] * (between + blur - self.means[typical])
        rest = (1.0 - share) * self.rest[first] + share * self.rest[second]
        lasting = (1.0 - share[:, 0]) * self.lasting[first]
        lasting = lasting + share[:, 0] * self.lasting[second]
        model = torch.where(wildness < self.half_way, typical, first)
        return model, z, wildness.clamp(max=1.5)[:, None] * rest, lasting

    def nearness(self, label: Tensor, own: Tensor, note: Tensor, loudness_db: Tensor) -> Tensor:
        """Probability [B, S] of each known sound to be drawn from."""
        away = (self.loudness[None] - loudness_db[:, None]).abs() / self.loudness_reach
        apart = (self.notes[None] - note[:, None]).abs() / self.reaches[label][:, None]
        known = ~torch.isnan(apart) & self.pitched[label][:, None]
        away = away + torch.where(known, apart, torch.zeros_like(apart))
        away = torch.where(own, away, torch.full_like(away, torch.inf))
        chance = torch.exp(away.amin(dim=1, keepdim=True) - away) + 1e-6
        chance = torch.where(own, chance, torch.zeros_like(chance))
        return chance / chance.sum(dim=1, keepdim=True)

    def typical(self, likely: Tensor, weights: Tensor) -> Tensor:
        """Of the likely sounds [B, S] the one [B] whose latent is nearest to the weighted mean."""
        centre = torch.matmul(weights, self.means)
        far = self.squares - 2.0 * torch.matmul(centre, self.means.t())  # less that of the centre
        return torch.argmin(torch.where(likely, far, torch.full_like(far, torch.inf)), dim=1)
