"""Firefox and WebKit: the engine beside Python, and the page as a player meets it there."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from messina.instrument import Instrument
from messina.play.server import PageServer
from messina.play.single_file import write_page
from messina.recipe import recipe_in
from messina.units import SAMPLE_RATE, db_to_amplitude, note_to_hz
from play.browsing import Audio, cents, level_db, pitch_hz, read_wav
from play.conftest import serving as serving_page
from play.engine.browser import HELPERS, EnginePage, until
from play.engine.browser import serving as serving_engine
from play.engine.random_instrument import make_random_instrument
from play.engine.test_golden import CASES, TOLERANCE_DB
from play.webdriver import MISSING, DrivenPage, driven

pytestmark = pytest.mark.alone

READY = "'ready' in document.documentElement.dataset"
SOUNDS = "messina.app.audio.state === 'running' && messina.app.audio.currentTime > 0"
IN_TUNE_CENTS = 3.0
"""What a window of 0.4 s tells of a pitch that decays."""

# What the page hands to the browser's downloads, kept as well.
KEEPING_FILES = """
() => {
  const make = URL.createObjectURL.bind(URL);
  window.kept = [];
  URL.createObjectURL = (blob) => { kept.push(blob); return make(blob); };
}
"""
LAST_FILE = """
async () => {
  const bytes = new Uint8Array(await kept.at(-1).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
"""
OVERHANGS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module", params=sorted(MISSING))
def page(request: pytest.FixtureRequest) -> Iterator[DrivenPage]:
    if why := MISSING[request.param]:
        pytest.skip(why)
    with driven(request.param) as page:
        yield page


@pytest.fixture(scope="module")
def chime_server(chime_file: Path) -> Iterator[PageServer]:
    with serving_page(chime_file) as server:
        yield server


def opened(page: DrivenPage, address: str) -> None:
    page.goto(address)
    until(page, READY)
    page.evaluate(KEEPING_FILES)


def recorded(page: DrivenPage, note: int, *, hold_s: float) -> Audio:
    """A recording of a key that is held, audio [N, 2], once sound comes out at all."""
    page.click(f'[data-note="{note}"]')
    until(page, SOUNDS)
    page.click(".record")
    until(page, "messina.app.recorder.running")
    page.click(f'[data-note="{note}"]', height=0.1, hold_s=hold_s)
    page.click(".record")
    until(page, "kept.length > 0 && !messina.app.recorder.running")
    file = io.BytesIO(base64.b64decode(page.evaluate(LAST_FILE)))
    audio, rate = soundfile.read(file, always_2d=True)
    assert rate == SAMPLE_RATE
    return np.asarray(audio, np.float64)


def test_the_engine_and_python_agree(page: DrivenPage, tmp_path: Path) -> None:
    instruments: dict[str, Instrument] = {
        "rich": make_random_instrument(seed=1, width=0.6, glide_semitones=9.0),
        "plain": make_random_instrument(seed=2, width=0.0, glide_semitones=0.0),
    }
    for name, instrument in instruments.items():
        instrument.save(tmp_path / f"{name}.messina")
    with serving_engine(tmp_path) as address:
        page.goto(f"{address}/page")
        page.evaluate(HELPERS)
        engine = EnginePage(page)
        for name in instruments:
            engine.load(name)
        errors_db = {}
        for case, (name, asked) in CASES.items():
            wanted = asked.in_python(instruments[name])
            wanted = wanted * np.float32(db_to_amplitude(engine.level_db(name)))
            # The last 12 ms the engine fades, as a rendering does.
            wanted = wanted[: len(wanted) - 3 * 256 - 5 * 128]
            got = engine.render([asked.event(name)], len(wanted) / SAMPLE_RATE)
            error = ((got - wanted) ** 2).sum() / (wanted**2).sum()
            errors_db[case] = float(10 * np.log10(error))
        page.goto("about:blank")
    assert max(errors_db.values()) < TOLERANCE_DB, errors_db


def test_a_key_is_recorded_at_its_pitch(page: DrivenPage, chime_server: PageServer) -> None:
    opened(page, chime_server.url)
    audio = recorded(page, 64, hold_s=0.8)
    assert -40 < level_db(audio) < 0
    assert abs(cents(pitch_hz(audio), float(note_to_hz(64)))) < IN_TUNE_CENTS
    assert page.errors() == []


def test_the_sequence_plays_and_views_open(page: DrivenPage, chime_server: PageServer) -> None:
    opened(page, chime_server.url)
    hits = "messina.app.performer.addEventListener('hit', () => { window.hits += 1; })"
    page.evaluate(f"() => {{ window.hits = 0; {hits}; }}")
    page.evaluate(
        """() => messina.app.session.change("steps pattern", (state) => {
            state.patterns[0] = { length: 2, hits: { "0.0": 100 } };
        })"""
    )
    for view in ("morph", "branches", "history", "map"):
        tab = "() => document.querySelectorAll('[role=tab]')"
        page.evaluate(f"{tab}.values().find((t) => t.textContent.trim() === '{view}').click()")
    page.press(" ")
    until(page, "hits > 2")
    page.press(" ")
    assert page.errors() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_hangs_over_the_edge(
    page: DrivenPage, chime_server: PageServer, theme: str
) -> None:
    opened(page, chime_server.url)
    page.evaluate(f"() => {{ document.documentElement.dataset.theme = '{theme}'; }}")
    for width in (360, 900, 1440):
        page.widen(width, 900)
        assert page.evaluate(OVERHANGS) <= 0, width


def test_midi_can_be_allowed_or_is_said_to_be_missing(
    page: DrivenPage, chime_server: PageServer
) -> None:
    opened(page, chime_server.url)
    said, offered = page.evaluate(
        """() => {
          const panel = document.querySelector(".midi-panel");
          return [panel.textContent, !panel.querySelector("button").hidden];
        }"""
    )
    has = page.evaluate("() => 'requestMIDIAccess' in navigator")
    assert has is (page.name == "firefox")
    assert offered is has
    assert ("This browser has no MIDI" in said) is not has


def test_a_page_that_is_one_file_plays(page: DrivenPage, chime_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "chime.html"
    write_page(chime_file, file)
    opened(page, file.as_uri())
    audio = recorded(page, 60, hold_s=0.8)
    assert abs(cents(pitch_hz(audio), float(note_to_hz(60)))) < IN_TUNE_CENTS
    assert page.errors() == []


@pytest.fixture(scope="module")
def kit_server(kit_file: Path) -> Iterator[PageServer]:
    with serving_page(kit_file) as server:
        yield server


def test_pads_are_struck_and_the_recording_says_which(
    page: DrivenPage, kit_server: PageServer, tmp_path: Path
) -> None:
    opened(page, kit_server.url)
    page.click(".pad")
    until(page, SOUNDS)
    page.click(".record")
    until(page, "messina.app.recorder.running")
    page.click(".pad", hold_s=0.3)
    page.click(".record", hold_s=1.2)  # what it says changes meanwhile: the seconds go on
    until(page, "kept.length > 0 && !messina.app.recorder.running")
    path = tmp_path / "take.wav"
    path.write_bytes(base64.b64decode(page.evaluate(LAST_FILE)))
    assert level_db(read_wav(path)) > -60
    recipe = recipe_in(path)
    assert recipe is not None
    assert (recipe.by, recipe.notes, len(recipe.played)) == ("page", 1, 1)
    # Only Chromium makes files of what is dragged out.
    assert page.evaluate("() => document.querySelector('.stage [draggable=true]')") is None
    assert page.errors() == []


@pytest.mark.parametrize(
    ("name", "said"), [("NotAllowedError", "was refused"), ("NotFoundError", "no microphone")]
)
def test_a_microphone_that_cannot_be_had_is_said(
    page: DrivenPage, kit_server: PageServer, name: str, said: str
) -> None:
    opened(page, kit_server.url)
    page.evaluate(
        f"""() => {{
            const getUserMedia = () => Promise.reject(new DOMException("", "{name}"));
            Object.defineProperty(navigator, "mediaDevices", {{ value: {{ getUserMedia }} }});
        }}"""
    )
    page.click(".mic")
    until(page, f"document.body.textContent.includes('{said}')")
    assert page.errors() == []
