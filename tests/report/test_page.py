"""The report as it is met: a file opened in a browser, on a desk, on a phone, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from messina.report import Evaluation, write_report
from play.engine.browser import browser, new_context, until


@pytest.fixture(scope="module")
def report(found: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(found, path)
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as chromium:
        yield chromium


def opened(chromium: Any, report: Path, **how: Any) -> tuple[Any, list[str]]:
    """The page and all that it complains of or asks the network for."""
    page = new_context(chromium, **how).new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(("data:", "file:")) else heard.append(request.url)
        ),
    )
    page.goto(report.as_uri())
    return page, heard


def test_the_file_holds_everything_and_links_nowhere(report: Path) -> None:
    text = report.read_text()
    assert "http://" not in text
    assert "https://" not in text
    sources = re.findall(r'(?:src|href)="([^"]{0,13})', text)
    assert sources
    assert all(source.startswith("data:audio/fl") for source in sources)
    assert re.findall(r"url\(([^)]{0,10})", text)
    assert all(start == "data:image" for start in re.findall(r"url\(([^)]{0,10})", text))
    assert report.stat().st_size < 12e6


def test_every_known_change_has_its_place_on_the_scale(found: Evaluation, report: Path) -> None:
    scale = re.search(r'<ul class="scale">(.*?)</ul>', report.read_text(), re.DOTALL)
    assert scale is not None
    percents = [int(value) for value in re.findall(r"<b>(\d+) %</b>", scale[1])]
    assert percents == sorted(percents, reverse=True)
    (row, *_) = found.record.likeness
    assert len(percents) == len(row.anchors) + 2  # new sounds, and those through the frames
    assert all(anchor.change in scale[1] for anchor in row.anchors)


def test_the_verdict_comes_first_and_every_part_is_there(found: Evaluation, report: Path) -> None:
    text = report.read_text()
    parts = [text.index(f'id="{name}"') for name in ("verdict", "listen", "chart-map", "tables")]
    assert parts == sorted(parts)
    for clause in found.record.verdict:
        assert clause.topic in ("pitch", "repeats") or clause.short in text
    for name in ("likeness", "answers", "copies", "others", "method"):
        assert f'id="{name}"' in text


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 360, 900, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen_and_is_silent_about_itself(
    chromium: Any, report: Path, width: int, scheme: str
) -> None:
    page, heard = opened(
        chromium, report, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((e) =>
             e.childNodes.length && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())
             && e.offsetParent && parseFloat(getComputedStyle(e).fontSize) < 11).length"""
    )
    assert small == 0
    assert heard == []
    page.context.close()


@pytest.mark.browser
def test_a_picture_plays_its_sound_and_stops_the_one_before(chromium: Any, report: Path) -> None:
    page, heard = opened(chromium, report)
    buttons = page.locator("button[data-sound]")
    assert buttons.count() > 20
    sounding = "[...document.querySelectorAll('audio')].filter((a) => !a.paused).map((a) => a.id)"
    first, second = buttons.nth(0), buttons.nth(1)
    # A busy machine may look only when a short sound is over.
    page.evaluate("document.querySelectorAll('audio').forEach((audio) => { audio.loop = true; })")
    first.click()
    until(page, f"({sounding}).length === 1")  # a busy machine begins to play later
    assert page.evaluate(sounding) == [first.get_attribute("data-sound")]
    second.click()
    until(page, f"({sounding})[0] === '{second.get_attribute('data-sound')}'")
    assert page.evaluate(sounding) == [second.get_attribute("data-sound")]
    assert "playing" in (second.get_attribute("class") or "")
    assert "playing" not in (first.get_attribute("class") or "")
    page.keyboard.press("Escape")
    assert page.evaluate(sounding) == []
    # Every sound can be decoded, and is as long as it should be.
    lengths = page.evaluate(
        """() => Promise.all([...document.querySelectorAll("audio")].map((audio) =>
             new Promise((done) => {
               audio.onloadedmetadata = () => done(audio.duration);
               audio.onerror = () => done(-1);
               audio.preload = "metadata"; audio.load();
             })))"""
    )
    assert min(lengths) > 0.0
    assert heard == []
    page.context.close()


@pytest.mark.browser
def test_the_map_plays_what_is_nearest_and_is_walked_by_arrows(chromium: Any, report: Path) -> None:
    page, heard = opened(chromium, report, viewport={"width": 900, "height": 800})
    board, hint = page.locator(".map"), page.locator(".hint")
    box = board.bounding_box()
    board.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    first = hint.inner_text()
    assert re.search("new|real|held out", first)
    board.focus()
    page.keyboard.press("ArrowRight")
    second = hint.inner_text()
    assert second != first
    page.keyboard.press("ArrowLeft")
    assert hint.inner_text() == first
    assert heard == []
    page.context.close()


@pytest.mark.browser
def test_it_prints(chromium: Any, report: Path) -> None:
    page, _ = opened(chromium, report, color_scheme="dark")
    pdf = page.pdf(format="A4", print_background=True)
    assert pdf.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 12
    page.emulate_media(media="print", color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground in ("rgb(255, 255, 255)", "white")
    page.context.close()


@pytest.mark.browser
def test_without_scripts_there_are_players_all_the_same(chromium: Any, report: Path) -> None:
    page, _ = opened(chromium, report, java_script_enabled=False)
    assert page.locator("#sounds audio").first.is_visible()
    page.context.close()
