"""How loud each take of a pack is: as its layer, whatever chance made of it.

Takes of a layer may differ by a little, as a player's do, but never by so much that one of them is
softer than the layer under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.corpus.describing import loudness_db
from messina.corpus.levels import downmix
from messina.export.plan import Plan, Zone
from messina.instrument.responses import Response
from messina.limiter import SOUND_CEILING, limited
from messina.units import db_to_amplitude

__all__ = ["SAME_DB", "Aim", "aims_of", "brought_to"]

Audio = NDArray[np.float32]

_TAKES_DB: Final = 0.75
"""Takes of a layer are at most so far from its level …"""
_OF_GAP: Final = 0.45
"""… and at most this share of the way to the next layer."""
_MOST_DB: Final = 9.0
"""What is further off than this is not a matter of level."""
SAME_DB: Final = 0.01
"""Levels this near are the same."""
_ROUNDS: Final = 3
"""A take that comes near the ceiling is limited, and so brought up again."""


class Aim(NamedTuple):
    """The loudest 50 ms a take should have, and how far off they may be."""

    level_db: float
    within_db: float


def aims_of(plan: Plan, responses: Sequence[Response]) -> dict[str, Aim]:
    """The aim of every take of a plan, by its stem."""
    by_label = {response.label: response for response in responses}
    aims: dict[str, Aim] = {}
    for program in plan.programs:
        for zone in program.zones:
            aims |= _aims_of_zone(zone, by_label[zone.label])
    return aims


def _aims_of_zone(zone: Zone, response: Response) -> dict[str, Aim]:
    levels = [response.loudness_at(layer.velocity, layer.takes[0].note)[1] for layer in zone.layers]
    gaps = np.abs(np.diff(levels))
    aims: dict[str, Aim] = {}
    for index, layer in enumerate(zone.layers):
        gap = gaps[max(0, index - 1) : index + 1].min(initial=np.inf)
        aim = Aim(level_db=levels[index], within_db=float(min(_TAKES_DB, _OF_GAP * gap)))
        aims |= {take.stem: aim for take in layer.takes}
    return aims


def brought_to(audio: Audio, aim: Aim) -> Audio:
    """The audio [N, C] made louder or softer until it is within its aim, and under the ceiling."""
    wanted = 0.0
    for _ in range(_ROUNDS):
        off = loudness_db(downmix(audio)) - aim.level_db
        step = float(np.clip(off, -aim.within_db, aim.within_db)) - off
        step = float(np.clip(wanted + step, -_MOST_DB, _MOST_DB)) - wanted
        if abs(step) < SAME_DB:
            break
        wanted += step
        audio = limited(audio * np.float32(db_to_amplitude(step)), SOUND_CEILING)
    return audio
