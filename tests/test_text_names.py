from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.text import file_stems

ODD = ["a/b", "🥁", "", "CON", "con.wav", "nul", "LPT1", "x" * 300, "é" * 300, "..", ".", "a\0b",
       "c:\\d", "snare (old)", "snare [old]", "#=<$>", "太鼓", "\ud800"]  # fmt: skip


@given(st.lists(st.text(max_size=400), max_size=12))
def test_any_labels_become_different_names_of_plain_signs(labels: list[str]) -> None:
    stems = file_stems(labels)
    assert len({stem.casefold() for stem in stems}) == len(labels)
    for stem in stems:
        assert stem
        assert all(c.isascii() and (c.isalnum() or c in "-_") for c in stem)
        assert len(stem) <= 60


def test_odd_labels_can_be_written_as_files(tmp_path: Path) -> None:
    for stem in file_stems(ODD):
        (tmp_path / f"{stem}.wav").touch()
    assert len(list(tmp_path.iterdir())) == len(ODD)


@pytest.mark.parametrize("name", ["CON", "con", "Prn", "aux", "NUL", "COM1", "lpt9"])
def test_names_that_windows_keeps_for_devices_are_not_used(name: str) -> None:
    assert file_stems([name])[0].casefold() != name.casefold()
