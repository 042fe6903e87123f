from __future__ import annotations

import numpy as np
import pytest

from export.handmade import KIT, make_instrument
from messina.instrument import Instrument
from messina.sequences.groove import Groove, levelling_gains_db, loudness_of_styles_db
from messina.sequences.sequence import PlayOptions
from play.handmade_groove import groove_parts, make_model


def groove() -> Groove:
    kit = make_instrument(KIT)
    return Groove.of(Instrument(kit.manifest, kit.arrays, groove_parts(make_model())))


def test_a_phrase_of_twice_the_strokes_is_three_db_louder() -> None:
    model, kit = make_model(), make_instrument(KIT)
    sounds = [0] * len(model.arrays["voice"])
    quavers, semiquavers, _ = loudness_of_styles_db(model, kit, sounds)
    assert semiquavers - quavers == pytest.approx(10 * np.log10(2))


def test_strokes_nothing_is_known_of_do_not_make_a_phrase_softer() -> None:
    model, kit = make_model(), make_instrument(KIT)
    events = len(model.arrays["voice"])
    some = [0 if event % 2 else None for event in range(events)]
    all_known = loudness_of_styles_db(model, kit, [0] * events)
    assert loudness_of_styles_db(model, kit, some) == pytest.approx(all_known)
    assert np.isnan(loudness_of_styles_db(model, kit, [None] * events)).all()


def test_gains_make_all_as_loud_as_the_middle_one_within_reason() -> None:
    loudness = np.array([-10.0, -16.0, -12.0, -60.0])
    gains = levelling_gains_db(loudness, np.array([1.0, 1.0, 3.0, 1.0]))
    assert (loudness + gains)[:3] == pytest.approx([-12.0] * 3)
    assert gains[3] == 12.0


def test_a_player_may_level_or_leave_it() -> None:
    def played(levelling: float) -> np.ndarray:
        player = groove().player(seed=2, options=PlayOptions(levelling=levelling))
        return player.block(44_100)

    assert np.abs(played(0.0)).max() > 0.0
    assert np.isfinite(played(1.0)).all()
