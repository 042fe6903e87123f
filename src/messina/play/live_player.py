"""Playing an instrument by MIDI, through the sound card, without a browser.

Hits are struck, cut off and mixed as in the pieces that play by themselves (sequences.performer):
the same seed and the same notes are the same sound there and here.

Three threads: MIDI messages are put into a queue by the port's own thread; the renderer takes them
out, decides what is played and renders takes ahead, anew where a hand moves what is not heard yet;
the sound card's callback starts and ends hits as the renderer orders, and mixes what is ready. What
is not ready in time is silence, counted in `underruns`, and comes late rather than never. Frames
are made when a note comes, so a note is late by what that takes, a few milliseconds, and by the
sound card's latency.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from messina.controllers import expression_db
from messina.errors import ControlError
from messina.instrument import Instrument
from messina.instrument.finishing import headroom_db
from messina.instrument.touch import TouchLaw, touch_law
from messina.instrument.touched_takes import TouchedTake
from messina.limiter import AHEAD_LIVE, Limiter
from messina.play.keyboard import Key, Keyboard, KeyboardConfig, Note, Slide
from messina.ranges import check_ranges
from messina.sequences.gestures import STILL, Gestures
from messina.sequences.hand import Hand
from messina.sequences.round_robin import Striker
from messina.sequences.voice_assignment import AssignedSound, played_by
from messina.sequences.voices import STOLEN, Hit, VoiceManager
from messina.text import did_you_mean
from messina.units import KEYS, db_to_amplitude

__all__ = ["LiveConfig", "LivePlayer", "Metrics"]

_IDLE_S = 0.002
_AHEAD: Final = 6_000
"""Samples rendered ahead."""
_AHEAD_IN_HAND: Final = 1_536
"""The same of what may be bent, pressed or let go, for what is ready is rendered anew then."""
_FIRST_ROWS: Final = 5
"""Rows of a take's first portion: few, so that it sounds soon."""
_ROWS: Final = 24
_ROWS_IN_HAND: Final = 8
"""Rows of later portions: the fewer, the less is rendered anew, but the dearer is each."""
_AGAIN_SAMPLES: Final = 384
"""One hit in so many samples is rendered anew, so that controllers which never rest leave time …"""
_AGAIN_AT_ONCE: Final = 12
"""… and so many at once, where there was rest before: a chord moves as one."""


