"""A texture on the page: it plays on by itself, is never late, and goes where it is asked to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from messina.play.catalogue import kind_of
from messina.play.single_file import write_page
from play.browsing import PLACES, Desk, level_db
from play.conftest import OpenDesk, serving
from play.engine.browser import new_context
from play.handmade_texture import PATCHES, make_texture, save_texture
from play.test_play_on import press

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def texture_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("texture") / "shore.messina"
    save_texture(path, make_texture())
    return path


@pytest.fixture(scope="module")
def opened(texture_file: Path, kit_file: Path, open_desk: OpenDesk) -> Iterator[Desk]:
    with serving(texture_file, kit_file) as server:
        yield open_desk(server.url)


@pytest.fixture
def desk(opened: Desk) -> Iterator[Desk]:
    opened.start_afresh()
    yield opened
    opened.script("() => messina.app.silence()")
    assert opened.errors == []


def heard(desk: Desk) -> None:
    desk.until("messina.app.texture.heard !== null")


def test_it_is_heard_and_only_what_fits_a_texture_is_there(desk: Desk) -> None:
    with desk.listening() as audio:
        press(desk, "play on")
        heard(desk)
        desk.pause(1.0)
    assert level_db(audio[0]) > -50
    assert np.abs(audio[0]).max() < 1.0
    assert np.abs(audio[0][:, 0] - audio[0][:, 1]).max() > 1e-3  # it is wide
    assert not desk.page.get_by_label("tempo of the texture in beats a minute").is_visible()
    sliders = {node.get_attribute("aria-label") for node in desk.page.get_by_role("slider").all()}
    names = ("wildness", "pace", "levelling", "level")
    assert sliders == {"volume", *(f"{name} of the texture" for name in names)}
    for away in ("#stage", "#shape", "#surface", "#sequence"):
        assert not desk.page.locator(away).is_visible()
    assert not [place for place in desk.script(PLACES) if not place["name"]]


@pytest.mark.alone
def test_a_busy_page_does_not_make_it_late(desk: Desk) -> None:
    press(desk, "play on")
    heard(desk)
    desk.script("() => { const end = performance.now() + 1500; while (performance.now() < end); }")
    desk.pause(0.3)
    assert desk.script("() => messina.app.texture.source.meter.missed") == 0


_TAKE = """
async (seed) => {
  const { source } = messina.app.texture;
  const node = new AnalyserNode(messina.audio, { fftSize: 32768 });
  source.output.connect(node);
  source.stop();
  await new Promise((done) => setTimeout(done, 100));
  source.reset({ seed, wildness: 1 });
  await new Promise((done) => setTimeout(done, 600));  // until it is made again
  const wave = new Float32Array(32768);  // the last 0.7 s
  const begun = () => {
    node.getFloatTimeDomainData(wave);
    return wave.findIndex((x) => x !== 0);
  };
  const until = async (holds) => {
    while (!holds()) await new Promise((done) => setTimeout(done, 10));
  };
  await until(() => begun() < 0);  // what sounded before is past
  source.start();
  let from = -1;
  await until(() => (from = begun()) >= 0 && from + 8600 <= wave.length);
  node.disconnect();
  return Array.from(wave.subarray(from + 600, from + 8600));
}
"""


def test_from_the_start_the_same_sound_comes_again_and_another_seed_gives_another(
    desk: Desk,
) -> None:
    press(desk, "play on")
    heard(desk)
    first, again, other = (np.array(desk.script(_TAKE, seed)) for seed in (7, 7, 8))
    assert np.abs(first).max() > 1e-3
    # It begins where a quantum does and fades in alike, so samples can be laid over each other.
    assert np.abs(first - again).max() < 1e-6
    assert np.abs(first - other).max() > 0.1 * np.abs(first).max()


def test_it_plays_on_however_often_it_is_begun_anew(desk: Desk) -> None:
    press(desk, "play on")
    heard(desk)
    desk.script(
        """async () => {
            for (let i = 0; i < 40; i++) {
              messina.app.texture.reset();
              if (i % 3) await new Promise((done) => setTimeout(done, 7 * (i % 5)));
            }
        }"""
    )
    with desk.listening() as audio:
        desk.pause(1.5)
    assert level_db(audio[0][-22_050:]) > -50
    heard(desk)


def test_level_is_what_it_says_and_never_over_full_scale(desk: Desk) -> None:
    press(desk, "play on")
    heard(desk)
    levels = []
    for db in (-20.0, 0.0, 24.0):
        desk.drag("level of the texture", db)
        desk.pause(0.4)
        with desk.listening() as audio:
            desk.pause(1.0)
        levels.append(10 * np.log10(np.mean(audio[0] ** 2)))
        assert np.abs(audio[0]).max() < 1.0
    assert levels[1] - levels[0] == pytest.approx(20.0, abs=4.0)  # it is never the same second
    assert levels[2] > levels[1] + 3.0


def test_a_recording_that_is_touched_is_gone_to(desk: Desk) -> None:
    press(desk, "play on")
    heard(desk)
    for style, name in ((1, "engine"), (0, "surf"), (1, "engine")):
        desk.page.get_by_role("button", name=name, exact=True).click(position={"x": 40, "y": 10})
        desk.until(f"messina.app.texture.heard?.style === {style}")
        desk.until("messina.app.texture.asked === null")
        desk.until(f"document.querySelector('.groove-now').textContent.includes('{name}')")
    where = desk.script("() => messina.app.texture.heard")
    assert (where["place"] < PATCHES[0] / sum(PATCHES)) == (where["style"] == 0)
    desk.until("document.querySelectorAll('.recording[aria-current=true]').length === 1")


def test_recordings_are_mixed_with_shift_and_pace_is_set(desk: Desk) -> None:
    for name in ("surf", "engine"):
        desk.page.get_by_role("button", name=name, exact=True).click(modifiers=["Shift"])
    assert desk.state["groove"]["mixed"] == [0, 1]
    assert desk.page.locator(".recording[aria-pressed=true]").count() == 2
    desk.drag("pace of the texture", 2.0)
    press(desk, "play on")
    heard(desk)
    desk.page.get_by_role("button", name="surf", exact=True).click(modifiers=["Shift"])
    assert desk.state["groove"]["mixed"] == [1]
    desk.until("messina.app.texture.heard?.style === 1")


def test_what_is_set_is_kept_and_keys_alone_play_it(desk: Desk) -> None:
    desk.drag("wildness of the texture", 1.5)
    desk.page.reload()
    desk.wait()
    assert desk.state["groove"]["wildness"] == 1.5
    desk.page.keyboard.press("Space")
    heard(desk)
    desk.page.keyboard.press("Escape")
    desk.until("!messina.app.texture.running")
    for width in (320, 900, 1600):
        desk.page.set_viewport_size({"width": width, "height": 900})
        assert desk.script("() => document.documentElement.scrollWidth") <= width
    desk.page.set_viewport_size({"width": 1600, "height": 1000})


def test_an_instrument_can_be_chosen_beside_it_and_it_again(desk: Desk) -> None:
    which = desk.page.get_by_role("combobox", name="instrument", exact=True)
    press(desk, "play on")
    heard(desk)
    which.select_option(label="kit")
    desk.until("messina.app.performer")
    assert desk.page.locator("#surface").is_visible()
    with desk.listening() as audio:
        desk.pause(0.4)
    assert level_db(audio[0]) < -90  # the texture has gone
    which.select_option(label="shore")
    desk.until("messina.app.texture")
    press(desk, "play on")
    heard(desk)


def test_it_plays_on_from_a_single_file(texture_file: Path, chromium: Any, tmp_path: Path) -> None:
    page = tmp_path / "shore.html"
    write_page(texture_file, page)
    context = new_context(chromium, offline=True, accept_downloads=True)
    desk = Desk(context.new_page()).open(page.as_uri())
    with desk.listening() as audio:
        press(desk, "play on")
        heard(desk)
        desk.pause(1.0)
    assert level_db(audio[0]) > -50
    assert desk.errors == []
    context.close()


def test_a_file_says_what_it_is(texture_file: Path, kit_file: Path) -> None:
    assert kind_of(texture_file.read_bytes()) == "texture"
    assert kind_of(kit_file.read_bytes()) == "hits"
