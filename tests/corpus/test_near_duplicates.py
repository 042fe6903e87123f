"""Takes that differ by gain only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.signals import BAR, burst, kick, silence, tone, write
from messina.corpus import Corpus
from messina.corpus import near_duplicates as matching
from messina.corpus.near_duplicates import near_duplicates


def _mono(samples: np.ndarray) -> np.ndarray:
    return samples.astype(np.float32)[:, None]


def _rounded(samples: np.ndarray) -> np.ndarray:
    return (np.round(samples * 32_767) / 32_767).astype(np.float32)[:, None]


def test_a_hit_turned_down_is_the_same_take_even_rounded() -> None:
    hits = [_rounded(gain * burst(seed=1)) for gain in (1.0, 0.5, 0.1, 0.01)]
    assert near_duplicates(hits) == [0, 0, 0, 0]


def test_another_hit_is_another_take() -> None:
    assert near_duplicates([_mono(burst(seed=1)), _mono(burst(seed=2))]) == [0, 1]


@pytest.mark.parametrize("shift", [1, 40, 200])
def test_a_take_is_known_though_it_begins_a_little_later(shift: int) -> None:
    hit = burst(seed=3)
    later = 0.3 * np.concatenate([np.zeros(shift, np.float32), hit])
    assert near_duplicates([_mono(hit), _mono(later)]) == [0, 0]


def test_a_take_turned_upside_down_is_the_same() -> None:
    assert near_duplicates([_mono(kick()), _mono(-0.4 * kick())]) == [0, 0]


def test_a_semitone_or_a_filter_makes_another_take() -> None:
    note = tone(440.0, decay_s=0.5, partials=BAR)
    higher = tone(466.16, decay_s=0.5, partials=BAR)
    noise = burst(seed=4)
    duller = 0.5 * (noise + np.concatenate([[0.0], noise[:-1]]))
    assert near_duplicates([_mono(x) for x in (note, higher, noise, duller)]) == [0, 1, 2, 3]


def test_stereo_is_compared_too_even_without_a_mid() -> None:
    hit, other = burst(seed=5), burst(seed=6)
    wide = np.stack([hit, -hit], axis=1).astype(np.float32)
    stereo = np.stack([hit, other], axis=1).astype(np.float32)
    assert near_duplicates([wide, 0.2 * wide, stereo, 0.2 * stereo]) == [0, 0, 2, 2]


def _many(count: int) -> list[np.ndarray]:
    """Hits on one drum, nearly but not quite the same take: noise 30 dB down, each its own."""
    rng = np.random.default_rng(0)
    drum = kick(seconds=0.1)
    noise = 0.05 * rng.standard_normal((count, len(drum))) * np.abs(drum).max()
    return [_mono(drum + own) for own in noise]


def test_of_thousands_of_sounds_those_turned_down_are_found() -> None:
    sounds = [_mono(burst(seed=seed, seconds=0.05)) for seed in range(600)] + _many(600)
    sources = np.random.default_rng(1).choice(len(sounds), 60, replace=False)
    softer = [_rounded(0.2 * sounds[source][:, 0]) for source in sources]
    first = near_duplicates([*sounds, *softer])
    found = [first[len(sounds) + copy] == first[source] for copy, source in enumerate(sources)]
    # chance decides which neighbours are seen; a single one missed of 60 is bad luck
    assert sum(found) >= 59


def test_comparisons_grow_with_the_number_of_sounds_however_alike_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0
    same = matching._is_same

    def counting(first: np.ndarray, second: np.ndarray) -> bool:
        nonlocal compared
        compared += 1
        return same(first, second)

    monkeypatch.setattr(matching, "_is_same", counting)
    near_duplicates(_many(900))
    # three in vain for a sound in each of five searches, and the links; all pairs are 404,550
    assert 900 < compared <= 900 * (5 * 3 + 1)


def test_progress_counts_the_sounds() -> None:
    calls: list[tuple[int, int]] = []
    near_duplicates(_many(3), progress=lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_nothing_and_silence_are_no_trouble() -> None:
    assert near_duplicates([]) == []
    assert near_duplicates([np.zeros((500, 1), np.float32)] * 2) == [0, 1]


def test_a_folder_keeps_the_gains_of_one_take_on_one_side(tmp_path: Path) -> None:
    for drum in range(10):
        for take in range(2):
            hit = np.concatenate([silence(0.05), burst(seed=10 * drum + take)])
            for gain in (1.0, 0.25):
                write(tmp_path / f"drum{drum}" / f"{take}-{gain}.wav", gain * hit)
    corpus = Corpus.from_folder(tmp_path).holding_out(0.1)
    held = {sound.take for sound in corpus.held_out}
    assert len({sound.take for sound in corpus}) == 20
    assert held
    assert not held & {sound.take for sound in corpus.training}
