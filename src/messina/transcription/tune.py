"""A hummed tune → its notes, with the bends and the swells they were sung with.

Of all ways through the semitones, each frame as far from its note as it is sung and each change of
note at a price, the cheapest is taken: vibrato stays within a note, and what glides passes quickly
from one to the next. The voice's own tuning is taken off before. A note that is sung again is told
by the dip of the level between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import downmix
from messina.corpus.sound import Array
from messina.errors import ControlError
from messina.events import TICKS_PER_BEAT
from messina.frames.pitch_track import HOP_S, PitchTrack, track_pitch
from messina.instrument import Instrument
from messina.instrument.responses import Response
from messina.rhythm.metre import find_grid, place_on_ticks
from messina.rhythm.onsets import Onsets
from messina.text import did_you_mean
from messina.transcription.performance import STEP_S, Performed, velocity_of

__all__ = ["find_notes", "is_tune", "note_label", "transcribe_notes"]

Floats = NDArray[np.float64]
Span = tuple[int, int, int]
"""First frame, last frame + 1, semitone."""

TUNE_SHARE: Final = 0.5
"""Of the frames that are audible, those with a pitch that goes on, in a tune."""
GOES_ON_S: Final = 0.15
AUDIBLE_DB: Final = -18.0
"""What goes on above this goes on; a drum with a pitch has died away by then."""

SPREAD: Final = 0.5
"""Semitones that a voice is usually from its note."""
MOST_AWAY: Final = 2.5
"""In spreads: further away costs no more, for a glide that is passed through."""
CHANGE: Final = 7.0
"""Cost of a change of note, in frames that are one spread away and half."""
SHORTEST_S: Final = 0.07
BRIDGED_S: Final = 0.04
"""A gap in the pitch of the same note that is no breath."""
DIP_DB: Final = 5.0
"""Between a note and the same note sung again the level falls, and rises, by so much."""
DIP_WITHIN_S: Final = 0.12
RISES_DB: Final = -14.0
"""Re its loudest: where a note begins that follows a rest."""


def is_tune(audio: Array) -> bool:
    """Whether a take [N, C] is one voice with a pitch, most of the time it sounds."""
    track = track_pitch(downmix(audio))
    audible = track.level_db > track.level_db.max() + AUDIBLE_DB
    steady = np.zeros(len(track), bool)
    for first, last in _runs(track.voiced & audible):
        if (last - first) * HOP_S >= GOES_ON_S:
            steady[first:last] = True
    return bool(audible.any()) and float(steady[audible].mean()) >= TUNE_SHARE


def note_label(instrument: Instrument, label: str | None) -> Response:
    """The label that plays a tune. Raises ControlError where none has a pitch."""
    pitched = [response for response in instrument.manifest.responses if response.pitched]
    if not pitched:
        raise ControlError(
            "the take is a tune, and nothing in this instrument has a pitch; give one that has "
            "notes, tap a beat, or say `kind='strokes'`"
        )
    if label is None:
        return max(pitched, key=lambda response: response.sounds)
    for response in pitched:
        if response.label == label:
            return response
    names = [response.label for response in pitched]
    guess = did_you_mean(label, names)
    raise ControlError(
        f"there is no label '{label}' with a pitch; {guess}there are {', '.join(names)}"
    )


def transcribe_notes(audio: Array, response: Response) -> tuple[Performed, ...]:
    """The notes of a take [N, C] as a label plays them; none where no pitch goes on."""
    track = track_pitch(downmix(audio))
    spans = find_notes(track)
    if not spans:
        return ()
    times_s = np.array([first * HOP_S for first, _, _ in spans])
    loudness = np.array([float(np.max(track.level_db[first:last])) for first, last, _ in spans])
    beats, grid_s = _on_grid(times_s, loudness, len(audio))
    loud_db = float(np.quantile(loudness, 0.9))
    rows = []
    for i, (first, last, _) in enumerate(spans):
        pitch = _filled(track.note[first:last])
        settled = float(np.median(pitch))
        rows.append(
            Performed(
                time_s=float(times_s[i]),
                label=response.label,
                velocity=velocity_of(float(loudness[i]), loud_db, response),
                note=round(float(np.clip(round(settled), 0, 127)), 2),
                length_s=(last - first) * HOP_S,
                beat=beats[i],
                grid_s=grid_s[i],
                bend_cents=_every_step(100.0 * (pitch - round(settled))),
                level_db=_every_step(track.level_db[first:last] - loudness[i]),
            )
        )
    return tuple(rows)


def _on_grid(
    times_s: Floats, loudness_db: Floats, samples: int
) -> tuple[list[float | None], list[float | None]]:
    """Beats and seconds of the grid that the beginnings of the notes keep to."""
    count = len(times_s)
    strength = 10.0 + loudness_db - loudness_db.max()
    even = np.ones((count, 4))
    onsets = Onsets(
        samples=np.rint(times_s * 44_100).astype(np.int64),
        strength_db=np.maximum(strength, 1.0),
        profile_db=even,
        levels_db=even,
    )
    grid = find_grid(onsets, samples / 44_100)
    if not grid.metric:
        return [None] * count, [None] * count
    ticks, late_s = place_on_ticks(grid, times_s)
    beats = ((ticks + grid.first_tick) / TICKS_PER_BEAT).tolist()
    return beats, (times_s - late_s).tolist()


def _filled(pitch: Floats) -> Floats:
    """The pitch [T] with a line over its gaps."""
    there = ~np.isnan(pitch)
    return np.interp(np.arange(len(pitch)), np.flatnonzero(there), pitch[there])


def _every_step(values: Floats) -> tuple[float, ...]:
    places = np.arange(0.0, len(values) * HOP_S, STEP_S) / HOP_S
    return tuple(np.interp(places, np.arange(len(values)), values).round(1).tolist())


def find_notes(track: PitchTrack) -> list[Span]:
    """The notes of a track, in order."""
    voiced = track.voiced
    if not voiced.any():
        return []
    offset = _tuning(track.note[voiced])
    spans: list[Span] = []
    for first, last in _runs(_bridged(voiced)):
        path = _semitones(_filled(track.note[first:last]) - offset)
        edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
        for start, end in pairwise(edges):
            spans += _sung_again(track, first + start, first + end, int(path[start]))
    spans = [_from_its_rise(track, span) for span in _long_enough(spans)]
    return [span for span in spans if (span[1] - span[0]) * HOP_S >= SHORTEST_S]


def _tuning(notes: Floats) -> float:
    """How far the voice is from A 440, -0.5 … 0.5 semitones, on the whole."""
    around = np.exp(2j * np.pi * notes).mean()
    return float(np.angle(around) / (2 * np.pi))


def _semitones(pitch: Floats) -> NDArray[np.int64]:
    """The note [T] of each frame of a pitch without gaps."""
    low, high = int(np.floor(pitch.min())), int(np.ceil(pitch.max()))
    notes = np.arange(low, high + 1)
    away = np.minimum(np.abs(pitch[:, None] - notes) / SPREAD, MOST_AWAY)
    cost = 0.5 * away**2
    total = cost[0]
    back = np.zeros(cost.shape, np.int64)
    for t in range(1, len(pitch)):
        cheapest = int(np.argmin(total))
        changed = total[cheapest] + CHANGE < total
        back[t] = np.where(changed, cheapest, np.arange(len(notes)))
        total = np.where(changed, total[cheapest] + CHANGE, total) + cost[t]
    path = np.empty(len(pitch), np.int64)
    path[-1] = int(np.argmin(total))
    for t in range(len(pitch) - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return notes[path]


def _bridged(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voiced frames, with gaps too short to be a breath."""
    filled = voiced.copy()
    for first, last in _runs(~voiced):
        inner = first > 0 and last < len(voiced)
        if inner and (last - first) * HOP_S <= BRIDGED_S:
            filled[first:last] = True
    return filled


