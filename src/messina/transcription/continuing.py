"""What was played in a take, as a phrase that a groove goes on from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from messina.errors import ControlError
from messina.events import TICKS_PER_BEAT, Event, Phrase
from messina.limiter import limited
from messina.sequences.groove import Groove
from messina.sequences.model import EventModel
from messina.sequences.player import Wish, blocks_of
from messina.transcription.performance import Performed, bar_line_s, tempo_of
from messina.units import SAMPLE_RATE

__all__ = ["continued", "opening_of"]

Audio = NDArray[np.float32]

_BEATS_A_BAR = 4


def opening_of(rows: Sequence[Performed], model: EventModel) -> tuple[Phrase, float]:
    """The rows as a phrase of a model's voices, in whole bars, and when in the take it ends.

    Raises:
        ControlError: The take keeps to no beat, or the model knows nothing of what it strikes.
    """
    tempo_bpm = tempo_of(rows)
    if tempo_bpm is None:
        raise ControlError(
            "the take keeps to no beat that could be found, so nothing can go on from it; play "
            "along with a beat, or do without `continued`"
        )
    labels = [voice.label for voice in model.manifest.vocabulary]
    placed = [row for row in rows if row.beat is not None and row.label in labels]
    if not placed:
        raise ControlError(
            "nothing of the take is struck by what this groove plays on with; cast it to some of "
            f"{', '.join(labels)}"
        )
    length = math.exp(model.manifest.scale.length_mean)  # a take does not say
    events: dict[tuple[int, int], Event] = {}
    for row in placed:
        tick = round((row.beat or 0.0) * TICKS_PER_BEAT)
        voice = labels.index(row.label)
        late_s = 0.0 if row.grid_s is None else row.time_s - row.grid_s
        event = Event(
            tick=tick, voice=voice, velocity=row.velocity, length_ticks=length, late_s=late_s
        )
        if (tick, voice) not in events or events[tick, voice].velocity < row.velocity:
            events[tick, voice] = event
    bar = _BEATS_A_BAR * TICKS_PER_BEAT
    ticks = (max(tick for tick, _ in events) // bar + 1) * bar
    ordered = tuple(events[key] for key in sorted(events))
    phrase = Phrase(name="take", events=ordered, ticks=ticks, tempo_bpm=tempo_bpm)
    return phrase, bar_line_s(rows) + ticks / TICKS_PER_BEAT * 60.0 / tempo_bpm


def continued(
    audio: Audio,
    rows: Sequence[Performed],
    groove: Groove,
    *,
    duration_s: float,
    seed: int,
    begins_s: float = 0.0,
) -> Audio:
    """A performed take [N, 2] and what the groove makes of it for so many seconds more.

    begins_s: where in the take the audio begins. The groove comes in at the take's last bar line.

    Raises:
        ControlError: There is nothing in the take to go on from.
    """
    phrase, ends_s = opening_of(rows, groove.model)
    player = groove.player(seed=seed, wish=Wish(), prime=phrase)
    more = np.concatenate(list(blocks_of(player, duration_s)))
    start = max(0, round((ends_s - begins_s) * SAMPLE_RATE))
    whole = np.zeros((max(len(audio), start + len(more)), 2), np.float32)
    whole[: len(audio)] += audio
    whole[start : start + len(more)] += more
    return limited(whole)
