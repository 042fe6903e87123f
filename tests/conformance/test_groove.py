"""A groove of a seed is the same sound in both players, to -80 dB: takes, levels, fades and all."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from conformance.node import ENGINE, answers
from conformance.phrases import make_phrase, phrase_in_the_page
from differences import Differs, difference_db
from export.handmade import KIT, make_instrument, with_modes
from messina.events import Phrase
from messina.instrument import Instrument
from messina.instrument.responses import Response
from messina.limiter import CEILING, true_peaks
from messina.play.catalogue import WEB
from messina.play.constants import constants_modules
from messina.sequences import Sequence
from messina.sequences.performer import PerformerConfig
from messina.sequences.sequence import PlayOptions
from messina.sequences.voices import MOST
from messina.units import SAMPLE_RATE
from play.handmade_groove import groove_parts, make_model

TOLERANCE_DB = -80.0
SECONDS = 10.0
SOFTER_DB = 6.0
"""The kit is so much softer than others made by hand, so that no limiter works: those of hands and
of what plays on look ahead differently far."""

_GROOVE = """
    import { readFileSync } from "node:fs";
    import { readFile } from "ENGINE/file.js";
    import { GrooveSounds, timesOf } from "ENGINE/groove/groove.js";
    import { Striker } from "ENGINE/groove/round-robin.js";
    import { Sequencer } from "ENGINE/groove/sequencer.js";
    import { makeInstrument } from "ENGINE/instrument.js";
    import { Kernel } from "ENGINE/kernel.js";
    import { SAMPLE_RATE } from "ENGINE/layout.js";
    import { LATENCY } from "ENGINE/limiter.js";
    import { Mixer, QUANTUM } from "ENGINE/mixer.js";
    import { packNetwork } from "ENGINE/packing.js";
    import { takeOf } from "ENGINE/playing.js";
    import { DEFAULTS } from "ENGINE/ranges.js";
    function answer({
        data, wasm, seconds, seed, settings, levelling, wildness, voices, phrase,
    }) {
        const file = readFile(Uint8Array.from(Buffer.from(data, "base64")).buffer);
        const instrument = makeInstrument("it", file);
        const model = file.events;
        const mixer = new Mixer(new Kernel(readFileSync(wasm)), {
            voices, patient: true, onError(error) { throw new Error(error); },
        });
        mixer.accept({ type: "network", instrument: "it", packed: packNetwork(file) }, 0);
        mixer.accept({ type: "level", instrument: "it", db: 0 }, 0);
        const sequencer = new Sequencer(model, { seed, wildness, ...settings, cuts: true });
        if (phrase) sequencer.prime(phrase);
        const sounds = new GrooveSounds(model, instrument);
        const striker = new Striker(seed);
        const frameOf = (time) => Math.round(time * SAMPLE_RATE);
        for (let id = 0; ; id++) {
            const event = sequencer.next();
            const { time, end } = timesOf(sequencer, event);
            if (time > seconds + 1) break;
            const asked = sounds.of(striker, event, { wildness, levelling });
            const { wildness: wild, pitched, ...note } = asked;
            const controls = { ...DEFAULTS, wildness: wild };
            const { take } = takeOf(instrument, note, controls, note.seed, () => 0);
            mixer.accept({ type: "on", id, take, frame: frameOf(time) }, 0);
            if (pitched) mixer.accept({ type: "off", id, frame: frameOf(end) }, 0);
        }
        const samples = Math.round(seconds * SAMPLE_RATE);
        const quanta = Math.ceil((samples + LATENCY) / QUANTUM);
        const sides = [0, 1].map(() => new Float32Array(quanta * QUANTUM));
        for (let frame = 0; frame < quanta * QUANTUM; frame += QUANTUM) {
            const [left, right] = sides.map((side) => side.subarray(frame, frame + QUANTUM));
            mixer.render(left, right, frame);
        }
        return sides.map((side) =>
            Buffer.from(side.slice(LATENCY, LATENCY + samples).buffer).toString("base64"));
    }
