from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from messina.errors import InstrumentError, MessinaError
from messina.play import single_file
from messina.play.catalogue import WEB, Catalogue
from messina.play.single_file import write_page
from messina.serving.files import files_of
from messina.units import note_to_hz
from play.browsing import Desk, cents, level_db, pitch_hz
from play.engine.browser import new_context

PAGE_BYTES = 300_000
"""What the page may weigh without its instrument."""


@pytest.fixture(scope="module")
def page_file(chime_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "chime with spaces & <signs>.html"
    write_page(chime_file, path)
    return path


def test_nothing_in_it_points_elsewhere(page_file: Path) -> None:
    page = page_file.read_text()
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_its_policy_lets_it_load_nothing_and_run_only_its_own_script(page_file: Path) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page_file.read_text())
    assert policy
    assert "default-src 'none'" in policy[1]
    own = r"'sha256-[^']+' 'sha256-[^']+'"  # what unpacks, and what is unpacked
    assert re.search(rf"script-src {own} data: 'wasm-unsafe-eval'", policy[1])
    assert "connect-src" not in policy[1]
    assert "unsafe-inline" not in policy[1]


def test_the_page_weighs_little_on_the_server_and_as_a_file(page_file: Path) -> None:
    catalogue = Catalogue()
    served = [catalogue.get(route) for route in files_of(WEB)]
    on_server = sum(len(gzip.compress(item.data, 6)) for item in served if item is not None)
    assert on_server < PAGE_BYTES
    instrument = r'<script type="application/octet-stream" id="file 0">[^<]*</script>'
    page, count = re.subn(instrument, "", page_file.read_text(encoding="utf-8"))
    assert count == 1
    assert len(page.encode()) < PAGE_BYTES


def test_a_name_cannot_end_the_script_it_stands_in(chime_file: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(chime_file, page, name="</script><!-- & <b>")
    assert page.read_text().count("</script>") == page.read_text().count("<script")
    assert "<!--" not in page.read_text()


def test_a_damaged_instrument_makes_no_page(tmp_path: Path) -> None:
    broken, page = tmp_path / "broken.messina", tmp_path / "page.html"
    broken.write_bytes(b"\0" * 100)
    with pytest.raises(InstrumentError, match="not an instrument"):
        write_page(broken, page)
    assert not page.exists()


@pytest.fixture
def desk(page_file: Path, chromium: Any) -> Iterator[Desk]:
    """The file, opened by double-click, on a machine without any network."""
    context = new_context(chromium, offline=True, accept_downloads=True)
    desk = Desk(context.new_page()).open(page_file.as_uri())
    yield desk
    assert desk.errors == []
    context.close()


@pytest.mark.browser
def test_opened_from_disk_it_plays_in_tune_and_asks_for_nothing(desk: Desk) -> None:
    with desk.listening() as heard:
        desk.strike(desk.page.locator('[data-note="69"]'), height=0.1)
        desk.pause(0.7)
    assert level_db(heard[0]) > -45
    assert abs(cents(pitch_hz(heard[0]), float(note_to_hz(69)))) < 3
    foreign = [url for url in desk.requests if not url.startswith(("blob:", "data:"))]
    assert foreign == [desk.page.url]


@pytest.mark.browser
def test_a_browser_too_old_to_unpack_it_is_told_so(page_file: Path, chromium: Any) -> None:
    context = new_context(chromium, offline=True)
    context.add_init_script("delete globalThis.DecompressionStream")
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.get_by_text("This browser is too old to open this page").wait_for()
    context.close()


@pytest.mark.browser
def test_opened_from_disk_it_draws_branches_and_keeps_what_was_set(desk: Desk) -> None:
    desk.page.get_by_role("tab", name="branches").click()
    desk.until("document.querySelectorAll('.twig path[d]').length === 13")
    desk.drag("wildness", 0.3)
    desk.page.reload()
    desk.wait()
    assert desk.state["wildness"] == 0.3


def test_a_page_that_does_not_hold_its_instrument_whole_replaces_nothing(
    chime_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "chime.html"
    page.write_text("the old one")

    def cut_short(path: str, data: bytes) -> str:
        packed = base64.b64encode(gzip.compress(data)[:-100]).decode()
        return f'<script type="application/octet-stream" id="{path}">{packed}</script>\n'

    monkeypatch.setattr(single_file, "_block", cut_short)
    with pytest.raises(MessinaError, match=r"chime\.html: not written.*lacks chime"):
        write_page(chime_file, page)
    assert page.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [page]
