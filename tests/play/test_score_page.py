"""A score on the page: played by the instruments beside it, and a sentence where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from messina.cli.main import main
from messina.cli.options import band_of
from messina.cli.parsing import UsageError
from messina.cli.play import add_band
from messina.errors import InstrumentError
from messina.play.catalogue import Catalogue
from messina.play.server import PageServer
from messina.play.single_file import write_page
from play.browsing import Desk, level_db
from play.conftest import OpenDesk, serving
from play.engine.browser import new_context
from play.handmade_score import VOCABULARY, make_score, save_score
from play.handmade_texture import make_texture, save_texture
from play.test_play_on import press

_NOTE = """
() => {
  window.events = [];
  window.hits = [];
  messina.app.groove.addEventListener("on", ({ detail }) => events.push(detail));
  messina.app.performer.addEventListener("hit", ({ detail }) => {
    const { label, note } = detail;
    hits.push({ instrument: detail.hit.note.instrument.id, label, note, source: detail.source });
  });
}
"""


@pytest.fixture(scope="module")
def score_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("score") / "ballad.messina"
    save_score(path, make_score())
    return path


@pytest.fixture(scope="module")
def opened(
    score_file: Path, kit_file: Path, chime_file: Path, open_desk: OpenDesk
) -> Iterator[Desk]:
    catalogue = Catalogue()
    catalogue.add_file(score_file)
    add_band(catalogue, [str(chime_file), f"drums={kit_file}"])
    with PageServer(catalogue, port=0) as server:
        yield open_desk(server.url)


@pytest.fixture
def desk(opened: Desk) -> Iterator[Desk]:
    opened.start_afresh()
    opened.until("messina.app.groove")
    opened.script(_NOTE)
    yield opened
    opened.script("() => messina.app.silence()")
    assert opened.errors == []


def hurry(desk: Desk) -> None:
    desk.page.get_by_label("tempo of the score in beats a minute").fill("300")
    desk.page.keyboard.press("Enter")


@pytest.mark.browser
def test_each_part_is_played_by_its_instrument(desk: Desk) -> None:
    hurry(desk)
    with desk.listening() as audio:
        press(desk, "play on")
        desk.until("events.length > 30")
    assert level_db(audio[0]) > -45
    assert np.abs(audio[0]).max() < 1.0
    hits = [hit for hit in desk.script("() => hits") if hit["source"] == "score"]
    kit = {hit["label"] for hit in hits if hit["instrument"].startswith("kit")}
    chime = [hit for hit in hits if hit["instrument"].startswith("chime")]
    assert kit
    assert {hit["note"] for hit in chime} <= {voice.note for voice in VOCABULARY}
    assert all(hit["note"] is not None for hit in chime)
    assert desk.page.locator("#surface").is_visible()  # the first of the band is there to play


@pytest.mark.browser
def test_a_seed_comes_again_and_a_jump_goes_to_its_piece(desk: Desk) -> None:
    tempo = desk.page.get_by_label("tempo of the score in beats a minute")
    assert tempo.input_value() == "100"  # its own
    hurry(desk)
    press(desk, "play on")
    desk.until("events.length >= 12")
    first = desk.script("() => events.slice(0, 12).map(({ tick, voice }) => [tick, voice])")
    # Forgotten when the click is acted upon, so that no event slips in between.
    once = "{ capture: true, once: true }"
    desk.script(f"() => document.addEventListener('click', () => {{ events.length = 0; }}, {once})")
    press(desk, "from the start")
    desk.until("events.length >= 12")
    again = desk.script("() => events.slice(0, 12).map(({ tick, voice }) => [tick, voice])")
    assert again == first
    desk.page.get_by_role("button", name="second", exact=True).click(position={"x": 3, "y": 10})
    desk.until("messina.app.groove.asked === null")
    desk.until("messina.app.groove.heard?.style === 1")
    desk.until("document.querySelector('.groove-now').textContent.includes('bar')")


@pytest.mark.browser
def test_it_goes_on_from_notes_that_were_played(desk: Desk) -> None:
    # A fifth below the notes that the melody has, so that it is moved there as a file would be.
    hurry(desk)
    for note in (55, 57, 59, 62):
        desk.script(
            "(note) => messina.app.performer.strike(0, { velocity: 90, note, source: 'midi' })",
            note,
        )
        desk.pause(0.2)
    press(desk, "what you played")
    desk.until("document.body.innerText.includes('goes on from the 4 hits')")
    desk.until("events.length > 8")
    played = desk.script("() => events.slice(0, 8).map(({ tick, voice }) => [tick, voice])")
    assert played[0][0] >= 0
    press(desk, "from the start")
    desk.script("() => messina.app.silence()")
    desk.script("() => { events.length = 0; }")
    press(desk, "play on")
    desk.until("events.length >= 8")
    alone = desk.script("() => events.slice(0, 8).map(({ tick, voice }) => [tick, voice])")
    assert alone != played


@pytest.mark.browser
def test_another_instrument_can_be_asked_to_play_it(
    score_file: Path, kit_file: Path, chime_file: Path, open_desk: OpenDesk
) -> None:
    with serving(score_file, chime_file, kit_file) as server:
        desk = open_desk(server.url)
        desk.start_afresh()
        desk.until("messina.app.groove.band[0].name === 'chime'")
        assert "drum part is left out" in desk.page.inner_text("#groove")
        by = desk.page.get_by_role("combobox", name="played by", exact=True)
        by.select_option(label="kit")
        desk.until("messina.app.groove.band[0].name === 'kit'")
        assert "nothing here has a pitch" in desk.page.inner_text("#groove").lower()
        hurry(desk)
        desk.script(_NOTE)
        press(desk, "play on")
        desk.until("hits.length > 3")
        desk.script("() => messina.app.silence()")
        for width in (320, 900, 1600):
            desk.page.set_viewport_size({"width": width, "height": 900})
            assert desk.script("() => document.documentElement.scrollWidth") <= width
        assert desk.errors == []


@pytest.mark.browser
def test_without_an_instrument_it_says_what_to_do(score_file: Path, chromium: Any) -> None:
    page = new_context(chromium).new_page()
    with serving(score_file) as server:
        page.goto(server.url)
        page.locator("#notice", has_text="messina play ballad.messina --with").wait_for()
        assert not page.locator("#desk").is_visible()
    page.context.close()


@pytest.mark.browser
def test_it_plays_on_from_a_single_file(
    score_file: Path, chime_file: Path, chromium: Any, tmp_path: Path
) -> None:
    path = tmp_path / "ballad.html"
    write_page(score_file, path, band={"": chime_file})
    context = new_context(chromium, offline=True, accept_downloads=True)
    desk = Desk(context.new_page()).open(path.as_uri())
    with desk.listening() as audio:
        desk.script(_NOTE)
        press(desk, "play on")
        desk.until("hits.length > 2")
        desk.pause(0.5)
    assert level_db(audio[0]) > -45
    assert desk.errors == []
    context.close()


def test_the_command_that_exports_it_takes_the_band(
    score_file: Path, chime_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "ballad.html"
    words = ["export", str(score_file), "--with", str(chime_file), "-o", str(page)]
    assert main([*words, "--to", "sfz"]) == 2
    assert "--with is for pages in which a score plays" in capsys.readouterr().err
    assert main([*words, "--to", "web"]) == 0
    assert '"name": "ballad", "kind": "score"' in page.read_text()
    assert '"name": "chime", "kind": "hits", "parts": [""]' in page.read_text()
    with pytest.raises(UsageError, match="is played by another already"):
        band_of(["bass=a.messina", "bass=b.messina"])


def save(folder: Path) -> Path:
    path = folder / "shore.messina"
    save_texture(path, make_texture())
    return path


def test_only_a_score_is_given_a_band(kit_file: Path, score_file: Path, tmp_path: Path) -> None:
    catalogue = Catalogue()
    catalogue.add_file(kit_file)
    with pytest.raises(UsageError, match="--with is for scores"):
        add_band(catalogue, [str(kit_file)])
    catalogue.add_file(score_file)
    with pytest.raises(UsageError, match="there is no part 'trumpet'"):
        add_band(catalogue, [f"trumpet={kit_file}"])
    with pytest.raises(InstrumentError, match=r"missing\.messina: there is no such file"):
        add_band(catalogue, ["missing.messina"])
    for other in (score_file, save(tmp_path)):
        with pytest.raises(InstrumentError, match="has no single sounds to play a score with"):
            add_band(catalogue, [str(other)])
        with pytest.raises(InstrumentError, match="has no single sounds to play a score with"):
            write_page(score_file, tmp_path / "page.html", band={"": other})
    add_band(catalogue, [str(kit_file), f"bass={kit_file}"])
    assert [row["parts"] for row in catalogue.rows] == [["", "bass"], []]
