"""Priors of a sequence: exemplars and bar repeats of the corpus, a penalty on memorisation.

Habits: what the corpus never does and always does, as far as a sequence is to do likewise.

Bar repeats: coming back to what has just been played. Loops are loops because their bars return. A
sequence that varies every bar in another way has the right strokes and no pattern; one that
returns to its own bars has one, which need not be the corpus'.

Memorisation: noticing when a sequence plays event for event what a phrase of the corpus has. A
small model of a small corpus memorises it. Half a bar of it is style; what goes on for longer
than a bar is a copy, and whoever plays on from there had better think of something else.

Exemplars: which event of the corpus an event stands for, the same voice at the same place, about as
hard. A voice is a kind of hit, and hits of a kind differ by where they are struck: the bass has its
notes, a snare its ghosts. Who plays an event as the one it stands for was played keeps the line.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.events import TICKS_PER_BEAT
from messina.instrument import Instrument
from messina.sequences.model import EventModel, bar_ticks, in_bars

__all__ = [
    "NO_EXEMPLAR",
    "BarRepeatPrior",
    "Exemplars",
    "MemorisationDetector",
    "PlayedEvent",
    "exemplar_sounds",
    "heard_positions",
    "swung_division",
]


def heard_positions(model: EventModel) -> dict[int, NDArray[np.bool_]]:
    """Positions of the bar that have events in the corpus [ticks a bar], by beats a bar."""
    heard: dict[int, NDArray[np.bool_]] = {}
    for style, passage in zip(model.manifest.styles, model.passages, strict=True):
        if style.metric:
            bar = bar_ticks(style)
            table = heard.setdefault(style.beats_per_bar, np.zeros(bar, np.bool_))
            table[(passage.ticks + style.first_tick) % bar] = True
    return heard


def swung_division(model: EventModel) -> int:
    """Ticks of the division that swing delays.

    Semiquavers where the corpus has them, else quavers.
    """
    styles = zip(model.manifest.styles, model.passages, strict=True)
    ticks = [p.ticks + s.first_tick for s, p in styles if s.metric]
    positions = np.concatenate(ticks) % 12 if ticks else np.zeros(1)
    return 6 if np.mean(positions == 6) > 0.1 else 12


class PlayedEvent(NamedTuple):
    """An event that has been played; tuples sort in the order of playing."""

    clock: float
    voice: int
    velocity: float
    late_s: float
    exemplar: int


class BarRepeatPrior:
    """Remembers events, and gives the one that came a round (of bars) ago."""

    def __init__(self) -> None:
        self._events: deque[PlayedEvent] = deque()
        self._round = 0.0
        self._first: float | None = None

    def begin(self, round_ticks: float) -> None:
        """Forgets all events; from now on they return after `round_ticks`."""
        self._events.clear()
        self._first = None
        self._round = round_ticks

    def add(self, event: PlayedEvent) -> None:
        """Takes in an event as it is played."""
        self._events.append(event)
        if self._first is None:
            self._first = event.clock

    def after(self, clock: float, voice: int) -> PlayedEvent | None:
        """The first event after `clock` and `voice` one round ago, moved to now.

        None if it is not known.
        """
        then = clock - self._round, voice
        if self._first is None or then[0] < self._first:
            return None
        while self._events and self._events[0][:2] <= then:
            self._events.popleft()
        if not self._events or self._events[0].clock >= clock:
            return None
        return self._events[0]._replace(clock=self._events[0].clock + self._round)


NOTICED: Final = 4
"""Events in a row that are the corpus' before it is noticed."""

FOLLOWED: Final = 32  # places of the corpus, at most
INDEXED: Final = 60_000  # events; a larger corpus is not learnt by heart


class MemorisationDetector:
    """Matches what is played against the corpus, and notices when it goes on reciting it."""

    def __init__(self, model: EventModel) -> None:
        self._events: list[tuple[int, int]] = []  # step and voice
        self._after: list[int] = []
        self._index: dict[tuple[tuple[int, int], ...], list[int]] = {}
        for style, passage in zip(model.manifest.styles, model.passages, strict=True):
            if style.events > 0 and len(self._events) + style.events <= INDEXED:
                gaps = np.diff(passage.ticks, prepend=passage.ticks[-1] - style.ticks)
                steps = model.nearest_step(np.maximum(gaps, 0).astype(np.int64))
                self._add(list(zip(steps.tolist(), passage.voices.tolist(), strict=True)))
        self.forget()

    def _add(self, events: list[tuple[int, int]]) -> None:
        first, count = len(self._events), len(events)
        self._events += events
        self._after += [first + (i + 1) % count for i in range(count)]
        for i in range(count):
            run = tuple(events[(i - k) % count] for k in range(NOTICED))
            places = self._index.setdefault(run, [])
            if len(places) < FOLLOWED:
                places.append(first + i)

    def forget(self) -> None:
        """Forgets all matches."""
        self._last: deque[tuple[int, int, int]] = deque(maxlen=NOTICED)
        self._runs: dict[int, int] = {}

    def add(self, step: int, voice: int, ticks: int) -> None:
        """Takes in the next event, `ticks` after the one before."""
        self._last.appendleft((step, voice, ticks))
        runs = {
            self._after[place]: span + ticks
            for place, span in self._runs.items()
            if self._events[self._after[place]] == (step, voice)
        }
        if len(self._last) == NOTICED:
            since = sum(t for _, _, t in list(self._last)[:-1])
            for place in self._index.get(tuple((s, v) for s, v, _ in self._last), ()):
                runs.setdefault(place, since)
        self._runs = dict(list(runs.items())[:FOLLOWED])

    def next_if_memorised(self, longer_than_ticks: int) -> set[tuple[int, int]]:
        """(Step, voice) pairs that would continue a match longer than this."""
        return {
            self._events[self._after[place]]
            for place, span in self._runs.items()
            if span >= longer_than_ticks
        }


NO_EXEMPLAR: Final = -1

AS_MUCH_AS: Final = 24.0
"""Velocity that counts as much as another place of the phrase, of the bar or of the beat."""


class Exemplars:
    """Finds the event of the corpus that a drawn event stands for."""

    def __init__(self, model: EventModel) -> None:
        self._styles = model.manifest.styles
        self._passages = model.passages
        counts = [style.events for style in self._styles]
        self._firsts = np.cumsum([0, *counts])
        self._voices = model.arrays["voice"]
        self._velocities = model.arrays["touch"][:, 0]

    def at(self, style: int, position: float, voice: int, velocity: float) -> int:
        """Number of the nearest event of a voice at a bar position of a style.

        NO_EXEMPLAR for none.
        """
        first = int(self._firsts[style])
        own = np.flatnonzero(self._passages[style].voices == voice)
        if len(own) == 0:
            others = np.flatnonzero(self._voices == voice)
            if len(others) == 0:
                return NO_EXEMPLAR
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


def exemplar_sounds(model: EventModel, instrument: Instrument) -> tuple[int | None, ...]:
    """For each event of the corpus the instrument's known sound that it was, or one most like it.

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
