"""The request for one sound, and the specification of what is played for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messina.errors import ControlError
from messina.instrument.controls import Controls
from messina.instrument.decoding import Latent
from messina.instrument.trajectories import Trajectory
from messina.ranges import check_ranges

__all__ = ["Request", "SoundSpec", "between"]

Audio = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """The controls of one sound, as in `Instrument.render`. Raises ControlError."""

    note: float | None = None
    velocity: float | None = None
    label: str | None = None
    length_s: float | None = None
    brightness: float | None = None
    vibrato: float = 1.0
    wildness: float = 1.0
    like: Audio | None = None
    morph: tuple[Audio, Audio, float] | None = None
    at: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_ranges(self)
        if sum(what is not None for what in (self.like, self.morph, self.at)) > 1:
            raise ControlError(
                "a sound is like one other, between two, or at a point of the map, not both"
            )
        if self.morph is not None and not 0.0 <= self.morph[2] <= 1.0:
            raise ControlError(f"the place between two sounds is {self.morph[2]:g}, not 0 … 1")


@dataclass(frozen=True, kw_only=True)
class SoundSpec:
    """A sound about to be played."""

    latent: Latent
    gain_db: float
    note: float | None  # None: no pitch of its own
    length_s: float  # it has ended by then
    model: int  # the known sound whose modes it has
    trajectory: Trajectory | None = None  # how it moves
    sustained: bool = False  # whether it goes on while its key is down, as its model does
    higher: float = 0.0  # semitones it is tuned away, where it has no pitch of its own
    tilt: float = 0.0  # nepers an octave
    speed: float = 1.0  # at which its time runs after the first 30 ms


def between(first: SoundSpec, second: SoundSpec, share: float) -> SoundSpec:
    """What is to be played at `share` of the way from one sound to the other."""

    def mixed(a: float, b: float) -> float:
        return (1 - share) * a + share * b

    def mixed_logs(a: float, b: float) -> float:
        return float(np.exp(mixed(np.log(a), np.log(b))))

    nearer = first if share < 0.5 else second
    note = nearer.note
    if first.note is not None and second.note is not None:
        note = mixed(first.note, second.note)
    a, b = first.latent.controls, second.latent.controls
    controls = Controls(
        note=note,
        loudness_db=mixed(a.loudness_db, b.loudness_db),
        brightness_hz=mixed_logs(a.brightness_hz, b.brightness_hz),
        decay_s=mixed_logs(a.decay_s, b.decay_s),
    )
    z = (1 - share) * first.latent.z + share * second.latent.z
    onset = _between_onsets(first.latent.onset, second.latent.onset, share)
    label = nearer.latent.label
    return SoundSpec(
        latent=Latent(z=z.astype(np.float32), label=label, controls=controls, onset=onset),
        gain_db=mixed(first.gain_db, second.gain_db),
        note=note,
        length_s=mixed_logs(first.length_s, second.length_s),
        model=nearer.model,
        trajectory=nearer.trajectory,
        sustained=nearer.sustained,
    )


def _between_onsets(first: Audio | None, second: Audio | None, share: float) -> Audio | None:
    """What onsets have beside what the network says; None is nothing."""
    if first is None and second is None:
        return None
    a, b = (np.float32(0.0) if onset is None else onset for onset in (first, second))
    return np.asarray((1 - share) * a + share * b, np.float32)
