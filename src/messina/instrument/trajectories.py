"""Trajectories: how a sound's spectrum moves beside the steady decay that its latent stands for.

One latent cannot describe a word, a call, a slammed door or a choked cymbal. The residual of the
decoded levels is kept beside it as a trajectory: log levels on a few principal components, at 43
rows a second, 8 bits a number; and where its pitch moves, its contour at the same rows. A new sound
has the trajectory of the known sound whose modes it has, randomly warped in time; a sound that is
encoded has its own. Most hits and notes need none.

Ref: Sandell & Martens (1995), "Perceptual evaluation of principal-component-based synthesis of
musical timbres".

R rows, K = TRAJECTORY_SIZE components, D = BODY_SIZE, S known sounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BODY_FLOOR, BODY_SIZE
from messina.instrument.descriptors import audibility, loudness
from messina.instrument.timegrid import LAST_FRAME, mean_around, place_of, read_between, unpool
from messina.units import NEPERS_TO_DB

__all__ = [
    "LEAST_GAIN_DB",
    "MOST_TRAJECTORY_ROWS",
    "TRAJECTORY_DEVIATION",
    "TRAJECTORY_HOP",
    "TRAJECTORY_SIZE",
    "TRAJECTORY_ZERO",
    "WARP",
    "WARP_PIECES",
    "Residual",
    "Trajectories",
    "Trajectory",
    "contour_rows",
    "gain_db",
    "louder_db",
    "no_trajectories",
    "on_components",
    "residual",
    "row_count",
    "rows_of",
    "trajectory_of",
    "warped",
]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

TRAJECTORY_HOP: Final = 4
"""Frames a row: 23 ms, the rate of the syllable's parts."""
TRAJECTORY_SIZE: Final = 24
TRAJECTORY_ZERO: Final = 128
"""The byte that stands for 0."""
LEAST_GAIN_DB: Final = 1.5
"""Audible level error that a trajectory must take away to be kept."""
MOST_TRAJECTORY_ROWS: Final = 65_536
"""Of all sounds together: 1.5 MB, 25 minutes. Those that need it most come first."""
WARP_PIECES: Final = 6
WARP: Final = 0.25
"""ln of how much faster or slower the parts of a new sound run, its standard deviation."""
_RIDGE: Final = 1e-4
"""Of a component's length, which keeps what is hardly heard from running off."""
TRAJECTORY_DEVIATION: Final = 0.25
"""Share of a take's deviation that is left: the rest is described by the trajectory."""


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """The trajectory of one sound.

    Coefficients over time [R, K] that are added to its decoded levels.
    """

    rows: Real  # [R, K], evenly from its first frame to its last
    louder_db: float
    """How much louder it makes the sound at its loudest."""
    contour: Real | None = None
    """Cents by which its pitch is moved at each row [R]; None: it stands still."""

    def levels(self, basis: Real, frames: int, total: int, knots: Floats | None = None) -> Real:
        """What the trajectory adds to the levels, in nepers, frame by frame [frames, D].

        Args:
            basis: Principal components [K, D].
            frames: How many are asked for, from the first.
            total: Frames of the whole sound, over which it is stretched.
            knots: How its time runs [WARP_PIECES + 1], as `warped` gives it; None for evenly.
        """
        levels: Real = read_between(self.rows, self._places(frames, total, knots)) @ basis
        return levels

    def cents(self, frames: int, total: int, knots: Floats | None = None) -> Real | None:
        """The pitch contour in cents of the first `frames` of `total` frames, if there is one."""
        if self.contour is None:
            return None
        return read_between(self.contour[:, None], self._places(frames, total, knots))[:, 0]

    def _places(self, frames: int, total: int, knots: Floats | None) -> Floats:
        """Where in the rows each frame is."""
        places = np.minimum(np.arange(frames) / max(total - 1, 1), 1.0)
        if knots is not None:
            places = np.interp(places * WARP_PIECES, np.arange(WARP_PIECES + 1), knots)
        return np.asarray(places * (len(self.rows) - 1))


class Trajectories:
    """The trajectories of an instrument's known sounds, over one basis of principal components."""

    def __init__(
        self,
        basis: Real,
        codes: NDArray[np.uint8],
        counts: Real,
        louder: Real,
        contours: NDArray[np.float16],
    ) -> None:
        """The arrays of an instrument.

        Args:
            basis: [K, D].
            codes: [sum of counts, K].
            counts: Rows of each sound [S].
            louder: dB [S].
            contours: Cents at each row [sum of counts].
        """
        self.basis = basis
        self.counts = counts.astype(np.int64)
        self.starts = np.cumsum(self.counts) - self.counts
        self.louder = louder
        self.codes = codes
        self.contours = contours

    def of(self, sound: int) -> Trajectory | None:
        """The trajectory of a known sound, by its index, if it has one."""
        count = int(self.counts[sound])
        if not count:
            return None
        start = int(self.starts[sound])
        codes = self.codes[start : start + count].astype(np.float32)
        cents = self.contours[start : start + count].astype(np.float32)
        return Trajectory(
            rows=codes - TRAJECTORY_ZERO,
            louder_db=float(self.louder[sound]),
            contour=cents if cents.any() else None,
        )


