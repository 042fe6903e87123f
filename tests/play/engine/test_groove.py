"""The page's counterpart of what plays on by itself, held against the Python one."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from messina.instrument.container import encode_parts
from messina.sequences.model import EventModel
from messina.sequences.network import phase_table
from messina.sequences.places import SeekPoint, state_at
from play.engine.browser import EnginePage
from play.engine.test_file import changed, tried
from play.handmade_groove import BAR_TICKS, groove_parts, make_model, save_groove

TOLERANCE = 2e-5
"""Of scores and states of the order of one: float32 on both sides, summed in another order."""

_OPEN = """
async (text) => {
  const { readFile } = await import("/engine/file.js");
  window.sequencing = await import("/engine/groove/sequencer.js");
  window.placing = await import("/engine/groove/places.js");
  window.metre = await import("/engine/groove/network.js");
  window.model = readFile(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer).events;
}
"""

_HEAR = """
(events) => {
  const { network } = model;
  const table = metre.phaseTable(4, true);
  const style = network.style([[0, 0.25], [2, 0.75]]);
  let h = network.start();
  let out = [];
  for (const { voice, step, touch, tick } of events) {
    const phase = table[tick];
    h = network.advance(h, { voice, step, touch, phase, style, context: -1 });
    const d = network.touch(h, { step, voice, phase, context: -1 });
    out = [h, network.stepScores(h, [0, 1, 2].map((k) => table[(tick + 6 * k) % 384])),
      network.voiceScores(h, { step, phase, context: -1 }), d,
      ...[0, 1, 2].flatMap((which) => network.mixture(which, d, touch.slice(0, which)))];
  }
  return out.map((numbers) => Array.from(numbers));
}
"""

_DRAW = """
([settings, count]) => {
  const sequencer = new sequencing.Sequencer(model, settings);
  return Array.from({ length: count }, () => sequencer.next());
}
"""


@pytest.fixture(scope="module")
def model() -> EventModel:
    return make_model()


@pytest.fixture(scope="module")
def data(model: EventModel, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("groove") / "groove.messina"
    save_groove(path, model)
    return path.read_bytes()


@pytest.fixture(scope="module")
def page(engine: EnginePage, data: bytes) -> EnginePage:
    engine.evaluate(_OPEN, base64.b64encode(data).decode())
    return engine


def draw(page: EnginePage, count: int = 200, **settings: float) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = page.evaluate(_DRAW, [{"seed": 3} | settings, count])
    return events


def test_the_network_says_what_pythons_does(page: EnginePage, model: EventModel) -> None:
    rng = np.random.default_rng(1)
    events = [
        {
            "voice": int(rng.integers(4)),
            "step": int(rng.integers(3)),
            "touch": rng.standard_normal(3).astype(np.float32).tolist(),
            "tick": int(rng.integers(384)),
        }
        for _ in range(40)
    ]
    network, table = model.network, phase_table(4, True)
    style, h = network.style({0: 0.25, 2: 0.75}), network.start()
    for event in events:
        voice, step, tick = event["voice"], event["step"], event["tick"]
        touch, phase = np.array(event["touch"], np.float32), table[tick]
        h = network.advance(
            h, voice=voice, step=step, touch=touch, phase=phase, style=style, context=-1
        )
    arrivals = table[(tick + 6 * np.arange(3)) % 384]
    d = network.touch(h, step=step, voice=voice, phase=phase, context=-1)
    voices = network.voice_scores(h, step=step, phase=phase, context=-1)
    wanted = [h, network.step_scores(h, arrivals), voices, d]
    wanted += [part for which in range(3) for part in network.mixture(which, d, touch[:which])]
    got = page.evaluate(_HEAR, events)
    assert len(got) == len(wanted)
    for ours, pythons in zip(got, wanted, strict=True):
        assert np.abs(np.array(ours) - pythons).max() < TOLERANCE
    assert np.abs(wanted[1]).max() > 0.5  # there is something to tell


@pytest.mark.parametrize(("style", "bar"), [(0, 0), (1, 1), (2, 3)])
def test_a_place_is_recalled_as_python_recalls_it(
    page: EnginePage, model: EventModel, style: int, bar: int
) -> None:
    wanted = state_at(model, SeekPoint(style=style, bar=bar), model.network.style({style: 1.0}))
    got = page.evaluate(
        """([style, bar]) => {
            const row = model.network.style([[style, 1]]);
            const memory = placing.stateAt(model, { style, bar }, row);
            return { ...memory, h: Array.from(memory.h), touch: Array.from(memory.touch) };
        }""",
        [style, bar],
    )
    assert np.abs(np.array(got["h"]) - wanted.h).max() < TOLERANCE
    assert np.allclose(got["touch"], wanted.touch, atol=TOLERANCE)
    assert (got["voice"], got["step"]) == (wanted.voice, wanted.step)
    assert (got["since"], got["position"]) == (wanted.since_ticks, wanted.position)


def test_events_keep_the_grid_and_a_seed_repeats_them(page: EnginePage) -> None:
    events = draw(page, 600)
    ticks = [event["tick"] for event in events]
    assert ticks == sorted(ticks)
    assert all(tick % 6 == 0 for tick in ticks)
    assert ticks[0] < BAR_TICKS
    assert len({event["style"] for event in events}) == 3
    assert draw(page, 600) == events
    assert [e["tick"] for e in draw(page, 600, seed=4)] != ticks


def test_recordings_follow_each_other_at_bar_lines_each_at_its_own_tempo(
    engine: EnginePage, data: bytes
) -> None:
    def faster(head: Any, envelope: Any) -> None:
        envelope["parts"]["events"]["styles"][1]["tempo_bpm"] = 150.0

    opened = changed(data, faster)
    engine.evaluate(_OPEN, base64.b64encode(opened).decode())
    try:
        drawn = engine.evaluate(
            """() => {
                const sequencer = new sequencing.Sequencer(model, { seed: 3, cuts: true });
                let tick = 0;
                return Array.from({ length: 900 }, () => {
                    const event = sequencer.next();
                    const s = sequencer.secondsAt(event.tick) - sequencer.secondsAt(tick);
                    tick = event.tick;
                    return { ...event, s, tempo: sequencer.tempo };
                });
            }"""
        )
    finally:
        engine.evaluate(_OPEN, base64.b64encode(data).decode())
    tempi = (120.0, 150.0, 120.0)
    assert {event["style"] for event in drawn} == {0, 1, 2}
    cuts = 0
    for before, event in pairwise(drawn):
        bpm = tempi[event["style"]]
        assert event["tempo"] == bpm
        ticks = event["tick"] - before["tick"]
        if event["style"] == before["style"]:
            assert event["s"] == pytest.approx(ticks * 60 / bpm / 24)
        elif bpm != tempi[before["style"]]:
            cuts += 1
            metre = event["metre"]
            lines = [
                line
                for line in range(before["tick"] + 1, event["tick"] + 1)
                if (line - metre["origin"]) % metre["bar"] == 0
            ]
            lasting = [
                (line - before["tick"]) * 60 / tempi[before["style"]] / 24
                + (event["tick"] - line) * 60 / bpm / 24
                for line in lines
            ]
            assert any(event["s"] == pytest.approx(seconds) for seconds in lasting)
    assert cuts > 3


def test_density_and_swing_do_what_they_say(page: EnginePage) -> None:
    ends = [draw(page, density=density)[-1]["tick"] for density in (1.0, 0.0, -1.0)]
    assert ends[0] < 0.8 * ends[1] < 0.8 * 0.9 * ends[2]
    swung = draw(page, swing=1.0)
    late_s = {k: [e["late"] for e in swung if e["tick"] % 12 == k] for k in (0, 6)}
    tick_s = 60 / 120 / 24
    # Semiquavers to triplets: 2 of 12 ticks late; what is on the quavers stays.
    assert np.median(late_s[6]) == pytest.approx(2 * tick_s, abs=0.001)
    assert np.median(late_s[0]) == pytest.approx(0.0, abs=0.001)


def test_a_jump_goes_to_its_place_at_the_next_bar_line(page: EnginePage) -> None:
    for share, style in ((0.1, 0), (0.4, 1), (0.9, 2)):
        got = page.evaluate(
            """(share) => {
                const sequencer = new sequencing.Sequencer(model, { seed: 1 });
                let last;
                for (let i = 0; i < 20; i++) last = sequencer.next();
                sequencer.jump(share);
                return [last, ...Array.from({ length: 24 }, () => sequencer.next())];
            }""",
            share,
        )
        first, metre = got[0], got[0]["metre"]
        since = (first["tick"] - metre["origin"]) % metre["bar"]
        line = first["tick"] - since + metre["bar"]
        arrived = [event for event in got if event["tick"] >= line]
        assert arrived[0]["style"] == style
        assert arrived[0]["tick"] - line <= 24
        assert all(event["tick"] < line for event in got[: len(got) - len(arrived)])


def test_damage_to_what_plays_on_is_refused_in_a_sentence(engine: EnginePage, data: bytes) -> None:
    def part(change: Any) -> bytes:
        return changed(data, lambda _, envelope: change(envelope["parts"]["events"]))

    def header(change: Any) -> bytes:
        return changed(data, lambda head, _: change(head))

    cases = {
        "manifest is not valid": part(lambda m: m.update(surprise=1)),
        "is not valid": part(lambda m: m.update(most_together=0)),
        "not valid": part(lambda m: m["styles"][0].update(tempo_bpm=0)),
        "valid": part(lambda m: m["vocabulary"][0].update(note=128)),
        "do not fit its network": part(lambda m: m["vocabulary"].pop()),
        "it has no events": part(lambda m: [s.update(events=0) for s in m["styles"]]),
        "steps are not ascending": part(lambda m: m.update(steps_ticks=[6, 6, 12])),
        "behind its phrase's end": part(lambda m: m["styles"][0].update(ticks=96)),
        "'events/tick' is missing": header(lambda h: h.pop("events/tick")),
        "'events/gru.input.bias'": header(lambda h: h["events/gru.input.bias"].update(dtype="U8")),
        "'events/more' is missing or not known": header(
            lambda h: h.update({"events/more": h["events/tick"]})
        ),
        "'other/tick' is missing or not known": header(
            lambda h: h.update({"other/tick": h["events/tick"]})
        ),
    }
    for wanted, said in zip(cases, tried(engine, list(cases.values())), strict=True):
        assert wanted in said, (wanted, said)


def test_a_file_without_single_sounds_is_no_instrument(
    engine: EnginePage, model: EventModel
) -> None:
    alone = encode_parts({"events": groove_parts(model)["events"]})
    assert json.loads(alone[8 : 8 + int.from_bytes(alone[:8], "little")])
    (said,) = tried(engine, [alone])
    assert "plays on by itself and has no single sounds" in said
