"""The same seed draws the same events in both players, whatever is asked for."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from conformance.node import answers
from conformance.phrases import make_phrase, phrase_in_the_page
from differences import Differs, numbers_db
from messina.errors import ControlError
from messina.events import Event
from messina.instrument.container import encode_parts
from messina.sequences.model import EventModel, events_part
from messina.sequences.sequence import EVENTS
from messina.sequences.sequencer import Sequencer
from play.handmade_groove import make_model
from play.handmade_score import make_score

_EVENTS = """
    import { readScore } from "ENGINE/file.js";
    import { Sequencer } from "ENGINE/groove/sequencer.js";
    function answer({ data, count, settings, jumps = {}, phrase = null }) {
        const model = readScore(Uint8Array.from(Buffer.from(data, "base64")).buffer);
        const sequencer = new Sequencer(model, settings);
        if (phrase) sequencer.prime(phrase);
        const events = Array.from({ length: count }, (_, i) => {
            if (jumps[i] !== undefined) sequencer.jump(jumps[i]);
            const { tick, voice, velocity, length, late, exemplar } = sequencer.next();
            return [tick, voice, exemplar, velocity, length, late, sequencer.secondsAt(tick)];
        });
        return [events, sequencer.tempo, sequencer.playing];
    }
"""

COUNT = 600
PRIMED_COUNT = 200


@pytest.fixture(scope="module")
def data() -> dict[str, tuple[EventModel, str]]:
    models = {"groove": make_model(), "other groove": make_model(seed=4), "score": make_score()}
    return {
        name: (model, base64.b64encode(encode_parts({EVENTS: events_part(model)})).decode())
        for name, model in models.items()
    }


def row(sequencer: Sequencer, event: Event) -> list[float]:
    told = (event.tick, event.voice, event.exemplar)
    return [
        *told,
        event.velocity,
        event.length_ticks,
        event.late_s,
        sequencer.seconds_at(event.tick),
    ]


@pytest.mark.parametrize("name", ["groove", "other groove", "score"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"seed": 2**31 + 5},
        {"wildness": 0.0},
        {"wildness": 2.0, "seed": 9},
        {"density": 0.7},
        {"density": -0.8},
        {"swing": 0.6, "tempo_bpm": 150.0},
    ],
    ids=str,
)
def test_events_of_a_seed_are_the_same(
    data: dict[str, tuple[EventModel, str]],
    name: str,
    settings: dict[str, Any],
    differs: Differs,
) -> None:
    model, text = data[name]
    jumps = {"100": 0.4, "350": 0.05}
    cuts = name != "score"
    sequencer = Sequencer(model, **({"seed": 0} | settings), cuts=cuts)
    wanted = []
    for i in range(COUNT):
        if str(i) in jumps:
            sequencer.jump(jumps[str(i)])
        wanted.append(row(sequencer, sequencer.next()))
    given = {"data": text, "settings": in_the_page(settings, cuts=cuts), "jumps": jumps}
    got = hold_together(given, wanted, sequencer)
    differs(f"{kind_of(name)}: events", "page", numbers_db(got, wanted))


def kind_of(name: str) -> str:
    return "scores" if name == "score" else "grooves"


def in_the_page(settings: dict[str, Any], *, cuts: bool) -> dict[str, Any]:
    renamed = {("tempo" if k == "tempo_bpm" else k): v for k, v in settings.items()}
    return renamed | {"cuts": cuts}


def hold_together(
    given: dict[str, Any], wanted: list[list[float]], sequencer: Sequencer, *, count: int = COUNT
) -> list[list[float]]:
    """The page's events, once they are held to Python's."""
    got, tempo, playing = answers(_EVENTS, {"count": count} | given)
    for i, (ours, pythons) in enumerate(zip(got, wanted, strict=True)):
        assert ours[:3] == pythons[:3], f"event {i}: {ours} is not {pythons}"
        assert ours[3:] == pytest.approx(pythons[3:], rel=1e-9, abs=1e-9), f"event {i}"
    assert tempo == pytest.approx(sequencer.tempo_bpm)
    assert playing == sequencer.playing
    return got


@pytest.mark.parametrize(
    ("name", "metre", "settings"),
    [
        ("groove", {"tempo_bpm": 93.0}, {}),
        ("groove", {"tempo_bpm": 140.0, "beats_per_bar": 3}, {"seed": 5, "wildness": 1.6}),
        ("groove", {"metric": False}, {"seed": 2, "density": -0.5}),
        ("groove", {"first_tick": 48}, {"swing": 0.5, "tempo_bpm": 100.0}),
        ("other groove", {"ticks": 300, "first_tick": 24}, {"seed": 2**31 + 5}),
        ("score", {}, {"seed": 3}),
        ("score", {"context": (0, 0, 1, 1, 1, -1, -1, 2)}, {}),
        ("score", {"context": (2, 2, 1), "first_tick": 24}, {"seed": 4, "wildness": 0.3}),
        ("score", {"metric": False, "tempo_bpm": 150.0}, {}),
    ],
    ids=str,
)
def test_events_after_a_phrase_are_the_same(
    data: dict[str, tuple[EventModel, str]],
    name: str,
    metre: dict[str, Any],
    settings: dict[str, Any],
    differs: Differs,
) -> None:
    model, text = data[name]
    cuts = name != "score"
    phrase = make_phrase(voices=model.manifest.network.voices, **metre)
    sequencer = Sequencer(model, **({"seed": 0} | settings), cuts=cuts)
    without = [sequencer.next() for _ in range(PRIMED_COUNT)]
    sequencer.reset()
    sequencer.prime(phrase)
    wanted = []
    for _ in range(PRIMED_COUNT):
        event = sequencer.next()
        wanted.append(row(sequencer, event))
    assert [each[:2] for each in wanted] != [[event.tick, event.voice] for event in without]
    theirs = in_the_page(settings, cuts=cuts)
    given = {"data": text, "settings": theirs, "phrase": phrase_in_the_page(phrase)}
    got = hold_together(given, wanted, sequencer, count=PRIMED_COUNT)
    feature = f"{kind_of(name)}: events after a phrase"
    differs(feature, "page", numbers_db(got, wanted))


def test_nothing_goes_on_from_what_was_not_learnt(
    data: dict[str, tuple[EventModel, str]],
) -> None:
    refused = """
        import { readScore } from "ENGINE/file.js";
        import { Sequencer } from "ENGINE/groove/sequencer.js";
        function answer({ data, phrases }) {
            const model = readScore(Uint8Array.from(Buffer.from(data, "base64")).buffer);
            return phrases.map((phrase) => {
                try { new Sequencer(model).prime(phrase); } catch (error) { return error.message; }
            });
        }
    """
    model, text = data["groove"]
    phrases = [replace(make_phrase(voices=4), events=()), make_phrase(voices=6)]
    for phrase in phrases:
        with pytest.raises(ControlError):
            Sequencer(model, seed=0).prime(phrase)
    told = answers(refused, {"data": text, "phrases": [phrase_in_the_page(p) for p in phrases]})
    assert told == [
        "nothing happens in it; nothing to go on from",
        "it has voices that were not learnt",
    ]