def _sung_again(track: PitchTrack, first: int, last: int, note: int) -> list[Span]:
    """A note, or several of one pitch, parted where the level dips between them."""
    level = track.level_db[first:last]
    reach = round(DIP_WITHIN_S / HOP_S)
    least = round(SHORTEST_S / HOP_S)
    cuts: list[int] = []
    for t in range(least, len(level) - least):
        around = level[max(0, t - reach) : t + reach + 1]
        if level[t] > around.min():
            continue
        before, after = level[max(0, t - reach) : t].max(), level[t + 1 : t + reach + 1].max()
        if min(before, after) - level[t] >= DIP_DB and (not cuts or t - cuts[-1] >= least):
            cuts.append(t)
    edges = [0, *cuts, len(level)]
    return [(first + start, first + end, note) for start, end in pairwise(edges)]


def _long_enough(spans: Sequence[Span]) -> list[Span]:
    """The spans, those too short to be notes given to what they lead to or come from."""
    kept: list[Span] = []
    led_from: int | None = None
    for index, (first, last, note) in enumerate(spans):
        if led_from is not None and led_from <= first:
            first, led_from = led_from, None
        if (last - first) * HOP_S >= SHORTEST_S:
            kept.append((first, last, note))
        elif index + 1 < len(spans) and spans[index + 1][0] == last:
            led_from = first
        elif kept and kept[-1][1] == first:
            kept[-1] = (kept[-1][0], last, kept[-1][2])
    return kept


def _from_its_rise(track: PitchTrack, span: Span) -> Span:
    """The note from where it is heard, and until it is: pitch is found in the softest hum."""
    first, last, note = span
    level = track.level_db[first:last]
    loud = np.flatnonzero(level >= level.max() + RISES_DB)
    return first + int(loud[0]), first + int(loud[-1]) + 1, note


def _runs(true: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last + 1 of each stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
