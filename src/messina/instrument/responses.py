"""How a label answers to note and velocity: loudness, brightness and decay, fitted to the corpus.

Velocity is real where names give it: loudness follows the named sounds. Where they do not, it is
the rank of a sound's loudness within its label. Layers that are named or measured keep their
levels, however near each other they are; only where all sounds of a label have one level, and no
name tells them apart, is a range made for the player. Brightness and decay follow loudness and note
by small regressions, each label's drawn towards that of the whole corpus, so that two sounds of a
label do not make a law.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.instrument.controls import Controls
from messina.instrument.number_types import DecayS, LevelDb, Note, Slope

__all__ = [
    "FARTHEST_LN",
    "NOTE_MARGIN",
    "VELOCITIES",
    "Line",
    "Response",
    "fit_responses",
]

Floats = NDArray[np.float64]

VELOCITIES: Final = np.array([1.0, 16.0, 32.0, 48.0, 64.0, 80.0, 96.0, 112.0, 127.0])
"""Where a label's curve of loudness over velocity is kept."""

_MADE_RANGE_DB = 24.0
"""Between velocity 1 and 127 by plain gain, where the corpus has no soft and loud hits."""
_LEAST_RISE_DB = 0.5
"""Harder is always louder, if by less than is heard."""
_LAYER_DB = 1.5
"""Unnamed sounds with a gap this wide between them are layers …"""
_TAKES_DB = 6.0
"""… and so are those that differ by more than takes of one hit do, without any gap."""
NOTE_MARGIN: Final = 3.0
"""Semitones beyond the notes learnt that the network is still conditioned on."""
FARTHEST_LN: Final = 30.0
"""No brightness or decay is beyond this, whatever a file's slopes say."""
_PRIOR_SOUNDS = 6.0
"""How many sounds' worth of weight the whole corpus has in a label's regressions."""


_Curve: TypeAlias = Annotated[
    tuple[LevelDb, ...], msgspec.Meta(min_length=len(VELOCITIES), max_length=len(VELOCITIES))
]


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A linear law: value = centre + per_db (loudness - label's) + per_note (note - label's)."""

    centre: Slope
    per_db: Slope
    per_note: Slope
    spread: Annotated[float, msgspec.Meta(ge=0.0, le=100.0)]
    """Standard deviation of the sounds around it."""


class Response(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one label answers to velocity and note.

    Loudness, brightness and decay, fitted to its sounds.
    """

    label: str
    sounds: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    note_low: Note | None
    note_high: Note | None
    note_centre: Note
    loudness_centre: LevelDb
    loudness_db: _Curve
    """Loudness in the corpus at VELOCITIES, for the label's central note."""
    played_db: _Curve
    """The same with the range a player can count on; louder by gain alone where they differ."""
    loudness_per_note: Slope
    brightness: Line  # of ln Hz
    decay: Line  # of ln s
    decay_low_s: DecayS
    decay_high_s: DecayS

    @property
    def pitched(self) -> bool:
        """Whether it is played at notes, as its sounds have a pitch."""
        return self.note_low is not None

    def _note_offset(self, note: float | None) -> float:
        if note is None or self.note_low is None or self.note_high is None:
            return 0.0
        return float(np.clip(note, self.note_low, self.note_high)) - self.note_centre

    def loudness_at(self, velocity: float, note: float | None) -> tuple[float, float]:
        """(loudness the corpus has there, loudness to play) in dB."""
        shift = self.loudness_per_note * self._note_offset(note)
        return (
            float(np.interp(velocity, VELOCITIES, self.loudness_db)) + shift,
            float(np.interp(velocity, VELOCITIES, self.played_db)) + shift,
        )

    def controls_at(
        self, loudness_db: float, note: float | None, *, brighter: float = 0.0, longer: float = 0.0
    ) -> Controls:
        """Controls typical of this label at a loudness in dB and a note.

        Brighter, longer: ln ratios.
        """
        louder = loudness_db - self.loudness_centre
        higher = self._note_offset(note)

        def at(line: Line) -> float:
            value = line.centre + line.per_db * louder + line.per_note * higher
            return min(max(value, -FARTHEST_LN), FARTHEST_LN)

        return Controls(
            note=self.conditioning_note(note),
            loudness_db=loudness_db,
            brightness_hz=float(np.exp(at(self.brightness) + brighter)),
            decay_s=float(np.exp(at(self.decay) + longer)),
        )

    def conditioning_note(self, note: float | None) -> float | None:
        """A note within reach of those learnt; oscillators still play the one asked for."""
        if note is None or self.note_low is None or self.note_high is None:
            return None
        return float(np.clip(note, self.note_low - NOTE_MARGIN, self.note_high + NOTE_MARGIN))


def fit_responses(
    labels: Sequence[str],
    of_sound: NDArray[np.int64],
    controls: Sequence[Controls],
    velocities: Sequence[float | None],
) -> tuple[Response, ...]:
    """The response of each label; `of_sound` [S] is each sound's index in `labels`."""
    table = _Table(of_sound, controls)
    brightness = table.lines(np.array([np.log(c.brightness_hz) for c in controls]))
    decay = table.lines(np.array([np.log(c.decay_s) for c in controls]))
    per_note = table.loudness_per_note()
    responses = []
    for index, label in enumerate(labels):
        chosen = [int(i) for i in np.flatnonzero(of_sound == index)]
        loudness = table.loudness[chosen] - per_note * table.note[chosen]
        named = [velocities[i] for i in chosen]
        curve = _velocity_curve(loudness, named)
        notes = [c.note for i in chosen if (c := controls[i]).note is not None]
        decays = np.array([controls[i].decay_s for i in chosen])
        responses.append(
            Response(
                label=label,
                sounds=len(chosen),
                note_low=float(min(notes)) if notes else None,
                note_high=float(max(notes)) if notes else None,
                note_centre=table.note_centres[index],
                loudness_centre=table.loudness_centres[index],
                loudness_db=_floats(curve),
                played_db=_floats(_played(curve, layered=_has_layers(loudness, named))),
                loudness_per_note=per_note,
                brightness=brightness[index],
                decay=decay[index],
                decay_low_s=float(decays.min()),
                decay_high_s=float(decays.max()),
            )
        )
    return tuple(responses)


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


