from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from event_phrases import BAR, KIT, beats
from messina.errors import ControlError
from messina.events import Event, Phrase
from messina.learning.events import learn_events
from messina.learning.events.training import EventLearningConfig
from messina.sequences.model import EventModel
from messina.sequences.sequencer import Sequencer

SETTINGS: list[dict[str, Any]] = [
    {},
    {"wildness": 0.0},
    {"wildness": 2.0},
    {"density": 1.0},
    {"density": -1.0},
    {"wildness": 2.0, "density": 1.0, "swing": 1.0, "tempo_bpm": 75.0},
    {"cuts": True},
    {"cuts": True, "wildness": 0.0},
    {"cuts": True, "wildness": 2.0, "density": -1.0},
]


@pytest.fixture(scope="module")
def learnt() -> EventModel:
    """Six beats, learnt long enough to know what a bar is."""
    config = EventLearningConfig(batch=12, length=32)
    return learn_events(beats(6), KIT, minutes=1.0, seed=0, steps=200, config=config)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_same_seed_draws_the_same_events_and_a_reset_returns(
    mixed: EventModel, settings: dict[str, Any]
) -> None:
    sequencer = Sequencer(mixed, seed=4, **settings)
    first = sequencer.until(40 * BAR)
    sequencer.reset()
    again = [sequencer.next() for _ in first]
    assert again == first
    assert Sequencer(mixed, seed=5, **settings).until(40 * BAR) != first


@pytest.mark.parametrize("settings", SETTINGS)
def test_whatever_was_learnt_it_neither_hangs_nor_falls_silent(
    mixed: EventModel, settings: dict[str, Any]
) -> None:
    events = Sequencer(mixed, seed=1, **settings).until(60 * BAR)
    ticks = [event.tick for event in events]
    assert ticks == sorted(ticks)
    assert ticks[0] >= 0
    most = max(Counter(ticks).values())
    assert most <= mixed.manifest.most_together
    assert len({(e.tick, e.voice) for e in events}) == len(events)
    # As long again while at a low density the softest are left out, and up to a line and on from
    # it where styles are cut.
    steps = 3 if settings.get("cuts") else 2
    assert max(np.diff(ticks)) <= steps * mixed.manifest.steps_ticks[-1]
    assert all(1.0 <= e.velocity <= 127.0 and e.length_ticks > 0.0 for e in events)


def test_until_in_pieces_is_until_in_one(ignorant: EventModel) -> None:
    whole = Sequencer(ignorant, seed=2).until(1_000)
    sequencer = Sequencer(ignorant, seed=2)
    pieces = [e for tick in (1, 7, 7, 300, 301, 1_000) for e in sequencer.until(tick)]
    assert pieces == whole


def test_metre_is_kept_for_ever(learnt: EventModel) -> None:
    events = Sequencer(learnt, seed=0).until(400 * BAR)[-1_500:]
    snares = Counter(e.tick % BAR for e in events if e.voice == 1)
    backbeats = (snares[24] + snares[72]) / snares.total()
    assert backbeats > 0.9  # all of them in what was learnt; one in eight by chance
    assert all(e.tick % 6 == 0 for e in events)
    hats = [e for e in events if e.voice == 2]
    loud = np.mean([e.velocity for e in hats if e.tick % 24 == 0])
    soft = np.mean([e.velocity for e in hats if e.tick % 24 == 12])
    assert loud - soft > 12.5  # half of the 25 learnt, at least


def test_density_makes_it_busier_and_sparser(learnt: EventModel) -> None:
    counts = [len(Sequencer(learnt, seed=0, density=d).until(60 * BAR)) for d in (-1.0, 0.0, 1.0)]
    assert counts[0] < 0.85 * counts[1] < counts[1] < 0.98 * counts[2]


def test_swing_makes_every_other_division_late_and_nothing_else(learnt: EventModel) -> None:
    straight = Sequencer(learnt, seed=0)
    swung = Sequencer(learnt, seed=0, swing=1.0)
    division = {e.tick % 12 for e in straight.until(50 * BAR)}
    straight.reset()
    pairs = list(zip(straight.until(50 * BAR), swung.until(50 * BAR), strict=True))
    later = {s.tick % 24: round((w.late_s - s.late_s) / straight.tick_s, 3) for s, w in pairs}
    assert division == {0, 6}
    semiquavers = len([e for e, _ in pairs if e.tick % 12 == 6]) / len(pairs)
    # Where semiquavers are rare, the quavers swing: half way to the next is then two thirds.
    expected = {0: 0.0, 6: 2.0, 12: 0.0, 18: 2.0} if semiquavers > 0.1 else {0: 0.0, 12: 4.0}
    assert {tick: later[tick] for tick in expected if tick in later} == expected


