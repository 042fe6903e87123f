"""From latent and controls to frames that can be played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.errors import InstrumentError
from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    BODY_SIZE,
    FUNDAMENTAL_OFFSET,
    ONSET_SIZE,
    ONSET_SLICES,
    PARTIAL_FLOOR,
    REFERENCE_HZ,
    Frames,
    frame_count,
)
from messina.instrument.controls import Controls, ControlScale, scale_controls, transposed
from messina.instrument.descriptors import loudness
from messina.instrument.network import BODY_SCALE, Network, decay_frames, time_features
from messina.instrument.timegrid import LAST_FRAME, POINT_FRAMES, POINTS, place_of, unpool
from messina.instrument.trajectories import Trajectory
from messina.units import NEPERS_TO_DB, SAMPLE_RATE, db_to_amplitude

__all__ = [
    "AUDIBLE_NEPERS",
    "DEVIATION_BANDS",
    "DEVIATION_MOMENTS",
    "JOINED_BANDS",
    "LOUDEST_NEPERS",
    "MAX_DEVIATION",
    "MOST_CORRECTION_DB",
    "ONSET_BOUNDS",
    "ONSET_POINTS",
    "STEADY_FRAMES",
    "Decoded",
    "Latent",
    "Moving",
    "decode",
    "join_neighbours",
    "possible_onset",
    "sounding_frames",
    "stretched",
    "to_frames",
]

Real = NDArray[np.float32]

MOST_CORRECTION_DB: Final = 9.0
"""By so much the gain makes up for what the network got wrong of the loudness."""
JOINED_BANDS: Final = 0.45
"""Oscillators of two bands that lie nearer than this share of a band are one partial."""
ONSET_POINTS: Final = 16
"""Points that tell which of the two is the louder."""
LOUDEST_NEPERS: Final = 9.0
"""Levels are within a few nepers of the gain; what is 78 dB over it is no sound's."""
STEADY_FRAMES: Final = 5
"""30 ms: the attack is not stretched."""
AUDIBLE_NEPERS: Final = 0.4
"""What is nearer than this to the floor is not heard."""
MAX_DEVIATION: Final = 0.7
"""Nepers, of a take from the mean of its kind: 6 dB."""
ONSET_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "offsets": (-0.5, 0.5),
    "glide": (-7.0, 48.0),
    "partial_attack": (PARTIAL_FLOOR, 3.0),
    "noise_attack": (-9.0, 4.0),
    "stereo": (-1.0, 2.0),
}
"""What each part of a decoded onset is held within."""
DEVIATION_MOMENTS: Final = 7
DEVIATION_BANDS: Final = 14
"""A take's deviations run smoothly between so many moments and bands."""


@dataclass(frozen=True, kw_only=True)
class Latent:
    """A latent vector and what it is decoded with: its label and its controls."""

    z: Real  # [latent]
    label: int  # -1: none in particular
    controls: Controls
    shares: tuple[tuple[int, float], ...] = ()
    """Labels it lies between and how much of each, where it lies between some."""
    onset: Real | None = None
    """What the onset of a sound that was heard has beside what the network says [ONSET_SIZE]."""


@dataclass(frozen=True, kw_only=True)
class Moving:
    """How the trajectory of a sound that moves is to be played.

    How far, and how its time is warped.
    """

    trajectory: Trajectory
    basis: Real  # [TRAJECTORY_SIZE, BODY_SIZE]
    natural: int  # frames it lasts unless asked for another length
    knots: NDArray[np.float64] | None = None  # how its time runs


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """The decoder's output on the time grid, in ln amplitude over gain."""

    points: Real  # [POINTS, BODY_SIZE]
    onset: Real  # [ONSET_SIZE]


def decode(
    network: Network,
    latent: Latent,
    scale: ControlScale,
    *,
    deviation: float = 0.0,
    knots: NDArray[np.float64] | None = None,
    joined: bool = True,
) -> Decoded:
    """Decodes the whole sound.

    Args:
        deviation: Size of this take's deviation from the mean, 1 as learnt.
        knots: Knots of the deviation [DEVIATION_MOMENTS, 2 * DEVIATION_BANDS], of unit variance.
        joined: Whether neighbours that meet at a partial become one oscillator.

    Raises InstrumentError when the network answers with numbers that are not finite.
    """
    with np.errstate(all="ignore"):  # what comes of it is looked at
        decoded = _decode(network, latent, scale, deviation, knots)
        if joined:
            join_neighbours(decoded.points, decoded.onset)
    if not (np.isfinite(decoded.points).all() and np.isfinite(decoded.onset).all()):
        raise InstrumentError(
            "its network answers with numbers that are not finite: it is damaged; learn it anew "
            "or fetch it again"
        )
    return decoded