class _Table:
    """Loudness and note of every sound, from its label's mean."""

    def __init__(self, of_sound: NDArray[np.int64], controls: Sequence[Controls]) -> None:
        self.of_sound = of_sound
        self.loudness = np.array([c.loudness_db for c in controls])
        notes = np.array([np.nan if c.note is None else c.note for c in controls])
        count = int(of_sound.max()) + 1
        self.loudness_centres = [float(self.loudness[of_sound == i].mean()) for i in range(count)]
        centres = []
        for i in range(count):
            known = notes[(of_sound == i) & ~np.isnan(notes)]
            centres.append(float(known.mean()) if len(known) else 60.0)
        self.note_centres = centres
        self.note = np.nan_to_num(notes - np.array(centres)[of_sound])
        self.inputs = np.column_stack(
            [self.loudness - np.array(self.loudness_centres)[of_sound], self.note]
        )

    def loudness_per_note(self) -> float:
        """dB a semitone within labels, drawn to 0."""
        note = self.note
        return float((note * self.inputs[:, 0]).sum() / ((note**2).sum() + 100.0))

    def lines(self, values: Floats) -> list[Line]:
        """One Line a label."""
        means = [float(values[self.of_sound == i].mean()) for i in range(len(self.note_centres))]
        rest = values - np.array(means)[self.of_sound]
        gram, target = self.inputs.T @ self.inputs, self.inputs.T @ rest
        typical = gram / len(values) + np.diag([4.0, 4.0])
        overall = np.linalg.solve(gram + 4.0 * np.diag([4.0, 4.0]), target)
        lines = []
        for i, mean in enumerate(means):
            own = self.of_sound == i
            x, y = self.inputs[own], rest[own]
            prior = _PRIOR_SOUNDS * typical
            slope = np.linalg.solve(x.T @ x + prior, x.T @ y + prior @ overall)
            spread = float(np.sqrt(((y - x @ slope) ** 2).mean()))
            lines.append(
                Line(centre=mean, per_db=float(slope[0]), per_note=float(slope[1]), spread=spread)
            )
        return lines


def _velocity_curve(loudness: Floats, named: Sequence[float | None]) -> Floats:
    """Loudness at VELOCITIES: by name where at least two velocities are named, else by rank."""
    known = np.array([v is not None for v in named])
    if _named_layers(named):
        velocity = np.array([v for v in named if v is not None], np.float64)
        return _monotone(velocity, loudness[known])
    ordered = np.sort(loudness)
    ranks = (np.arange(len(ordered)) + 0.5) / len(ordered) * 127.0
    return np.interp(VELOCITIES, ranks, ordered)


def _monotone(velocity: Floats, loudness: Floats) -> Floats:
    """Rising curve through the mean loudness at each velocity (pool adjacent violators)."""
    places = np.unique(velocity)
    blocks = [[loudness[velocity == v].mean(), float((velocity == v).sum()), 1] for v in places]
    merged: list[list[float]] = []
    for block in blocks:
        merged.append(list(block))
        while len(merged) > 1 and merged[-2][0] > merged[-1][0]:
            value, weight, span = merged.pop()
            last = merged[-1]
            last[0] = (last[0] * last[1] + value * weight) / (last[1] + weight)
            last[1] += weight
            last[2] += span
    values = np.concatenate([np.full(int(span), value) for value, _, span in merged])
    return _extended(places, values)


def _extended(places: Floats, values: Floats) -> Floats:
    """The curve at VELOCITIES; outside the named ones it goes on at the mean slope.

    Hits become louder by less and less: beyond the hardest the curve rises no faster than it did
    up to there.
    """
    slope = np.clip((values[-1] - values[0]) / (places[-1] - places[0]), 0.0, 0.5)
    last = (values[-1] - values[-2]) / (places[-1] - places[-2])
    inside = np.interp(VELOCITIES, places, values)
    below = np.minimum(VELOCITIES - places[0], 0.0)
    above = np.maximum(VELOCITIES - places[-1], 0.0)
    curve: Floats = inside + slope * below + min(slope, last) * above
    return curve


def _named_layers(named: Sequence[float | None]) -> bool:
    return len({v for v in named if v is not None}) >= 2


def _has_layers(loudness: Floats, named: Sequence[float | None]) -> bool:
    """Whether anything is known of how loud a label is at which velocity."""
    if _named_layers(named):
        return True
    steps = np.diff(np.sort(loudness))
    return bool(steps.sum() >= _TAKES_DB or steps.max(initial=0.0) >= _LAYER_DB)


def _played(curve: Floats, *, layered: bool) -> Floats:
    """The curve a player is given: as it is where there are layers, else a range made by gain.

    The loudest stays as it was, and harder is never as loud.
    """
    share = (127.0 - VELOCITIES) / 126.0
    played: Floats = curve - _LEAST_RISE_DB * share
    return played if layered else curve[-1] - _MADE_RANGE_DB * share
