"""New sounds drawn in torch, as TorchScript can keep it: what a player's controls ask for.

The twin of messina.instrument.sampling and .responses. Beside wildness there is a place on a map:
x and y move the identity along the two directions in which the sounds of its label differ most,
-1 … 1 from one end of them to the other.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.export import tables
from messina.export.nn_decoder import Decoder
from messina.export.nn_random import Chance
from messina.export.nn_synthesiser import register
from messina.frames.layout import BANDS, BODY_FLOOR, REFERENCE_HZ
from messina.instrument import Instrument
from messina.instrument.drum_map import assign_keys, is_hi_hat
from messina.instrument.responses import VELOCITIES, Line, Response
from messina.instrument.sampling import (
    LONE_STEP,
    LONE_STEP_RANGE,
    LOUDNESS_REACH_DB,
    NOTE_REACH,
    Known,
    blur_of,
    loneliness,
)
from messina.instrument.transposition import GROUP_BINS, MOST_TILT, OCTAVES

__all__ = ["Drawing"]

_BEYOND = 3.0  # semitones past the notes learnt that the network is asked for
_ENDS = 1.5  # standard deviations from the middle of the map to its edge


def _axes(known: Known, labels: int) -> NDArray[np.float32]:
    """Directions of the map [labels, 2, latent], as long as from its middle to its edge."""
    overall = _two_directions(known.means.astype(np.float64))
    axes = []
    for label in range(labels):
        own = known.means[known.labels == label].astype(np.float64)
        axes.append(_two_directions(own) if len(own) > 2 else 0.5 * overall)
    return _ENDS * np.array(axes, np.float32)


def _two_directions(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Principal directions [2, latent] times the spread along them, each pointing one way."""
    directions = np.zeros((2, means.shape[1]))
    _, sizes, rows = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
    for i, (size, row) in enumerate(zip(sizes[:2], rows[:2], strict=True)):
        way = np.sign(row[np.argmax(np.abs(row))])
        directions[i] = way * row * size / np.sqrt(len(means))
    return directions


def _line(line: Line) -> tuple[float, float, float]:
    return line.centre, line.per_db, line.per_note


