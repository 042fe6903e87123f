"""The first learning in an environment without torch: it is installed from the page."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from play.engine.browser import CHROMIUM
from studio.bare import make_environment, without_programs
from studio.running import Studio, studio, write_kit
from studio.test_studio_page import page_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links to packages need rights")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("bare") / "environment")


def install(one: Studio, *states: str) -> dict[str, Any]:
    """Begins it, and waits until it is in one of these states."""
    one.ask("POST", "/api/install-torch", {})
    return waited(one, *states)


def waited(one: Studio, *states: str) -> dict[str, Any]:
    end_s = time.monotonic() + 120
    while True:
        job: dict[str, Any] = one.ask("GET", "/api/state")["torch"]["job"]
        if job["state"] in states:
            return job
        assert job["state"] in ("waiting", "running"), job
        assert time.monotonic() < end_s, job
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("how", "why"),
    [("offline", "the network cannot be reached"), ("odd", "the moon is in the wrong place")],
)
def test_what_cannot_be_installed_says_why_and_the_line_to_type(
    python: Path, tmp_path: Path, how: str, why: str
) -> None:
    with studio(tmp_path / "home", python=python, more=without_programs(how)) as one:
        job = install(one, "failed")
        assert why in job["message"]
        assert f"{python} -m messina install-torch, typed at a terminal" in job["message"]
        assert not one.ask("GET", "/api/state")["torch"]["there"]


def test_where_packages_cannot_be_written_it_is_not_even_tried(
    python: Path, tmp_path: Path
) -> None:
    """As another user's environment: here the folder for packages is one that is not there."""
    blocked = tmp_path / "usercustomize"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(
        "import os\nown = os.access\n"
        "os.access = lambda path, mode, **more: mode != os.W_OK and own(path, mode, **more)\n"
    )
    more = {**without_programs("works"), "PYTHONPATH": str(blocked)}
    with studio(tmp_path / "home", python=python, more=more) as one:
        job = install(one, "failed")
        assert "cannot be written to; whoever may do that, types" in job["message"]
        assert f"{python} -m messina install-torch" in job["message"]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="no chromium")
def test_the_first_learning_offers_torch_which_can_be_cancelled_and_comes(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "environment")
    home = tmp_path / "home"
    with (
        studio(home, python=python, more=without_programs("waits")) as one,
        page_of(one) as page,
    ):
        page.locator("#folder").set_input_files(write_kit(tmp_path / "kit")[0].parent)
        page.get_by_text(re.compile("about 200 MB")).wait_for()
        learn = page.get_by_role("button", name="Learn", exact=True)
        assert learn.is_disabled()
        project = page.evaluate("location.hash.slice(1)")
        with pytest.raises(ValueError, match="learning needs torch, which is not installed"):
            one.ask("POST", f"/api/projects/{project}/learn", {"minutes": 1})
        page.get_by_role("button", name="Install torch").click()
        page.get_by_text("downloading, 50 of 100 MB").wait_for()
        assert page.get_by_label("installing torch").evaluate("bar => bar.value") == 0.5
        with pytest.raises(ValueError, match="being installed already"):
            one.ask("POST", "/api/install-torch", {})
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("Stopped before torch was installed.").wait_for()
        assert not one.ask("GET", "/api/state")["torch"]["there"]
    with (
        studio(home, python=python, more=without_programs("works")) as one,
        page_of(one) as page,
    ):
        page.get_by_role("button", name="Open", exact=True).click()
        page.get_by_role("button", name="Install torch").click()
        learn = page.get_by_role("button", name="Learn", exact=True, disabled=False)
        learn.wait_for()
        assert page.get_by_role("button", name="Install torch").is_hidden()
        assert waited(one, "done")["result"]["told"] is None
        with pytest.raises(ValueError, match="there already"):
            one.ask("POST", "/api/install-torch", {})
