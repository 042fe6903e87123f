"""Roles of hits in a beat (kick, snare, hat …), and how well a sound suits each.

A mouth's kick has little of a drum's but its place: it is the lowest sound of its take. So kinds of
strokes are classified by where they lie among the others and by when they come; where they are like
drums, as the instrument's own are or as such drums usually are, that counts, too: a snare that is
struck alone is a snare. All are distances in units of what is usual, squared and halved, as of
normal densities; what may be one or another has the sum of their densities.

Who is given which part is the cheapest one-to-one assignment. Shortest augmenting paths: rows are
taken in one after the other, each along the path through the present assignment that costs least,
with prices on the columns that keep reduced costs above zero. Ref: Crouse (2016), "On implementing
2D rectangular assignment algorithms".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.describing import brightness_hz, decay_s, loudness_db
from messina.instrument.drum_map import general_midi_keys
from messina.units import SAMPLE_RATE

__all__ = [
    "ROLES",
    "Character",
    "MetricPositions",
    "Role",
    "assign",
    "character_of",
    "label_costs",
    "roles_of_kinds",
]

HEARD: Final = round(0.1 * SAMPLE_RATE)
"""Samples that a stroke is classified by: what follows is the room, and noise of the recording."""
DROP_DB: Final = 20.0
"""How far a stroke has decayed when it counts as over: further down is often noise."""

Real = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Character:
    """Descriptors of a hit, or medians over several: brightness, edge, decay."""

    brightness_hz: float
    """Where its energy lies."""
    edge_hz: float
    """The same of its slope, which is +6 dB an octave: where its noise and its click lie."""
    decay_s: float
    """From its loudest to DROP_DB below it."""
    loudness_db: float

    @property
    def vector(self) -> Floats:
        """Natural logarithms [3] of brightness, edge and decay."""
        return np.log([self.brightness_hz, self.edge_hz, self.decay_s])

    @classmethod
    def of_group(cls, members: Sequence[Character]) -> Character:
        """Medians over a group."""
        rows = [(m.brightness_hz, m.edge_hz, m.decay_s, m.loudness_db) for m in members]
        brightness, edge, decay, loudness = np.median(np.array(rows), axis=0).tolist()
        return cls(brightness_hz=brightness, edge_hz=edge, decay_s=decay, loudness_db=loudness)


def character_of(mid: Real) -> Character:
    """Descriptors of a sound [N] that begins at its first sample."""
    head = mid[:HEARD]
    return Character(
        brightness_hz=brightness_hz(head),
        edge_hz=brightness_hz(np.diff(head, prepend=np.float32(0.0))),
        decay_s=decay_s(mid, drop_db=DROP_DB),
        loudness_db=loudness_db(mid),
    )


def assign(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Minimum-cost assignment: the column of each row of costs [R, C]; R must not exceed C.

    >>> assign(np.array([[4.0, 1.0, 3.0], [4.0, 0.0, 5.0]])).tolist()
    [2, 1]
    >>> assign(np.array([[1.0, 2.0], [1.0, 9.0]])).tolist()
    [1, 0]
    """
    rows, columns = costs.shape
    assert rows <= columns
    of_row = np.full(rows, -1)
    of_column = np.full(columns, -1)
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    for start in range(rows):
        distance = np.full(columns, np.inf)
        came_from = np.full(columns, -1)
        done = np.zeros(columns, bool)
        seen = [start]
        row, reached = start, 0.0
        while True:
            through = reached + costs[row] - row_price[row] - column_price
            nearer = ~done & (through < distance)
            distance[nearer], came_from[nearer] = through[nearer], row
            column = int(np.argmin(np.where(done, np.inf, distance)))
            reached = float(distance[column])
            done[column] = True
            if of_column[column] < 0:
                break
            row = int(of_column[column])
            seen.append(row)
        row_price[start] += reached
        for other in seen[1:]:
            row_price[other] += reached - distance[of_row[other]]
        column_price[done] -= reached - distance[done]
        while True:  # turn the path round: each of its rows takes the column it came to
            row = int(came_from[column])
            of_column[column] = row
            of_row[row], column = column, int(of_row[row])
            if row == start:
                break
    return of_row


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role in a beat (kick, snare, hat …).

    Usual brightness and edge (Hz) and decay (s), each ± in ln.
    """

    name: str
    rare: float
    """How much less it is expected in a take than a kick is."""
    height: float
    """Where it lies among the sounds of a take: 0 the lowest, 1 the brightest."""
    taken: tuple[float, float]
    """Brightness and decay of mouths, tables and other kits."""
    taken_spread: tuple[float, float]
    drum: tuple[float, float, float]
    """Brightness, edge and decay of drums."""
    drum_spread: tuple[float, float, float]
    keys: tuple[int, ...]
    """What General MIDI calls it, where a label says so."""
    places: tuple[float, float, float]
    """How much is to be expected of it on beats one and three, on two and four, and between."""


_SNARE: Final = Role(
    name="snare",
    rare=0.0,
    height=0.6,
    taken=(1_500.0, 0.08),
    taken_spread=(0.9, 0.7),
    drum=(320.0, 5_500.0, 0.12),
    drum_spread=(0.6, 0.5, 0.5),
    keys=(38, 40),
    places=(0.1, 0.7, 0.2),
)
ROLES: Final = (
    Role(
        name="kick",
        rare=0.0,
        height=0.0,
        taken=(130.0, 0.10),
        taken_spread=(0.7, 0.8),
        drum=(70.0, 900.0, 0.22),
        drum_spread=(0.5, 1.0, 0.6),
        keys=(36, 35),
        places=(0.6, 0.1, 0.3),
    ),
    _SNARE,
    Role(
        name="closed hi-hat",
        rare=0.0,
        height=1.0,
        taken=(6_500.0, 0.03),
        taken_spread=(0.8, 0.6),
        drum=(9_500.0, 12_500.0, 0.065),
        drum_spread=(0.5, 0.4, 0.5),
        keys=(42,),
        places=(0.2, 0.2, 0.6),
    ),
    Role(
        name="open hi-hat",
        rare=1.0,
        height=1.0,
        taken=(7_000.0, 0.28),
        taken_spread=(0.8, 0.6),
        drum=(8_000.0, 11_500.0, 0.4),
        drum_spread=(0.5, 0.4, 0.6),
        keys=(46,),
        places=(0.2, 0.2, 0.6),
    ),
    Role(
        name="tom",
        rare=2.5,
        height=0.25,
        taken=(250.0, 0.15),
        taken_spread=(0.6, 0.8),
        drum=(150.0, 1_500.0, 0.5),
        drum_spread=(0.4, 1.0, 0.8),
        keys=(45, 47, 48, 43, 50, 41),
        places=(0.33, 0.33, 0.34),
    ),
    Role(
        name="percussion",
        rare=2.5,
        height=0.55,
        taken=(1_000.0, 0.04),
        taken_spread=(0.8, 0.6),
        drum=(1_200.0, 4_000.0, 0.08),
        drum_spread=(0.6, 0.6, 0.5),
        keys=(37, 39, 56, 75, 76, 70, 69),
        places=(0.33, 0.33, 0.34),
    ),
    Role(
        name="cymbal",
        rare=2.5,
        height=0.95,
        taken=(6_000.0, 0.8),
        taken_spread=(0.8, 0.6),
        drum=(5_500.0, 9_000.0, 1.1),
        drum_spread=(0.7, 0.5, 0.6),
        keys=(49, 51, 57, 59, 55, 52),
        places=(0.33, 0.33, 0.34),
    ),
)
"""From what a beat is made of to what it may have besides."""

TAKEN_EDGE: Final = 2.5
TAKEN_EDGE_SPREAD: Final = 1.0
"""Where a stroke's edge lies over its brightness, and how far about in ln."""
DRUMS: Final = 0.2
"""How likely a kind is such a drum, or one of the instrument's own, against a mouth or a table."""
OWN_SPREAD: Final = (0.6, 0.6, 0.6)
"""Of brightness, edge and decay: how unlike two kits are."""
HEIGHT_SPREAD: Final = 0.28
LEAST_RANGE: Final = 1.0
"""Of ln brightness: a take whose sounds are nearer than this has no lowest and no brightest."""
NAMED: Final = 2.5
"""How much a label that says what it is counts, in the same units."""
SECOND: Final = 3.0
"""How much less a second kind of the same role is expected."""
PLACES_WEIGHT: Final = 1.5


