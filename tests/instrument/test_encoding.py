from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from export.handmade import KIT, TONES, make_instrument
from messina.errors import ControlError
from messina.frames.analysis import analyse
from messina.frames.layout import ERBS, ONSET_SIZE, ONSET_SLICES, STEPS
from messina.instrument import Instrument
from messina.instrument.decoding import Latent, decode
from messina.instrument.encoder import encode_audio
from messina.units import SAMPLE_RATE


@pytest.fixture(scope="module")
def tones() -> Instrument:
    return make_instrument(TONES)


@pytest.fixture(scope="module")
def kit() -> Instrument:
    return make_instrument(KIT)


def test_what_is_decoded_is_the_variation_of_no_wildness(tones: Instrument) -> None:
    sound = tones.render(label=tones.labels[0], note=60, seed=3)
    encoding = tones.encode(sound, sample_rate=SAMPLE_RATE)
    assert encoding.note == pytest.approx(60, abs=0.1)
    assert encoding.z.shape == (tones.network.config.latent,)
    wanted = tones.render(like=sound, wildness=0.0, seed=5)
    assert np.array_equal(tones.decode(encoding, seed=5), wanted)
    higher = tones.decode(encoding, note=64, velocity=100, brightness=0.5, seed=5)
    asked = {"note": 64, "velocity": 100, "brightness": 0.5}
    assert np.array_equal(higher, tones.render(like=sound, wildness=0.0, seed=5, **asked))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_what_is_interpolated_is_the_morph(tones: Instrument, share: float) -> None:
    sounds = [tones.render(label=tones.labels[0], note=note, seed=note) for note in (55, 62)]
    a, b = (tones.encode(sound, sample_rate=SAMPLE_RATE) for sound in sounds)
    between = tones.interpolate(a, b, share)
    morphed = tones.render(morph=(sounds[0], sounds[1], share), wildness=0.0, seed=2)
    assert np.array_equal(tones.decode(between, seed=2), morphed)
    assert between.note == pytest.approx((1 - share) * a.note + share * b.note)
    assert between.decay_s == pytest.approx(a.decay_s ** (1 - share) * b.decay_s**share)


def test_a_changed_encoding_is_played_as_changed(kit: Instrument) -> None:
    sound = kit.render(label=kit.labels[0], seed=1)
    encoding = kit.encode(sound, sample_rate=SAMPLE_RATE)
    softer = kit.decode(replace(encoding, loudness_db=encoding.loudness_db - 12.0))
    louder = kit.decode(encoding)
    change_db = 20 * np.log10(np.abs(softer).max() / np.abs(louder).max())
    # What the network is told of its loudness changes its colour, too, but little.
    assert change_db == pytest.approx(-12.0, abs=3.0)
    another = kit.decode(encoding, wildness=1.0, seed=9)
    assert not np.array_equal(another, louder)


def test_what_is_heard_begins_as_it_did(kit: Instrument) -> None:
    noise = np.random.default_rng(1).normal(size=22_050)
    t = np.arange(len(noise)) / SAMPLE_RATE
    dip = 1 - 0.9 * np.exp(-(((t - 0.012) / 0.004) ** 2))
    sound = (0.1 * dip * np.exp(-t / 0.1) * noise).astype(np.float32)
    responses, basis = kit.manifest.responses, kit.trajectories.basis
    encoded = encode_audio(kit.network, kit.manifest.scale, responses, sound, basis=basis)
    wanted = analyse(sound[encoded.start :, None]).noise_attack
    with_own, without = (
        np.abs(onset_of(kit, latent) - wanted).mean()
        for latent in (encoded.latent, replace(encoded.latent, onset=None))
    )
    assert with_own < 0.1 * without


def onset_of(instrument: Instrument, latent: Latent) -> NDArray[np.float32]:
    """Gains of the noise at the onset of what is decoded."""
    onset = decode(instrument.network, latent, instrument.manifest.scale).onset
    return onset[ONSET_SLICES["noise_attack"]].reshape(STEPS, ERBS)


def test_what_cannot_be_is_told_in_python(kit: Instrument) -> None:
    sound = kit.render(seed=1)
    encoding = kit.encode(sound, sample_rate=SAMPLE_RATE)
    for wrong, says in (
        (lambda: kit.interpolate(encoding, encoding, 1.5), "`share` is 1.5; it can be 0 to 1"),
        (lambda: kit.decode(replace(encoding, label="gong")), "there is no label 'gong'"),
        (lambda: kit.decode(encoding, velocity=0), "`velocity` is 0"),
        (lambda: kit.encode(np.zeros(100, np.float32), sample_rate=SAMPLE_RATE), "silence"),
    ):
        with pytest.raises(ControlError) as told:
            wrong()
        assert says in str(told.value)


@pytest.mark.parametrize("rate", [0, -44_100, 999, 10**7, float("nan")])
def test_a_sample_rate_that_is_none_is_refused(tones: Instrument, rate: int) -> None:
    with pytest.raises(ControlError, match="a sample rate of"):
        tones.encode(np.ones(2_000, np.float32), sample_rate=rate)


def test_audio_without_samples_is_refused(tones: Instrument) -> None:
    with pytest.raises(ControlError, match="no samples"):
        tones.encode(np.zeros((0, 2), np.float32), sample_rate=SAMPLE_RATE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("z", np.zeros(3, np.float32)),
        ("z", np.full(16, np.nan, np.float32)),
        ("note", float("nan")),
        ("length_s", 1e9),
        ("length_s", float("nan")),
        ("length_s", -1.0),
        ("model", 99_999),
        ("model", -4),
        ("loudness_db", 1e9),
        ("brightness_hz", -1.0),
        ("decay_s", float("nan")),
        ("onset", np.zeros(3, np.float32)),
        ("onset", np.full(ONSET_SIZE, np.nan, np.float32)),
        ("onset", "hard"),
    ],
)
def test_an_encoding_changed_to_what_no_sound_has_is_refused(
    name: str, value: object, tones: Instrument
) -> None:
    sound = tones.render(label=tones.labels[0], note=60, seed=3)
    encoding = tones.encode(sound, sample_rate=SAMPLE_RATE)
    changes: dict[str, object] = {name: value}
    with pytest.raises(ControlError, match=f"{name} of the encoding"):
        tones.decode(replace(encoding, **changes))
