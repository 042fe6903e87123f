"""What docs/api.md shows says of each function what it takes, gives and raises."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import messina

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^::: (\S+)(?:\n    options:\n      members: \[(.*)\])?$", PAGE, re.MULTILINE)


def named(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def members(kind: type, listed: str | None) -> list[str]:
    """The public functions of a class that the page shows."""
    own = [name for name in vars(kind) if not name.startswith("_")]
    wanted = own if listed is None else [name.strip() for name in listed.split(",") if name]
    found = {name: inspect.getattr_static(kind, name, None) for name in wanted}
    kinds = (staticmethod, classmethod, FunctionType)
    return [name for name, member in found.items() if isinstance(member, kinds)]


def functions() -> list[Any]:
    found = []
    for path, listed in SHOWN:
        shown = named(path)
        if inspect.isclass(shown):
            told = f"::: {path}\n    options:" in PAGE
            for name in members(shown, listed if told else None):
                found.append(pytest.param(getattr(shown, name), id=f"{shown.__name__}.{name}"))
        else:
            found.append(pytest.param(shown, id=shown.__name__))
    return found


@pytest.mark.parametrize("function", functions())
def test_a_public_function_says_what_it_takes_and_gives(function: Callable[..., Any]) -> None:
    text = inspect.getdoc(function) or ""
    signature = inspect.signature(function)
    taken = [name for name in signature.parameters if name not in {"self", "cls"}]
    arguments = re.search(r"^Args:\n((?:    .*\n|\n)*)", text + "\n", re.MULTILINE)
    told = re.findall(r"^    (\w+): ", arguments[1], re.MULTILINE) if arguments else []
    assert told == taken
    if signature.return_annotation not in {None, "None"}:
        assert re.search(r"^(Returns|Yields):$", text, re.MULTILINE)


def test_every_public_name_is_on_the_page() -> None:
    shown = {path.rpartition(".")[2] for path, _ in SHOWN}
    assert {name for name in messina.__all__ if not name.startswith("_")} <= shown
