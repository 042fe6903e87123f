"""Which event of the corpus an event stands for: the same voice at the same place, about as hard.

A voice is a kind of hit, and hits of a kind differ by where they are struck: the bass has its
notes, a snare its ghosts. Who plays an event as the one it stands for was played keeps the line.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.events import TICKS_PER_BEAT
from messina.instrument import Instrument
from messina.sequences.model import EventModel, bar_ticks, in_bars

__all__ = ["NO_STROKE", "Strokes", "sounds_of_strokes"]

NO_STROKE: Final = -1

AS_MUCH_AS: Final = 24.0
"""Velocity that counts as much as another place of the phrase, of the bar or of the beat."""


class Strokes:
    """Finds events of the corpus, counted through all its phrases."""

    def __init__(self, model: EventModel) -> None:
        self._styles = model.manifest.styles
        self._passages = model.passages
        counts = [style.events for style in self._styles]
        self._firsts = np.cumsum([0, *counts])
        self._voices = model.arrays["voice"]
        self._velocities = model.arrays["touch"][:, 0]

    def at(self, style: int, position: float, voice: int, velocity: float) -> int:
        """The event for one at a position of the bars of a style; NO_STROKE where none has it."""
        first = int(self._firsts[style])
        own = np.flatnonzero(self._passages[style].voices == voice)
        if len(own) == 0:
            others = np.flatnonzero(self._voices == voice)
            if len(others) == 0:
                return NO_STROKE
            return int(others[np.argmin(np.abs(self._velocities[others] - velocity))])
        harder = np.abs(self._passages[style].touches[own, 0] - velocity) / AS_MUCH_AS
        return first + int(own[np.argmin(harder + self._elsewhere(style, position, own))])

    def _elsewhere(
        self, style: int, position: float, own: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """How little [n] the places of a style's events are that position."""
        phrase = self._styles[style]
        if not phrase.metric:
            return np.zeros(len(own))
        bar = bar_ticks(phrase)
        away = self._passages[style].ticks[own] + phrase.first_tick - round(position)
        rounds = (phrase.ticks if in_bars(phrase) else 4 * bar, bar, TICKS_PER_BEAT)
        elsewhere = np.stack([away % length != 0 for length in rounds])
        return np.asarray(elsewhere.sum(axis=0), np.float64)


def sounds_of_strokes(model: EventModel, instrument: Instrument) -> tuple[int | None, ...]:
    """For each event of the corpus the known sound it was played as, or the likest of its voice.

    Hits are numbered as they come in a recording, and named after it. One that was held out, or is
    the same as another, is stood for by that of its voice which is nearest in velocity, if there is
    one in the same recording.
    """
    names = [s.name for s in instrument.manifest.sounds if s.role != "held out"]
    index = {name: sound for sound, name in enumerate(names)}
    labels = [instrument.labels[label] for label in instrument.known.labels]
    found: list[int | None] = []
    for style, passage in zip(model.manifest.styles, model.passages, strict=True):
        seconds = passage.ticks * 60.0 / (style.tempo_bpm * TICKS_PER_BEAT) + passage.touches[:, 1]
        number = np.argsort(np.argsort(seconds, kind="stable"), kind="stable") + 1
        own = [sound for name, sound in index.items() if name.startswith(f"{style.name}#")]
        for event, voice in enumerate(passage.voices.tolist()):
            label = model.manifest.vocabulary[voice].label
            sound = index.get(f"{style.name}#{number[event]:03d}")
            if sound is None or labels[sound] != label:
                alike = [other for other in own if labels[other] == label]
                sound = _nearest(instrument, alike, float(passage.touches[event, 0]))
            found.append(sound)
    return tuple(found)


def _nearest(instrument: Instrument, sounds: list[int], velocity: float) -> int | None:
    """The sound nearest in velocity, if there is one."""
    velocities = instrument.known_velocities
    return min(
        sounds, key=lambda sound: abs((velocities[sound] or velocity) - velocity), default=None
    )
