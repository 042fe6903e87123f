"""Rendering that is not live: the same draw is the same sound always, and failure is an error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from messina.units import SAMPLE_RATE
from play.engine.browser import Audio, EnginePage

pytestmark = pytest.mark.browser


@pytest.fixture
def engine(engine_in_browser: EnginePage) -> EnginePage:
    """Worklets and workers are a browser's."""
    return engine_in_browser


KICK: dict[str, Any] = {"instrument": "kit", "label": "kick", "velocity": 100, "seed": 1}


def test_the_three_hundredth_rendering_is_the_first(engine: EnginePage) -> None:
    told = engine.evaluate(
        """async () => {
            const hit = (i) => [{ instrument: "kit", label: "snare", velocity: 90, seed: 7 + i }];
            const peaks = [];
            const differs = [];
            let first = null;
            for (let i = 0; i < 300; i++) {
                // Others in between, so that what they leave behind would be heard.
                if (i % 3 === 1) await engine.renderOffline(hit(i), 0.2, { voices: 2 + (i % 5) });
                const sides = await engine.renderOffline(hit(0), 0.25);
                first ??= sides;
                const apart = sides.some((side, c) => side.some((x, n) => x !== first[c][n]));
                if (apart) differs.push(i);
                peaks.push(Math.max(...sides.map((side) => Math.max(...side))));
            }
            return { peaks, differs };
        }"""
    )
    assert len(told["peaks"]) == 300
    assert min(told["peaks"]) > 0.01
    assert told["differs"] == []


def test_what_is_rendered_at_once_comes_one_by_one_each_its_own(engine: EnginePage) -> None:
    told = engine.evaluate(
        """async () => {
            const ask = (seed) => engine.renderOffline(
                [{ instrument: "rich", label: "drum", velocity: 100, seed }], 0.1);
            const sum = ([left]) => left.reduce((all, x) => all + x * x, 0);
            const together = (await Promise.all([1, 2, 3, 4].map(ask))).map(sum);
            const apart = [];
            for (const seed of [1, 2, 3, 4]) apart.push(sum(await ask(seed)));
            return { together, apart };
        }"""
    )
    assert told["together"] == told["apart"]
    assert len(set(told["apart"])) == 4


def test_a_rendering_has_the_length_asked_for_and_a_silent_one_is_silent(
    engine: EnginePage,
) -> None:
    assert len(engine.render([KICK | {"time": 0.0}], 0.1)) == SAMPLE_RATE // 10
    assert len(engine.render([], 1 / SAMPLE_RATE)) == 1
    assert not engine.render([], 0.1).any()


def test_an_instrument_replaced_under_its_name_is_the_new_one_when_rendered(
    engine: EnginePage,
) -> None:
    told = engine.evaluate(
        """async () => {
            const file = async (name) =>
                (await fetch(`/instruments/${name}.messina`)).arrayBuffer();
            const note = (instrument) => [{ instrument, note: 57, velocity: 100, seed: 3 }];
            const bytes = async (id) => (await engine.renderOffline(note(id), 0.3)).map(base64);
            await engine.loadInstrument(await file("rich"), { id: "turns" });
            const before = await bytes("turns");
            await engine.loadInstrument(await file("organ"), { id: "turns" });
            const after = await bytes("turns");
            engine.unloadInstrument("turns");
            return { before, after, rich: await bytes("rich"), organ: await bytes("organ") };
        }"""
    )
    assert told["before"] == told["rich"] != told["organ"] == told["after"]


def test_what_was_rendered_leaves_nothing_to_what_comes_next(engine: EnginePage) -> None:
    held = {"instrument": "organ", "label": "organ", "note": 60, "velocity": 110, "time": 0.0}
    pressed = [held | {"seed": 1}, {"type": "sustain", "down": True, "time": 0.01}]
    bent = [*pressed, {"type": "bend", "semitones": 2, "time": 0.0}]
    alone = engine.render([held | {"seed": 5}], 0.3)
    engine.render(bent, 0.05, level_db=-20)  # breaks off while it sounds, bent, the pedal down
    again = engine.render([held | {"seed": 5}], 0.3)
    assert np.abs(alone).max() > 0.01
    assert np.array_equal(alone, again)


def _sound(engine: EnginePage) -> Audio:
    return engine.render([KICK | {"time": 0.0}], 0.1)


def test_a_renderer_that_cannot_start_or_dies_is_an_error_and_the_next_one_serves(
    engine: EnginePage,
) -> None:
    said = engine.evaluate(
        """async () => {
            const { OfflineRenderer } = await import("/engine/offline.js");
            const job = { networks: new Map(), messages: [], samples: 10, voices: 2, level: 0 };
            const why = (url) => new OfflineRenderer(url, new ArrayBuffer(8)).render(job)
                .then(() => "rendered", (error) => error.message);
            const script = (text) =>
                URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            const once = script(`
                onmessage = () => { throw new Error("it broke") };`);
            return {
                nowhere: await why("/engine/nowhere.js"),
                kernel: await why(new URL("/engine/offline-worker.js", location)),
                dies: await why(once),
            };
        }"""
    )
    assert all(sentence.startswith("The sound could not be rendered") for sentence in said.values())
    assert "it broke" in said["dies"]
    assert "rendered" not in said["kernel"].removeprefix("The sound could not be rendered")
    assert _sound(engine).any()


def test_a_sound_that_cannot_be_played_is_an_error_not_silence(engine: EnginePage) -> None:
    before = _sound(engine)
    said = engine.evaluate(
        """async () => {
            const { OfflineRenderer } = await import("/engine/offline.js");
            const wasm = await (await fetch("/engine/kernel/kernel.wasm")).arrayBuffer();
            const renderer = new OfflineRenderer(
                new URL("/engine/offline-worker.js", location), wasm);
            const take = { instrument: "gone", z: [], labels: [] };
            const job = {
                networks: new Map(), samples: 1000, voices: 2, level: 0,
                messages: [{ type: "on", id: 0, take, frame: 0 }],
            };
            return renderer.render(job).then(() => "rendered", (error) => error.message);
        }"""
    )
    assert "'gone' cannot play this sound" in said
    assert np.array_equal(_sound(engine), before)


def test_a_processor_that_stops_is_heard_of(engine: EnginePage) -> None:
    said = engine.evaluate(
        """async () => {
            const workletSource = `
                registerProcessor("messina", class extends AudioWorkletProcessor {
                    process() { throw new Error("broken"); }
                });`;
            const context = new OfflineAudioContext(2, 4410, m.SAMPLE_RATE);
            const other = await m.createEngine(context, { workletSource });
            const heard = new Promise((tell) => other.onError(({ message }) => tell(message)));
            other.output.connect(context.destination);
            await context.startRendering();
            return heard;
        }"""
    )
    assert "has stopped" in said
    assert "reload this page" in said
