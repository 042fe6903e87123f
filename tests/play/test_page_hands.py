"""Hands on the page while something else happens: nothing they began is left behind."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from export.handmade import KIT, ORGAN, all_sustained, make_instrument
from messina.units import note_to_hz
from play.browsing import Desk, cents, onsets_s
from play.conftest import OpenDesk, serving
from play.test_touch import pitch_of

pytestmark = pytest.mark.browser

ORGAN_PIECE, KIT_PIECE = "0", "1"
SILENCE_S = 20.0
"""Within which a released note has ended; one that is stuck never does."""


@pytest.fixture(scope="module")
def opened(open_desk: OpenDesk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("two")
    all_sustained(make_instrument(ORGAN, takes_db=0.0)).save(folder / "organ.messina")
    make_instrument(KIT).save(folder / "kit.messina")
    with serving(folder / "organ.messina", folder / "kit.messina") as server:
        yield open_desk(server.url)


@pytest.fixture
def desk(opened: Desk) -> Iterator[Desk]:
    change(opened, ORGAN_PIECE)
    opened.start_afresh()
    opened.until("messina.app.name === 'organ'")
    opened.script("() => messina.midi.start()")
    yield opened
    assert opened.errors == []


def change(desk: Desk, to: str) -> None:
    before = desk.script("() => { window.last = messina.app; return messina.app.name; }")
    select = desk.page.get_by_label("instrument", exact=True)
    if select.input_value() == to:
        return
    select.select_option(to)
    desk.until("messina.app !== last")
    assert desk.script("() => messina.app.name") != before


def sounding(desk: Desk) -> None:
    desk.until("messina.app.meter?.voices > 0")


def silent(desk: Desk) -> None:
    """A meter is told every few milliseconds, and says 0 once all has ended."""
    desk.until("messina.app.meter?.voices === 0", timeout_s=SILENCE_S)


def test_a_key_that_is_down_when_the_instrument_changes_is_let_go(desk: Desk) -> None:
    desk.page.keyboard.down("KeyG")
    sounding(desk)
    change(desk, KIT_PIECE)
    desk.page.keyboard.up("KeyG")
    desk.pause(0.1)
    silent(desk)


def test_keys_of_a_device_that_is_not_listened_to_any_more_are_let_go(desk: Desk) -> None:
    desk.script("() => { sendMidi('one', 0xb0, 64, 127); sendMidi('one', 0x90, 60, 100); }")
    sounding(desk)
    desk.script("() => messina.app.midi.choose('two')")
    silent(desk)


def test_keys_of_a_device_that_is_pulled_out_are_let_go(desk: Desk) -> None:
    desk.script("() => plugMidi('cable', 'Loose')")
    desk.script("() => sendMidi('cable', 0x90, 60, 100)")
    sounding(desk)
    desk.script("() => unplugMidi('cable')")
    silent(desk)


def test_a_pedal_shows_where_it_is_and_stays_there_with_another_instrument(desk: Desk) -> None:
    desk.page.locator(".drop summary").click()
    sustain = desk.page.locator("[data-control='hands.sustain']")
    sustain.click()
    assert sustain.get_attribute("aria-pressed") == "true"
    desk.page.keyboard.press("Escape")
    assert sustain.get_attribute("aria-pressed") == "false"
    desk.script("() => sendMidi('one', 0xb0, 64, 127)")
    assert sustain.get_attribute("aria-pressed") == "true"
    change(desk, KIT_PIECE)
    assert sustain.get_attribute("aria-pressed") == "true"
    desk.script("() => sendMidi('one', 0xb0, 64, 0)")
    assert sustain.get_attribute("aria-pressed") == "false"


def test_a_zone_and_where_the_wheel_is_outlive_the_instrument(desk: Desk) -> None:
    for message in ([0xB0, 101, 0], [0xB0, 100, 6], [0xB0, 6, 15], [0xB0, 1, 127]):
        desk.script("(m) => sendMidi('one', ...m)", message)
    change(desk, KIT_PIECE)
    desk.script("""() => {
        window.told = [];
        const { engine } = messina;
        window.own = engine.touch;
        engine.touch = (gesture, where) => told.push([where.channel, gesture]);
        sendMidi('one', 0xe1, 0x7f, 0x7f);
        engine.touch = own;
    }""")
    [[channel, gesture]] = desk.script("() => told")
    assert channel == 1
    assert gesture["semitones"] == pytest.approx(48)
    assert gesture["vibrato"] == 1
    assert desk.page.locator("[data-control='hands.vibrato'] input").input_value() == "1"


def test_pressure_that_is_taught_to_the_pages_own_pressure_moves_it(desk: Desk) -> None:
    desk.page.locator(".drop summary").click()
    desk.page.get_by_role("button", name="learn", exact=True).click()
    desk.script("() => { messina.app.midi.learn.aim('hands.pressure'); sendMidi('one', 0xd0, 5); }")
    desk.page.get_by_role("button", name="learn", exact=True).click()
    desk.script("() => sendMidi('one', 0xd0, 127)")
    assert desk.page.get_by_role("slider", name="pressure", exact=True).input_value() == "1"
    assert desk.script("() => messina.midi.gestures.of(5).pressure") == 1


def test_a_recording_goes_on_with_another_instrument_and_another_bus(desk: Desk) -> None:
    with desk.listening() as heard:
        desk.page.keyboard.press("KeyG", delay=300)
        desk.set("bus", bus={"room": 0.5, "drive": 0, "press": 0, "recorded": True})
        change(desk, KIT_PIECE)
        desk.pad(1)
        desk.pause(0.5)
    assert len(heard[0]) > 0.8 * 44_100
    assert abs(heard[0][:13_000]).max() > 0.001
    assert abs(heard[0][-22_050:]).max() > 0.001


def test_stems_have_the_note_that_another_went_on_to(desk: Desk) -> None:
    desk.set("keyboard", mono=True)
    with desk.listening():
        for message in ([0x90, 60, 100], [0x90, 67, 100]):
            desk.script("(m) => sendMidi('one', ...m)", message)
            desk.pause(0.7)
        for note in (60, 67):
            desk.script("(n) => sendMidi('one', 0x80, n, 0)", note)
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="stems of the last recording").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        [name] = archive.namelist()
        audio, _ = soundfile.read(io.BytesIO(archive.read(name)), always_2d=True)
    begin = int(onsets_s(audio, threshold=0.1)[0] * 44_100)
    early = audio[begin + 4_000 : begin + 24_000]
    late = audio[begin + 36_000 : begin + 56_000]
    for part, note in ((early, 60), (late, 67)):
        assert abs(cents(pitch_of(part, note), float(note_to_hz(note)))) < 5


def test_the_panel_of_midi_fits_a_telephone(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 360, "height": 740})
    desk.page.locator(".drop summary").click()
    assert desk.script("() => document.documentElement.scrollWidth") <= 360
    desk.page.set_viewport_size({"width": 1600, "height": 1000})


def test_a_button_that_is_clicked_twice_records_once_and_ends_once(desk: Desk) -> None:
    twice = "() => { for (const _ of [1, 2]) document.querySelector('.record').click(); }"
    desk.script(twice)
    desk.until("messina.app.recorder.running")
    desk.pause(0.3)
    with desk.page.expect_download() as download:
        desk.script(twice)
    assert download.value.path()
    desk.until("!messina.app.recorder.running")


FAKE_MICROPHONE = """
() => {
  window.asked = [];
  navigator.mediaDevices.getUserMedia = () => new Promise((allow, refuse) => {
    asked.push({ refuse, allow() {
      const context = new AudioContext();
      const to = new MediaStreamAudioDestinationNode(context);
      window.track = to.stream.getTracks()[0];
      allow(to.stream);
    } });
  });
}
"""


def test_a_microphone_is_asked_for_once_and_closed_where_its_desk_has_gone(desk: Desk) -> None:
    desk.script(FAKE_MICROPHONE)
    for _ in range(2):
        desk.page.locator(".mic").click()
    desk.until("asked.length > 0")
    desk.pause(0.1)
    assert desk.script("() => asked.length") == 1
    change(desk, KIT_PIECE)
    desk.script("() => asked[0].allow()")
    desk.until("window.track?.readyState === 'ended'")
    assert desk.page.locator(".mic").get_attribute("aria-pressed") == "false"


def test_a_microphone_that_is_refused_is_asked_for_again(desk: Desk) -> None:
    desk.script(FAKE_MICROPHONE)
    desk.page.locator(".mic").click()
    desk.until("asked.length === 1")
    desk.script("() => asked[0].refuse(new DOMException('', 'NotAllowedError'))")
    desk.until("document.body.innerText.includes('microphone was refused')")
    desk.page.locator(".mic").click()
    desk.until("asked.length === 2")
    desk.script("() => asked[1].allow()")
    desk.until("messina.app.microphone.running")
    # It is said in the console, too, once.
    assert [error for error in desk.errors if "was refused" not in error] == []
    desk.errors.clear()
