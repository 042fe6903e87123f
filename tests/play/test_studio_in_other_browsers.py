"""The studio in Firefox and WebKit: sounds are dropped and understood."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from play.engine.browser import until
from play.webdriver import MISSING, driven
from studio.running import studio, write_kit

pytestmark = pytest.mark.alone

DROP = """
async (files) => {
  const dataTransfer = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    dataTransfer.items.add(new File([bytes], name, { type: "audio/wav" }));
  }
  const place = document.querySelector("section");
  place.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
}
"""


@pytest.mark.parametrize("name", sorted(MISSING))
def test_dropped_files_become_a_table(name: str, tmp_path: Path) -> None:
    if why := MISSING[name]:
        pytest.skip(why)
    paths = write_kit(tmp_path / "kit")
    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    with studio(tmp_path / "home") as one, driven(name) as page:
        page.goto(one.url)
        until(page, "document.querySelector('section')", timeout_s=30)
        page.evaluate(DROP, files)
        until(page, "document.body.innerText.includes('6 sounds, 2 labels')", timeout_s=60)
        assert page.errors() == []