"""


def save_struck(path: Path) -> None:
    """A groove whose sounds are strokes of its recordings."""
    model, kit = make_model(), with_modes(make_instrument(KIT))
    strokes = [
        (f"{style.name}#{number + 1:03d}", model.manifest.vocabulary[voice].label)
        for style, passage in zip(model.manifest.styles, model.passages, strict=True)
        for number, voice in enumerate(passage.voices)
    ]
    sounds = []
    for sound in kit.manifest.sounds:
        name = next(name for name, label in strokes if label == sound.label)
        strokes.remove((name, sound.label))
        loudness_db = sound.loudness_db - SOFTER_DB
        sounds.append(msgspec.structs.replace(sound, name=name, loudness_db=loudness_db))
    responses = tuple(_softer(response) for response in kit.manifest.responses)
    manifest = msgspec.structs.replace(kit.manifest, sounds=tuple(sounds), responses=responses)
    Instrument(manifest, kit.arrays, groove_parts(model)).save(path)


def _softer(response: Response) -> Response:
    curves = {
        name: tuple(db - SOFTER_DB for db in getattr(response, name))
        for name in ("loudness_db", "played_db")
    }
    return msgspec.structs.replace(response, **curves)


@pytest.mark.parametrize(
    ("seed", "settings", "most"),
    [
        (1, {}, MOST),
        (7, {}, MOST),
        (1, {"wildness": 0.4, "swing": 0.5, "levelling": 1.0}, MOST),
        (7, {"wildness": 0.4, "swing": 0.5, "levelling": 1.0}, MOST),
        (1, {}, 2),  # nearly every hit takes the place of another
        (7, {"wildness": 0.4}, 3),
    ],
)
def test_a_groove_of_a_seed_is_the_same_sound(
    seed: int,
    settings: dict[str, Any],
    most: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    differs: Differs,
) -> None:
    path = tmp_path / "groove.messina"
    save_struck(path)
    options = PlayOptions(**settings)
    groove = Sequence.load(path)
    assert any(sound is not None for sound in groove._sounds)
    monkeypatch.setitem(PerformerConfig.__init__.__kwdefaults__, "most", most)
    wanted = groove.player(seed=seed, options=options).block(round(SECONDS * SAMPLE_RATE))
    error_db = hold_together(path, wanted, seed=seed, options=options, most=most)
    if most != MOST:
        feature = "voices: stealing, choke, struck again"
    elif "levelling" in settings:
        feature = "grooves: swing, levelling"
    else:
        feature = "grooves: strokes, takes, timing"
    differs(feature, "page", error_db)


@pytest.mark.parametrize("metre", [{"tempo_bpm": 97.0}, {"metric": False}], ids=str)
def test_a_groove_that_goes_on_from_a_phrase_is_the_same_sound(
    metre: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, differs: Differs
) -> None:
    path = tmp_path / "groove.messina"
    save_struck(path)
    groove = Sequence.load(path)
    phrase = make_phrase(voices=4, **metre)
    # What is recognised in a recording is tested elsewhere; here it is this phrase.
    monkeypatch.setattr(type(groove), "_heard", lambda *_: phrase)
    player = groove.player(seed=4, options=PlayOptions(), prime=np.zeros(1, np.float32))
    wanted = player.block(round(SECONDS * SAMPLE_RATE))
    unprimed = groove.player(seed=4, options=PlayOptions()).block(round(SECONDS * SAMPLE_RATE))
    assert np.abs(wanted - unprimed).max() > 0.01
    error_db = hold_together(path, wanted, seed=4, options=PlayOptions(), phrase=phrase)
    differs("grooves: going on from a phrase", "page", error_db)


def hold_together(
    path: Path,
    wanted: np.ndarray,
    *,
    seed: int,
    options: PlayOptions,
    most: int = MOST,
    phrase: Phrase | None = None,
) -> float:
    """Holds the page's sound to Python's; by how many dB it differs."""
    sides = answers(
        _GROOVE,
        {
            "data": base64.b64encode(path.read_bytes()).decode(),
            "wasm": str(ENGINE / "kernel" / "kernel.wasm"),
            "seconds": SECONDS,
            "seed": seed,
            "settings": {"swing": options.swing},
            "levelling": 0.4 if options.levelling is None else options.levelling,
            "wildness": options.wildness,
            "voices": most,
            "phrase": phrase and phrase_in_the_page(phrase),
        },
    )
    heard = np.stack([np.frombuffer(base64.b64decode(side), np.float32) for side in sides], 1)
    assert np.abs(wanted).max() > 0.01
    assert true_peaks(wanted).max() < 0.95 * CEILING  # or the limiters would work
    error_db = difference_db(heard, wanted)
    assert error_db < TOLERANCE_DB
    return error_db


def test_the_page_has_pythons_numbers() -> None:
    """Otherwise: python -m messina.play.constants"""
    for path, text in constants_modules().items():
        assert (WEB / path).read_text(encoding="utf-8") == text