def _decode(
    network: Network,
    latent: Latent,
    scale: ControlScale,
    deviation: float,
    knots: NDArray[np.float64] | None,
) -> Decoded:
    scaled = scale_controls([latent.controls], scale)
    condition = network.condition(np.array([latent.label]), scaled)
    if latent.shares:
        labels, shares = zip(*latent.shares, strict=True)
        own = network.condition(np.array(labels), scaled.repeat(len(labels), axis=0))
        condition = np.array([np.array(shares) @ own.astype(np.float64)], np.float32)
        condition[:, -scaled.shape[1] :] = scaled
    code = network.code(latent.z[None], condition)
    used = network.config.points
    frames = POINT_FRAMES[None, :used].astype(np.float32)
    times = time_features(frames, decay_frames(np.array([latent.controls.decay_s])))
    deviates = deviation > 0 and knots is not None
    body, spread = network.body(code, times, spread=deviates)
    rows = body[0]
    if spread is not None and knots is not None:
        amount = deviation * BODY_SCALE * np.exp(spread[0])
        sounding = rows > BODY_FLOOR + 1.0
        deviations = np.clip(amount * _smooth_noise(used, knots), -MAX_DEVIATION, MAX_DEVIATION)
        rows = rows + deviations * sounding
    points = np.tile(BODY_FLOOR, (POINTS, 1))
    points[:used] = np.clip(rows, BODY_FLOOR, LOUDEST_NEPERS)
    onset = network.onset(code)[0]
    onset = possible_onset(onset if latent.onset is None else onset + latent.onset)
    if latent.controls.note is not None:
        # The reference is the pitch. A fiftieth of the lowest band would be 38 cents.
        onset[ONSET_SLICES["offsets"].start] = FUNDAMENTAL_OFFSET
    return Decoded(points=points, onset=onset)


def join_neighbours(points: Real, onset: Real) -> None:
    """Make one oscillator of two whose bands meet at a partial, in place.

    A partial near the edge of a band lies on one side in one sound of a kind and on the other in
    the next. What is learnt from them plays both, and they would beat. The louder at the onset
    takes over: so much is known when the first block has to sound.
    """
    offsets = onset[ONSET_SLICES["offsets"]]
    near = np.diff(np.arange(BANDS) + offsets) < JOINED_BANDS
    energy = np.exp(2 * points[:ONSET_POINTS, :BANDS]).sum(axis=0)
    for low in np.flatnonzero(near):
        louder, softer = (low, low + 1) if energy[low] >= energy[low + 1] else (low + 1, low)
        points[:, louder] = 0.5 * np.logaddexp(2 * points[:, louder], 2 * points[:, softer])
        points[:, softer] = PARTIAL_FLOOR


def _smooth_noise(moments: int, knots: NDArray[np.float64]) -> Real:
    """Noise [moments, BODY_SIZE] of about unit variance, slow in time and wide in frequency."""
    time = np.linspace(0, DEVIATION_MOMENTS - 1, moments)
    low = np.minimum(time.astype(np.int64), DEVIATION_MOMENTS - 2)
    over_time = knots[low] + (time - low)[:, None] * (knots[low + 1] - knots[low])
    halves = [
        stretched(over_time[:, :DEVIATION_BANDS], BANDS),
        stretched(over_time[:, DEVIATION_BANDS:], BODY_SIZE - BANDS),
    ]
    # Straight lines between independent knots have 2/3 of their variance, in each direction.
    return (1.5 * np.concatenate(halves, axis=1)).astype(np.float32)


