"""The loudness that frames tell beside that of the samples, as another program measures it."""

from __future__ import annotations

import numpy as np
import pytest

from messina.learning.textures import frame_loudness_db
from messina.texture.texture_frames import analyse_texture
from messina.units import SAMPLE_RATE

pyloudnorm = pytest.importorskip("pyloudnorm")

TIME = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE


def both_db(audio: np.ndarray) -> tuple[float, float]:
    """By frames, and by pyloudnorm."""
    frames = analyse_texture(audio.astype(np.float32)[:, None])
    return frame_loudness_db(frames), pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(audio)


@pytest.mark.parametrize("hz", [100.0, 440.0, 997.0, 4_000.0, 12_000.0])
def test_tones_are_as_loud_as_pyloudnorm_says(hz: float) -> None:
    found, wanted = both_db(0.1 * np.sin(2 * np.pi * hz * TIME))
    # The level of an oscillator is true to about a tenth of a dB, the filters of both to another.
    assert found == pytest.approx(wanted, abs=0.3)


def test_what_falls_silent_half_way_is_as_loud_as_pyloudnorm_says() -> None:
    tone = 0.1 * np.sin(2 * np.pi * 440.0 * TIME)
    tone[len(tone) // 2 :] *= 1e-3
    found, wanted = both_db(tone)
    # One block in ten is half silent, and counts in one of them and not in the other.
    assert found == pytest.approx(wanted, abs=0.5)


def test_white_noise_is_about_as_loud_as_pyloudnorm_says() -> None:
    found, wanted = both_db(0.05 * np.random.default_rng(3).standard_normal(len(TIME)))
    # What partials take of a noise is in its bands as well: up to a dB more than there is.
    assert found == pytest.approx(wanted, abs=1.0)
