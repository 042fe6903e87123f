"""A take of a beat → its strokes: when each begins, of which kind it is, how loud, how long; and
the kinds given to the labels of a kit, by sound and by order, not by names alone.

Kinds are groups by sound. A mouth never makes the same sound twice: groups are formed by the few
numbers of their character, not by the fine spectra by which a kit's own hits are clustered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import downmix
from messina.corpus.sound import Array
from messina.errors import ControlError
from messina.events import TICKS_PER_BEAT
from messina.instrument import Instrument
from messina.instrument.responses import Response
from messina.rhythm.hit_features import cluster
from messina.rhythm.hits import Hit, ringing_hits
from messina.rhythm.metre import Grid, find_grid, place_on_ticks
from messina.rhythm.onsets import find_onsets
from messina.transcription.performance import Performed, velocity_of
from messina.transcription.roles import (
    ROLES,
    Character,
    MetricPositions,
    assign,
    character_of,
    label_costs,
    roles_of_kinds,
)
from messina.units import SAMPLE_RATE

__all__ = [
    "KindCast",
    "Stroke",
    "Strokes",
    "cast_kinds",
    "drums_of",
    "kind_name",
    "performed",
    "transcribe_strokes",
]

WEIGHTS: Final = np.array([12.0, 6.0, 12.0])
"""Of ln brightness, ln edge and ln decay, so that their differences are as those `cluster` cuts."""
MOST_KINDS: Final = 8
"""Kinds of a take; of more, those nearest to each other are one."""
CUT_OFF: Final = 0.5
"""Of what strokes of its kind last: a stroke that ends so soon by itself was cut off."""


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One hit of a take."""

    time_s: float
    beat: float | None
    """Where the grid has it, in beats from the bar line before the first; None: no grid."""
    grid_s: float | None
    """The same in seconds."""
    kind: int
    loudness_db: float
    ends_s: float | None
    """When it was cut off; None: it rang out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Strokes:
    """The hits of a take, and their kinds."""

    strokes: tuple[Stroke, ...]
    """In order of time."""
    kinds: tuple[Character, ...]
    """By the kind's number, which is that of its first stroke in order."""
    positions: tuple[MetricPositions, ...]
    """Of each kind."""
    grid: Grid
    length_s: float


def transcribe_strokes(audio: Array) -> Strokes:
    """Transcribes the hits of a take [N, C] at 44.1 kHz; none where nothing begins in it."""
    onsets = find_onsets(audio)
    length_s = len(audio) / SAMPLE_RATE
    grid = find_grid(onsets, length_s)
    hits = ringing_hits(audio, onsets)
    if not hits:
        return Strokes(strokes=(), kinds=(), positions=(), grid=grid, length_s=length_s)
    characters = [character_of(downmix(hit.audio)) for hit in hits]
    kind_of = _kinds(characters)
    kinds = [
        Character.of_group([characters[i] for i in np.flatnonzero(kind_of == kind)])
        for kind in range(int(kind_of.max()) + 1)
    ]
    times_s = np.array([hit.start / SAMPLE_RATE for hit in hits])
    ticks, late_s = place_on_ticks(grid, times_s)
    strokes = [
        Stroke(
            time_s=float(times_s[i]),
            beat=float(ticks[i] + grid.first_tick) / TICKS_PER_BEAT if grid.metric else None,
            grid_s=float(times_s[i] - late_s[i]) if grid.metric else None,
            kind=int(kind_of[i]),
            loudness_db=characters[i].loudness_db,
            ends_s=_cut_off(hits, i, characters[i], kinds[kind_of[i]]),
        )
        for i in range(len(hits))
    ]
    positions = [_metric_positions(grid, ticks[kind_of == kind]) for kind in range(len(kinds))]
    return Strokes(
        strokes=tuple(strokes),
        kinds=tuple(kinds),
        positions=tuple(positions),
        grid=grid,
        length_s=length_s,
    )


def _kinds(characters: Sequence[Character]) -> NDArray[np.int64]:
    """The kind of each stroke, numbered by first appearance."""
    features = np.stack([WEIGHTS * each.vector for each in characters]).astype(np.float32)
    found = cluster(features)
    while found.max() >= MOST_KINDS:
        found = _nearest_joined(features, found)
    return found


def _nearest_joined(features: NDArray[np.float32], found: NDArray[np.int64]) -> NDArray[np.int64]:
    """The kinds with the two whose centres are nearest made one."""
    count = int(found.max()) + 1
    centres = np.stack([features[found == kind].mean(axis=0) for kind in range(count)])
    apart = ((centres[:, None] - centres) ** 2).sum(axis=2)
    apart[np.tril_indices(count)] = np.inf
    kept, gone = np.unravel_index(int(np.argmin(apart)), apart.shape)
    joined = np.where(found == gone, kept, found)
    return np.asarray(np.where(joined > gone, joined - 1, joined), np.int64)


