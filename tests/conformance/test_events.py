"""The same seed draws the same events in both players, whatever is asked for."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from conformance.node import answers
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
    function answer({ data, count, settings, jumps }) {
        const model = readScore(Uint8Array.from(Buffer.from(data, "base64")).buffer);
        const sequencer = new Sequencer(model, settings);
        const events = Array.from({ length: count }, (_, i) => {
            if (jumps[i] !== undefined) sequencer.jump(jumps[i]);
            const { tick, voice, velocity, length, late, stroke } = sequencer.next();
            return [tick, voice, stroke, velocity, length, late, sequencer.secondsAt(tick)];
        });
        return [events, sequencer.tempo, sequencer.playing];
    }
"""

COUNT = 600


@pytest.fixture(scope="module")
def data() -> dict[str, tuple[EventModel, str]]:
    models = {"groove": make_model(), "other groove": make_model(seed=4), "score": make_score()}
    return {
        name: (model, base64.b64encode(encode_parts({EVENTS: events_part(model)})).decode())
        for name, model in models.items()
    }


def row(sequencer: Sequencer, event: Event) -> list[float]:
    told = (event.tick, event.voice, event.stroke)
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
    data: dict[str, tuple[EventModel, str]], name: str, settings: dict[str, Any]
) -> None:
    model, text = data[name]
    cuts = name != "score"
    jumps = {"100": 0.4, "350": 0.05}
    theirs = {("tempo" if k == "tempo_bpm" else k): v for k, v in settings.items()} | {"cuts": cuts}
    got, tempo, playing = answers(
        _EVENTS, {"data": text, "count": COUNT, "settings": theirs, "jumps": jumps}
    )
    sequencer = Sequencer(model, **({"seed": 0} | settings), cuts=cuts)
    wanted = []
    for i in range(COUNT):
        if str(i) in jumps:
            sequencer.jump(jumps[str(i)])
        wanted.append(row(sequencer, sequencer.next()))
    for i, (ours, pythons) in enumerate(zip(got, wanted, strict=True)):
        assert ours[:3] == pythons[:3], f"event {i}: {ours} is not {pythons}"
        assert ours[3:] == pytest.approx(pythons[3:], rel=1e-9, abs=1e-9), f"event {i}"
    assert tempo == pytest.approx(sequencer.tempo_bpm)
    assert playing == sequencer.playing
