"""The page as a player meets it: opened in chromium, touched, and what comes out measured."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE
from play.engine.browser import HANG_S, until

Audio = NDArray[np.float64]

FAKE_MIDI = """
(() => {
  const input = (id, name) => ({ id, name, onmidimessage: null, state: "connected" });
  const inputs = [input("one", "First keys"), input("two", "Second pads")];
  window.sentMidi = [];
  const send = (data, time) => sentMidi.push([...data, time]);
  const synth = { id: "synth", name: "A synth", send };
  const access = {
    inputs: new Map(inputs.map((i) => [i.id, i])),
    outputs: new Map([["synth", synth]]),
    onstatechange: null,
  };
  navigator.requestMIDIAccess = async () => access;
  window.sendMidi = (id, ...data) => access.inputs.get(id).onmidimessage?.({ data });
  window.plugMidi = (id, name) => {
    access.inputs.set(id, input(id, name));
    access.onstatechange?.({});
  };
  window.unplugMidi = (id) => {
    access.inputs.delete(id);
    access.onstatechange?.({});
  };
})();
"""

SOUNDED = """
() => {
  const audio = typeof messina === "undefined" ? null : messina.app?.audio;
  return audio?.state === "running" ? audio.currentTime : null;
}
"""
"""The audio clock, in seconds, where it runs."""

PLACES = """
() => [...document.querySelectorAll("button, input, select, summary, [tabindex='0']")]
  .filter((node) => node.offsetParent !== null)
  .map((node) => ({
    tag: node.tagName,
    name: node.getAttribute("aria-label") || node.textContent.trim()
      || node.labels?.[0]?.textContent || node.title,
    html: node.outerHTML.slice(0, 120),
  }))
"""


@dataclass
class Desk:
    """An open page."""

    page: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str, *, wait: bool = True) -> Desk:
        self.page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)
        if wait:
            self.wait()
        return self

    def wait(self) -> None:
        """Until an instrument can be played."""
        self.page.wait_for_selector("html[data-ready]")

    def start_afresh(self) -> None:
        """Forgets all settings; what went before is not heard any more."""
        self.page.bring_to_front()
        self.script("() => { messina.app.silence(); return messina.startAfresh(); }")
        self.page.keyboard.press("Escape")

    @property
    def state(self) -> dict[str, Any]:
        """The session's state."""
        state: dict[str, Any] = self.page.evaluate(
            "() => JSON.parse(JSON.stringify(messina.app.session.state))"
        )
        return state

    def script(self, text: str, argument: Any = None) -> Any:
        return self.page.evaluate(text, argument)

    def until(self, expression: str, *, timeout_s: float = HANG_S) -> None:
        """Waits until a JavaScript expression holds."""
        until(self.page, expression, timeout_s=timeout_s)

    def set(self, topics: str, **values: Any) -> None:
        """Settings, as if made by hand."""
        self.script(
            "([topics, values]) =>"
            " messina.app.session.change(topics, (state) => Object.assign(state, values))",
            [topics, values],
        )

    def set_steps(self, rows: list[list[int]], *, pattern: int = 0) -> None:
        """Velocities by row and step, as if painted; all rows are of one length."""
        self.script(
            """([index, length, hits]) => messina.app.session.change("steps pattern", (state) => {
                state.patterns[index] = { length, hits };
            })""",
            [
                pattern,
                len(rows[0]),
                {
                    f"{row}.{step}": velocity
                    for row, steps in enumerate(rows)
                    for step, velocity in enumerate(steps)
                    if velocity
                },
            ],
        )

    def steps(self, row: int, *, pattern: int = 0) -> list[int]:
        """Velocities of a row."""
        own = self.state["patterns"][pattern]
        return [own["hits"].get(f"{row}.{step}", 0) for step in range(own["length"])]

    def pad(self, number: int, *, height: float = 0.9) -> None:
        """Strikes a pad (1 … 16) at a height of it, 0 the bottom, 1 the top."""
        self.strike(self.page.locator(".pad").nth(number - 1), height=height)

    def strike(self, place: Any, *, height: float = 0.9, across: float = 0.3) -> None:
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        self.page.mouse.move(
            box["x"] + across * box["width"], box["y"] + (1 - height) * box["height"]
        )
        self.page.mouse.down()
        self.page.mouse.up()

    def drag(self, name: str, value: float) -> None:
        """A fader, by its name."""
        fader = self.page.get_by_role("slider", name=name, exact=True)
        fader.evaluate(
            "(node, value) => { node.value = value;"
            " node.dispatchEvent(new Event('input', { bubbles: true })); }",
            value,
        )

    @contextmanager
    def listening(self) -> Iterator[list[Audio]]:
        """Records what is heard meanwhile: afterwards [audio [N, 2]] is in the list."""
        heard: list[Audio] = []
        record = self.page.locator(".record")
        record.click()
        self.until("messina.app.recorder.running")
        yield heard
        with self.page.expect_download() as download:
            record.click()
        heard.append(read_wav(download.value.path()))

    def pause(self, seconds: float) -> None:
        """So long, and until so much more has sounded: on a busy machine sound is late."""
        began_s = self.script(SOUNDED)
        self.page.wait_for_timeout(1000 * seconds)
        if began_s is not None:
            late = f"(({SOUNDED})() ?? {began_s + seconds}) < {began_s + seconds}"
            self.until(f"!({late})")


