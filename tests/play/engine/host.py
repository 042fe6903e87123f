"""The engine in Node: what needs no browser is tested without one, by the same scripts."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.node import ENGINE, find_node
from play.engine.browser import HELPERS, EnginePage

_HOST = Path(__file__).with_name("host.js")


class _NodePage:
    """Evaluates scripts as a page of playwright's does."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def evaluate(self, script: str, argument: Any = None) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"script": script, "argument": argument}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline(), object_hook=_number)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")


def _number(table: dict[str, Any]) -> Any:
    return float(table["number"]) if list(table) == ["number"] else table


@contextmanager
def open_engine_host(folder: Path) -> Iterator[EnginePage]:
    """The engine, loaded in Node, with the instruments in the folder. Skips where there is none."""
    node = find_node()
    if node is None:
        pytest.skip("no Node here")
    process = subprocess.Popen(
        [node, str(_HOST), str(ENGINE), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        page = _NodePage(process)
        page.evaluate(HELPERS)
        yield EnginePage(page)
    finally:
        assert process.stdin
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait(timeout=60)
