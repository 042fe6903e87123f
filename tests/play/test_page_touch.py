"""Touch in the page, by a MIDI device that does not exist: what is heard is measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.handmade import ORGAN, all_sustained, brighter_when_louder, make_instrument
from messina.instrument.touch import touch_law
from messina.units import note_to_hz
from play.browsing import Desk, cents
from play.conftest import OpenDesk, serving
from play.test_touch import centroid_hz, pitch_of, rms_db

pytestmark = pytest.mark.browser

ORGANIST = all_sustained(brighter_when_louder(make_instrument(ORGAN, takes_db=0.0)))
MPE = [[0xB0, 101, 0], [0xB0, 100, 6], [0xB0, 6, 15]]


@pytest.fixture
def organ(open_desk: OpenDesk, tmp_path: Path) -> Iterator[Desk]:
    ORGANIST.save(tmp_path / "organ.messina")
    with serving(tmp_path / "organ.messina") as server:
        desk = open_desk(server.url)
        desk.script("() => messina.midi.start()")
        desk.set("feel", wildness=0, spread=0)
        yield desk
        assert desk.errors == []


def send(desk: Desk, *messages: list[int]) -> None:
    desk.script("(all) => { for (const one of all) sendMidi('one', ...one); }", list(messages))


def heard(desk: Desk, *messages: list[int], seconds: float = 1.4) -> np.ndarray:
    """The last 0.8 s of what sounds after these messages; then all is silent and at rest."""
    with desk.listening() as audio:
        send(desk, *messages)
        desk.pause(seconds)
    rest = [[0xB0 | channel, 121, 0] for channel in range(3)]
    send(desk, [0xB0, 123, 0], *rest, *([0xD0 | channel, 0] for channel in range(3)))
    desk.pause(0.2)
    return audio[0][-40_000:]


def test_two_notes_of_a_zone_are_bent_apart(organ: Desk) -> None:
    audio = heard(
        organ,
        *MPE,
        [0xE1, 0, 64 + 2],  # 2 of 64 of four octaves: 1.5 semitones up
        [0xE2, 0, 64 - 4],  # 3 down
        [0x91, 60, 80],
        [0x92, 64, 80],
    )
    for note in (60 + 48 * 256 / 8191, 64 - 48 * 512 / 8192):
        assert abs(cents(pitch_of(audio, note), float(note_to_hz(note)))) < 2


@pytest.mark.parametrize("press", [[0xD0, 127], [0xA0, 60, 127]])
def test_pressure_moves_along_what_velocity_does(organ: Desk, press: list[int]) -> None:
    law = touch_law(ORGANIST, "organ")
    plain = heard(organ, [0x90, 60, 50])
    pressed = heard(organ, [0x90, 60, 50], press)
    struck = heard(organ, [0x90, 60, 127])
    wanted_db = law.pressed_db(50, 1.0)
    # The limiter takes a little of what is loudest.
    assert rms_db(pressed) - rms_db(plain) == pytest.approx(wanted_db, abs=1.5)
    assert centroid_hz(pressed) == pytest.approx(centroid_hz(struck), rel=0.03)
    assert centroid_hz(pressed) > 1.02 * centroid_hz(plain)


def test_one_voice_goes_on_to_the_next_key_and_back(organ: Desk) -> None:
    organ.set("keyboard", mono=True)
    there = heard(organ, [0x90, 60, 90], [0x90, 64, 90])
    assert abs(cents(pitch_of(there, 64), float(note_to_hz(64)))) < 2
    back = heard(organ, [0x90, 60, 90], [0x90, 64, 90], [0x80, 64, 64])
    assert abs(cents(pitch_of(back, 60), float(note_to_hz(60)))) < 2
    voices: Any = organ.script("() => messina.app.meter?.voices ?? 0")
    assert voices <= 1