_OPEN: list[Desk] = []
"""The newest last. An open page renders, heard or not, which takes a seventh of a core."""


def opened(context: Any, address: str, **how: Any) -> Desk:
    """A desk in a new page, which is closed with the test or the module that opened it."""
    desk = Desk(context.new_page())
    _OPEN.append(desk)
    return desk.open(address, **how)


@contextmanager
def closing() -> Iterator[None]:
    """Closes afterwards what is opened meanwhile."""
    before = len(_OPEN)
    yield
    while len(_OPEN) > before:
        _OPEN.pop().page.close()


def press_midi(desk: Desk, note: int) -> None:
    """A note of the first MIDI device, let go at once."""
    desk.script("(n) => { sendMidi('one', 0x90, n, 110); sendMidi('one', 0x80, n, 0); }", note)


def read_wav(path: Any) -> Audio:
    audio, rate = soundfile.read(io.BytesIO(Path(path).read_bytes()), always_2d=True)
    assert rate == SAMPLE_RATE
    return np.asarray(audio, np.float64)


def level_db(audio: Audio) -> float:
    """Level of the loudest 50 ms."""
    size = SAMPLE_RATE // 20
    power = (audio**2).mean(axis=1) if audio.ndim == 2 else audio**2
    blocks = np.convolve(power, np.full(size, 1 / size), mode="valid")
    return float(10 * np.log10(blocks.max() + 1e-15))


def onsets_s(audio: Audio, *, threshold: float = 0.25) -> Audio:
    """Where hits begin, to the sample: the rise through a share of the peak after silence."""
    envelope = np.abs(audio).max(axis=1)
    loud = envelope > threshold * envelope.max()
    places = np.flatnonzero(loud)
    if len(places) == 0:
        return places.astype(np.float64)
    gaps = np.diff(places, prepend=-SAMPLE_RATE)
    return np.asarray(places[gaps > SAMPLE_RATE // 16] / SAMPLE_RATE)


def pitch_hz(audio: Audio) -> float:
    """The strongest peak of the spectrum, between bins by a parabola of log magnitudes."""
    mono = audio.mean(axis=1)
    start = int(np.argmax(np.abs(mono) > 0.05 * np.abs(mono).max())) + 1_500
    part = mono[start : start + 16_384]
    size = 1 << 18
    spectrum = np.log(np.abs(np.fft.rfft(part * np.hanning(len(part)), size)) + 1e-12)
    peak = int(np.argmax(spectrum))
    a, b, c = spectrum[peak - 1 : peak + 2]
    return float((peak + 0.5 * (a - c) / (a - 2 * b + c)) * SAMPLE_RATE / size)


def cents(measured_hz: float, wanted_hz: float) -> float:
    return float(1200 * np.log2(measured_hz / wanted_hz))