def no_trajectories(sounds: int) -> dict[str, NDArray[Any]]:
    """The arrays of an instrument none of whose sounds has a trajectory."""
    return {
        "trajectory_basis": np.zeros((TRAJECTORY_SIZE, BODY_SIZE), np.float32),
        "trajectories": np.zeros((0, TRAJECTORY_SIZE), np.uint8),
        "trajectory_counts": np.zeros(sounds, np.float32),
        "trajectory_louder": np.zeros(sounds, np.float32),
        "contours": np.zeros(0, np.float16),
        "steady": np.zeros((sounds, 3), np.float32),
    }


def warped(normals: Floats, amount: float) -> Floats:
    """Random time warp of a new sound: monotonic knots [WARP_PIECES + 1], 0 … 1.

    Args:
        normals: Of unit variance [WARP_PIECES].
        amount: Standard deviation of the ln of each piece's pace.
    """
    passed = np.cumsum(np.exp(amount * normals))
    return np.concatenate([[0.0], passed / passed[-1]])


def row_count(frames: int) -> int:
    """Rows of a sound of so many frames.

    >>> row_count(1), row_count(9), row_count(10)
    (2, 3, 4)
    """
    return max(2, -(-(min(frames, LAST_FRAME + 1) - 1) // TRAJECTORY_HOP) + 1)


def rows_of(body: Real) -> Real:
    """Levels by frame [T, D] averaged down to the rows of a trajectory [R, D]."""
    body = body[: LAST_FRAME + 1]
    rows = row_count(len(body))
    centres = np.round(np.linspace(0, len(body) - 1, rows)).astype(np.int64)
    return mean_around(body, centres, TRAJECTORY_HOP // 2)


def contour_rows(contour: Real) -> Real:
    """A contour in cents [T] at the rows of a trajectory [R].

    The straight lines between them are the nearest to it by least squares, so that a vibrato is as
    deep as it was.
    """
    contour = contour[: LAST_FRAME + 1].astype(np.float64)
    rows = row_count(len(contour))
    places = np.linspace(0, rows - 1, len(contour))
    low = np.minimum(places.astype(np.int64), rows - 2)
    share = places - low
    gram, moments = np.zeros((rows, rows)), np.zeros(rows)
    for a, own in ((low, 1 - share), (low + 1, share)):
        np.add.at(moments, a, own * contour)
        for b, other in ((low, 1 - share), (low + 1, share)):
            np.add.at(gram, (a, b), own * other)
    gram[np.diag_indices(rows)] += 1e-6
    return np.linalg.solve(gram, moments).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Residual:
    """What the decoder misses of a sound's levels, and how audible each level is."""

    missed: Real  # [R, D] nepers
    heard: Real  # [R, D] how much each counts

    @property
    def error_db(self) -> float:
        """Audibility-weighted mean error in dB."""
        return _mean_db(self.missed, self.heard)


def residual(rows: Real, points: Real, frames: int) -> Residual:
    """The residual of decoded points [POINTS, D] against the rows [R, D] of a sound."""
    last = min(frames, LAST_FRAME + 1) - 1
    static = unpool(points, len(rows), places=place_of(np.linspace(0, last, len(rows))))
    heard = audibility(np.maximum(rows, static))
    return Residual(missed=rows - static, heard=heard)


def on_components(found: Residual, basis: Real) -> Real:
    """Projects a residual on components [K, D].

    Coefficients [R, K], least squares weighted by audibility.

    Of 24 components for 103 levels, those that are hardly heard would take their share.
    """
    count = len(basis)
    pairs = (basis[:, None] * basis[None]).reshape(count * count, -1)
    gram = (found.heard @ pairs.T).reshape(-1, count, count).astype(np.float64)
    lengths = np.square(basis).sum(axis=1)
    gram[:, np.arange(count), np.arange(count)] += _RIDGE * lengths + 1e-12
    moments = (found.heard * found.missed) @ basis.T
    return np.linalg.solve(gram, moments[..., None].astype(np.float64))[..., 0].astype(np.float32)


def gain_db(found: Residual, rows: Real, basis: Real) -> float:
    """By how many dB a trajectory [R, K] reduces the audible error of the levels."""
    return found.error_db - _mean_db(found.missed - rows @ basis, found.heard)


def louder_db(trajectory: Real, basis: Real, points: Real, frames: int) -> float:
    """By how many dB a trajectory [R, K] makes a sound of these decoded points louder."""
    frames = min(frames, LAST_FRAME + 1)
    static = unpool(points, frames)
    added = Trajectory(rows=trajectory, louder_db=0.0).levels(basis, frames, frames)
    moving = np.maximum(static + added, BODY_FLOOR)
    return (loudness(moving) - loudness(static)) * NEPERS_TO_DB


def trajectory_of(
    body: Real, points: Real, basis: Real, contour: Real | None = None
) -> Trajectory | None:
    """The trajectory of a sound with levels [T, D]; None where it would take away too little error.

    Args:
        body: Its analysed levels [T, BODY_SIZE].
        points: What the network decodes for it [POINTS, BODY_SIZE].
        basis: The instrument's components [K, BODY_SIZE].
        contour: Its pitch contour in cents [T]; a sound with one keeps a trajectory in any case.
    """
    if not basis.any() and contour is None:
        return None
    found = residual(rows_of(body), points, len(body))
    rows = on_components(found, basis)
    if gain_db(found, rows, basis) < LEAST_GAIN_DB and contour is None:
        return None
    return Trajectory(
        rows=rows,
        louder_db=louder_db(rows, basis, points, len(body)),
        contour=None if contour is None else contour_rows(contour),
    )


def _mean_db(missed: Real, heard: Real) -> float:
    return float((heard * np.abs(missed)).sum() / heard.sum()) * NEPERS_TO_DB
