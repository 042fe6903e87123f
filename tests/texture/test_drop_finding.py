from __future__ import annotations

import numpy as np
import pytest

from messina.texture.drop_finding import MOST_DROPS, joined_drops, take_drops
from messina.texture.drops import DECAY, LEVELS, PAN, SHAPE_SIZE, Drops
from texture.textures import SECOND, drone, rain, surf


def test_rain_is_taken_out_of_the_noise_it_falls_through():
    audio, fallen = rain(6.0, rate=20.0)
    without, drops = take_drops(audio)
    # Some fall within 3 ms of a louder one and are one with it.
    assert 0.8 * len(fallen) <= len(drops.places) <= len(fallen)
    near = np.abs(drops.places[:, None] - (fallen // 1024)[None]).min(axis=1)
    assert near.max() <= 1

    def crest(sound):
        return np.mean(sound**4) / np.mean(sound**2) ** 2

    assert crest(audio) > 50
    assert crest(without) < 8  # Gaussian noise has 3


def test_what_is_taken_is_what_the_drops_tell():
    audio, _ = rain(5.0, rate=10.0)
    without, drops = take_drops(audio)
    told = np.exp(2 * drops.shapes[:, LEVELS]).sum()
    taken = np.square(audio.mean(axis=1) - without.mean(axis=1)).sum()
    assert told == pytest.approx(taken, rel=0.1)  # what lies under 700 Hz is not told
    decay_ms = np.exp(np.median(drops.shapes[:, DECAY])) / 44.1
    assert 0.5 < decay_ms < 2.0  # made with 1 ms


def test_drops_come_from_their_side():
    audio, _ = rain(5.0, rate=10.0, pan=0.5)
    _, drops = take_drops(audio)
    assert np.median(drops.shapes[:, PAN]) == pytest.approx(0.5, abs=0.1)


def pulses(seconds: float, *, rate_hz: float) -> np.ndarray:
    """Clicks at a steady pace over a little noise [N, 1]."""
    sound = 1e-3 * np.random.default_rng(0).standard_normal(round(seconds * SECOND))
    sound[:: round(SECOND / rate_hz)] += 0.5
    return sound[:, None].astype(np.float32)


@pytest.mark.parametrize("sound", [surf(4.0), drone(4.0), pulses(4.0, rate_hz=30.0)])
def test_noise_tones_and_steady_pulses_are_left_as_they_are(sound):
    without, drops = take_drops(sound)
    assert len(drops.places) == 0
    assert without is sound


def test_what_begins_and_stays_is_no_drop():
    steps = surf(6.0) * (1 + 9 * (np.arange(6 * SECOND)[:, None] // 11_111 % 2))
    assert len(take_drops(steps.astype(np.float32))[1].places) == 0


def strokes(seconds: float, *, rate: float) -> np.ndarray:
    """Clicks at drawn times over a little noise [N, 1], each the attack of a tone of 60 ms."""
    rng = np.random.default_rng(2)
    time = np.arange(SECOND // 4) / SECOND
    tone = 0.3 * np.sin(2 * np.pi * 300.0 * time) * np.exp(-time / 0.06)
    tone[:400] += 0.2 * np.diff(rng.standard_normal(401)) * np.exp(-np.arange(400) / 44.1)
    sound = 1e-3 * rng.standard_normal(round(seconds * SECOND))
    for start in rng.integers(0, len(sound) - len(tone), round(rate * seconds)):
        sound[start : start + len(tone)] += tone
    return sound[:, None].astype(np.float32)


def test_attacks_of_what_rings_on_are_no_drops():
    struck = strokes(8.0, rate=8.0)
    clicks_alone, _ = rain(8.0, rate=8.0)
    assert len(take_drops(clicks_alone)[1].places) > 40
    without, drops = take_drops(struck)
    assert len(drops.places) == 0
    assert without is struck


def test_of_very_many_some_stand_for_all():
    count = 3 * MOST_DROPS
    many = Drops(
        places=np.sort(np.random.default_rng(0).integers(0, 500, count)),
        shapes=np.zeros((count, SHAPE_SIZE), np.float32),
    )
    joined = joined_drops([Drops.none(), many], [100, 400])
    assert len(joined.places) == MOST_DROPS
    assert joined.each == pytest.approx(3.0)
    assert (np.diff(joined.places) >= 0).all()
    assert joined.places[0] >= 100
    assert joined.places[-1] <= 499