@dataclass(frozen=True, kw_only=True)
class MetricPositions:
    """Metric positions of the hits of one kind."""

    count: int
    shares: tuple[float, float, float] | None
    """On beats one and three, on two and four, and between; None: there is no metre."""


def roles_of_kinds(
    kinds: Sequence[Character],
    positions: Sequence[MetricPositions],
    drums: Sequence[tuple[int, Character]] = (),
) -> list[int]:
    """The index in ROLES of each kind, each role once before any is there twice.

    drums: the role and the sound of each label of the instrument that has one.
    """
    costs = _role_costs(kinds, positions, drums)
    repeated = np.concatenate([costs + SECOND * times for times in range(len(kinds))], axis=1)
    return [int(column) % len(ROLES) for column in assign(repeated)]


def _role_costs(
    kinds: Sequence[Character],
    positions: Sequence[MetricPositions],
    drums: Sequence[tuple[int, Character]],
) -> Floats:
    """How badly each role suits each kind [K, roles]."""
    vectors = np.stack([kind.vector for kind in kinds])
    brightness = vectors[:, 0]
    reach = float(np.ptp(brightness))
    height = (brightness - brightness.min()) / max(reach, 1e-9)
    ranged = min(reach / LEAST_RANGE, 1.0) if len(kinds) > 1 else 0.0
    columns = []
    for index, role in enumerate(ROLES):
        bright, decay = role.taken
        wide, long = role.taken_spread
        taken = np.log([bright, TAKEN_EDGE * bright, decay]), (wide, TAKEN_EDGE_SPREAD, long)
        likely = _density(vectors, *taken)
        likely += DRUMS * _density(vectors, np.log(role.drum), role.drum_spread)
        own = [_density(vectors, drum.vector, OWN_SPREAD) for of, drum in drums if of == index]
        if own:
            likely += DRUMS * np.mean(own, axis=0)
        cost = -np.log(likely)
        cost += ranged * ((height - role.height) / HEIGHT_SPREAD) ** 2 / 2
        cost += role.rare + np.array([_misplaced(role, position) for position in positions])
        columns.append(cost)
    return np.stack(columns, axis=1)