def stretched(knots: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Rows of knots [T, K] interpolated along straight lines to `count` numbers each [T, count]."""
    place = np.linspace(0, knots.shape[1] - 1, count)
    low = np.minimum(place.astype(np.int64), knots.shape[1] - 2)
    out: NDArray[np.float64] = knots[:, low] + (place - low) * (knots[:, low + 1] - knots[:, low])
    return out


def possible_onset(onset: Real) -> Real:
    """A decoded vector of static parameters, clipped to the bounds of each."""
    assert onset.shape == (ONSET_SIZE,)
    out = onset.copy()
    for part, (low, high) in ONSET_BOUNDS.items():
        where = ONSET_SLICES[part]
        out[where] = np.clip(out[where], low, high)
    return out


def to_frames(
    decoded: Decoded,
    *,
    gain_db: float,
    fine: NDArray[np.uint8],
    fine_ratio: float = 1.0,
    reference_hz: float = REFERENCE_HZ,
    transposed_by: float = 1.0,
    length_s: float | None = None,
    speed: float = 1.0,
    most_frames: int = LAST_FRAME + 1,
    moving: Moving | None = None,
) -> Frames:
    """Frames as loud as asked for, as long as they sound or as asked for.

    fine [FINE_CELLS], fine_ratio: spectrum of its noise, and how much higher its modes are played;
    transposed_by: ratio a sound without pitch is moved by; speed: how fast its time runs after the
    first 30 ms, where no length is asked for. The gain makes up for what the network got wrong of
    the loudness, within 9 dB: louder is louder whatever was learnt. A sound that moves
    lasts most_frames.
    """
    points = decoded.points
    if transposed_by != 1.0:
        points = transposed(points, transposed_by)
    natural = sounding_frames(points) if moving is None else moving.natural
    frames = natural
    places = None
    if length_s is not None:
        frames = frame_count(round(length_s * SAMPLE_RATE))
        places = _stretched_places(natural, frames)
    elif speed != 1.0:
        if moving is None:
            frames = _frames_at(natural, speed)
        places = _places_at(frames, speed)
    frames = min(frames, most_frames)
    body = unpool(points, frames, places=None if places is None else places[:frames])
    contour, onset = None, decoded.onset
    error_db = loudness(body) * NEPERS_TO_DB
    if moving is not None:
        error_db += moving.trajectory.louder_db
        basis = moving.basis
        if transposed_by != 1.0:
            basis = transposed(basis, transposed_by, beyond=0.0)
        added = moving.trajectory.levels(basis, frames, most_frames, moving.knots)
        body = np.clip(body + added, BODY_FLOOR, LOUDEST_NEPERS)
        contour = moving.trajectory.cents(frames, most_frames, moving.knots)
    if (
        contour is not None
    ):  # it holds all of how pitch moves; a glide would be that of other sounds
        onset = onset.copy()
        onset[ONSET_SLICES["glide"].start] = 0.0
    error_db = float(np.clip(error_db, -MOST_CORRECTION_DB, MOST_CORRECTION_DB))
    return Frames(
        body=body,
        onset=onset,
        gain=float(db_to_amplitude(gain_db - error_db)),
        fine=fine,
        fine_ratio=fine_ratio,
        reference_hz=reference_hz * transposed_by,
        transposed_by=transposed_by,
        contour=contour,
    )


def sounding_frames(points: Real) -> int:
    """Frames until nothing is audible any more, at least 4."""
    sounding = np.flatnonzero((points > BODY_FLOOR + AUDIBLE_NEPERS).any(axis=1))
    last = int(POINT_FRAMES[min(sounding[-1] + 1, POINTS - 1)]) if len(sounding) else 0
    return max(4, last + 1)


def _stretched_places(natural: int, frames: int) -> NDArray[np.float64]:
    """Where on the grid each frame is read from, when `natural` frames are to fill `frames`.

    The first 30 ms stay as they are; after them time runs evenly faster or slower.
    """
    if frames <= STEADY_FRAMES + 1 or natural <= STEADY_FRAMES + 1:
        return place_of(np.arange(frames, dtype=np.float64))
    return _places_at(frames, (natural - 1 - STEADY_FRAMES) / (frames - 1 - STEADY_FRAMES))


def _places_at(frames: int, speed: float) -> NDArray[np.float64]:
    """Where on the grid each frame is read from, when time runs at a speed after 30 ms."""
    at = np.arange(frames, dtype=np.float64)
    late = at > STEADY_FRAMES
    at[late] = STEADY_FRAMES + (at[late] - STEADY_FRAMES) * speed
    return place_of(at)


def _frames_at(natural: int, speed: float) -> int:
    """How many frames a sound of `natural` frames takes at a speed."""
    late = natural - 1 - STEADY_FRAMES
    return natural if late <= 0 else int(STEADY_FRAMES + late / speed + 1e-9) + 1
