from __future__ import annotations

import shutil
import subprocess

import pytest

from messina.play.shelf import WEB
from messina.play.slimming import slim, slim_style

SCRIPT = """\
/** Says
 * much. */
const a = "no // comment"; // a comment
const b = `nor; // this`; // it's kept: it might be within a string
  /* one */
  // two
let c = [1, // first
  2];
console.log(a, b, c); /* stays */
/* gone */
"""


def test_scripts_do_what_they_did_without_their_comments() -> None:
    script = slim(SCRIPT)
    for gone in ("much", "a comment", "one", "two", "first", "gone"):
        assert gone not in script
    for kept in ('"no // comment"', "`nor; // this`"):
        assert kept in script
    if shutil.which("node") is None:
        pytest.skip("no node here; the browser's tests run such scripts too")
    said = [
        subprocess.run(["node", "-e", text], capture_output=True, text=True, check=True).stdout
        for text in (SCRIPT, script)
    ]
    assert said[0] == said[1] != ""


def test_code_between_two_comments_stays() -> None:
    assert "1" in slim("/* a */ const x = 1;\n/* b */\n")


def test_styles_keep_the_spaces_that_mean_something() -> None:
    style = ".a .b > :not(.c) { margin: 0 auto; font: 1rem 'A B', serif; width: calc(1px + 2px); }"
    assert slim_style(style) == (
        ".a .b > :not(.c){margin:0 auto;font:1rem 'A B',serif;width:calc(1px + 2px);}"
    )


def test_the_page_is_written_as_slimming_needs_it() -> None:
    for path in WEB.rglob("*.js"):
        for line in slim(path.read_text(encoding="utf-8")).splitlines():
            assert line.count("`") % 2 == 0, f"{path.name}: a template over several lines: {line}"
