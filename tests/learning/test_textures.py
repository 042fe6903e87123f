from __future__ import annotations

import numpy as np

from messina.corpus.recordings import NamedRecording
from messina.learning.textures import build_model
from messina.texture.layout import NOISE
from texture.textures import SECOND


def test_what_strikes_is_not_smeared():
    time = np.arange(3 * SECOND) / SECOND
    on = (time * 2) % 1.0 < 0.5  # bursts of 0.25 s, 40 dB over what is between them
    noise = np.random.default_rng(0).standard_normal(len(time)) * np.where(on, 0.1, 0.001)
    recording = NamedRecording(name="a.wav", audio=noise.astype(np.float32)[:, None], digest="")
    learnt = build_model([recording])
    levels = learnt.basis.decode(learnt.latents, learnt.latents[0])[:, NOISE].mean(axis=1)
    swing = np.percentile(levels, 90) - np.percentile(levels, 10)
    # A spectrum reaches over 23 ms, four frames: within six most of the step is taken.
    assert (levels[6:] - levels[:-6]).max() > 0.85 * swing
