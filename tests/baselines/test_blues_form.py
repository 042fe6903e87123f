from __future__ import annotations

import numpy as np
import pytest

from messina.baselines.blues_form import (
    BAR,
    CHORUS,
    FORM,
    HOLDS,
    VOCABULARY,
    chord_units,
    chorus,
    form_kept,
    phrase_of,
)


def melody(choruses: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([chorus(rng) for _ in range(choruses)])


def test_a_composed_chorus_keeps_the_rules() -> None:
    kept = form_kept(chord_units(20), melody(20))
    assert kept.chords == 1
    assert kept.scale == 1
    assert kept.by_chance < 0.85


def test_choruses_differ_and_rest_now_and_then() -> None:
    one, other = melody(1, 1), melody(1, 2)
    assert len(one) == CHORUS
    assert not np.array_equal(one, other)
    assert 0.02 < (melody(20) == HOLDS).mean() < 0.3


def test_a_wrong_chord_costs_its_bar_and_no_other() -> None:
    chords = chord_units(2)
    chords[BAR + 3, 1] = 1 - chords[BAR + 3, 1]
    assert form_kept(chords, melody(2)).chords == pytest.approx(23 / 24)


def test_a_melody_without_ears_is_at_chance() -> None:
    rng = np.random.default_rng(3)
    kept = form_kept(chord_units(40), rng.integers(0, 13, 40 * CHORUS))
    assert kept.scale == pytest.approx(5 / 12, abs=0.05)
    assert kept.scale == pytest.approx(kept.by_chance, abs=0.02)


def test_steps_become_held_notes() -> None:
    line = np.full(CHORUS, HOLDS)
    line[0:3], line[3], line[10:12] = 4, 5, 4
    phrase = phrase_of(chord_units(1), line, name="x")
    sung = [e for e in phrase.events if VOCABULARY[e.voice].label == "melody"]
    assert [(e.tick, VOCABULARY[e.voice].note) for e in sung] == [(0, 76), (36, 77), (120, 76)]
    assert sung[0].length_ticks == pytest.approx(36, abs=1.5)
    assert phrase.ticks == 12 * 4 * 24
    struck = [e for e in phrase.events if VOCABULARY[e.voice].label == "chords"]
    assert len(struck) == sum(len(chord.sounds) for chord in FORM)
    assert len(phrase.context) == 48
