"""Playing an instrument by MIDI, through the sound card, without a browser.

Hits are struck, cut off and mixed as in the pieces that play by themselves (sequences.performer):
the same seed and the same notes are the same sound there and here.

Three threads: MIDI messages are put into a queue by the port's own thread; the renderer takes them
out, decides what is played and renders takes ahead; the sound card's callback starts and ends hits
as the renderer orders, and mixes what is ready. What is not ready in time is silence, counted in
`underruns`, and comes late rather than never. Frames are made when a note comes, so a note is late
by what that takes, a few milliseconds, and by the sound card's latency.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from messina.errors import ControlError
from messina.instrument import Instrument
from messina.instrument.drum_map import KEYS
from messina.instrument.headroom import headroom_db
from messina.limiter import AHEAD_LIVE, Limiter
from messina.ranges import check_ranges
from messina.sequences.round_robin import Striker
from messina.sequences.voice_assignment import Played, played_by
from messina.sequences.voices import STOLEN, Hit, Voices
from messina.text import did_you_mean
from messina.units import db_to_amplitude

__all__ = ["LiveConfig", "LivePlayer", "Metrics"]

_NOTE_OFF, _NOTE_ON, _CONTROL = 0x80, 0x90, 0xB0
_SUSTAIN, _SOUND_OFF, _NOTES_OFF = 64, 120, 123
_HALF = 64
_IDLE_S = 0.002
_AHEAD: Final = 6_000
"""Samples rendered ahead."""
_AHEAD_HELD: Final = 1_536
"""The same of a note that may be let go at any time, for what is ready sounds as it is."""
_FIRST_ROWS: Final = 5
"""Rows of a take's first portion: few, so that it sounds soon."""
_ROWS: Final = 24


