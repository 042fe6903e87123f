from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from messina.errors import MessinaError
from messina.evaluation.learnt_ears import transcriber_embedding


def tone(hz: float, gain: float = 0.3) -> np.ndarray:
    seconds = np.arange(44_100) / 44_100
    partials = sum(np.sin(2 * np.pi * k * hz * seconds) / k for k in (1, 2, 3, 4))
    return (gain * partials * np.exp(-3 * seconds)).astype(np.float32)


def test_without_the_package_a_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "basic_pitch", raising=False)
    with pytest.raises(MessinaError, match="pip install --no-deps basic-pitch"):
        transcriber_embedding()


def test_what_is_a_semitone_away_is_heard_and_what_is_softer_is_the_same() -> None:
    try:
        embedding = transcriber_embedding()
    except MessinaError:
        pytest.skip("basic-pitch is not installed")
    point = embedding(tone(440.0))
    assert point.shape == (880,)
    softer = np.linalg.norm(embedding(tone(440.0, 0.1)) - point)
    higher = np.linalg.norm(embedding(tone(466.16)) - point)
    assert softer < 0.1 * higher
    stereo = embedding(np.stack([tone(440.0)] * 2, axis=1))
    assert np.allclose(stereo, point, atol=1e-4)