def test_tempo_changes_the_clock_and_not_the_events(learnt: EventModel) -> None:
    slow, own = Sequencer(learnt, seed=0, tempo_bpm=60.0), Sequencer(learnt, seed=0)
    assert slow.tick_s == pytest.approx(60.0 / 60.0 / 24.0)
    assert [e.tick for e in slow.until(BAR)] == [e.tick for e in own.until(BAR)]


def test_all_phrases_are_visited_and_none_for_too_long(learnt: EventModel) -> None:
    sequencer = Sequencer(learnt, seed=0)
    played = []
    for bar in range(1, 200):
        sequencer.until(bar * BAR)
        played.append(sequencer.playing)
    assert set(played) == set(range(6))
    changes = [i for i, (a, b) in enumerate(pairwise(played)) if a != b]
    assert max(np.diff(changes)) < 50


def test_cut_styles_come_at_bar_lines_each_at_its_own_tempo(learnt: EventModel) -> None:
    sequencer = Sequencer(learnt, seed=0, cuts=True)
    styles = learnt.manifest.styles
    before, since = sequencer.playing, 0
    seen: set[int] = set()
    last = sequencer.next()
    for _ in range(1_500):
        event = sequencer.next()
        seconds = sequencer.seconds_at(event.tick) - sequencer.seconds_at(last.tick)
        if sequencer.playing == before:
            tick_s = 60.0 / (styles[before].tempo_bpm * 24)
            assert seconds == pytest.approx((event.tick - last.tick) * tick_s)
        else:
            assert event.tick // BAR > last.tick // BAR
            assert event.tick % BAR == 0  # every phrase begins its bars with a kick
            assert event.tick - since >= 4 * BAR - 24
            before, since = sequencer.playing, event.tick
            seen.add(before)
        last = event
    assert seen == set(range(6))


def test_a_tempo_that_is_asked_for_holds_for_all_styles(learnt: EventModel) -> None:
    sequencer = Sequencer(learnt, seed=0, cuts=True, tempo_bpm=90.0)
    events = sequencer.until(60 * BAR)
    assert sequencer.seconds_at(events[-1].tick) == pytest.approx(events[-1].tick * 60 / 90 / 24)
    own = Sequencer(learnt, seed=0, cuts=True).until(60 * BAR)
    assert [e.voice for e in own[:40]] == [e.voice for e in events[:40]]


def test_a_tempo_set_while_it_plays_leaves_what_was_played_when_it_was(learnt: EventModel) -> None:
    sequencer = Sequencer(learnt, seed=0, cuts=True)
    event = sequencer.until(8 * BAR)[-1]
    was = sequencer.seconds_at(event.tick)
    sequencer.tempo_bpm = 60.0
    assert sequencer.seconds_at(event.tick) == was
    assert sequencer.tick_s == pytest.approx(60 / 60 / 24)
    sequencer.tempo_bpm = None
    assert sequencer.tempo_bpm == pytest.approx(learnt.manifest.styles[sequencer.playing].tempo_bpm)


def test_a_bar_that_was_played_returns(ignorant: EventModel) -> None:
    def returning(**settings: Any) -> float:
        """Share of the strokes that were there one or two bars before."""
        events = Sequencer(ignorant, seed=0, **settings).until(240 * BAR)
        struck = {(e.tick, e.voice) for e in events}
        again = [any((e.tick - bars * BAR, e.voice) in struck for bars in (1, 2)) for e in events]
        return float(np.mean(again[50:]))

    assert returning(cuts=True) > returning() + 0.1


def test_primed_at_another_tempo_it_goes_on_at_that(learnt: EventModel) -> None:
    half = Phrase(
        name="one bar",
        events=tuple(e for e in beats()[0].events if e.tick < BAR),
        ticks=BAR,
        tempo_bpm=97.0,
    )
    sequencer = Sequencer(learnt, seed=0, cuts=True)
    sequencer.prime(half)
    assert sequencer.tempo_bpm == pytest.approx(97.0)
    sequencer.until(20 * BAR)
    assert sequencer.tempo_bpm != pytest.approx(97.0)


def test_a_style_is_kept_to(learnt: EventModel) -> None:
    sequencer = Sequencer(learnt, seed=0, style=2)
    sequencer.until(100 * BAR)
    assert sequencer.playing == 2
    assert sequencer.tempo_bpm == learnt.manifest.styles[2].tempo_bpm


