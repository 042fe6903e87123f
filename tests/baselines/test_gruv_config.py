from __future__ import annotations

import re
from dataclasses import asdict, fields

import pytest

from messina.baselines.gruv_config import FAITHFUL, MENDED, GruvConfig
from messina.errors import MessinaError


def test_the_original_has_blocks_of_11025_samples_and_examples_of_10_seconds() -> None:
    assert FAITHFUL.block_samples(44_100) == 11_025
    assert FAITHFUL.block_s * FAITHFUL.example_blocks == 10.0
    assert (FAITHFUL.hidden, FAITHFUL.layers, FAITHFUL.batch) == (1024, 1, 5)
    assert (FAITHFUL.learning_rate, FAITHFUL.memory) == (1e-3, 0.9)


def test_the_original_keeps_its_defects_but_for_the_random_weights() -> None:
    assert FAITHFUL.short_sounds == "drop"
    assert not FAITHFUL.end_of_sound
    assert FAITHFUL.features == "complex"
    assert FAITHFUL.opening == "reconstructed"
    assert FAITHFUL.spread == 0.0
    assert FAITHFUL.overflow == "wrap"
    assert not FAITHFUL.random_weights
    assert not MENDED.random_weights


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"features": "mel"}, "features is 'mel'; it has to be one of complex, half, time"),
        ({"short_sounds": "loop"}, "short_sounds is 'loop'; it has to be one of drop, pad"),
        ({"block_s": 0.0}, "block_s is 0.0; it has to be a number above 0"),
        ({"block_s": float("nan")}, "block_s is nan; it has to be a number above 0"),
        ({"batch": 0}, "batch is 0; it has to be a whole number, 1 or more"),
        ({"hidden": "many"}, "hidden is 'many'; it has to be a whole number, 1 or more"),
        ({"max_steps": 0}, "max_steps is 0; it has to be null or a whole number, 1 or more"),
        ({"memory": 1.0}, "memory is 1.0; it has to be a number from 0 to under 1"),
        ({"spread": -1.0}, "spread is -1.0; it has to be a number, 0 or more"),
        ({"random_weights": 1}, "random_weights is 1; it has to be true or false"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(setting: dict, message: str) -> None:
    with pytest.raises(MessinaError, match=re.escape(message)):
        GruvConfig(**setting)


def test_every_setting_has_a_rule() -> None:
    names = {field.name for field in fields(GruvConfig)}
    assert names == set(asdict(FAITHFUL)) == set(asdict(GruvConfig.from_dict(asdict(MENDED))))
    for name in names:
        with pytest.raises(MessinaError, match=f"GRUV's {name} is"):
            GruvConfig(**{name: object()})


def test_unknown_settings_are_refused() -> None:
    assert GruvConfig.from_dict({"hidden": 7}).hidden == 7
    with pytest.raises(MessinaError, match="no setting depth; its settings are batch, block_s"):
        GruvConfig.from_dict({"depth": 7})