def _cut_off(hits: Sequence[Hit], index: int, own: Character, usual: Character) -> float | None:
    """When a stroke of a kind that lasts was stopped, though no other stroke began."""
    if own.decay_s > CUT_OFF * usual.decay_s or usual.decay_s < 0.1:
        return None
    ends_s = hits[index].start / SAMPLE_RATE + own.decay_s
    following = hits[index + 1].start / SAMPLE_RATE if index + 1 < len(hits) else np.inf
    return min(ends_s, following)


def _metric_positions(grid: Grid, ticks: NDArray[np.int64]) -> MetricPositions:
    if not grid.metric or grid.beats_per_bar != 4:
        return MetricPositions(count=len(ticks), shares=None)
    at = (ticks + grid.first_tick) % (4 * TICKS_PER_BEAT)
    on_beat = at % TICKS_PER_BEAT == 0
    back = on_beat & (at // TICKS_PER_BEAT % 2 == 1)
    shares = [float(np.mean(each)) for each in (on_beat & ~back, back, ~on_beat)]
    return MetricPositions(count=len(ticks), shares=(shares[0], shares[1], shares[2]))


LOUD: Final = 0.9
"""Which of a kind's strokes that is, in order of loudness."""
AGAIN: Final = 3.0
"""Cost of a label for one more kind: less than that of a drum which is quite another."""
_ASKED: Final = 3
"""Takes of a label whose character is taken."""


@dataclass(frozen=True, kw_only=True)
class KindCast:
    """The label that plays one kind of hits."""

    kind: str
    role: str
    label: str
    count: int
    loud_db: float
    """How loud its loud strokes are in the take."""


def kind_name(kind: int) -> str:
    """What a kind is called in tables.

    >>> kind_name(0), kind_name(3)
    ('A', 'D')
    """
    return chr(ord("A") + kind)


def drums_of(instrument: Instrument) -> list[Response]:
    """Responses of the labels without pitch; raises ControlError where there are none."""
    drums = [response for response in instrument.manifest.responses if not response.pitched]
    if not drums:
        raise ControlError(
            "the take is strokes, and this instrument has pitched notes only; give one with drums, "
            "hum a tune, or say `kind='tune'`"
        )
    return drums


def cast_kinds(found: Strokes, instrument: Instrument) -> tuple[KindCast, ...]:
    """A label for each kind, one for two of them only where no other is like it.

    Raises:
        ControlError: The instrument has no label without a pitch.
    """
    drums = drums_of(instrument)
    own = [_character_of_label(instrument, drum.label) for drum in drums]
    of_label = np.stack(
        [label_costs(drum.label, like) for drum, like in zip(drums, own, strict=True)], axis=1
    )  # [roles, labels]
    like_roles = [
        (int(role), drum) for role, drum in zip(of_label.argmin(axis=0), own, strict=True)
    ]
    roles = roles_of_kinds(found.kinds, found.positions, like_roles)
    costs = of_label[roles]
    columns = assign(np.concatenate([costs + AGAIN * times for times in range(len(roles))], axis=1))
    return tuple(
        KindCast(
            kind=kind_name(kind),
            role=ROLES[roles[kind]].name,
            label=drums[int(columns[kind]) % len(drums)].label,
            count=found.positions[kind].count,
            loud_db=_loud_db([s.loudness_db for s in found.strokes if s.kind == kind]),
        )
        for kind in range(len(roles))
    )


def _character_of_label(instrument: Instrument, label: str) -> Character:
    """What a label sounds like, of a few takes that are typical of it."""
    takes = [
        instrument.render(label=label, velocity=100, wildness=0.5, seed=seed)
        for seed in range(_ASKED)
    ]
    return Character.of_group([character_of(downmix(take)) for take in takes])


def _loud_db(loudness_db: Sequence[float]) -> float:
    return float(np.quantile(loudness_db, LOUD))


def performed(
    found: Strokes, casts: Sequence[KindCast], instrument: Instrument
) -> tuple[Performed, ...]:
    """The hits as this instrument plays them, each as hard as it was struck."""
    responses = {response.label: response for response in instrument.manifest.responses}
    rows = []
    for stroke in found.strokes:
        cast = casts[stroke.kind]
        rows.append(
            Performed(
                time_s=stroke.time_s,
                beat=stroke.beat,
                grid_s=stroke.grid_s,
                kind=cast.kind,
                label=cast.label,
                velocity=velocity_of(stroke.loudness_db, cast.loud_db, responses[cast.label])
                if cast.label
                else 1.0,
                length_s=None if stroke.ends_s is None else stroke.ends_s - stroke.time_s,
            )
        )
    return tuple(rows)
