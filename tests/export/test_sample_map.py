from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.handmade import KIT, TONES, Label, response_of
from messina.errors import ControlError
from messina.export.sample_map import PackConfig, SampleMap, make_sample_map, velocity_ranges


def sample_map_of(labels: tuple[Label, ...], **options: int) -> SampleMap:
    return make_sample_map([response_of(label) for label in labels], PackConfig(**options))


@given(st.integers(1, 127))
def test_velocity_ranges_cover_every_velocity_once(count: int) -> None:
    ranges = velocity_ranges(count)
    assert [v for low, high in ranges for v in range(low, high + 1)] == list(range(1, 128))
    assert len(ranges) == count


@given(st.integers(1, 24), st.integers(0, 127), st.integers(0, 60))
def test_zones_cover_every_key_asked_for_once(step: int, low: int, more: int) -> None:
    high = min(127, low + more)
    (program,) = sample_map_of(TONES, note_step=step, low=low, high=high, velocities=1).programs
    keys = [key for zone in program.zones for key in range(zone.low, zone.high + 1)]
    assert keys == list(range(low, high + 1))
    for zone in program.zones:
        assert zone.low <= zone.key <= zone.high
        assert {take.note for layer in zone.layers for take in layer.takes} == {zone.key}


def test_a_pitched_label_covers_the_notes_it_was_learnt_from() -> None:
    (program,) = sample_map_of(TONES).programs
    assert (program.zones[0].low, program.zones[-1].high) == (57, 69)


def test_drums_share_a_program_and_every_pitched_label_has_its_own() -> None:
    sample_map = sample_map_of((*KIT, *TONES, Label(name="bell", notes=(60.0, 72.0))))
    assert [(p.name, p.pitched) for p in sample_map.programs] == [
        ("drums", False), ("chime", True), ("bell", True),
    ]  # fmt: skip


def test_hi_hats_choke_each_other_and_nothing_else_does() -> None:
    (program,) = sample_map_of(KIT).programs
    chokes = {zone.label: zone.choke for zone in program.zones}
    assert chokes["hihat closed"] == chokes["hihat open"] == 1
    assert chokes["kick"] is chokes["snare"] is None


def test_takes_have_names_of_their_own_even_where_labels_imitate_them() -> None:
    labels = (*TONES, Label(name="chime_058"), Label(name="Chime"), Label(name="CHIME/058"))
    stems = [take.stem.casefold() for take in sample_map_of(labels, note_step=1).takes()]
    assert len(set(stems)) == len(stems)


def test_more_round_robins_add_takes_and_change_none() -> None:
    few, many = (set(sample_map_of(KIT, round_robin=n).takes()) for n in (2, 5))
    assert few < many


def test_takes_differ_in_their_seeds_and_so_do_packs() -> None:
    seeds = [take.seed for take in sample_map_of(KIT).takes()]
    assert len(set(seeds)) == len(seeds)
    assert not set(seeds) & {take.seed for take in sample_map_of(KIT, seed=1).takes()}


@pytest.mark.parametrize(
    ("labels", "options", "sentence"),
    [
        (
            TONES,
            {"low": 70, "high": 60},
            r"the lowest key asked for is 70 \(A#4\), the highest 60 \(C4\)",
        ),
        (TONES, {"low": 100}, "the sounds learnt are from 57 to 69"),
        (tuple(Label(name=f"zap{i}") for i in range(129)), {}, "129 labels .* do not fit 128 keys"),
        (KIT, {"velocities": 127, "round_robin": 100}, "50800 files, more than 50000"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    labels: tuple[Label, ...], options: dict[str, int], sentence: str
) -> None:
    with pytest.raises(ControlError, match=sentence):
        sample_map_of(labels, **options)


@pytest.mark.parametrize(
    "options", [{"velocities": 0}, {"round_robin": 101}, {"low": 128}, {"wildness": 3}]
)
def test_numbers_out_of_bounds_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"not [01] … "):
        PackConfig(**options)
