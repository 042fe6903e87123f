from __future__ import annotations

import numpy as np
import pytest

from event_phrases import BAR
from messina.events import Event, Phrase, Voice
from messina.instrument.container import decode_parts, encode_parts
from messina.learning.events import learn_events
from messina.learning.events.training import EventLearningConfig
from messina.sequences.form import changes_of
from messina.sequences.model import EventModel, events_from, events_part
from messina.sequences.sequencer import Sequencer

CHORDS = (0, 0, 1, 2)  # a bar each, round and round; voice 0 sounds over 0, voice 1 over 1 …
VOICES = tuple(Voice(label="tone", note=60 + i) for i in range(3))


def _song() -> Phrase:
    events = [
        Event(tick=BAR * bar + 24 * beat, voice=CHORDS[bar], velocity=90.0, length_ticks=20.0)
        for bar in range(4)
        for beat in range(4)
    ]
    context = tuple(chord for chord in CHORDS for _ in range(4))
    return Phrase(
        name="song", events=tuple(events), ticks=4 * BAR, tempo_bpm=120.0, context=context
    )


@pytest.fixture(scope="module")
def song() -> EventModel:
    config = EventLearningConfig(batch=8, length=16)
    return learn_events((_song(),), VOICES, minutes=1.0, seed=0, steps=150, config=config)


def test_changes_over_the_seam_are_one() -> None:
    beats = [chord for chord in CHORDS for _ in range(4)]
    assert changes_of(beats, lapped=True) == [(0, 0, 8), (8, 1, 4), (12, 2, 4)]
    assert changes_of([5, 5], lapped=True) == [(0, 5, 2)]
    assert changes_of([1, 0, 0, 1], lapped=True) == [(1, 0, 2), (3, 1, 2)]


def test_the_form_goes_on_for_ever_and_the_events_follow_it(song: EventModel) -> None:
    sequencer = Sequencer(song, seed=1)
    over = []
    while (event := sequencer.next()).tick < 100 * BAR:
        over.append((event.tick, event.voice, sequencer.context))
    ticks, voices, contexts = np.array(over).T
    shifts = [np.mean(contexts == np.roll(CHORDS, k)[(ticks // BAR) % 4]) for k in range(4)]
    # Where in the form it begins is drawn; there are four bars to begin with.
    assert max(shifts) > 0.97
    assert np.mean(voices == contexts) > 0.85  # at most one in two by chance
    assert len(over) > 350


def test_a_form_is_kept_in_a_file(song: EventModel) -> None:
    again = events_from(decode_parts(encode_parts({"events": events_part(song)}))["events"])
    drawn = [Sequencer(model, seed=3).until(20 * BAR) for model in (song, again)]
    assert drawn[0] == drawn[1]


def test_primed_with_a_phrase_the_form_goes_on_from_its_end(song: EventModel) -> None:
    whole = _song()
    first = Phrase(
        name="first half",
        events=tuple(e for e in whole.events if e.tick < 2 * BAR),
        ticks=2 * BAR,
        tempo_bpm=120.0,
        context=whole.context[:8],
    )
    sequencer = Sequencer(song, seed=0)
    sequencer.prime(first)
    sequencer.next()
    assert sequencer.context == 1
