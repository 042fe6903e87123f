from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from messina.corpus import recordings as module
from messina.corpus.recordings import read_recordings
from messina.errors import CorpusError


def write_noise(path: Path, *, seconds: float, seed: int = 0, channels: int = 1) -> None:
    noise = 0.1 * np.random.default_rng(seed).standard_normal((round(44_100 * seconds), channels))
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, noise, 44_100)


def test_files_are_read_whole_and_in_order(tmp_path: Path) -> None:
    write_noise(tmp_path / "b.wav", seconds=3, seed=1)
    write_noise(tmp_path / "deep" / "a.wav", seconds=2, seed=2, channels=2)
    found = read_recordings(tmp_path)
    assert [r.name for r in found] == ["b.wav", "deep/a.wav"]
    assert [r.audio.shape for r in found] == [(132_300, 1), (88_200, 2)]
    assert found.length_s == pytest.approx(5)


def test_what_cannot_be_used_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    write_noise(tmp_path / "good.wav", seconds=1)
    write_noise(tmp_path / "same.wav", seconds=1)
    (tmp_path / "text.wav").write_text("this is no sound")
    sf.write(tmp_path / "silent.wav", np.zeros(44_100), 44_100)
    found = read_recordings(tmp_path)
    assert [r.name for r in found] == ["good.wav"]
    reasons = {lost.name: lost.reason for lost in found.left_out}
    assert set(reasons) == {"same.wav", "silent.wav", "text.wav"}
    assert "good.wav" in reasons["same.wav"]


def test_nothing_usable_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("this is no sound")
    with pytest.raises(CorpusError, match=r"text\.wav"):
        read_recordings(tmp_path)


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_IN_ALL_S", 2.5)
    for seed in range(4):
        write_noise(tmp_path / f"{seed}.wav", seconds=1, seed=seed)
    found = read_recordings(tmp_path)
    assert len(found) == 2
    assert all("enough" in lost.reason for lost in found.left_out)


def test_progress_is_told(tmp_path: Path) -> None:
    write_noise(tmp_path / "a.wav", seconds=0.5)
    write_noise(tmp_path / "b.wav", seconds=0.5, seed=1)
    told: list[tuple[str, int, int]] = []
    read_recordings(tmp_path, progress=lambda *row: told.append(row))
    assert told == [("reading", 1, 2), ("reading", 2, 2)]