class Drawing(nn.Module):
    """Draws and decodes sounds of one instrument."""

    means: Tensor
    blurs: Tensor
    of_label: Tensor
    notes: Tensor
    loudness: Tensor
    rest: Tensor
    log_lengths: Tensor
    axes: Tensor
    velocities: Tensor
    model_db: Tensor
    played_db: Tensor
    laws: Tensor
    ranges: Tensor
    label_of_key: Tensor
    chokes: Tensor
    lone: Tensor
    lone_step: Tensor
    octaves: Tensor
    group_bins: Tensor

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        known, responses = instrument.known, instrument.manifest.responses
        self.decoder, self.chance = Decoder(instrument), Chance()
        register(self, _known_arrays(known, responses))
        register(
            self,
            {
                "axes": _axes(known, len(responses)),
                "velocities": VELOCITIES,
                "model_db": np.array([r.loudness_db for r in responses]),
                "played_db": np.array([r.played_db for r in responses]),
                "laws": np.array([_law(r) for r in responses]),
                "ranges": np.array([_range(r) for r in responses]),
                "label_of_key": _label_of_key(responses),
                "chokes": np.array([is_hi_hat(r.label) and not r.pitched for r in responses]),
                "lone": np.array([loneliness(n) for n in _counts(known, len(responses))]),
                "lone_step": LONE_STEP,
                "octaves": OCTAVES,
                "group_bins": GROUP_BINS,
            },
        )
        self.latent = known.means.shape[1]
        self.loudness_reach, self.note_reach = LOUDNESS_REACH_DB, NOTE_REACH
        self.shortest_step, self.longest_step = LONE_STEP_RANGE
        self.beyond, self.most_tilt, self.bands = _BEYOND, MOST_TILT, BANDS
        self.noise_floor = float(BODY_FLOOR[BANDS:].max())
        self.most_correction_db = tables.MOST_CORRECTION_DB
        self.take_deviation, self.reference_hz = tables.TAKE_DEVIATION, REFERENCE_HZ

    def label_at(self, note: float) -> int:
        return int(self.label_of_key[min(max(math.floor(note + 0.5), 0), 127)])

    def choked(self, label: int) -> bool:
        """Whether a sound of this label cuts the others like it off."""
        return bool(self.chokes[label])

    def draw(
        self, label: int, note: float, velocity: float, wildness: float, place: Tensor, key: int
    ) -> tuple[Tensor, Tensor, float, float, int]:
        """A sound: points [P, D], onset [1, ONSET_SIZE], pitch in Hz, gain, frames.

        velocity 1 … 127, wildness 0 … 2, place [2] on the map. The key is all its chance.
        """
        pitched = bool(self.ranges[label, 0] >= 0.0)
        law, reach = self.laws[label], self.ranges[label]
        higher = 0.0
        if pitched:
            higher = min(max(note, float(reach[0])), float(reach[1])) - float(law[0])
        shift = float(law[2]) * higher
        loudness_db = self.at_velocity(self.model_db[label], velocity) + shift
        played_db = self.at_velocity(self.played_db[label], velocity) + shift
        step = self.step(label, wildness, key)
        z, rest, length_s = self.identity(label, note, loudness_db, wildness, place, key)
        rest = rest + torch.stack([torch.zeros_like(step[2]), step[2]])
        length_s *= math.exp(float(step[2]))
        louder = loudness_db - float(law[1])
        lines = law[3:].view(2, 3)
        logs = lines[:, 0] + lines[:, 1] * louder + lines[:, 2] * higher + rest
        told = min(max(note, float(reach[0]) - self.beyond), float(reach[1]) + self.beyond)
        controls = torch.cat([torch.tensor([told, loudness_db]), torch.exp(logs)])
        count = self.decoder.stray_moments * self.decoder.stray_knots
        knots = self.chance.normal(key, 1000, count).view(self.decoder.stray_moments, -1)
        knots = (self.take_deviation * wildness * knots).float()
        points, onset = self.decoder.decode(z, label, controls.float(), pitched, knots)
        pitch_hz = self.reference_hz * 2.0 ** (float(step[0]) / 12.0)
        if bool(self.lone[label] > 0.0):
            points = self.transposed(self.tilted(points, step[1]), pitch_hz / self.reference_hz)
        error_db = self.decoder.loudness(points) * 8.685889638065035
        error_db = min(max(error_db, -self.most_correction_db), self.most_correction_db)
        if pitched:
            pitch_hz = 440.0 * 2.0 ** ((note - 69.0) / 12.0)
        gain = 10.0 ** ((played_db - error_db) / 20.0)
        return points, onset, pitch_hz, gain, self.decoder.frames_heard(points, length_s)

    def step(self, label: int, wildness: float, key: int) -> Tensor:
        """How far a sound nearly alone of its label strays [3]; see messina.instrument.sampling."""
        direction = self.chance.normal(key, 600, 3)
        if bool(self.ranges[label, 0] >= 0.0):
            direction = direction * torch.tensor([0.0, 1.0, 1.0])
        direction = direction * (math.sqrt(3.0) / direction.norm().clamp(min=1e-9))
        reach = self.longest_step - self.shortest_step
        far = self.shortest_step + reach * self.chance.uniform(key, 1300, 1)[0]
        return wildness * self.lone[label] * far * self.lone_step * direction

    def tilted(self, points: Tensor, slope: Tensor) -> Tensor:
        """Brighter or duller by a slope in nepers an octave; silence stays silence."""
        change = (slope * self.octaves).clamp(-self.most_tilt, self.most_tilt).float()
        floor = self.decoder.floor
        moved = torch.where(points > floor + 0.5, points + change, points)
        return torch.maximum(moved, floor)

    def transposed(self, points: Tensor, ratio: float) -> Tensor:
        """The noise of a sound moved up by a ratio."""
        wanted = self.group_bins / ratio
        high = torch.searchsorted(self.group_bins, wanted, right=True)
        high = high.clamp(min=1, max=len(wanted) - 1)
        start = self.group_bins[high - 1]
        share = ((wanted - start) / (self.group_bins[high] - start)).clamp(0.0, 1.0).float()
        noise = points[:, self.bands :]
        moved = noise[:, high - 1] + share * (noise[:, high] - noise[:, high - 1])
        over = wanted > self.group_bins[-1]
        moved = torch.where(over, torch.full_like(moved, self.noise_floor), moved)
        return torch.cat([points[:, : self.bands], moved], dim=1)

    def at_velocity(self, curve: Tensor, velocity: float) -> float:
        above = int((self.velocities <= velocity).sum())
        high = min(max(above, 1), len(curve) - 1)
        start, stop = float(self.velocities[high - 1]), float(self.velocities[high])
        share = min(max((velocity - start) / (stop - start), 0.0), 1.0)
        return float(curve[high - 1]) + share * float(curve[high] - curve[high - 1])

    def identity(
        self,
        label: int,
        note: float,
        loudness_db: float,
        wildness: float,
        place: Tensor,
        key: int,
    ) -> tuple[Tensor, Tensor, float]:
        """z [latent], how much brighter and longer than its law it is [2], when it has ended."""
        sounds = torch.nonzero(self.of_label == label)[:, 0]
        means = self.means[sounds]
        away = (self.loudness[sounds] - loudness_db).abs() / self.loudness_reach
        if bool(self.ranges[label, 0] >= 0.0):
            notes = self.notes[sounds]
            apart = (notes - note).abs() / self.note_reach
            away = away + torch.where(torch.isnan(notes), torch.zeros_like(apart), apart)
        weights = torch.exp(-(away - away.min())) + 1e-6
        weights = weights / weights.sum()
        middle = torch.matmul(weights, means)
        typical = means[torch.argmin(((means - middle) ** 2).sum(dim=1))]
        numbers = self.chance.uniform(key, 0, 3)
        chosen = torch.searchsorted(torch.cumsum(weights, 0), numbers[:2]).clamp(
            max=len(sounds) - 1
        )
        first, second = int(sounds[chosen[0]]), int(sounds[chosen[1]])
        share = 0.5 * float(numbers[2])
        between = (1.0 - share) * self.means[first] + share * self.means[second]
        stray = between + self.blurs[first] * self.chance.normal(key, 100, self.latent) - typical
        z = typical + wildness * stray + torch.matmul(place, self.axes[label].double())
        rest = (1.0 - share) * self.rest[first] + share * self.rest[second]
        log_length = (1.0 - share) * self.log_lengths[first] + share * self.log_lengths[second]
        return z.float(), min(wildness, 1.5) * rest, math.exp(float(log_length))


