"""What the browser kept of a page: whatever stands there, the page opens and plays."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from play.browsing import Desk
from play.conftest import OpenDesk, serving

pytestmark = pytest.mark.browser

HUGE = 1e9


@pytest.fixture(scope="module")
def opened(kit_file: Path, open_desk: OpenDesk) -> Iterator[Desk]:
    with serving(kit_file) as server:
        yield open_desk(server.url)


@pytest.fixture
def desk(opened: Desk) -> Iterator[Desk]:
    opened.start_afresh()
    yield opened
    assert opened.errors == []


def reopened(desk: Desk, kept: dict[str, Any] | str, *, of: str = "messina:1:kit") -> None:
    """Opens the page anew, the browser having kept this."""
    text = kept if isinstance(kept, str) else json.dumps(kept)
    desk.script(
        """([key, text]) => {
            localStorage.setItem(key, text);
            Storage.prototype.setItem = () => {};
            Storage.prototype.removeItem = () => {};
        }""",
        [of, text],
    )
    desk.page.reload()
    desk.wait()


def plays(desk: Desk) -> None:
    desk.pad(1)
    desk.until("messina.app.meter?.voices > 0")
    desk.page.get_by_role("button", name="play the sequence").click()
    desk.until("messina.app.sequencer.running")
    desk.page.keyboard.press("Escape")
    for tab in ("map", "morph", "branches", "history"):
        desk.page.get_by_role("tab", name=tab).click()


OUTSIDE: dict[str, Any] = {
    "tempo": HUGE, "swing": -HUGE, "slot": 99, "octave": HUGE, "touch": HUGE, "glide": -HUGE,
    "volume": HUGE, "wildness": -HUGE, "spread": HUGE, "seed": -0.5, "view": "nowhere",
    "surface": "strings", "curve": "steep", "locks": {"what": 5}, "pattern": 0.5,
    "morph": {"corners": [1, 2, 3, 4], "x": HUGE, "y": -HUGE},
    "branches": {"seed": HUGE**4, "reach": HUGE},
    "bus": {"room": HUGE, "drive": -HUGE, "press": HUGE, "recorded": False},
    "midi": {"input": "all", "channel": 0, "learnt": {"cc:0:1": 5, "no": None}},
}  # fmt: skip


def test_settings_outside_their_bounds_are_brought_within(desk: Desk) -> None:
    reopened(desk, desk.state | OUTSIDE)
    plays(desk)
    state = desk.state
    assert (state["tempo"], state["swing"], state["slot"], state["volume"]) == (300, 0, 0, 1)
    assert (state["octave"], state["touch"], state["glide"], state["spread"]) == (4, 127, 0, 1)
    assert (state["view"], state["surface"], state["curve"]) == ("history", "pads", "linear")
    assert state["bus"] == {"room": 1, "drive": 0, "press": 1, "recorded": False}
    assert state["midi"]["learnt"] == {}


@pytest.mark.parametrize(
    "own",
    [
        {"sound": 5},
        {"sound": {}},
        {"sound": {"z": [1.0], "label": 0, "note": None, "loudness": -20, "brightness": 900,
                   "decay": 0.1}},
        {"note": "x", "origin": 5},
        {"note": HUGE},
        {"shape": {"tune": HUGE, "level": "loud"}},
        {"kind": 7},
    ],
)  # fmt: skip
def test_a_pad_that_cannot_be_played_as_it_was_kept_is_played_as_it_can_be(
    desk: Desk, own: dict[str, Any]
) -> None:
    kept = copy.deepcopy(desk.state)
    kept["slots"][0].update(own)
    reopened(desk, kept)
    plays(desk)


@pytest.mark.parametrize("text", ["{{{", "[1, 2]", "5", "null", '"words"'])
def test_what_is_no_settings_at_all_is_passed_over(desk: Desk, text: str) -> None:
    reopened(desk, text)
    plays(desk)


def test_history_that_another_instrument_left_is_passed_over(desk: Desk) -> None:
    sound = desk.script("() => messina.app.performer.soundOf(0)")
    good = {"kind": "kick", "sound": sound, "origin": None, "note": None, "seed": 1, "shape": None}
    bad = [sound | {"z": [0.5]}, sound | {"label": 99}, sound | {"model": 9999}, None, 5]
    rows = [good, *(good | {"sound": one} for one in bad)]
    key = desk.script("() => 'messina:heard:' + messina.app.digest.slice(0, 16)")
    reopened(desk, {"at": 1, "lately": rows, "kept": rows}, of=key)
    heard = desk.script("() => [messina.app.heard.lately.length, messina.app.heard.kept.length]")
    assert heard == [1, 1]
    plays(desk)


def test_history_that_is_forgotten_does_not_come_back(desk: Desk) -> None:
    desk.page.get_by_role("tab", name="history").click()
    desk.pad(1)
    desk.script("() => messina.app.heard.save()")
    desk.page.get_by_role("button", name="forget", exact=True).click()
    desk.page.reload()
    desk.wait()
    assert desk.script("() => messina.app.heard.lately") == []


def test_a_pad_that_draws_anew_stays_so_though_it_began_with_a_sound(desk: Desk) -> None:
    index = next(i for i, slot in enumerate(desk.state["slots"]) if slot["sound"])
    drawn = desk.script("() => messina.app.performer.soundOf(0)")
    desk.script(
        """([index, sound]) => messina.app.session.change("slots", ({ slots }) => {
            Object.assign(slots[index], { sound: null, origin: null });
            Object.assign(slots[index + 1], { sound, kind: "kick", origin: null });
        })""",
        [index, drawn],
    )
    desk.page.reload()
    desk.wait()
    slots = desk.state["slots"]
    assert slots[index]["sound"] is None
    assert slots[index + 1]["sound"] == drawn
    assert slots[index + 1]["origin"] is None
