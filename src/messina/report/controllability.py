"""Controllability: how an instrument responds to velocity, to the note asked for, to the same key
struck again, and whether named layers play as loud as they are.

A curve may rise as it should and still lie far under its sounds; so every label whose names tell
of two velocities or more is held against them layer by layer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus import Sound
from messina.corpus.describing import brightness_hz
from messina.evaluation.signal_levels import loudest_db, mid
from messina.evaluation.sound_quality import cents_error, monotonicity, repeat_spread
from messina.evaluation.timbre import descriptors
from messina.instrument import Instrument
from messina.instrument.responses import Response
from messina.progress import Progress
from messina.report.record import LayerRow, PitchRow, SweepRow

__all__ = [
    "ControlResponses",
    "deviations_db",
    "measure_responses",
    "play_layers",
    "real_responses",
]

Audio = NDArray[np.float32]
Key = tuple[str, float | None]
"""A label and a note of it."""

VELOCITIES: Final = (20.0, 40.0, 60.0, 80.0, 100.0, 120.0)
MOST_SWEEPS: Final = 12
MOST_PITCHES: Final = 24
MOST_REPEATED: Final = 8
TAKES: Final = 4
REPEATED_VELOCITY: Final = 90.0


@dataclass(frozen=True, kw_only=True)
class ControlResponses:
    """Control response of an instrument: what was asked for, and what was measured."""

    metrics: dict[str, float]
    sweeps: tuple[SweepRow, ...]
    pitches: tuple[PitchRow, ...]


def measure_responses(
    instrument: Instrument, *, seed: int, progress: Progress | None = None
) -> ControlResponses:
    """Measures the control response: sweeps of velocity, single notes, repeated hits."""
    keys = _keys(instrument.manifest.responses, MOST_SWEEPS)
    notes = _notes(instrument)
    again = keys[:: max(1, len(keys) // MOST_REPEATED)][:MOST_REPEATED]
    total, done = len(keys) + len(notes) + len(again), 0

    def report() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress("playing soft and hard", done, total)

    sweeps, pitches, repeats = [], [], []
    for key in keys:
        sweeps.append(_sweep(instrument, key, seed))
        report()
    for label, note, learnt in notes:
        audio = mid(instrument.render(label=label, note=note, seed=seed))
        cents = cents_error(audio, note)
        pitches.append(PitchRow(label=label, note=note, cents=cents, learnt=learnt))
        report()
    for key in again:
        repeats.append(_takes(instrument, key, seed))
        report()
    metrics = {
        "loudness_monotonicity": _mean([monotonicity(s.velocity, s.loudness_db) for s in sweeps]),
        "brightness_monotonicity": _mean(
            [monotonicity(s.velocity, s.brightness_hz) for s in sweeps]
        ),
        "repeat_spread": repeat_spread([descriptors(takes) for takes in repeats]),
    }
    if pitches:
        metrics["pitch_error"] = float(np.nanmedian([abs(row.cents) for row in pitches]))
    return ControlResponses(metrics=metrics, sweeps=tuple(sweeps), pitches=tuple(pitches))


def real_responses(sounds: Sequence[Sound]) -> dict[str, float]:
    """Metrics of control response on the real sounds, by the velocities and notes in names."""
    keys: dict[Key, list[Sound]] = defaultdict(list)
    takes: dict[tuple[Key, float | None], list[Sound]] = defaultdict(list)
    for sound in sounds:
        if sound.velocity is not None:
            keys[sound.label, sound.note].append(sound)
            takes[(sound.label, sound.note), sound.velocity].append(sound)
    louder, brighter = [], []
    for members in keys.values():
        velocities = [sound.velocity or 0.0 for sound in members]
        louder.append(monotonicity(velocities, [s.loudness_db for s in members]))
        brighter.append(monotonicity(velocities, [s.brightness_hz for s in members]))
    metrics = {"loudness_monotonicity": _mean(louder), "brightness_monotonicity": _mean(brighter)}
    robins = [members for members in takes.values() if len(members) > 1]
    if robins:
        metrics["repeat_spread"] = repeat_spread(
            [descriptors([mid(sound.audio) for sound in members]) for members in robins]
        )
    errors = [
        abs(cents_error(mid(sound.audio), sound.note)) for sound in sounds if sound.note is not None
    ]
    if errors:
        metrics["pitch_error"] = float(np.nanmedian(errors))
    return {key: value for key, value in metrics.items() if np.isfinite(value)}


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _keys(responses: Sequence[Response], most: int) -> list[Key]:
    """Labels, evenly chosen; of pitched ones up to three notes while there is room."""
    chosen = responses[:: max(1, -(-len(responses) // most))]
    per_label = max(1, min(3, most // len(chosen)))
    keys: list[Key] = []
    for response in chosen:
        if response.note_low is None or response.note_high is None:
            keys.append((response.label, None))
            continue
        notes = np.linspace(response.note_low, response.note_high, per_label + 2)[1:-1]
        keys += [(response.label, float(note)) for note in np.unique(notes.round())]
    return keys


def _notes(instrument: Instrument) -> list[tuple[str, float, bool]]:
    """Notes to ask for: every one a label reaches over, evenly thinned out; whether learnt."""
    learnt = {
        (sound.label, round(sound.note))
        for sound in instrument.manifest.sounds
        if sound.note is not None and sound.role != "held out"
    }
    notes = []
    for response in instrument.manifest.responses:
        if response.note_low is None or response.note_high is None:
            continue
        low, high = round(response.note_low), round(response.note_high)
        notes += [
            (response.label, float(note), (response.label, note) in learnt)
            for note in range(low, high + 1)
        ]
    if len(notes) <= MOST_PITCHES:
        return notes
    chosen = np.linspace(0, len(notes) - 1, MOST_PITCHES).round().astype(int)
    return [notes[row] for row in chosen]


def _sweep(instrument: Instrument, key: Key, seed: int) -> SweepRow:
    label, note = key
    levels, brightness = [], []
    for velocity in VELOCITIES:
        audio = mid(instrument.render(label=label, note=note, velocity=velocity, seed=seed))
        levels.append(loudest_db(audio))
        brightness.append(brightness_hz(audio.astype(np.float32)))
    return SweepRow(
        label=label,
        note=note,
        velocity=list(VELOCITIES),
        loudness_db=levels,
        brightness_hz=brightness,
    )


def _takes(instrument: Instrument, key: Key, seed: int) -> list[Audio]:
    """The same hit several times."""
    label, note = key
    return [
        mid(
            instrument.render(
                label=label, note=note, velocity=REPEATED_VELOCITY, seed=seed + 1 + take
            )
        ).astype(np.float32)
        for take in range(TAKES)
    ]


MOST_LAYERS: Final = 160
MOST_NOTES: Final = 3
"""Of a pitched label."""
LAYER_TAKES: Final = 2

_Key = tuple[str, float | None]


def play_layers(
    instrument: Instrument,
    sounds: Sequence[Sound],
    *,
    seed: int,
    progress: Progress | None = None,
) -> tuple[LayerRow, ...]:
    """Measures the loudness of what is rendered at the velocities that real sounds are named with.

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
        for take in range(LAYER_TAKES)
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
