"""What `messina corpus` says."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from messina.audio_files import write_wav
from messina.cli.corpus import summary
from messina.corpus import Corpus


def test_the_same_remark_about_many_sounds_is_made_once(tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal((3, 13 * 44_100)).astype(np.float32)
    for take, audio in enumerate(noise):
        write_wav(tmp_path / f"rain {take}.wav", audio)
    lines = summary(Corpus.from_folder(tmp_path, slice="never"))
    about = [line for line in lines if "first 12 s" in line]
    assert about == ["  rain 0.wav and 2 more: only its first 12 s are used"]


def test_of_hundreds_of_labels_those_of_most_sounds_are_listed(tmp_path: Path) -> None:
    hit = (np.exp(-np.arange(4_000) / 500) * np.sin(np.arange(4_000) / 9)).astype(np.float32)
    for first in "bcdfghjk":
        for last in "lmnprstv":
            write_wav(tmp_path / f"{first}a{last}ax.wav", hit[:, None])
            hit = hit * np.float32(0.99)
    lines = summary(Corpus.from_folder(tmp_path))
    assert lines[1].endswith("and 24 more labels")
