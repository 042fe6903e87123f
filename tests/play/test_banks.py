"""A kit of more labels than a bank has pads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from export.handmade import Label, make_instrument
from play.browsing import Desk
from play.conftest import OpenDesk, serving

pytestmark = pytest.mark.browser

LABELS = (
    "kick", "snare", "hat closed", "hat open", "clap", "tom low", "tom mid", "tom high", "ride",
    "crash", "shaker", "cowbell", "hat pedal", "ride bell", "splash", "rimshot", "side stick",
    "conga low", "conga high", "bongo", "claves", "tambourine",
)  # fmt: skip


@pytest.fixture(scope="module")
def large_kit(tmp_path_factory: pytest.TempPathFactory, open_desk: OpenDesk) -> Iterator[Desk]:
    path: Path = tmp_path_factory.mktemp("large") / "large.messina"
    make_instrument(tuple(Label(name=name) for name in LABELS)).save(path)
    with serving(path) as server:
        desk = open_desk(server.url)
        yield desk
        assert desk.errors == []


def test_every_label_has_a_pad_in_one_of_the_banks(large_kit: Desk) -> None:
    large_kit.start_afresh()
    kinds = [slot["kind"] for slot in large_kit.state["slots"]]
    assert len(kinds) == 32
    assert set(kinds[:22]) == set(LABELS)
    assert kinds[:4] == ["kick", "snare", "hat closed", "hat open"]


def test_a_bank_is_shown_played_by_keys_and_stepped(large_kit: Desk) -> None:
    large_kit.start_afresh()
    page = large_kit.page
    kinds = [slot["kind"] for slot in large_kit.state["slots"]]
    page.get_by_role("button", name="bank 2").click()
    assert page.locator(".pad-name").first.inner_text() == kinds[16]
    large_kit.script(
        "() => { window.hits = []; messina.app.performer.addEventListener('hit',"
        " ({ detail }) => hits.push(detail.slot)); }"
    )
    page.keyboard.press("Digit2")
    large_kit.pad(6)
    assert large_kit.script("() => hits") == [17, 21]
    assert large_kit.state["slot"] == 21
    # The rows of steps follow the pad.
    row = page.locator(".row-name").nth(5)
    assert row.inner_text() == kinds[21]
    page.locator('[data-row="5"][data-step="0"]').click()
    assert large_kit.state["patterns"][0]["hits"]["21.0"] == 96
    page.get_by_role("button", name="bank 1").click()
    page.keyboard.press("Digit2")
    assert large_kit.script("() => hits.at(-1)") == 1


def test_pads_that_were_set_when_there_was_one_bank_are_kept(large_kit: Desk) -> None:
    large_kit.start_afresh()
    kept = large_kit.state
    kept["slots"] = kept["slots"][:16]
    kept["slots"][3]["kind"] = "bongo"
    kept["muted"] = [True] + [False] * 7
    large_kit.script(
        "(text) => { messina.app.session.save = () => {};"
        " localStorage.setItem('messina:1:large', text); }",
        json.dumps(kept),
    )
    large_kit.page.reload()
    large_kit.wait()
    state = large_kit.state
    assert len(state["slots"]) == len(state["muted"]) == 32
    assert state["slots"][3]["kind"] == "bongo"
    assert state["muted"][0] is True


CUT_OFF = """
() => [...document.querySelectorAll("body *")]
  .filter((node) => node.offsetParent && node.children.length === 0 && node.textContent.trim())
  .filter((node) => getComputedStyle(node).textOverflow === "ellipsis")
  .filter((node) => node.scrollWidth > node.clientWidth + 1)
  .map((node) => [node.textContent, node.closest("[title]")?.title ?? ""])
"""


def test_what_is_cut_off_of_a_long_name_is_told_where_one_points(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    names = ("Ludwig Supraphonic Snare Rimshot", "Zildjian Hihat Closed Tip of the Stick")
    path = tmp_path / "long.messina"
    make_instrument(tuple(Label(name=name) for name in names)).save(path)
    with serving(path) as server:
        desk = open_desk(server.url)
        seen = 0
        for width in (390, 900, 1_280):
            desk.page.set_viewport_size({"width": width, "height": 900})
            desk.pause(0.3)
            for shown, title in desk.script(CUT_OFF):
                seen += 1
                assert shown in title
        assert seen > 0