def _known_arrays(known: Known, responses: tuple[Response, ...]) -> dict[str, NDArray[np.generic]]:
    notes = [np.nan if c.note is None else c.note for c in known.controls]
    laws = [
        responses[label].controls_at(c.loudness_db, c.note)
        for label, c in zip(known.labels, known.controls, strict=True)
    ]
    rest = [
        (np.log(c.brightness_hz / law.brightness_hz), np.log(c.decay_s / law.decay_s))
        for c, law in zip(known.controls, laws, strict=True)
    ]
    return {
        "means": known.means.astype(np.float64),
        "blurs": np.array([blur_of(known, i) for i in range(len(known.labels))]),
        "of_label": known.labels.astype(np.int64),
        "notes": np.array(notes, np.float64),
        "loudness": np.array([c.loudness_db for c in known.controls]),
        "rest": np.array(rest),
        "log_lengths": np.log(known.lengths_s),
    }


def _counts(known: Known, labels: int) -> list[int]:
    """How many sounds each label has."""
    return [int((known.labels == label).sum()) for label in range(labels)]


def _law(response: Response) -> tuple[float, ...]:
    """Centre of the notes and of the loudness, loudness by note, brightness, decay."""
    centres = (response.note_centre, response.loudness_centre, response.loudness_per_note)
    return (*centres, *_line(response.brightness), *_line(response.decay))


def _range(response: Response) -> tuple[float, float]:
    """Lowest and highest note; -1 where there is no pitch."""
    if response.note_low is None or response.note_high is None:
        return -1.0, -1.0
    return response.note_low, response.note_high


def _label_of_key(responses: tuple[Response, ...]) -> NDArray[np.int64]:
    """Drums on their keys; every other key is that of the first pitched label, or the next drum."""
    keys = assign_keys([r.label for r in responses if not r.pitched][:128])
    index = {response.label: i for i, response in enumerate(responses)}
    pitched = [i for i, response in enumerate(responses) if response.pitched]
    owners = []
    for key in range(128):
        nearest = min(keys, key=lambda label: (abs(keys[label] - key), keys[label]), default=None)
        if nearest is not None and (keys[nearest] == key or not pitched):
            owners.append(index[nearest])
        else:
            owners.append(pitched[0])
    return np.array(owners, np.int64)
