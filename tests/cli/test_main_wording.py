"""Errors speak Python to those who script, and options to those who type."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import messina
from messina.cli.main import OPTIONS, PHRASES, in_options
from messina.ranges import RANGES

PACKAGE = Path(messina.__file__).parent
OWN = ("cli", "studio", "play", "baselines")
"""What is used by typing or in the browser alone."""


def raised() -> Iterator[tuple[str, str]]:
    """Where an error is raised outside the command line, and all text in it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] in OWN:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and node.exc is not None:
                parts = [
                    part.value
                    for part in ast.walk(node.exc)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
                yield f"{place.as_posix()}:{node.lineno}", "{}".join(parts)


def test_no_error_of_the_package_names_an_option_or_a_verb() -> None:
    everything = list(raised())
    assert len(everything) > 100
    words = re.compile(r"(?<!\S)\(?(--[a-z]|-o\b)|`messina [a-z]")
    allowed = ("pip install", "`ray start --head`")
    odd = [
        (place, text)
        for place, text in everything
        if words.search(text) and not any(word in text for word in allowed)
    ]
    assert odd == []


def test_whatever_an_error_names_in_backticks_has_its_option() -> None:
    known = OPTIONS.keys() | PHRASES.keys()
    named = [
        (place, found)
        for place, text in raised()
        for found in re.findall(r"`([A-Za-z_.]+)(?:=[^`]*)?`", text)
        if found not in known and not any(phrase.startswith(f"{found}=") for phrase in PHRASES)
    ]
    assert named == []


@pytest.mark.parametrize("name", RANGES)
def test_every_control_has_an_option_of_its_name(name: str) -> None:
    option = in_options(f"`{name}` is 7").removesuffix(" is 7")
    assert re.fullmatch("--[a-z]+", option)
    assert name.startswith(option.removeprefix("--"))


@pytest.mark.parametrize(
    ("told", "typed"),
    [
        ("it is there; `force=True` replaces it", "it is there; --force replaces it"),
        ("learn it anew (`resume=None`)", "learn it anew (--force)"),
        ("ask for fewer (`round_robin=127`)", "ask for fewer (--round-robin 127)"),
        ("`kind='tune'`", "--as tune"),
        (
            "some labels each (`Corpus.with_labels`)",
            "some labels each (messina learn --labels A,B)",
        ),
        ("or do without `continued`", "or do without --continue"),
        ("the file `a b`.wav", "the file `a b`.wav"),
        ("a`b=c`d: no audio", "a`b=c`d: no audio"),
    ],
)
def test_arguments_become_options_and_names_of_files_stay(told: str, typed: str) -> None:
    assert in_options(told) == typed
