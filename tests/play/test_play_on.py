"""A groove on the page: it plays on by itself, in metre, and goes where it is asked to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from messina.events import Event, Phrase
from messina.play.single_file import write_page
from messina.sequences.sequencer import Sequencer
from messina.units import SAMPLE_RATE
from play.browsing import PLACES, Desk, level_db
from play.conftest import OpenDesk, serving
from play.engine.browser import new_context
from play.handmade_groove import TEMPO_BPM, make_model, save_groove
from play.test_page import open_midi

pytestmark = pytest.mark.browser

TICK_S = 60.0 / (TEMPO_BPM * 24)

_NOTE = """
() => {
  window.events = [];
  messina.app.groove.addEventListener("on", ({ detail }) => events.push(detail));
}
"""


@pytest.fixture(scope="module")
def groove_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("groove") / "groove.messina"
    save_groove(path, make_model())
    return path


@pytest.fixture(scope="module")
def opened(groove_file: Path, open_desk: OpenDesk) -> Iterator[Desk]:
    with serving(groove_file) as server:
        yield open_desk(server.url)


@pytest.fixture
def desk(opened: Desk) -> Iterator[Desk]:
    opened.start_afresh()
    opened.script(_NOTE)
    yield opened
    opened.script("() => messina.app.silence()")
    assert opened.errors == []


def events(desk: Desk) -> list[dict[str, Any]]:
    drawn: list[dict[str, Any]] = desk.script("() => events")
    return drawn


def press(desk: Desk, name: str) -> None:
    desk.page.get_by_role("button", name=name, exact=True).click()


def drawn(desk: Desk, count: int) -> list[tuple[int, int, float]]:
    """The next events (tick, voice, velocity) once there are so many."""
    desk.until(f"events.length >= {count}")
    return [(e["tick"], e["voice"], e["velocity"]) for e in events(desk)[:count]]


def test_it_is_heard_and_begins_where_the_grid_says(desk: Desk) -> None:
    desk.drag("wildness of the groove", 0)
    with desk.listening() as heard:
        press(desk, "play on")
        drawn(desk, 16)
        desk.pause(0.4)
        press(desk, "stop playing on")
    audio, told = heard[0], events(desk)
    assert level_db(audio) > -45
    assert np.abs(audio).max() < 1.0
    ticks = np.array([event["tick"] for event in told])
    assert (ticks % 6 == 0).all()
    # The engine's clock is the audio's: what is told is what is heard, but for its latency.
    at = np.array([event["at"] for event in told])
    assert np.allclose(np.diff(at), np.diff(ticks) * TICK_S, atol=1e-6)
    rising = _rises(audio)
    lateness = [np.min(np.abs(rising - (t - at[0] + rising[0]))) for t in at[:12]]
    assert np.median(lateness) < 0.006


def _rises(audio: np.ndarray) -> np.ndarray:
    """Seconds at which the level of 3 ms rises over twice that of the 12 ms before."""
    hop = SAMPLE_RATE // 1_000
    power = (audio**2).sum(axis=1)[: len(audio) // hop * hop].reshape(-1, hop).sum(axis=1)
    now = np.convolve(power, np.ones(3), mode="full")[2:]
    before = np.convolve(power, np.ones(12), mode="full")[: len(power)]
    earlier = np.concatenate([[0.0], before])[: len(now)]
    loud = (now > 0.5 * earlier) & (now > 1e-3 * now.max())
    places = np.flatnonzero(loud)
    return np.asarray(places[np.diff(places, prepend=-100) > 20] * hop / SAMPLE_RATE)


def forget_at_the_next_click(desk: Desk) -> None:
    """Forgets events just before a click is acted upon, so that none slips in between."""
    once = "{ capture: true, once: true }"
    desk.script(f"() => document.addEventListener('click', () => {{ events.length = 0; }}, {once})")


def test_from_the_start_the_same_events_come_again_and_another_seed_gives_others(
    desk: Desk,
) -> None:
    press(desk, "play on")
    first = drawn(desk, 12)
    forget_at_the_next_click(desk)
    press(desk, "from the start")
    assert drawn(desk, 12) == first
    forget_at_the_next_click(desk)
    press(desk, "another groove")
    assert desk.state["groove"]["seed"] != 1
    assert drawn(desk, 12) != first


def test_a_recording_that_is_touched_is_gone_to_at_the_next_bar(desk: Desk) -> None:
    press(desk, "play on")
    drawn(desk, 4)
    for style, name in ((2, "waltz"), (1, "semiquavers")):
        desk.page.get_by_role("button", name=name, exact=True).click(position={"x": 3, "y": 10})
        desk.until("messina.app.groove.asked === null")
        arrived = next(e for e in reversed(events(desk)) if e["style"] == style)
        assert arrived["metre"]["beats"] == (3 if style == 2 else 4)
    desk.until("messina.app.groove.heard?.style === 1")
    desk.until("document.querySelectorAll('.recording[aria-current=true]').length === 1")
    now = "document.querySelector('.groove-now').innerText"
    desk.until(f"{now}.includes('semiquavers') && {now}.includes('bar')")


def test_what_is_played_lights_up_its_pad(desk: Desk) -> None:
    press(desk, "play on")
    drawn(desk, 6)
    desk.until("document.querySelectorAll('.pad.struck').length > 0")


def test_tempo_is_followed_while_it_plays(desk: Desk) -> None:
    press(desk, "play on")
    drawn(desk, 4)
    desk.page.get_by_label("tempo of the groove in beats a minute").fill("200")
    desk.page.keyboard.press("Enter")
    desk.pause(0.4)
    desk.script("() => { events.length = 0; }")
    drawn(desk, 8)
    fast = events(desk)
    ticks, at = ([event[key] for event in fast] for key in ("tick", "at"))
    assert np.allclose(np.diff(at), np.diff(ticks) * 60 / 200 / 24, atol=1e-6)


def test_what_is_set_is_kept_and_can_be_taught_to_a_controller(desk: Desk) -> None:
    open_midi(desk)
    desk.page.locator(".drop summary").click()
    press(desk, "learn")
    desk.page.locator('[data-control="groove.density"]').click(position={"x": 20, "y": 8})
    desk.script("() => sendMidi('one', 0xb0, 22, 1)")
    press(desk, "learn")
    desk.script("() => sendMidi('one', 0xb0, 22, 127)")
    assert desk.state["groove"]["density"] == 1
    desk.drag("swing of the groove", 0.5)
    desk.page.reload()
    desk.wait()
    desk.script(_NOTE)
    assert desk.state["groove"] | {"seed": 1} == {
        "seed": 1, "wildness": 1, "density": 1, "swing": 0.5, "levelling": 0.4,
        "pace": 0, "mixed": [], "tempo": 120, "level": 0,
    }  # fmt: skip
    taught = desk.script(
        "() => [...document.querySelectorAll('[data-control^=groove]')].map("
        "(node) => node.dataset.control)"
    )
    wanted = {"groove.run", "groove.tempo", "groove.reset", "groove.seed", "groove.wildness"}
    assert wanted | {"groove.swing", "groove.at.1", "groove.at.3", "groove.from.steps"} <= set(
        taught
    )


def test_keys_alone_start_it_and_jump(desk: Desk) -> None:
    desk.page.keyboard.press("Space")
    desk.until("messina.app.groove.running")
    drawn(desk, 2)
    desk.page.get_by_role("button", name="waltz", exact=True).focus()
    desk.page.keyboard.press("Enter")
    desk.until("messina.app.groove.heard?.style === 2")
    desk.page.keyboard.press("Escape")
    assert not desk.script("() => messina.app.groove.running")
    assert not [place for place in desk.script(PLACES) if not place["name"]]


def test_it_goes_on_from_the_steps_as_python_does(desk: Desk) -> None:
    press(desk, "clear")
    press(desk, "the steps")
    desk.until("document.body.innerText.includes('set some steps first')")
    assert not desk.script("() => messina.app.groove.running")
    state, model = desk.state, make_model()
    labels = [voice.label for voice in model.manifest.vocabulary]
    rows = {0: {0: 110.0, 6: 60.0, 8: 100.0}, 1: {4: 96.0, 12: 122.0}}
    steps = [[rows.get(row, {}).get(step, 0) for step in range(16)] for row in range(8)]
    desk.set_steps(steps)
    hits = [
        Event(
            tick=6 * step,
            voice=labels.index(state["slots"][row]["kind"]),
            velocity=velocity,
            length_ticks=math.exp(model.manifest.scale.length_mean),
        )
        for row, own in rows.items()
        for step, velocity in own.items()
    ]
    events_in_order = tuple(sorted(hits, key=lambda hit: (hit.tick, hit.voice)))
    phrase = Phrase(name="steps", events=events_in_order, ticks=96, tempo_bpm=state["tempo"])
    sequencer = Sequencer(model, seed=1, cuts=True)
    sequencer.prime(phrase)
    wanted = [sequencer.next() for _ in range(12)]

    desk.page.get_by_role("button", name="the steps", exact=True).focus()
    desk.page.keyboard.press("Enter")
    got = drawn(desk, 12)
    assert [hit[:2] for hit in got] == [(event.tick, event.voice) for event in wanted]
    assert np.allclose([hit[2] for hit in got], [event.velocity for event in wanted])
    at = [event["at"] for event in events(desk)[:12]]
    seconds = [sequencer.seconds_at(event.tick) for event in wanted]
    assert np.allclose(np.diff(at), np.diff(seconds), atol=1e-6)

    # The same phrase with another seed is another piece, and what was gone on from is forgotten.
    forget_at_the_next_click(desk)
    press(desk, "another groove")
    seed = desk.state["groove"]["seed"]
    primed = Sequencer(model, seed=seed, cuts=True)
    primed.prime(phrase)
    assert [hit[:2] for hit in drawn(desk, 6)] == [
        (event.tick, event.voice) for event in (primed.next() for _ in range(6))
    ]
    forget_at_the_next_click(desk)
    press(desk, "from the start")
    alone = Sequencer(model, seed=seed, cuts=True)
    assert [hit[:2] for hit in drawn(desk, 6)] == [
        (event.tick, event.voice) for event in (alone.next() for _ in range(6))
    ]


def test_it_goes_on_from_what_hands_played_at_the_bar_line(desk: Desk) -> None:
    press(desk, "what you played")
    desk.until("document.body.innerText.includes('play some hits first')")
    assert not desk.script("() => messina.app.groove.running")
    # Four beats at the groove's own tempo, at moments that no timer makes late.
    begun = desk.script("""
        async () => {
          const { app } = messina;
          await app.wake();
          const first = app.audio.currentTime + 0.5;
          for (const [beat, slot] of [[0, 0], [1, 1], [2, 0], [3, 1]]) {
            Object.defineProperty(app.audio, "currentTime", {
              configurable: true, value: first + beat / 2,
            });
            app.performer.strike(slot, { velocity: 100 });
          }
          delete app.audio.currentTime;
          const buttons = [...document.querySelectorAll("#groove button")];
          buttons.find(({ textContent }) => textContent === "what you played").click();
          return first;
        }
    """)
    desk.until("document.body.innerText.includes('goes on from the 4 hits')")
    drawn(desk, 6)
    told = events(desk)
    # Its tick 0 is where the bar that was played ends.
    assert told[0]["at"] - told[0]["tick"] * TICK_S == pytest.approx(begun + 2.0, abs=1e-3)
    assert told[0]["metre"] == {"origin": -96, "bar": 96, "beats": 4, "metric": True}


def test_it_fits_every_width_and_a_kit_without_events_has_none_of_it(
    desk: Desk, kit_desk: Desk
) -> None:
    for width in (320, 900, 1600):
        desk.page.set_viewport_size({"width": width, "height": 900})
        assert desk.script("() => document.documentElement.scrollWidth") <= width
    desk.page.set_viewport_size({"width": 1600, "height": 1000})
    assert desk.page.locator("#groove").is_visible()
    assert not kit_desk.page.locator("#groove").is_visible()


def test_it_plays_on_from_a_single_file(groove_file: Path, chromium: Any, tmp_path: Path) -> None:
    page = tmp_path / "groove.html"
    write_page(groove_file, page)
    context = new_context(chromium, offline=True, accept_downloads=True)
    desk = Desk(context.new_page()).open(page.as_uri())
    with desk.listening() as heard:
        press(desk, "play on")
        desk.pause(1.5)
    assert level_db(heard[0]) > -45
    assert desk.errors == []
    context.close()