def _density(vectors: Floats, middle: Floats, spread: Sequence[float]) -> Floats:
    """Of vectors [K, 3], with these spreads about a middle, but for a factor that is all's."""
    away = (vectors - middle) / np.array(spread)
    return np.asarray(np.exp(-(away**2).sum(axis=1) / 2) / np.prod(spread) + 1e-12)


def _misplaced(role: Role, position: MetricPositions) -> float:
    """How little a kind's places in the bar are those of a role, the more sure the more strokes."""
    if position.shares is None:
        return 0.0
    expected = np.log(np.array(role.places) * 3)
    sure = position.count / (position.count + 4.0)
    return float(-PLACES_WEIGHT * sure * (np.array(position.shares) * expected).sum())


def label_costs(label: str, drum: Character) -> Floats:
    """Cost of giving a kit's label each role [roles], by its sound and its name."""
    keys = general_midi_keys(label)[:1]
    costs = []
    for role in ROLES:
        away = (drum.vector - np.log(role.drum)) / np.array(role.drum_spread)
        cost = float((away**2).sum()) / 2
        if keys:
            # the first of a role's keys is the drum itself, the others stand in for it
            named = keys[0] in role.keys
            cost -= NAMED * (1.0 - 0.15 * role.keys.index(keys[0])) if named else -NAMED
        costs.append(cost)
    return np.array(costs)
