"""Kinds of strokes given to the labels of a kit: by sound and by order, not by names alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from messina.corpus.levels import downmix
from messina.errors import ControlError
from messina.instrument import Instrument
from messina.instrument.responses import Response
from messina.transcription.performance import Performed, velocity_of
from messina.transcription.roles import (
    ROLES,
    Character,
    assign,
    character_of,
    label_costs,
    roles_of_kinds,
)
from messina.transcription.strokes import Strokes

__all__ = ["KindCast", "cast_kinds", "drums_of", "kind_name", "performed"]

LOUD: Final = 0.9
"""Which of a kind's strokes that is, in order of loudness."""
AGAIN: Final = 3.0
"""Cost of a label for one more kind: less than that of a drum which is quite another."""
_ASKED: Final = 3
"""Takes of a label whose character is taken."""


@dataclass(frozen=True, kw_only=True)
class KindCast:
    """What one kind of strokes is played by."""

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
    """The labels of a kit; raises ControlError where there are none."""
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
    roles = roles_of_kinds(found.kinds, found.placings)
    of_label = np.stack(
        [label_costs(drum.label, _character_of_label(instrument, drum.label)) for drum in drums],
        axis=1,
    )  # [roles, labels]
    costs = of_label[roles]
    columns = assign(np.concatenate([costs + AGAIN * times for times in range(len(roles))], axis=1))
    return tuple(
        KindCast(
            kind=kind_name(kind),
            role=ROLES[roles[kind]].name,
            label=drums[int(columns[kind]) % len(drums)].label,
            count=found.placings[kind].count,
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
    """The strokes as this instrument plays them, each as hard as it was struck."""
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
