"""Playing an instrument by MIDI, through the sound card, without a browser.

Three threads: MIDI messages are put into a queue by the port's own thread; the renderer takes them
out, decides what is played and renders voices ahead; the sound card's callback mixes what is ready
(see voices). Frames are made when a note comes, so a note is late by what that takes, a few
milliseconds, and by the sound card's latency.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.instrument import Instrument
from messina.instrument.headroom import headroom_db
from messina.play.kit import FIRST_NOTE, kit_order
from messina.play.voices import Voice, Voices
from messina.text import did_you_mean

__all__ = ["LiveConfig", "LivePlayer", "Metrics"]

_NOTE_OFF, _NOTE_ON, _CONTROL = 0x80, 0x90, 0xB0
_SUSTAIN, _SOUND_OFF, _NOTES_OFF = 64, 120, 123
_HALF = 64
_IDLE_S = 0.002


@dataclass(frozen=True, kw_only=True)
class LiveConfig:
    """How it is played. Raises ControlError."""

    label: str | None = None
    """Played by all notes; None: pitched instruments by their largest label, kits by note."""
    wildness: float = 1.0
    seed: int = 0
    ring: bool = True
    """Whether sounds ring on when a key is lifted."""
    level_db: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.wildness <= 2.0:
            raise ControlError(f"wildness is {self.wildness:g}; it can be 0 to 2")


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
        self._instrument = instrument
        self._config = config or LiveConfig()
        self._responses = instrument.manifest.responses
        label = self._config.label
        if label is not None and label not in instrument.labels:
            guess = did_you_mean(label, instrument.labels)
            there = ", ".join(instrument.labels)
            raise ControlError(f"there is no label '{label}'; {guess}there are {there}")
        self._kit = kit_order(instrument.labels, [r.sounds for r in self._responses])
        self._gain = self._level()
        self._voices = Voices()
        self._messages: queue.SimpleQueue[Sequence[int]] = queue.SimpleQueue()
        self._held: dict[int, Voice] = {}
        self._sustained: list[Voice] = []
        self._pedal = False
        self._notes = 0
        self._slowest_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renderer", daemon=True)

    def __enter__(self) -> Self:
        # The first note is as quick as the others: whatever is loaded once is loaded now.
        warming = self._make(FIRST_NOTE, 100)
        if warming:
            warming.render()
        self._notes = 0
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
        self._voices.mix(out)

    @property
    def metrics(self) -> Metrics:
        return Metrics(
            voices=len(self._voices),
            notes=self._notes,
            underruns=self._voices.underruns,
            slowest_s=self._slowest_s,
        )

    # ---- the renderer ----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._over.is_set():
            wait = not self._voices.render()
            try:
                message = self._messages.get(block=wait, timeout=_IDLE_S)
            except queue.Empty:
                continue
            self._act(message)

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
            self._voices.fade_all()
            self._held.clear()

    def _note_on(self, note: int, velocity: int) -> None:
        began_s = time.perf_counter()
        voice = self._make(note, velocity)
        if voice is None:
            return
        self._voices.add(voice)
        self._slowest_s = max(self._slowest_s, time.perf_counter() - began_s)
        self._held[note] = voice

    def _make(self, note: int, velocity: int) -> Voice | None:
        """The next take of what a note plays; None for notes that play nothing."""
        label = self._label(note)
        if label is None:
            return None
        pitched = next(r.pitched for r in self._responses if r.label == label)
        rng = CounterRng(self._config.seed, self._notes)
        self._notes += 1
        frames = self._instrument.frames(
            note=note if pitched or self._config.label else None,
            velocity=velocity,
            label=label,
            wildness=self._config.wildness,
            rng=rng,
        )
        return Voice(frames, key=rng.stream(Purpose.NOISE).bits(), gain=self._gain)

    def _label(self, note: int) -> str | None:
        if self._config.label:
            return self._config.label
        pitched = [response for response in self._responses if response.pitched]
        if pitched:
            return max(pitched, key=lambda response: response.sounds).label
        place = note - FIRST_NOTE
        return self._kit[place] if 0 <= place < len(self._kit) else None

    def _note_off(self, note: int) -> None:
        voice = self._held.pop(note, None)
        if voice is None or self._config.ring:
            return
        if self._pedal:
            self._sustained.append(voice)
        else:
            self._voices.release(voice)

    def _sustain(self, down: bool) -> None:
        self._pedal = down
        if not down:
            for voice in self._sustained:
                self._voices.release(voice)
            self._sustained.clear()

    def _level(self) -> float:
        return float(10 ** ((headroom_db(self._responses) + self._config.level_db) / 20))
