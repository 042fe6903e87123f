"""What is held out."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.corpus.split import LEAST_SOUNDS, Candidate, hold_out


def _kit(drums: int, hits: int) -> list[Candidate]:
    return [
        Candidate(name=f"drum{d}-{h}.wav", label=f"drum{d}", note=None)
        for d in range(drums)
        for h in range(hits)
    ]


def _mallets(pitches: int, label: str = "marimba") -> list[Candidate]:
    return [
        Candidate(name=f"{label}_{note}_v{velocity}.wav", label=label, note=float(note))
        for note in range(45, 45 + 2 * pitches, 2)
        for velocity in (40, 80, 120)
    ]


def _names(candidates: list[Candidate]) -> set[str]:
    return {c.name for c, held in zip(candidates, hold_out(candidates, 0.1), strict=True) if held}


def test_a_tenth_of_a_kit_is_held_out_and_of_no_drum_too_much() -> None:
    kit = _kit(20, 5)
    held = _names(kit)
    assert len(held) == 10
    assert len({name.split("-")[0] for name in held}) == 10


def test_whole_pitches_are_held_out_with_all_their_velocities() -> None:
    notes = _mallets(26)
    held = hold_out(notes, 0.1)
    pitches = {c.note for c, is_held in zip(notes, held, strict=True) if is_held}
    assert len(pitches) == 3
    assert sum(held) == 3 * len(pitches)


def test_held_out_pitches_lie_between_others() -> None:
    for count in range(8, 60):
        notes = _mallets(count)
        pitches = sorted(
            {c.note or 0 for c, h in zip(notes, hold_out(notes, 0.1), strict=True) if h}
        )
        assert pitches
        assert min(c.note or 0 for c in notes) < pitches[0]
        assert pitches[-1] < max(c.note or 0 for c in notes)
        assert all(b - a > 2 for a, b in pairwise(pitches))


def test_few_pitches_are_held_out_sound_by_sound() -> None:
    notes = _mallets(7)
    held = _names(notes)
    assert len(held) == 2
    assert len({name.split("_")[1] for name in held}) == 2


def test_small_folders_are_learnt_whole() -> None:
    assert not any(hold_out(_kit(1, LEAST_SOUNDS - 1), 0.1))
    assert sum(hold_out(_kit(1, LEAST_SOUNDS), 0.1)) == 1


def test_the_only_sound_of_a_label_stays() -> None:
    assert not any(hold_out(_kit(30, 1), 0.1))


def test_the_same_names_give_the_same_split_in_any_order() -> None:
    kit = _kit(12, 6) + _mallets(12)
    assert _names(kit) == _names(kit[::-1])


def test_adding_a_file_moves_one_sound_at_most() -> None:
    kit = _kit(10, 8)
    before = _names(kit)
    for n in range(20):
        added = [*kit, Candidate(name=f"new{n}.wav", label="drum3", note=None)]
        assert len(before - _names(added)) <= 1


def _takes_of(candidates: list[Candidate], side: bool) -> set[str]:
    held = hold_out(candidates, 0.1)
    return {c.take for c, is_held in zip(candidates, held, strict=True) if is_held is side}


def test_one_take_at_several_gains_is_on_one_side() -> None:
    kit = [
        Candidate(name=f"drum{d}-{h}.wav", label=f"drum{d}", note=None, take=f"{d}.{h // 2}")
        for d in range(20)
        for h in range(6)
    ]
    assert _takes_of(kit, True)
    assert not _takes_of(kit, True) & _takes_of(kit, False)
    assert sum(hold_out(kit, 0.1)) == 12


def test_a_label_of_which_all_is_one_take_is_learnt() -> None:
    cowbell = [
        Candidate(name=f"cowbell-{h}.wav", label="cowbell", note=None, take="one") for h in range(5)
    ]
    held = hold_out([*cowbell, *_kit(10, 5)], 0.1)
    assert not any(held[:5])
    assert any(held)


def test_a_pitch_whose_takes_are_played_elsewhere_too_is_not_held_out() -> None:
    notes = [
        Candidate(name=f"{n}-{v}", label="bell", note=float(n), take=f"{n // 2 if n < 60 else n}")
        for n in range(40, 80)
        for v in range(2)
    ]
    assert _takes_of(notes, True)
    assert not _takes_of(notes, True) & _takes_of(notes, False)


_CANDIDATES = st.lists(
    st.builds(
        Candidate,
        name=st.text(max_size=8),
        label=st.sampled_from(["a", "b", "c", "d"]),
        note=st.none() | st.floats(0, 127),
        take=st.sampled_from(["", "", "", "1", "2", "3"]),
    ),
    max_size=60,
)


@given(_CANDIDATES)
def test_every_label_keeps_something_to_learn_from(candidates: list[Candidate]) -> None:
    held = hold_out(candidates, 0.1)
    assert len(held) == len(candidates)
    for label in {candidate.label for candidate in candidates}:
        mine = [h for c, h in zip(candidates, held, strict=True) if c.label == label]
        assert not all(mine)


@pytest.mark.parametrize("takes", [0, 16])
def test_twenty_thousand_sounds_are_split_in_little_memory(takes: int) -> None:
    many = [
        Candidate(
            name=f"{n}.wav", label=f"kind {n % 4}", note=None, take=str(n % takes) if takes else ""
        )
        for n in range(20_000)
    ]
    tracemalloc.start()
    held = hold_out(many, 0.1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert abs(sum(held) - 2_000) <= (50 if takes == 0 else 20_000 / takes)
    # a kilobyte a sound; anything made for each pair of a label would be gigabytes
    assert peak < 20_000 * 1_500
