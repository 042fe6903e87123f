"""How far two players are from each other, and of what: comparisons note it where they are made.

`benchmarks/players.py` runs the tests that do and makes a table of what they noted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from export.handmade import BLOWN, KIT
from messina.instrument import Instrument

__all__ = ["ATTACK_SAMPLES", "Differs", "difference_db", "note_sound", "numbers_db"]

Differs = Callable[[str, str, float], None]
"""Notes a feature, the player that has it, and by how many dB it differs from numpy's."""

ATTACK_SAMPLES = 1_024
_NOISY = {label.name for label in (*KIT, BLOWN) if label.noisy > 0}


def difference_db(got: ArrayLike, wanted: ArrayLike) -> float:
    """Energy of the difference beside that of what was wanted; -inf where they are equal."""
    wanted = np.asarray(wanted, np.float64)
    apart = float(((np.asarray(got, np.float64) - wanted) ** 2).sum())
    energy = float((wanted**2).sum())
    if apart == 0:
        return -np.inf
    return float(10 * np.log10(apart / energy)) if energy else np.inf


def numbers_db(got: ArrayLike, wanted: ArrayLike) -> float:
    """The largest difference of numbers, each beside itself, or beside 1 where it is smaller."""
    wanted, got = np.asarray(wanted, np.float64), np.asarray(got, np.float64)
    assert (np.isnan(got) == np.isnan(wanted)).all()
    apart = np.nan_to_num(np.abs(got - wanted) / np.maximum(np.abs(wanted), 1.0))
    worst = float(apart.max(initial=0.0))
    return float(20 * np.log10(worst)) if worst else -np.inf


def note_sound(
    differs: Differs | None,
    player: str,
    instrument: Instrument,
    wish: Mapping[str, Any],
    *sounds: np.ndarray,
) -> float:
    """Notes the difference of got and wanted [N, 2] for all that was asked for; its dB.

    wish: label, note, velocity, wildness and at, those that were asked for, of an instrument whose
    noise has modes. Nothing is noted where `differs` is None.
    """
    got, wanted = sounds
    error_db = difference_db(got, wanted)
    if differs is None:
        return error_db
    asked = {name for name, value in wish.items() if value is not None}
    pitched = {own.label: own.pitched for own in instrument.manifest.responses}
    features = ["a new take" if wish.get("wildness", 1) else "the most typical take"]
    if "velocity" in asked:
        features.append("velocity")
    if "note" in asked and "label" in asked:
        features.append("note" if pitched[wish["label"]] else "drums tuned by a note")
    if "at" in asked:
        features.append("point of the map")
    if (instrument.trajectories.counts > 0).any():
        features.append("trajectories")
    if instrument.arrays["contours"].any():
        features.append("pitch contours")
    if wish.get("label") in _NOISY:
        features.append("fine spectrum")
    for feature in features:
        differs(feature, player, error_db)
    differs("attack", player, difference_db(got[:ATTACK_SAMPLES], wanted[:ATTACK_SAMPLES]))
    side = wanted[:, 0] - wanted[:, 1]
    if (side**2).sum() > 1e-3 * (wanted**2).sum():
        differs("stereo image", player, difference_db(got[:, 0] - got[:, 1], side))
    return error_db
