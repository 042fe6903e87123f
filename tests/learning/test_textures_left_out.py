"""Recordings no texture can be learnt from are named, each with the reason."""

from __future__ import annotations

import numpy as np

from messina.corpus.recordings import NamedRecording
from messina.corpus.sound import content_digest
from messina.learning.textures import left_out_of, usable


def _noise(name: str, seconds: float, gain: float) -> NamedRecording:
    noise = gain * np.random.default_rng(0).standard_normal((round(seconds * 44_100), 1))
    audio = noise.astype(np.float32)
    return NamedRecording(name=name, audio=audio, digest=content_digest(audio))


def test_what_is_too_short_or_silent_is_named() -> None:
    recordings = [_noise("a.wav", 2.0, 0.1), _noise("b.wav", 0.4, 0.1), _noise("c.wav", 2.0, 0.0)]
    assert [recording.name for recording in usable(recordings)] == ["a.wav"]
    assert [f"{lost.name}: {lost.reason}" for lost in left_out_of(recordings)] == [
        "b.wav: 0.40 s; a texture is learnt from 0.5 s and more",
        "c.wav: it is silent",
    ]
