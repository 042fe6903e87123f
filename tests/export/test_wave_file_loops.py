from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from messina.export.wave_file import find_loop, make_seamless

RATE = 44_100


def tone(seconds: float, *, decay_db_per_s: float = 0.0, noise: float = 0.0) -> NDArray[np.float32]:
    """[N, 2]: three partials that are no multiples of each other, and noise."""
    t = np.arange(int(seconds * RATE)) / RATE
    partials = sum(np.sin(2 * np.pi * f * t) for f in (220.3, 441.9, 663.1)) / 6
    signal = partials + noise * np.random.default_rng(0).standard_normal(len(t))
    signal = signal * 10 ** (-decay_db_per_s * t / 20)
    return np.repeat(signal[:, None], 2, axis=1).astype(np.float32)


@pytest.mark.parametrize("decay", [12.0, 30.0, 60.0, 120.0])
def test_what_rings_out_has_no_loop(decay: float) -> None:
    assert find_loop(tone(3.0, decay_db_per_s=decay)) is None


def test_short_sounds_and_silence_have_no_loop() -> None:
    assert find_loop(tone(0.3)) is None
    assert find_loop(np.zeros((0, 2), np.float32)) is None
    assert find_loop(np.zeros((RATE, 2), np.float32)) is None


def test_a_sound_that_swells_up_out_of_silence_and_stays_there_has_one() -> None:
    sound = np.concatenate([tone(0.5) * np.linspace(0, 1, RATE // 2)[:, None], tone(2.0)])
    loop = find_loop(sound.astype(np.float32))
    assert loop is not None
    assert loop.first > 0.4 * RATE


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.3])
def test_a_sound_that_sustains_goes_on_for_ever_without_a_seam(noise: float) -> None:
    sound = tone(2.5, noise=noise)
    loop = find_loop(sound)
    assert loop is not None
    seamless = make_seamless(sound, loop)
    assert len(seamless) > loop.last
    cycle = seamless[loop.first : loop.last + 1, 0]
    played = np.concatenate([seamless[: loop.last + 1, 0], cycle, cycle])
    steps = np.abs(np.diff(played))
    seam = steps[loop.last - 1 : loop.last + 2].max()
    assert seam <= 1.2 * steps[: loop.last - 4096].max()  # no jump the sound itself does not make
    windows = played[RATE // 2 :][: RATE * 3 // 100 * 100].reshape(-1, 4410)
    levels = 20 * np.log10(np.sqrt((windows**2).mean(axis=1)))
    assert np.ptp(levels) < 2.0  # nor a dip where the ends are faded into each other


def test_after_the_loop_a_little_of_its_start_follows_for_hosts_that_read_ahead() -> None:
    sound = tone(2.5)
    loop = find_loop(sound)
    assert loop is not None
    seamless = make_seamless(sound, loop)
    after = seamless[loop.last + 1 :]
    assert len(after) > 8
    assert np.array_equal(after, seamless[loop.first : loop.first + len(after)])
