"""A single sound of the page, shaped, is made again in Python from what its recipe says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from conformance.test_sound import INSTRUMENTS
from differences import Differs, difference_db
from messina.errors import ControlError
from messina.instrument import Instrument
from messina.instrument.page_sound import Shape, page_sound
from messina.ranges import LONGEST_STRUCK_S
from messina.recipe import Point
from play.engine.host import open_engine_host

TOLERANCE_DB = -90.0
"""Both players agree to -100 dB, their limiters to -80 where they work hard: here it is seldom."""
HEARD = 3e-5
"""The page makes no file of less."""

SHAPES: tuple[dict[str, float], ...] = (
    {},
    {"velocity": 110.0},
    {"velocity": 45.0, "note": 62.0, "tune": -3.5},
    {"brightness": 0.5},
    {"brightness": -0.8, "velocity": 100.0},
    {"decay": 0.4},
    {"decay": -0.7, "attack": 0.6},
    {"attack": -0.5, "width": 1.7, "level": -9.0},
    {"width": 0.0, "tune": 7.0},
    {"decay": 1.0, "brightness": 0.3, "velocity": 30.0},
)
_DRAWN = """(seed) => [
    () => m.newSound(loaded.it, { wildness: 1, seed }),
    () => m.learntSound(loaded.it, seed % loaded.it.sounds.length),
    () => m.soundAt(loaded.it, 0.3 + 0.1 * (seed % 5), 0.6),
][seed % 3]()"""


@pytest.mark.parametrize("name", [name for name in INSTRUMENTS if name != "untrained"])
def test_a_sound_of_the_page_is_the_same_by_its_recipe(
    name: str, tmp_path: Path, differs: Differs
) -> None:
    INSTRUMENTS[name]().save(tmp_path / "it.messina")
    instrument = Instrument.load(tmp_path / "it.messina")
    errors_db = []
    with open_engine_host(tmp_path) as engine:
        engine.load("it")
        for seed in range(2 * len(SHAPES)):
            shape = SHAPES[seed % len(SHAPES)]
            sound: dict[str, Any] = engine.evaluate(_DRAWN, seed)
            longest_s = 0.5 + 4 * sound["decay"] * 4 ** shape.get("decay", 0.0)
            note = {"time": 0, "instrument": "it", "sound": sound, "seed": seed, "wildness": 0}
            heard = engine.render([note | shape], min(LONGEST_STRUCK_S, longest_s))
            point = msgspec.convert(sound, Point)
            made = page_sound(instrument, point, Shape(**shape), seed=seed)
            assert np.abs(heard[len(made) :]).max(initial=0.0) <= HEARD
            if np.abs(heard).max() > HEARD:
                errors_db.append(difference_db(made, heard[: len(made)]))
            else:
                assert np.abs(made).max() <= HEARD
    assert len(errors_db) >= 16
    differs(f"{name}: single sounds of the page, the worst", "page", max(errors_db))
    assert max(errors_db) < TOLERANCE_DB


def test_a_sound_of_another_instrument_is_refused(tmp_path: Path) -> None:
    instrument = INSTRUMENTS["a kit"]()
    own = {"note": None, "loudness": -20.0, "brightness": 500.0, "decay": 0.3}
    z = [0.0] * instrument.manifest.network.latent
    for wrong in ({"z": z[1:]}, {"label": 99}, {"model": 999}, {"labels": [(0, 0.5), (70, 0.5)]}):
        point = msgspec.convert({"z": z, "label": 0} | own | wrong, Point)
        with pytest.raises(ControlError, match="another instrument"):
            page_sound(instrument, point, Shape(), seed=0)
