"""Whether layers play as loud as they are: named velocities asked for beside the real sounds.

A curve may rise as it should and still lie far under its sounds; so every label whose names tell
of two velocities or more is held against them layer by layer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from messina.corpus import Sound
from messina.evaluation.levels import loudest_db, mid
from messina.instrument import Instrument
from messina.progress import Progress
from messina.report.record import LayerRow

__all__ = ["deviations_db", "play_layers"]

MOST_LAYERS: Final = 160
MOST_NOTES: Final = 3
"""Of a pitched label."""
TAKES: Final = 2

_Key = tuple[str, float | None]


def play_layers(
    instrument: Instrument,
    sounds: Sequence[Sound],
    *,
    seed: int,
    progress: Progress | None = None,
) -> tuple[LayerRow, ...]:
    """What the instrument plays at the named velocities of the real sounds, and how loud they are.

    Empty where no label has sounds of two velocities by name.
    """
    wanted = _layers(sounds)
    if len(wanted) > MOST_LAYERS:
        evenly = np.linspace(0, len(wanted) - 1, MOST_LAYERS).round().astype(int)
        wanted = [wanted[i] for i in evenly]
    rows = []
    for done, (key, velocity, members) in enumerate(wanted, start=1):
        rows.append(_played(instrument, key, velocity, members, seed))
        if progress is not None:
            progress("playing layers", done, len(wanted))
    return tuple(rows)


def _layers(sounds: Sequence[Sound]) -> list[tuple[_Key, float, list[Sound]]]:
    """Label and note, velocity, and the sounds there; notes evenly chosen."""
    labels: dict[str, dict[float | None, dict[float, list[Sound]]]] = defaultdict(dict)
    for sound in sounds:
        if sound.velocity is not None:
            layers = labels[sound.label].setdefault(sound.note, {})
            layers.setdefault(sound.velocity, []).append(sound)
    found = []
    for label, notes in labels.items():
        layered = [note for note, layers in notes.items() if len(layers) >= 2]
        layered.sort(key=lambda note: -1.0 if note is None else note)
        for note in layered[:: max(1, -(-len(layered) // MOST_NOTES))]:
            found += [
                ((label, note), velocity, notes[note][velocity]) for velocity in sorted(notes[note])
            ]
    return found


def _played(
    instrument: Instrument, key: _Key, velocity: float, members: Sequence[Sound], seed: int
) -> LayerRow:
    label, note = key
    takes = [
        instrument.render(label=label, note=note, velocity=velocity, seed=seed + take)
        for take in range(TAKES)
    ]
    return LayerRow(
        label=label,
        note=note,
        velocity=velocity,
        real_db=float(np.median([loudest_db(mid(sound.audio)) for sound in members])),
        played_db=float(np.median([loudest_db(mid(take)) for take in takes])),
    )


def deviations_db(layers: Sequence[LayerRow]) -> Mapping[str, LayerRow]:
    """Of each label the layer that is furthest from its real sounds, the worst label first."""
    worst: dict[str, LayerRow] = {}
    for row in layers:
        if row.label not in worst or abs(row.louder_db) > abs(worst[row.label].louder_db):
            worst[row.label] = row
    return dict(sorted(worst.items(), key=lambda item: -abs(item[1].louder_db)))
