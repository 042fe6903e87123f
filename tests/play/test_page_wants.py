"""What the page says when something it needs is not there, and how it goes on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from messina.play.catalogue import Catalogue
from messina.play.server import PageServer
from play.browsing import FAKE_MIDI, Desk, level_db, press_midi
from play.conftest import OpenDesk, serving
from play.engine.browser import new_context

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(kit_file: Path, chime_file: Path, open_desk: OpenDesk) -> Iterator[Desk]:
    """A page with two instruments to choose from."""
    with serving(kit_file, chime_file) as server:
        desk = open_desk(server.url)
        yield desk
        assert desk.errors == []
        desk.page.close()


def choose(desk: Desk, name: str) -> None:
    which = desk.page.get_by_role("combobox", name="instrument", exact=True)
    which.select_option(label=name)
    desk.until(f"document.documentElement.dataset.ready === '{name}'")


def test_midi_plays_the_instrument_that_is_chosen_next(desk: Desk) -> None:
    # Allowed by hand, once: the browser does not remember it here.
    desk.script("() => messina.midi.start()")
    for name in ("chime", "kit", "chime"):
        choose(desk, name)
        with desk.listening() as heard:
            press_midi(desk, 60 if name == "chime" else 36)
            desk.pause(0.3)
        assert level_db(heard[0]) > -50, name
    desk.page.locator(".drop summary").click()
    assert "2 MIDI inputs" in desk.page.inner_text(".midi-panel")


def test_the_element_that_counts_a_recording_stays(desk: Desk) -> None:
    """A click may begin on it and end when it has counted on."""
    with desk.listening() as heard:
        desk.script("() => { window.counter = document.querySelector('.record span'); }")
        first = desk.script("() => counter.textContent")
        desk.until("counter.textContent !== " + repr(first))
        assert desk.script("() => counter.isConnected")
    assert len(heard[0]) > 0


def test_keys_that_are_down_when_the_instrument_changes_end(desk: Desk) -> None:
    desk.script("() => messina.midi.start()")
    choose(desk, "chime")
    desk.script("() => sendMidi('one', 0x90, 60, 110)")
    desk.pause(0.3)
    choose(desk, "kit")
    desk.pause(0.8)
    with desk.listening() as heard:
        desk.pause(0.3)
    assert level_db(heard[0]) < -60
    desk.script("() => sendMidi('one', 0x80, 60, 0)")


def test_midi_that_is_refused_is_said_for_as_long_as_it_is(desk: Desk) -> None:
    desk.script(
        """() => {
            window.before = navigator.requestMIDIAccess;
            navigator.requestMIDIAccess = async () => { throw new DOMException("no"); };
        }"""
    )
    desk.page.locator(".drop summary").click()
    desk.page.get_by_role("button", name="allow MIDI").click()
    panel = desk.page.locator(".midi-panel")
    panel.get_by_text("The browser refused MIDI").wait_for()
    desk.pause(3)  # longer than a passing remark
    assert panel.get_by_text("The browser refused MIDI").is_visible()
    desk.script("() => { navigator.requestMIDIAccess = before; }")
    desk.page.get_by_role("button", name="allow MIDI").click()
    panel.get_by_text("2 MIDI inputs").wait_for()


def test_the_panel_says_what_notes_play_here(desk: Desk) -> None:
    desk.script("() => messina.midi.start()")
    panel = desk.page.locator(".midi-panel")
    desk.set("surface", surface="pads")
    assert "Drums lie on the keys of General MIDI" in panel.text_content()
    desk.set("surface", surface="keys")
    assert "General MIDI" not in panel.text_content()


def test_sound_that_does_not_come_is_said_until_it_does(desk: Desk) -> None:
    # As where there is no output device: waking never ends.
    desk.script(
        """async () => {
            await messina.audio.suspend();
            window.resume = AudioContext.prototype.resume;
            AudioContext.prototype.resume = () => new Promise(() => {});
        }"""
    )
    desk.pad(1)
    mute = desk.page.locator("#mute")
    mute.get_by_text("No sound comes out").wait_for()
    desk.script(
        """() => { AudioContext.prototype.resume = resume; return messina.audio.resume(); }"""
    )
    mute.wait_for(state="hidden")
    desk.pad(1)
    desk.pause(2)
    assert not mute.is_visible()


def test_notes_before_the_first_touch_are_told_that_browsers_want_one(
    kit_file: Path, chromium: Any
) -> None:
    context = new_context(chromium)
    context.add_init_script(FAKE_MIDI)
    context.add_init_script(
        """
        Object.defineProperty(Navigator.prototype, "userActivation", {
            get: () => ({ hasBeenActive: false }),
        });
        AudioContext.prototype.resume = () => new Promise(() => {});
        """
    )
    with serving(kit_file) as server:
        desk = Desk(context.new_page()).open(server.url)
        desk.script("async () => { await messina.audio.suspend(); await messina.midi.start(); }")
        press_midi(desk, 36)
        desk.page.get_by_text("only after a click or a key").wait_for()
    context.close()


def test_instruments_that_come_into_the_folder_can_be_chosen_when_one_comes_back(
    kit_file: Path, chime_file: Path, tmp_path: Path, open_desk: OpenDesk
) -> None:
    catalogue = Catalogue()
    first = tmp_path / "first.messina"
    shutil.copy(kit_file, first)
    catalogue.follow(tmp_path)
    catalogue.add_file(first)
    with PageServer(catalogue, port=0) as server:
        desk = open_desk(server.url)
        shutil.copy(chime_file, tmp_path / "second.messina")
        desk.script("() => dispatchEvent(new Event('focus'))")
        desk.until("document.querySelectorAll('#which option').length === 2")
        choose(desk, "second")
        assert desk.script("() => messina.instrument.pitched")
        assert desk.errors == []
        desk.page.close()
