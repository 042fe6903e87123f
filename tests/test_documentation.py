"""What the README and the documentation say of files and commands is true."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import messina
from messina.audio_files import write_wav
from messina.cli.main import VERBS, main
from messina.demo_sounds import demo_sounds
from rhythm.patterns import render, rock

ROOT = Path(__file__).parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WRITTEN = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OLD = {"log.md"}  # what was true on its day
PAGES = {path.name: path.read_text(encoding="utf-8") for path in WRITTEN if path.name not in OLD}


def tree() -> set[str]:
    """Paths of the tree in CONTRIBUTING.md; folders end in '/'."""
    block = re.search(r"<!-- tree: begin -->\n(.*?)<!-- tree: end -->", CONTRIBUTING, re.DOTALL)
    assert block
    paths, folder = set(), ""
    for line in block[1].splitlines():
        match = re.fullmatch(r" {4}( *)(\S+)(?: +.*)?", line)
        assert match, line
        indented, name = match.groups()
        if not indented:
            folder = name if name.endswith("/") else ""
        paths.add(folder + name if indented else name)
    return paths


def committed() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def test_whatever_the_tree_names_is_there() -> None:
    for path in tree():
        assert (ROOT / path).exists(), path
        assert (ROOT / path).is_dir() == path.endswith("/"), path


def test_the_tree_names_whatever_is_there() -> None:
    named = tree()
    for path in committed():
        parts = path.split("/")
        if path in named or parts[0].startswith(".") or parts[-1] in {"__init__.py", "py.typed"}:
            continue
        folders = {"/".join(parts[:i]) + "/" for i in range(1, len(parts))}
        # A folder on the tree speaks for what is in it, unless the tree lists that itself.
        listed = {
            name
            for name in named
            if any(other != name and other.startswith(name) for other in named)
        }
        assert folders & (named - listed), f"{path} is missing from the tree in CONTRIBUTING.md"


@pytest.mark.parametrize("package", sorted((ROOT / "src" / "messina").rglob("__init__.py")))
def test_what_a_package_says_is_in_it_is(package: Path) -> None:
    told = ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))) or ""
    # Lines such as "levels, spectra   what they do".
    rows = re.findall(r"^ {0,4}(\w+(?:, \w+)*) {2,}\S", told, re.MULTILINE)
    names = [name for row in rows for name in row.split(", ")]
    assert [n for n in names if not (package.parent / f"{n}.py").exists()] == []


def test_the_modules_that_are_written_down_are_there() -> None:
    package = ROOT / "src" / "messina"
    parts = {path.parent.name for path in package.rglob("__init__.py")}
    paths = re.findall(r"`(\w+(?:/\w+)+(?:\.py)?/?)`", CONTRIBUTING)
    named = [package / path for path in paths if path.split("/")[0] in parts]
    assert named
    assert [p for p in named if not (p.exists() or p.with_suffix(".py").exists())] == []


def test_the_python_modules_that_the_page_names_as_its_twins_are_there() -> None:
    package = ROOT / "src" / "messina"
    named = []
    for path in [*package.rglob("*.js"), *package.rglob("*.ts")]:
        for comment in re.findall(r"/\*.*?\*/", path.read_text(encoding="utf-8"), re.DOTALL):
            for said in re.findall(r"Python (?:modules?|functions?) ([^.:;]*)", comment):
                named += [package / f"{name}.py" for name in re.findall(r"[a-z]+/[a-z_]+", said)]
    assert len(named) > 30
    assert [str(path) for path in named if not path.exists()] == []


def commands() -> list[str]:
    found: dict[str, None] = {}  # in order, each once
    for text in PAGES.values():
        blocks = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
        found |= dict.fromkeys(re.findall(r"^(messina .*)$", blocks, re.MULTILINE))
        found |= dict.fromkeys(re.findall(r"`(messina [^`]* [^`]*)`", text))
    return list(found)


@pytest.mark.parametrize("command", commands())
def test_every_command_that_is_written_down_is_understood(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []
    for verb in VERBS:
        module = f"messina.cli.{verb.replace('-', '_')}"
        monkeypatch.setattr(f"{module}.run", lambda arguments: ran.append(arguments) or 0)
    assert main(shlex.split(command, comments=True)[1:]) == 0
    assert len(ran) == 1


def links() -> list[tuple[str, str]]:
    """Pages, and what of the project they link to or show."""
    everything = PAGES | {"CONTRIBUTING.md": CONTRIBUTING}
    found = [
        (page, target.partition("#")[0])
        for page, text in everything.items()
        for target in re.findall(r"\]\(([^)\s]+)\)", text)
    ]
    return [(page, target) for page, target in found if target and "://" not in target]


@pytest.mark.parametrize(("page", "target"), links())
def test_what_a_page_links_to_is_there(page: str, target: str) -> None:
    folder = ROOT if page in {"README.md", "CONTRIBUTING.md"} else ROOT / "docs"
    assert (folder / target).exists()


@pytest.mark.slow
def test_the_python_that_is_written_down_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = PAGES["README.md"] + PAGES["api.md"]
    blocks = re.findall(r"```python\n(.*?)```", texts, re.DOTALL)
    assert len(blocks) == 3
    for name, audio in demo_sounds():
        if name.startswith("kalimba/"):
            write_wav(tmp_path / name, audio[:20_000])
    write_wav(tmp_path / "breaks" / "rock.wav", render(rock(bars=2), seconds=4.0))
    monkeypatch.chdir(tmp_path)
    told: dict[str, object] = {}
    for block in blocks:
        shorter = re.sub(r"minutes=\d+", "minutes=0.05", block)
        shorter = shorter.replace("seeds=5", "seeds=2, count=4")
        exec(shorter.replace("duration_s=60", "duration_s=1"), told)
        assert told["audio"].shape[1] == 2


def test_the_readme_leads_nowhere_that_is_not_there_when_shown_away_from_the_repository() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "hatch_fancy_pypi_readme"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    assert re.findall(r"\]\((?!https?:)", shown) == []
    assert "<!--" not in shown
    assert "this folder" not in shown
    assert "pip install messina`" in shown
    assert "pip install ." not in shown
    assert "pip install '." not in shown
    assert "messina learn ~/kalimba" in shown


def test_what_the_workflows_call_is_there_and_pinned() -> None:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert workflows
    for workflow in workflows:
        text = workflow.read_text(encoding="utf-8")
        for script in re.findall(r"\b(scripts/\w+)", text):
            assert (ROOT / script).exists(), script
        for action in re.findall(r"uses: (\S+)", text):
            assert action.startswith("./") or re.search(r"@[0-9a-f]{40}$", action), action


def test_the_version_is_the_same_wherever_it_is_written() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {messina.__version__}\n" in citation
    released = re.search(r'^date-released: "(.*)"$', citation, re.MULTILINE)
    assert released
    assert f"\n## {messina.__version__} - {released[1]}\n" in changes
