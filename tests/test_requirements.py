"""What scripts/setup installs is what pyproject.toml asks for, each file known by its digest."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = ("train", "dev", "docs")


def locked(name: str) -> list[str]:
    """The entries of a lock, each as one line."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [entry for entry in "\n".join(lines).replace("\\\n", " ").splitlines() if entry.strip()]


def requirement(entry: str) -> Requirement:
    return Requirement(re.split(r"\s+--hash=", entry)[0])


def asked(extra: str) -> Iterator[Requirement]:
    """What an extra needs, those that it names included."""
    groups = PROJECT["project"]["optional-dependencies"]
    for text in (*PROJECT["project"]["dependencies"], *groups[extra]):
        wanted = Requirement(text)
        if wanted.name == PROJECT["project"]["name"]:
            for other in wanted.extras:
                yield from asked(other)
        else:
            yield wanted


@pytest.mark.parametrize("name", [*EXTRAS, "lowest", "uv"])
def test_a_lock_names_one_version_and_the_digests_of_its_files(name: str) -> None:
    entries = locked(name)
    assert entries
    for entry in entries:
        assert [s.operator for s in requirement(entry).specifier] == ["=="], entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry
        assert "://" not in entry


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_lock_holds_what_the_project_asks_for(extra: str) -> None:
    """Run scripts/lock after a change of dependencies."""
    versions: dict[str, list[Version]] = {}
    for entry in locked(extra):
        found = requirement(entry)
        versions.setdefault(found.name, []).append(Version(str(found.specifier)[2:]))
    build = [Requirement(text) for text in PROJECT["build-system"]["requires"]]
    for wanted in (*asked(extra), *build):
        if wanted.name == "torch":  # its build depends on the machine
            continue
        assert versions.get(wanted.name), f"{wanted.name} is not in requirements/{extra}.txt"
        assert all(version in wanted.specifier for version in versions[wanted.name]), wanted


def test_torch_is_of_the_version_that_the_project_allows() -> None:
    setup = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    version = re.search(r'^TORCH_VERSION = "(\S+)"$', setup, re.MULTILINE)
    assert version
    wanted = next(r for r in asked("train") if r.name == "torch")
    assert Version(version[1]) in wanted.specifier


@pytest.mark.parametrize("extra", ["train", "docs"])
def test_what_is_used_is_what_is_tested(extra: str) -> None:
    assert {str(requirement(e)) for e in locked(extra)} <= {
        str(requirement(e)) for e in locked("dev")
    }


def test_the_lowest_versions_are_those_that_the_project_names() -> None:
    lowest = {requirement(entry).name: requirement(entry) for entry in locked("lowest")}
    for wanted in asked("train"):
        least = [s.version for s in wanted.specifier if s.operator == ">="]
        if wanted.name != "torch":
            found = Version(str(lowest[wanted.name].specifier)[2:])
            assert found.release[: len(Version(least[0]).release)] == Version(least[0]).release
