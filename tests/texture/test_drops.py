from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from messina.corpus.recordings import NamedRecording
from messina.counter_rng import CounterRng
from messina.errors import InstrumentError
from messina.learning.textures import build_model
from messina.texture import TextureModel, TexturePlayer, texture_from, texture_part
from messina.texture.drops import DECAY, LENGTH, LEVELS, SHAPE_SIZE, DropPlayer, Drops, burst
from texture.textures import SECOND, middle, rain

RATE = 20.0


@cache
def wet() -> TextureModel:
    recording = NamedRecording(name="rain.wav", audio=rain(6.0, rate=RATE)[0], digest="r")
    return build_model([recording])


def shape(*, decay: float = 60.0, level: float = 0.0) -> np.ndarray:
    numbers = np.full(SHAPE_SIZE, -12.0, np.float32)
    numbers[0] = 0.0
    numbers[DECAY] = np.log(decay)
    numbers[LEVELS][5] = level  # 4 to 5.6 kHz
    return numbers


def phases(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 2 * np.pi, LENGTH // 2 + 1)


def test_a_drop_has_the_energy_the_spectrum_and_the_decay_it_is_told():
    drops = [burst(shape(), phases(seed)).astype(np.float64) for seed in range(40)]
    assert all(np.sum(drop**2) == pytest.approx(1.0, rel=1e-3) for drop in drops)
    spectrum = np.mean([np.abs(np.fft.rfft(drop)) ** 2 for drop in drops], axis=0)
    inside = slice(round(3_700 * LENGTH / SECOND), round(5_900 * LENGTH / SECOND))
    assert spectrum[inside].sum() > 0.9 * spectrum.sum()
    wide = shape()
    wide[LEVELS] = 0.0
    late = [np.sum(burst(wide, phases(seed)).astype(np.float64)[60:] ** 2) for seed in range(40)]
    # Of each drop some dozens of values are independent: its energy e-folds within a few percent.
    assert np.mean(late) == pytest.approx(9.0 * np.exp(-2.0), rel=0.2)


def test_no_two_drops_are_the_same_waveform():
    first, second = burst(shape(), phases(0)), burst(shape(), phases(1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.8


def test_drops_fall_as_often_as_they_fell_there():
    places = np.repeat(np.arange(100, 200), 3)  # 3 a patch in the second half, none in the first
    drops = Drops(places=places, shapes=np.zeros((300, SHAPE_SIZE), np.float32))
    player = DropPlayer(drops, CounterRng(0))
    assert [player.step(40, (0, 200), 1.0) for _ in range(50)] == 50 * [[]]
    fallen = [player.step(150, (0, 200), 1.0) for _ in range(400)]
    assert sum(map(len, fallen)) / 400 == pytest.approx(3.0, rel=0.1)  # ±3 % by chance
    moments = np.array([moment for rows in fallen for moment, _ in rows])
    assert 0 <= moments.min() <= moments.max() < 1
    assert moments.mean() == pytest.approx(0.5, abs=0.05)
    assert max(abs(places[drop] - 150) for rows in fallen for _, drop in rows) <= 21
    half = [player.step(150, (0, 200), 0.5) for _ in range(400)]
    assert sum(map(len, half)) / 400 == pytest.approx(1.5, rel=0.15)


def test_rain_is_played_with_its_crest_and_rate():
    sound = middle(TexturePlayer(wet(), seed=1).block(6 * SECOND)).astype(np.float64)
    own = middle(rain(6.0, rate=RATE)[0]).astype(np.float64)
    dry = TextureModel(
        manifest=wet().manifest,
        basis=wet().basis,
        fine=wet().fine,
        latents=wet().latents,
        weights={},
    )
    plain = middle(TexturePlayer(dry, seed=1).block(6 * SECOND)).astype(np.float64)

    def crest(part):
        return np.mean(part**4) / np.mean(part**2) ** 2

    assert crest(plain) < 10
    assert crest(sound) == pytest.approx(crest(own), rel=0.6)  # of a few loud drops
    assert np.mean(sound**2) == pytest.approx(np.mean(own**2), rel=0.3)


def test_blocks_of_any_size_give_one_rain_and_reset_gives_it_again():
    player = TexturePlayer(wet(), seed=3)
    whole = player.block(SECOND)
    player.reset()
    parts = [player.block(size) for size in (1, 8_191, 20_000, SECOND - 28_192)]
    assert_array_equal(np.concatenate(parts), whole)


def test_drops_are_kept_in_a_file():
    again = texture_from(texture_part(wet()))
    assert_array_equal(
        TexturePlayer(again, seed=1).block(SECOND), TexturePlayer(wet(), seed=1).block(SECOND)
    )


def test_drops_outside_of_the_corpus_are_refused():
    part = texture_part(wet())
    part.arrays["drop_places"] = part.arrays["drop_places"] + np.int32(10_000)
    with pytest.raises(InstrumentError, match="drops of its texture lie outside"):
        texture_from(part)
