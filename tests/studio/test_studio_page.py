"""The studio as a person meets it: from an empty home to an instrument taken elsewhere."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("starlette")

from play.engine.browser import CHROMIUM, browser, until
from studio.running import studio, write_kit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no chromium"),
]

DESK = "document.getElementById('desk')?.hidden === false"
LEARN = """
async () => {
  const id = location.hash.slice(1);
  const answer = await fetch(`/api/projects/${id}/learn`, {
    method: "POST", body: JSON.stringify({ minutes: 1, steps: 60 }),
  });
  return answer.status;
}
"""
STRAY_DROP = """
() => document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true }))
"""


def test_from_an_empty_home_to_a_pack(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    kit = tmp_path / "kit"
    write_kit(kit)
    (kit / "broken.wav").write_bytes(b"RIFF, but nothing more")
    (kit / "notes.txt").write_text("no sound")
    with studio(tmp_path / "home") as one, browser() as chromium:
        context = chromium.new_context(accept_downloads=True)
        name, _, value = one.cookie.partition("=")
        address = f"http://127.0.0.1:{one.port}/"
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.locator("#folder").set_input_files(kit)

        page.get_by_label("label of tom_1.wav").wait_for(timeout=60_000)
        assert "notes.txt" in page.locator("#notice").inner_text()
        assert "left out" in page.get_by_role("row").filter(has_text="broken.wav").inner_text()
        page.get_by_label("label of tom_1.wav").fill("floor")
        page.get_by_label("label of tom_1.wav").press("Enter")
        until(
            page,
            "[...document.querySelectorAll('button')]"
            ".some((b) => b.textContent === 'Undo' && !b.disabled)",
        )

        assert page.evaluate(LEARN) == 200
        with context.expect_page() as opened:
            page.get_by_role("link", name="Hear it while it learns").click()
        until(opened.value, DESK, timeout_s=120)
        page.get_by_role("link", name="Play", exact=True).wait_for(timeout=120_000)
        until(opened.value, "document.getElementById('learning').innerText.includes('learnt')")
        opened.value.close()
        labels = played_labels(context, page)
        assert "floor" in labels

        page.get_by_role("button", name="SFZ").click()
        link = page.get_by_role("link", name="Download SFZ")
        link.wait_for(timeout=120_000)
        with page.expect_download() as download:
            link.click()
        with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
        assert any(name.endswith(".sfz") for name in names)
        assert any(name.endswith((".wav", ".flac")) for name in names)

        page.once("dialog", lambda dialog: dialog.accept("Garden"))
        page.get_by_role("button", name="Rename").click()
        page.get_by_role("heading", name="Garden").wait_for()
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete").click()
        page.get_by_text("Empty.").wait_for()
        assert len(list((tmp_path / "home" / "bin").iterdir())) == 1
        assert errors == []


def test_nothing_that_is_brought_ends_in_a_dead_end(tmp_path: Path) -> None:
    """What is no sound makes no instrument; a copy shows its table; unread sounds can be read."""
    kit = tmp_path / "kit"
    write_kit(kit)
    (tmp_path / "notes.txt").write_text("no sound")
    with studio(tmp_path / "home") as one, browser() as chromium:
        project = one.ask("POST", "/api/projects", {"name": "left before it was read"})["id"]
        for path in sorted(kit.iterdir()):
            one.upload(project, path.name, path.read_bytes())
        page = chromium.new_page()
        page.goto(one.url)
        page.locator("#files").set_input_files(tmp_path / "notes.txt")
        until(page, "document.getElementById('notice').innerText.includes('notes.txt')")
        assert len(one.ask("GET", "/api/state")["projects"]) == 1
        assert page.evaluate(STRAY_DROP) is False, "the browser would leave the page for the file"

        page.get_by_role("button", name="Open").click()
        page.get_by_role("button", name="Read the sounds").click()
        page.get_by_label("label of tom_1.wav").wait_for(timeout=60_000)
        copy = one.ask("POST", f"/api/projects/{project}/duplicate", {})["id"]
        page.goto(f"http://127.0.0.1:{one.port}/#{copy}")
        page.get_by_role("heading", name="left before it was read copy").wait_for()
        page.get_by_label("label of tom_1.wav").wait_for(timeout=10_000)


def played_labels(context: Any, page: Any) -> str:
    """The page for playing, opened by its link: what it says, once its pads are there."""
    with context.expect_page() as opened:
        page.get_by_role("link", name="Play", exact=True).click()
    desk = opened.value
    until(desk, DESK, timeout_s=30)
    text = str(desk.locator("#desk").inner_text())
    desk.close()
    return text
