"""Strokes of takes that were made with known ones."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from messina.demo_sounds import demo_sounds
from messina.transcription.performance import Performed, in_time, phrase_of, tempo_of
from messina.transcription.roles import (
    ROLES,
    Character,
    MetricPositions,
    assign,
    character_of,
    label_costs,
    roles_of_kinds,
)
from messina.transcription.strokes import Strokes, transcribe_strokes
from transcription.takes import Take, beatbox, tapped

MEANT = {
    "kick": "kick",
    "snare": "snare",
    "closed hi-hat": "closed",
    "open hi-hat": "open",
}
TAKES = [pytest.param(make, seed) for make in (beatbox, tapped) for seed in (101, 104)]


def matched(take: Take, found: Strokes) -> list[tuple[int, int]]:
    """Strokes that were made and those that were found, each once, within 30 ms."""
    at = np.array([stroke.time_s for stroke in found.strokes])
    pairs: dict[int, int] = {}
    for index, time_s in enumerate(take.times_s):
        nearest = int(np.argmin(np.abs(at - time_s)))
        if abs(at[nearest] - time_s) < 0.03 and nearest not in pairs:
            pairs[nearest] = index
    return [(made, heard) for heard, made in pairs.items()]


@pytest.mark.parametrize(("make", "seed"), TAKES)
def test_strokes_are_found_within_five_milliseconds(make: object, seed: int) -> None:
    take = make(seed)  # type: ignore[operator]
    found = transcribe_strokes(take.audio)
    pairs = matched(take, found)
    # The aim of nine in ten; what is found beyond them counts as wrong, too.
    assert len(pairs) >= 0.9 * len(take.times_s)
    assert len(found.strokes) - len(pairs) <= 0.1 * len(take.times_s)
    late = [found.strokes[heard].time_s - take.times_s[made] for made, heard in pairs]
    assert np.percentile(np.abs(late), 95) < 0.005


@pytest.mark.parametrize(("make", "seed"), TAKES)
def test_each_kind_plays_the_part_it_was_meant_for(make: object, seed: int) -> None:
    take = make(seed)  # type: ignore[operator]
    found = transcribe_strokes(take.audio)
    roles = [MEANT.get(ROLES[role].name) for role in roles_of_kinds(found.kinds, found.positions)]
    pairs = matched(take, found)
    right = sum(roles[found.strokes[heard].kind] == take.kinds[made] for made, heard in pairs)
    assert right >= 0.9 * len(pairs)


@pytest.mark.parametrize(("make", "seed"), TAKES)
def test_loud_strokes_are_told_from_soft_ones_of_their_kind(make: object, seed: int) -> None:
    take = make(seed)  # type: ignore[operator]
    found = transcribe_strokes(take.audio)
    for kind in set(take.kinds):
        pairs = [(m, h) for m, h in matched(take, found) if take.kinds[m] == kind]
        if len(pairs) < 4:
            continue
        made = np.array([take.level_db[m] for m, _ in pairs])
        heard = np.array([found.strokes[h].loudness_db for _, h in pairs])
        # Sounds of a kind differ by themselves, by some 2 dB; patterns' accents are 7 dB.
        assert np.std((heard - heard.mean()) - (made - made.mean())) < 3.0


def test_what_is_silent_or_goes_on_has_no_strokes() -> None:
    assert transcribe_strokes(np.zeros((44_100, 1), np.float32)).strokes == ()


def of_demo(start: str) -> Character:
    sounds = [audio for name, audio in demo_sounds() if name.startswith(f"drums/{start}_")]
    return Character.of_group([character_of(audio) for audio in sounds[:3]])


@pytest.mark.parametrize(
    ("drum", "role"),
    [("kick", "kick"), ("snare", "snare"), ("hihat_closed", "closed hi-hat")],
)
def test_a_drum_is_known_by_its_sound_where_its_name_says_nothing(drum: str, role: str) -> None:
    names = ("kick", "snare", "hihat_closed", "hihat_open", "tom")
    costs = {name: label_costs(f"xq{number}", of_demo(name)) for number, name in enumerate(names)}
    index = [each.name for each in ROLES].index(role)
    assert min(costs, key=lambda name: costs[name][index]) == drum


def test_what_comes_on_two_and_four_is_the_snare() -> None:
    low = Character(brightness_hz=150, edge_hz=400, decay_s=0.1, loudness_db=-20)
    high = Character(brightness_hz=2_900, edge_hz=4_500, decay_s=0.05, loudness_db=-20)
    beats = MetricPositions(count=16, shares=(1.0, 0.0, 0.0))
    back = MetricPositions(count=16, shares=(0.0, 1.0, 0.0))
    between = MetricPositions(count=16, shares=(0.0, 0.0, 1.0))
    names = [ROLES[role].name for role in roles_of_kinds([low, high], [beats, back])]
    assert names == ["kick", "snare"]
    names = [ROLES[role].name for role in roles_of_kinds([low, high], [beats, between])]
    assert names == ["kick", "closed hi-hat"]


def test_an_assignment_is_the_cheapest_of_all() -> None:
    from itertools import permutations

    rng = np.random.default_rng(5)
    for _ in range(200):
        rows, columns = (int(n) for n in sorted(rng.integers(1, 6, 2)))
        costs = rng.normal(size=(rows, columns)).round(1)  # with equals among them
        chosen = assign(costs)
        assert len(set(chosen.tolist())) == rows
        best = min(
            sum(costs[row, column] for row, column in enumerate(ways))
            for ways in permutations(range(columns), rows)
        )
        assert costs[np.arange(rows), chosen].sum() == pytest.approx(best)


def rows_near(beats: list[float], late_s: float) -> list[Performed]:
    """Rows at 100 beats a minute whose bar begins 0.3 s into the take."""
    return [
        Performed(
            time_s=0.3 + 0.6 * beat + late_s, beat=beat, grid_s=0.3 + 0.6 * beat, label="a",
            velocity=100.0,
        )
        for beat in beats
    ]  # fmt: skip


def test_rows_come_to_the_grid_as_far_as_asked() -> None:
    rows = rows_near([1.0, 2.0, 2.5, 4.0], 0.02)
    same, start_s = in_time(rows, 0.0)
    assert same == rows
    assert start_s == 0.0
    for quantize in (0.5, 1.0):
        moved, start_s = in_time(rows, quantize)
        assert start_s == pytest.approx(0.3)
        late = [row.time_s - 0.6 * row.beat for row in moved if row.beat is not None]
        assert late == pytest.approx([0.02 * (1 - quantize)] * 4)
    assert tempo_of(rows) == pytest.approx(100.0)


def test_events_are_where_their_rows_are_to_the_sample() -> None:
    times_s = np.sort(np.random.default_rng(3).uniform(0, 20, 60))
    rows = [
        Performed(time_s=float(t), label="ab"[i % 2], velocity=90.0) for i, t in enumerate(times_s)
    ]
    phrase, vocabulary = phrase_of(rows)
    found = [event.tick * phrase.tick_s + event.late_s for event in phrase.events]
    assert np.abs(np.array(found) - times_s).max() < 1e-6
    assert Counter(vocabulary[event.voice].label for event in phrase.events) == {"a": 30, "b": 30}


@pytest.mark.parametrize(
    ("drum", "role"),
    [
        ("kick", "kick"),
        ("snare", "snare"),
        ("hihat_closed", "closed hi-hat"),
        ("hihat_open", "open hi-hat"),
    ],
)
def test_a_drum_that_is_struck_alone_is_what_it_sounds_like(drum: str, role: str) -> None:
    """Without others there is no lowest sound, and no place in the bar tells."""
    position = MetricPositions(count=8, shares=None)
    names = [ROLES[index].name for index in roles_of_kinds([of_demo(drum)], [position])]
    assert names == [role]


def test_what_sounds_as_a_drum_of_the_instrument_does_is_that_drum() -> None:
    """A snare that is tuned as no other is: a kit whose own is, too, knows it."""
    odd = Character(brightness_hz=130, edge_hz=2_200, decay_s=0.1, loudness_db=-20)
    position = MetricPositions(count=8, shares=None)
    names = [each.name for each in ROLES]
    alone = roles_of_kinds([odd], [position])
    known = roles_of_kinds([odd], [position], [(names.index("snare"), odd)])
    assert [names[alone[0]], names[known[0]]] == ["kick", "snare"]