@dataclass(frozen=True, kw_only=True)
class LiveConfig:
    """Settings of live playing. Raises ControlError."""

    label: str | None = None
    """Played by all notes; None: as the instrument's table of keys has it."""
    wildness: float = 1.0
    seed: int = 0
    ring: bool | None = None
    """Whether sounds ring on when a key is lifted; None: hits do, notes of a pitch do not. What is
    sustained never does."""
    level_db: float = 0.0
    keyboard: KeyboardConfig = field(default_factory=KeyboardConfig)

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Voices, underruns and delay of a live player at one moment."""

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
        self._responses = {own.label: own for own in instrument.manifest.responses}
        level_db = headroom_db(instrument.manifest.responses) + self._config.level_db
        self._level = float(db_to_amplitude(level_db))
        self._band = {"": instrument}
        self._striker = self._new_striker()
        # The renderer's:
        self._messages: queue.SimpleQueue[Sequence[int]] = queue.SimpleQueue()
        self._coming: list[Hit] = []  # those that are not rendered to their end
        self._moved: list[Hit] = []  # those of them that a message may have moved
        self._again_from = 0  # the sample from which on one may be rendered anew
        self._gestures = Gestures()
        self._keyboard = Keyboard(self, self._gestures, self._config.keyboard)
        self._notes = 0
        self._slowest_s = 0.0
        self._instrument = instrument
        self._laws: dict[str, TouchLaw] = {}  # those that are known so far
        self._laws_asked_for = False
        self.laws_known = threading.Event()
        """Set as soon as it is known what touch does; for that moment it is loudness alone."""
        # The callback's:
        self._orders: deque[Callable[[int], None]] = deque()
        self._voices = VoiceManager()
        self._limiter = Limiter(ahead=AHEAD_LIVE)
        self._at = 0  # samples given
        self._underruns = 0
        self._volume = self._wanted_volume = 1.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renderer", daemon=True)
        self._measuring = threading.Thread(target=self._measure, name="touch", daemon=True)

    def __enter__(self) -> Self:
        # The first note is as quick as the others: whatever is loaded once is loaded now.
        for played in list(self._played.values())[:1]:
            self._new_striker().strike("", played, 100.0)[0].render()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._measuring.is_alive():
            self._measuring.join()

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
        volume, self._volume = self._volume, self._wanted_volume
        if volume != 1.0 or self._volume != 1.0:
            ramp = np.linspace(volume, self._volume, len(out), endpoint=False, dtype=np.float32)
            out *= ramp[:, None]
        out[:] = self._limiter.step(out)

    @property
    def metrics(self) -> Metrics:
        """Voices, underruns and delay at this moment."""
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
            self._take_in(wait=not self._render())

    def _take_in(self, *, wait: bool) -> None:
        """Does what has come, up to a note that begins: controllers come faster than portions."""
        notes = self._notes
        try:
            self._act(self._messages.get(block=wait, timeout=_IDLE_S))
            while self._notes == notes:
                self._act(self._messages.get_nowait())
        except queue.Empty:
            pass

    def _act(self, message: Sequence[int]) -> None:
        self._keyboard.act(message)
        self._moved += [hit for hit in self._coming if hit not in self._moved]
        if self._keyboard.touches and not self._laws_asked_for:
            self._laws_asked_for = True
            self._measuring.start()

    def _measure(self) -> None:
        """Finds what touch does to each label, once there is any; notes sound meanwhile."""
        for label in dict.fromkeys(played.label for played in self._played.values()):
            if self._over.is_set():
                return
            self._laws[label] = touch_law(self._instrument, label)
        self.laws_known.set()

    def _render(self) -> bool:
        """Renders ahead for the hit that needs it most, or anew what a hand has moved since.

        Returns False when there is nothing to do.
        """
        self._coming = [
            hit for hit in self._coming if not (hit.take.rendered or hit.over(self._at))
        ]
        lacking = [
            (self._ahead(hit) - hit.take.ready + max(self._at - hit.start, 0), hit)
            for hit in self._coming
        ]
        most, hit = max(lacking, key=lambda pair: pair[0], default=(0, None))
        if hit is None or most <= 0:
            return self._follow()
        hit.take.render(_ROWS_IN_HAND if isinstance(hit.take, TouchedTake) else None)
        return True

    def _follow(self) -> bool:
        """Lets one hit follow its hand from what is heard next on; False when none can or has to.

        Those that were not moved for longest come first.
        """
        self._moved = [hit for hit in self._moved if not self._settled(hit)]
        self._again_from = max(self._again_from, self._at - _AGAIN_AT_ONCE * _AGAIN_SAMPLES)
        if self._again_from > self._at:
            return False
        for hit in self._moved:
            if isinstance(hit.take, TouchedTake) and hit.take.follow(self._at - hit.start):
                self._moved.remove(hit)
                self._again_from += _AGAIN_SAMPLES
                return True
        return False

    def _settled(self, hit: Hit) -> bool:
        """Whether what is ready of a hit is as its hand wants it."""
        take = hit.take
        if not isinstance(take, TouchedTake) or hit.over(self._at):
            return True
        return take.settled(self._at - hit.start)

    @staticmethod
    def _ahead(hit: Hit) -> int:
        """Samples that are rendered before they are heard."""
        return _AHEAD_IN_HAND if isinstance(hit.take, TouchedTake) else _AHEAD

    # ---- what keys do: see Sounding --------------------------------------------------------------

    def played(self, key: Key) -> AssignedSound | None:
        """The label and note a key plays; None: nothing."""
        return self._played.get(key.note)

    def strike(self, key: Key, played: AssignedSound, slide: Slide | None = None) -> Note:
        """Starts a note."""
        began_s = time.perf_counter()
        hand = Hand(
            key.velocity,
            gesture=partial(self._gestures.of, key.channel),
            law=partial(self._laws.get, played.label),
        )
        if slide is not None:
            hand.glide(slide.start, 0.0, slide.seconds)
        # Hits are rendered once and heard again, unless something is done to them.
        still = not played.pitched and self._gestures.of(key.channel) == STILL
        take, gain_db = self._striker.strike("", played, key.velocity, hand=None if still else hand)
        while take.ready == 0 and not take.rendered:
            take.render(_FIRST_ROWS)
        gain = self._level * float(db_to_amplitude(gain_db))
        hit = Hit(take=take, gain=gain, played=played, start=self._at)
        self._coming.append(hit)
        self._orders.append(partial(self._start, hit))
        self._notes += 1
        self._slowest_s = max(self._slowest_s, time.perf_counter() - began_s)
        return Note(key=key, hit=hit, hand=hand)

    def _start(self, hit: Hit, at: int) -> None:
        hit.start = at
        self._voices.start(hit, waits=False)

    def louder_db(self, played: AssignedSound, velocity: float, than: float) -> float:
        """Difference in loudness of two velocities, in dB."""
        response = self._responses[played.label]
        return response.loudness_at(velocity, None)[1] - response.loudness_at(than, None)[1]

    def rings(self, hit: Hit) -> bool:
        """Whether a hit goes on when its key is lifted."""
        ring = not hit.played.pitched if self._config.ring is None else self._config.ring
        return ring and not hit.sustained

    def over(self, hit: Hit) -> bool:
        """Whether a hit has ended, or is ending."""
        return hit.over(self._at) or hit.fade_from >= 0

    def let_go(self, hit: Hit, pace: float) -> None:
        """Releases a hit; pace: how many times as fast as usual."""
        if hit.sustained:
            hit.let_go(self._at, pace=pace)  # what is to come is for this thread to change
        else:
            self._orders.append(partial(hit.let_go, pace=pace))

    def silence(self) -> None:
        """Ends all hits at once."""
        self._orders.append(lambda at: self._voices.fade_all(at, STOLEN))

    def set_volume(self, value: int) -> None:
        """Sets the volume by its controller's value, 0 … 127."""
        self._wanted_volume = float(db_to_amplitude(expression_db(value))) if value else 0.0


def _keys(instrument: Instrument, label: str | None) -> dict[int, AssignedSound]:
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