def test_a_jump_goes_on_at_the_next_bar_line(learnt: EventModel) -> None:
    sequencer = Sequencer(learnt, seed=0)
    before = sequencer.until(10 * BAR + 30)[-1].tick
    sequencer.jump(0.99)
    assert sequencer.playing == 5
    after = sequencer.next().tick
    assert after >= before
    assert after % BAR == 0  # every phrase begins its bars with a kick


def test_primed_with_a_phrase_it_goes_on_in_its_metre(learnt: EventModel) -> None:
    half = Phrase(
        name="one bar and a half",
        events=tuple(e for e in beats()[0].events if e.tick < 144),
        ticks=144,
        tempo_bpm=120.0,
    )
    sequencer = Sequencer(learnt, seed=0)
    sequencer.prime(half)
    events = sequencer.until(50 * BAR)
    snares = Counter((e.tick + 144) % BAR for e in events if e.voice == 1)
    assert (snares[24] + snares[72]) / snares.total() > 0.9
    assert events[0].tick < 24


@pytest.mark.parametrize(
    "settings",
    [{"wildness": 2.1}, {"density": -1.1}, {"swing": 1.1}, {"tempo_bpm": 0.0}, {"style": 9}],
)
def test_settings_out_of_bounds_are_refused(ignorant: EventModel, settings: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        Sequencer(ignorant, seed=0, **settings)


def test_phrases_of_other_voices_cannot_prime(ignorant: EventModel) -> None:
    stranger = Event(tick=0, voice=4, velocity=90.0, length_ticks=6.0)
    with pytest.raises(ControlError, match="not learnt"):
        Sequencer(ignorant, seed=0).prime(
            Phrase(name="x", events=(stranger,), ticks=96, tempo_bpm=120.0)
        )
    with pytest.raises(ControlError, match="nothing happens"):
        Sequencer(ignorant, seed=0).prime(Phrase(name="x", events=(), ticks=96, tempo_bpm=120.0))


@pytest.fixture(scope="module")
def metres() -> EventModel:
    """A phrase each in 2, 3, 4, 5, 6 and 7 a bar, a stroke on every beat."""
    phrases = [
        Phrase(
            name=f"in {bar}",
            events=tuple(
                Event(tick=24 * n, voice=n % bar != 0, velocity=90.0, length_ticks=6.0)
                for n in range(4 * bar)
            ),
            ticks=96 * bar,
            tempo_bpm=80.0 + 10 * bar,
            beats_per_bar=bar,
        )
        for bar in (2, 3, 4, 5, 6, 7)
    ]
    config = EventLearningConfig(batch=12, length=32)
    return learn_events(phrases, KIT, minutes=1.0, seed=0, steps=3, config=config)


@pytest.mark.parametrize("seed", range(3))
def test_a_metre_gives_way_to_another_at_the_end_of_its_bar(metres: EventModel, seed: int) -> None:
    sequencer = Sequencer(metres, seed=seed, cuts=True)
    stays: list[tuple[int, int]] = []  # style, first tick
    for _ in range(1500):
        event = sequencer.next()
        if not stays or stays[-1][0] != sequencer.playing:
            stays.append((sequencer.playing, event.tick))
        # nothing was learnt between beats, and they are counted from where the style began
        assert (event.tick - stays[-1][1]) % 24 == 0
    beats_per_bar = [style.beats_per_bar for style in metres.manifest.styles]
    assert len({style for style, _ in stays}) == len(beats_per_bar)
    for (style, first), (_, then) in pairwise(stays):
        bar = beats_per_bar[style] * 24
        # the first stroke of a stay may come a beat or two after its line
        assert min((then - first) % bar, (first - then) % bar) <= 48


@pytest.mark.parametrize("style", range(6))
def test_at_its_own_tempo_a_style_is_played_as_it_is(metres: EventModel, style: int) -> None:
    own = metres.manifest.styles[style].tempo_bpm
    asked = Sequencer(metres, seed=2, cuts=True, style=style, tempo_bpm=own)
    plain = Sequencer(metres, seed=2, cuts=True, style=style)
    for _ in range(200):
        first, second = asked.next(), plain.next()
        assert first == second
        assert asked.seconds_at(first.tick) == pytest.approx(first.tick * 60 / own / 24)
        assert plain.seconds_at(second.tick) == pytest.approx(first.tick * 60 / own / 24)
