from __future__ import annotations

from event_phrases import BAR, beats
from messina.sequences.model import EventModel
from messina.sequences.priors import MemorisationDetector


def _play(detector: MemorisationDetector, model: EventModel, count: int, start: int = 0) -> None:
    events = beats()[0].events
    for i in range(start, start + count):
        within = i % len(events)
        before = events[within - 1].tick - (4 * BAR if within == 0 else 0)
        ticks = events[within].tick - before
        detector.add(int(model.nearest_step(ticks)), events[within].voice, ticks)


def test_a_bar_is_style_and_more_is_a_copy(ignorant: EventModel) -> None:
    events = beats()[0].events
    a_bar = sum(e.tick < BAR for e in events)
    detector = MemorisationDetector(ignorant)
    _play(detector, ignorant, a_bar - 1)
    assert not detector.next_if_memorised(BAR)
    _play(detector, ignorant, 4, start=a_bar - 1)
    following = events[a_bar + 3]
    step = int(ignorant.nearest_step(following.tick - events[a_bar + 2].tick))
    assert (step, following.voice) in detector.next_if_memorised(BAR)


def test_a_copy_goes_on_round_the_seam(ignorant: EventModel) -> None:
    detector = MemorisationDetector(ignorant)
    _play(detector, ignorant, 3 * len(beats()[0].events))
    assert detector.next_if_memorised(8 * BAR)


def test_one_event_of_its_own_ends_a_copy(ignorant: EventModel) -> None:
    detector = MemorisationDetector(ignorant)
    _play(detector, ignorant, 30)
    assert detector.next_if_memorised(BAR)
    detector.add(0, 3, 0)
    assert not detector.next_if_memorised(0)


def test_forgetting_ends_it_too(ignorant: EventModel) -> None:
    detector = MemorisationDetector(ignorant)
    _play(detector, ignorant, 30)
    detector.forget()
    assert not detector.next_if_memorised(0)
