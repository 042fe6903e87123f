"""The page's counterpart of scores, held against the Python one: chords, and who plays what."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from export.handmade import KIT, TONES, make_instrument
from messina.events import Voice
from messina.instrument.container import encode_parts
from messina.sequences.model import EventModel, events_part
from messina.sequences.network import phase_table
from messina.sequences.places import SeekPoint, form_state_at, state_at
from messina.sequences.sequence import EVENTS
from messina.sequences.voice_assignment import assign_voices
from play.engine.browser import EnginePage
from play.engine.test_file import changed
from play.handmade_score import SPANS_BEATS, VOCABULARY, make_score, save_score

TOLERANCE = 2e-5
"""Of scores and states of the order of one: float32 on both sides, summed in another order."""

_OPEN = """
async (text) => {
  const load = (name) => import(`/engine/groove/${name}.js`);
  const names = ["form", "places", "sequencer", "voice-assignment", "drums", "network"];
  window.s = Object.assign({}, ...await Promise.all([...names, "../counter-rng"].map(load)));
  window.readScore = (await import("/engine/file.js")).readScore;
  window.bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  window.score = readScore(bytesOf(text));
}
"""


@pytest.fixture(scope="module")
def model() -> EventModel:
    return make_score()


@pytest.fixture(scope="module")
def page(
    engine: EnginePage, model: EventModel, tmp_path_factory: pytest.TempPathFactory
) -> EnginePage:
    path: Path = tmp_path_factory.mktemp("score") / "score.messina"
    save_score(path, model)
    engine.evaluate(_OPEN, base64.b64encode(path.read_bytes()).decode())
    return engine


def test_the_form_says_what_pythons_does(page: EnginePage, model: EventModel) -> None:
    assert model.form is not None
    changes, table = [(0, 1), (2, 0), (-1, 2), (1, 1)], phase_table(4, True)
    style, h = model.network.style({1: 1.0}), model.form.start()
    for context, span in changes:
        h = model.form.advance(h, context=context, span=span, phase=table[96], style=style)
    spans = model.form.span_scores(h, context=2, phase=table[24])
    wanted = [h, model.form.context_scores(h), spans]
    got = page.evaluate(
        """(changes) => {
            const table = s.phaseTable(4, true);
            const style = score.network.style([[1, 1]]);
            let h = score.form.start();
            for (const [context, span] of changes) {
              h = score.form.advance(h, { context, span, phase: table[96], style });
            }
            const spans = score.form.spanScores(h, { context: 2, phase: table[24] });
            return [h, score.form.contextScores(h), spans].map((x) => [...x]);
        }""",
        changes,
    )
    for ours, pythons in zip(got, wanted, strict=True):
        assert np.abs(np.array(ours) - pythons).max() < TOLERANCE
    assert np.abs(wanted[1]).max() > 0.3  # there is something to tell


@pytest.mark.parametrize("bar", [0, 1, 3])
def test_a_place_is_recalled_with_its_chords(page: EnginePage, model: EventModel, bar: int) -> None:
    place, row = SeekPoint(style=1, bar=bar), model.network.style({1: 1.0})
    memory, form = state_at(model, place, row), form_state_at(model, place, row)
    assert form is not None
    got = page.evaluate(
        """(bar) => {
            const row = score.network.style([[1, 1]]);
            const memory = s.stateAt(score, { style: 1, bar }, row);
            const form = s.formStateAt(score, { style: 1, bar }, row);
            return [{ ...memory, h: [...memory.h], touch: [] }, { ...form, h: [...form.h] }];
        }""",
        bar,
    )
    assert np.abs(np.array(got[0]["h"]) - memory.h).max() < TOLERANCE
    assert got[0]["context"] == memory.context
    assert np.abs(np.array(got[1]["h"]) - form.h).max() < TOLERANCE
    wanted = (form.context, form.span, form.since_beats, form.left_beats)
    assert tuple(got[1][name] for name in ("context", "span", "since", "left")) == wanted


def test_chords_last_as_long_as_was_learnt_and_a_seed_repeats_them(page: EnginePage) -> None:
    script = """(seed) => {
        const sequencer = new s.Sequencer(score, { seed });
        return Array.from({ length: 1500 }, () => sequencer.next());
    }"""
    events = page.evaluate(script, 1)
    assert page.evaluate(script, 1) == events
    assert page.evaluate(script, 2) != events
    assert {event["voice"] for event in events} == set(range(len(VOCABULARY)))
    changes = page.evaluate(
        """() => {
            const player = new s.FormPlayer(score, score.form);
            const random = new s.CounterRng(3);
            const sampling = { temperature: 1, cut: 0 };
            const style = score.network.style([[0, 1]]);
            const table = s.phaseTable(4, true);
            const phaseAt = (tick) => table[tick % 384];
            const at = (tick) =>
              player.at(tick, { phaseAt, style, ticksPerBeat: 24, sampling, random });
            return Array.from({ length: 400 }, (_, beat) => [at(24 * beat), player.until / 24]);
        }"""
    )
    assert {context for context, _ in changes} == {-1, 0, 1, 2}
    ends = sorted({end for _, end in changes})
    assert set(np.diff(ends)) <= set(SPANS_BEATS)


def test_who_plays_what_is_as_in_python(page: EnginePage) -> None:
    instruments = [make_instrument(KIT), make_instrument(TONES)]
    vocabularies = [
        [Voice(label="drums", note=note) for note in range(35, 82)],
        [Voice(label="melody", note=note) for note in range(30, 100, 7)] + [*VOCABULARY],
        [Voice(label=label.name, note=50) for label in (*KIT, *TONES)],
    ]
    responses = [[msgspec.to_builtins(r) for r in i.manifest.responses] for i in instruments]
    got = page.evaluate(
        "([responses, vocabularies]) =>"
        " responses.flatMap((own) => vocabularies.map((voices) => s.assignVoices(own, voices)))",
        [responses, [[msgspec.to_builtins(voice) for voice in v] for v in vocabularies]],
    )
    wanted = [assign_voices(i.manifest.responses, v) for i in instruments for v in vocabularies]
    for ours, pythons in zip(got, wanted, strict=True):
        played = [
            p and {"label": p.label, "note": p.note, "pitched": p.pitched} for p in pythons.played
        ]
        assert [p and {k: p[k] for k in ("label", "note", "pitched")} for p in ours["played"]] == (
            played
        )
        assert sorted(ours["remarks"]) == sorted(pythons.remarks)


def test_damage_to_chords_is_refused_in_a_sentence(page: EnginePage, model: EventModel) -> None:
    good = encode_parts({EVENTS: events_part(model)})

    def part(change: Any) -> bytes:
        return changed(good, lambda _, envelope: change(envelope["parts"][EVENTS]))

    cases = {
        "do not fit its network": part(lambda m: m.update(spans_beats=[])),
        "'events/context' is missing": part(lambda m: m["styles"][0].update(ticks=24 * 15)),
        "not as it should be": part(lambda m: m["network"].update(form_hidden=21)),
    }
    said = page.evaluate(
        """(texts) => texts.map((text) => {
            try { readScore(bytesOf(text)); return ""; } catch (error) { return error.message; }
        })""",
        [base64.b64encode(data).decode() for data in cases.values()],
    )
    for wanted, sentence in zip(cases, said, strict=True):
        assert wanted in sentence
