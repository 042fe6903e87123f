"""`messina index` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Messina


def test_a_library_is_indexed_and_a_second_run_finds_nothing_to_do(
    messina: Messina, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "lib"
    first = messina("index", folder, "-o", out, "--workers", 2, "--json")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    assert (found["sounds"], found["left_out"]) == (14, 0)
    assert Path(found["table"]).read_text(encoding="utf-8-sig").startswith("file,use,label")
    again = messina("index", folder, "-o", out)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(f"{out}: 14 sounds")
    assert "learn from it: " in again.stderr


def test_what_cannot_be_is_one_line(messina_here: Messina, folder: Path, tmp_path: Path) -> None:
    gone = messina_here("index", tmp_path / "nowhere", "-o", tmp_path / "lib")
    assert (gone.returncode, gone.stderr.count("\n")) == (1, 1)
    assert not (tmp_path / "lib").exists()
    among = messina_here("index", folder, "-o", folder)
    assert (among.returncode, among.stderr.count("\n")) == (1, 1)
    assert "choose another -o" in among.stderr
    both = messina_here(
        "index", folder, "-o", tmp_path / "lib", "--workers", 2, "--cluster", "auto"
    )
    assert both.returncode == 2
    assert "give one of them" in both.stderr
