from __future__ import annotations

from dataclasses import dataclass

from messina.learning.examples import assign_roles


@dataclass
class Named:
    """As much of a Sound as roles depend on."""

    label: str
    digest: str
    note: float | None = None
    held_out: bool = False
    take: str = ""


def drums(count: int) -> list[Named]:
    return [Named(f"d{i % 5}", f"{i:03}", held_out=i % 10 == 9) for i in range(count)]


def test_a_tenth_of_what_is_not_held_out_is_kept_aside() -> None:
    roles = assign_roles(drums(100), seed=0)
    assert roles.count("held out") == 10
    assert roles.count("validation") == 9


def test_whole_pitches_are_kept_aside() -> None:
    notes = [Named("bell", f"{i}", note=40.0 + i // 3) for i in range(90)]
    roles = assign_roles(notes, seed=0)
    aside = {s.note for s, role in zip(notes, roles, strict=True) if role == "validation"}
    learnt = {s.note for s, role in zip(notes, roles, strict=True) if role == "learnt"}
    assert aside
    assert not aside & learnt


def test_what_is_one_take_is_on_one_side() -> None:
    kit = [Named(f"d{i % 5}", f"{i:03}", take=f"{i // 2}") for i in range(60)]
    for seed in range(5):
        roles = assign_roles(kit, seed=seed)
        assert roles.count("validation") == 6
        sides = {(sound.take, role) for sound, role in zip(kit, roles, strict=True)}
        assert len(sides) == 30


def test_pitches_that_share_a_take_are_kept_aside_together() -> None:
    notes = [Named("bell", f"{i}", note=40.0 + i // 2, take=f"{i // 4}") for i in range(80)]
    roles = assign_roles(notes, seed=0)
    aside = {s.take for s, role in zip(notes, roles, strict=True) if role == "validation"}
    learnt = {s.take for s, role in zip(notes, roles, strict=True) if role == "learnt"}
    assert aside
    assert not aside & learnt


def test_the_last_sound_of_a_label_is_learnt_where_others_can_be_kept_aside() -> None:
    kit = [*drums(40), *(Named(f"only {i}", f"only {i}") for i in range(20))]
    for seed in range(5):
        roles = assign_roles(kit, seed=seed)
        assert "validation" in roles
        assert set(roles[40:]) == {"learnt"}


def test_few_sounds_are_all_learnt() -> None:
    for count in (1, 2, 5, 9):
        assert set(assign_roles(drums(count)[:9], seed=0)) == {"learnt"}


def test_held_out_sounds_alone_are_learnt_after_all() -> None:
    assert assign_roles([Named("a", "0", held_out=True)], seed=0) == ["learnt"]


def test_going_on_keeps_the_roles_and_learns_what_is_new() -> None:
    first = assign_roles(drums(100), seed=0)
    before = {s.digest: role for s, role in zip(drums(100), first, strict=True)}
    assert assign_roles(drums(100), seed=1, before=before) == first
    more = [*drums(100), Named("d0", "new")]
    assert assign_roles(more, seed=1, before=before)[-1] == "learnt"
