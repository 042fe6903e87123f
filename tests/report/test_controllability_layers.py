from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from evaluation.signals import noise
from export.handmade import KIT, make_instrument
from messina.corpus import Corpus, Sound
from messina.evaluation.signal_levels import loudest_db, mid
from messina.instrument import Instrument
from messina.report.controllability import MOST_LAYERS, deviations_db, play_layers

VELOCITIES = [20.0, 64.0, 120.0]


@pytest.fixture(scope="module")
def kit() -> Instrument:
    return make_instrument(KIT)


def real_sounds(instrument: Instrument, label: str) -> list[Sound]:
    """What the instrument plays at these velocities, as recordings with names."""
    audios = [instrument.render(label=label, velocity=v, seed=9) for v in VELOCITIES]
    corpus = Corpus.from_arrays(audios, sample_rate=44_100, velocities=VELOCITIES)
    return [replace(sound, label=label) for sound in corpus.sounds]


def with_played(instrument: Instrument, label: str, less_db: float) -> Instrument:
    """The instrument, its soft layers of one label that much softer by gain."""
    share = np.linspace(1.0, 0.0, 9)
    responses = tuple(
        msgspec.structs.replace(
            response, played_db=tuple(float(x) for x in response.played_db - less_db * share)
        )
        if response.label == label
        else response
        for response in instrument.manifest.responses
    )
    manifest = msgspec.structs.replace(instrument.manifest, responses=responses)
    return Instrument(manifest, instrument.arrays)


def test_a_layer_too_soft_is_found_and_by_how_much(kit: Instrument) -> None:
    sounds = real_sounds(kit, "kick") + real_sounds(kit, "snare")
    spoilt = with_played(kit, "snare", 15.0)
    worst = deviations_db(play_layers(spoilt, sounds, seed=0))
    assert list(worst) == ["snare", "kick"]
    assert worst["snare"].velocity == 20.0
    # 15 dB at velocity 1; takes differ by about 1 dB.
    assert worst["snare"].louder_db == pytest.approx(-15.0 * 107 / 126, abs=2.0)
    assert abs(worst["kick"].louder_db) < 2.0


def test_levels_are_those_of_the_sounds_that_have_this_velocity_by_name(kit: Instrument) -> None:
    sounds = real_sounds(kit, "kick")
    rows = play_layers(kit, sounds, seed=0)
    assert [row.velocity for row in rows] == VELOCITIES
    for row, sound in zip(rows, sounds, strict=True):
        assert row.real_db == pytest.approx(loudest_db(mid(sound.audio)))


def test_names_without_velocities_tell_of_no_layers(kit: Instrument) -> None:
    unnamed = [replace(sound, velocity=None) for sound in real_sounds(kit, "kick")]
    assert play_layers(kit, unnamed, seed=0) == ()
    assert play_layers(kit, real_sounds(kit, "kick")[:1], seed=0) == ()


def test_however_many_layers_there_are_no_more_than_a_few_are_played(kit: Instrument) -> None:
    burst = noise(np.random.default_rng(0), 0.1)[:, None].astype(np.float32)
    (sound,) = Corpus.from_arrays([burst], sample_rate=44_100).sounds
    many = [replace(sound, label="kick", velocity=1.0 + 0.5 * i) for i in range(MOST_LAYERS + 40)]
    rows = play_layers(kit, many, seed=0)
    assert len(rows) == MOST_LAYERS
    assert rows[0].velocity == many[0].velocity
    assert rows[-1].velocity == many[-1].velocity
