from __future__ import annotations

import subprocess

import pytest

from conformance.node import find_node
from messina.play.single_file import link

SOURCES = {
    "main.js": 'import { twice as double, ONE } from "./sums/sums.js";\n'
    'import { three, two } from "./table.js";\n'
    'import "./effect.js";\nconsole.log(double(ONE), two, three, globalThis.seen);\n',
    "sums/sums.js": 'import { one } from "../one.js";\nexport { one as ONE } from "../one.js";\n'
    "export const twice = (x) => 2 * x * one;\nconst hidden = 3;\nexport { hidden };\n",
    "one.js": "export const one = 1;\nexport async function later() {}\nexport class Thing {}\n",
    "table.js": "const table = { two: 2, other: 3 };\n"
    "export const {\n  two,\n  other: three,\n} = table;\n",
    "effect.js": "globalThis.seen = typeof hidden;\n",
}


def test_linked_modules_do_what_they_did_apart() -> None:
    script = link(SOURCES, "main.js")
    assert "import" not in script
    assert "export" not in script
    node = find_node()
    if node is None:
        pytest.skip("no node here; the browser's tests run linked modules too")
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    assert done.stdout == "2 2 3 undefined\n"


def test_comments_are_left_out_but_for_those_that_may_be_part_of_a_string() -> None:
    source = (
        "/* Says what\n * this is. */\n\n// @ts-check\n/** @param {number} x */\n"
        'const f = (x) => x / 2; // half\n  /* inside */\nconst g = "/* no comment */ //";\n'
        'const j = "a; // b";\nconst k = `c; // d`; // a `quoted` word\n'
        "const h = 2 /* times */ * 3;\n/** Doc. **/\nconst i = f(1) /\n  2;\n"
    )
    script = link({"main.js": source}, "main.js")
    assert "this is" not in script
    assert "@ts-check" not in script
    assert "@param" not in script
    assert "inside" not in script
    assert "Doc" not in script
    for code in (
        "const f = (x) => x / 2;\n",
        'const j = "a; // b";\n',
        "const k = `c; // d`;",
        'const g = "/* no comment */ //";\n',
        "const h = 2 /* times */ * 3;\n",
        "const i = f(1) /\n  2;\n",
    ):
        assert code in script


def test_each_module_is_there_once_and_before_those_that_need_it() -> None:
    script = link(SOURCES, "main.js")
    assert script.count("const one = 1") == 1
    assert script.index("const one = 1") < script.index("const twice") < script.index("console.log")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("export default 3;", "export default 3;"),
        ('import * as all from "./one.js";', "import \\* as all"),
        ('import fallback from "./one.js";', "import fallback"),
    ],
)
def test_forms_that_are_not_known_are_refused(source: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"main.js: `{problem}"):
        link({"main.js": source, "one.js": ""}, "main.js")


def test_modules_that_need_each_other_are_refused() -> None:
    sources = {"a.js": 'import { b } from "./b.js";', "b.js": 'import { a } from "./a.js";'}
    with pytest.raises(ValueError, match="imports itself"):
        link(sources, "a.js")