@dataclass(frozen=True, kw_only=True)
class LiveConfig:
    """How it is played. Raises ControlError."""

    label: str | None = None
    """Played by all notes; None: as the instrument's table of keys has it."""
    wildness: float = 1.0
    seed: int = 0
    ring: bool | None = None
    """Whether sounds ring on when a key is lifted; None: hits do, notes of a pitch do not. What is
    sustained never does."""
    level_db: float = 0.0

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What the player says of itself at one moment."""

    voices: int
    notes: int
    underruns: int
    slowest_s: float
    """From taking up a note to its first samples, the longest so far."""


class LivePlayer:
    """Takes MIDI messages from any thread, gives sound to the audio callback; use as a context."""

    def __init__(self, instrument: Instrument, config: LiveConfig | None = None) -> None:
        self._config = config or LiveConfig()
        self._played = _keys(instrument, self._config.label)
        level_db = headroom_db(instrument.manifest.responses) + self._config.level_db
        self._level = float(db_to_amplitude(level_db))
        self._band = {"": instrument}
        self._striker = self._new_striker()
        # The renderer's:
        self._messages: queue.SimpleQueue[Sequence[int]] = queue.SimpleQueue()
        self._coming: list[Hit] = []  # those that are not rendered to their end
        self._held: dict[int, Hit] = {}
        self._sustained: list[Hit] = []
        self._pedal = False
        self._notes = 0
        self._slowest_s = 0.0
        # The callback's:
        self._orders: deque[Callable[[int], None]] = deque()
        self._voices = Voices()
        self._limiter = Limiter(ahead=AHEAD_LIVE)
        self._at = 0  # samples given
        self._underruns = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renderer", daemon=True)

    def __enter__(self) -> Self:
        # The first note is as quick as the others: whatever is loaded once is loaded now.
        for played in list(self._played.values())[:1]:
            self._new_striker().strike("", played, 100.0)[0].render()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def receive(self, message: Sequence[int]) -> None:
        """Takes one MIDI message, as bytes. Any thread."""
        self._messages.put(tuple(message))

    def mix(self, out: NDArray[np.float32]) -> None:
        """Fills out [N, 2]. Audio callback."""
        while self._orders:
            self._orders.popleft()(self._at)
        out[:] = 0
        self._underruns += self._voices.mix(out, self._at, waits=False)
        self._at += len(out)
        out[:] = self._limiter.step(out)

    @property
    def metrics(self) -> Metrics:
        return Metrics(
            voices=len(self._voices.hits),
            notes=self._notes,
            underruns=self._underruns,
            slowest_s=self._slowest_s,
        )

    def _new_striker(self) -> Striker:
        config = self._config
        return Striker(self._band, seed=config.seed, wildness=config.wildness, rows=_ROWS)

    # ---- the renderer ----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._over.is_set():
            wait = not self._render()
            try:
                message = self._messages.get(block=wait, timeout=_IDLE_S)
            except queue.Empty:
                continue
            self._act(message)

    def _render(self) -> bool:
        """Renders ahead for the hit that needs it most; False when none does."""
        self._coming = [
            hit for hit in self._coming if not (hit.take.rendered or hit.over(self._at))
        ]
        lacking = [
            (self._ahead(hit) - hit.take.ready + max(self._at - hit.start, 0), hit)
            for hit in self._coming
        ]
        most, hit = max(lacking, key=lambda pair: pair[0], default=(0, None))
        if hit is None or most <= 0:
            return False
        hit.take.render(_FIRST_ROWS if hit.sustained else None)
        return True

    @staticmethod
    def _ahead(hit: Hit) -> int:
        """Samples that are rendered before they are heard."""
        return _AHEAD_HELD if hit.sustained else _AHEAD

    def _act(self, message: Sequence[int]) -> None:
        if len(message) < 3:
            return
        kind, first, second = message[0] & 0xF0, message[1], message[2]
        if kind == _NOTE_ON and second > 0:
            self._note_on(first, second)
        elif kind in (_NOTE_ON, _NOTE_OFF):
            self._note_off(first)
        elif kind == _CONTROL and first == _SUSTAIN:
            self._sustain(second >= _HALF)
        elif kind == _CONTROL and first in (_SOUND_OFF, _NOTES_OFF):
            self._orders.append(lambda at: self._voices.fade_all(at, STOLEN))
            self._held.clear()
            self._sustained.clear()

    def _note_on(self, note: int, velocity: int) -> None:
        played = self._played.get(note)
        if played is None:
            return
        began_s = time.perf_counter()
        take, gain_db = self._striker.strike("", played, velocity)
        while take.ready == 0 and not take.rendered:
            take.render(_FIRST_ROWS)
        gain = self._level * float(db_to_amplitude(gain_db))
        hit = Hit(take=take, gain=gain, played=played, start=self._at)
        self._coming.append(hit)
        self._held[note] = hit
        self._orders.append(partial(self._start, hit))
        self._notes += 1
        self._slowest_s = max(self._slowest_s, time.perf_counter() - began_s)

    def _start(self, hit: Hit, at: int) -> None:
        hit.start = at
        self._voices.start(hit, waits=False)

    def _note_off(self, note: int) -> None:
        hit = self._held.pop(note, None)
        if hit is None:
            return
        ring = not hit.played.pitched if self._config.ring is None else self._config.ring
        if ring and not hit.sustained:
            return
        if self._pedal:
            self._sustained.append(hit)
        else:
            self._let_go(hit)

    def _sustain(self, down: bool) -> None:
        self._pedal = down
        if not down:
            for hit in self._sustained:
                self._let_go(hit)
            self._sustained.clear()

    def _let_go(self, hit: Hit) -> None:
        if hit.sustained:
            hit.let_go(self._at)  # what is to come is for this thread to change
        else:
            self._orders.append(hit.let_go)


def _keys(instrument: Instrument, label: str | None) -> dict[int, Played]:
    """What each note plays. Raises ControlError for a label there is not."""
    responses = instrument.manifest.responses
    if label is not None and label not in instrument.labels:
        guess = did_you_mean(label, instrument.labels)
        there = ", ".join(instrument.labels)
        raise ControlError(f"there is no label '{label}'; {guess}there are {there}")
    keys = instrument.keys if label is None else [instrument.labels.index(label)] * KEYS
    played = {}
    for note, index in enumerate(keys):
        if index >= 0:
            own = responses[index]
            alone = None if label is None and not own.pitched else note
            played[note] = played_by(own.label, alone, pitched=own.pitched)
    return played
