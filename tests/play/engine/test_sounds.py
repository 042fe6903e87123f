"""Sounds as points among the learnt ones: drawn, mixed, branched, found on the map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from export.handmade import KIT, TONES, all_sustained, make_instrument
from messina.counter_rng import CounterRng
from messina.instrument import Instrument
from messina.instrument.sampling import draw
from play.engine.browser import EnginePage


def test_an_instrument_describes_what_it_holds(engine: EnginePage, rich: Instrument) -> None:
    told = engine.evaluate("() => loaded.rich")
    assert [label["name"] for label in told["labels"]] == ["drum", "bell"]
    assert [label["pitched"] for label in told["labels"]] == [False, True]
    assert (told["low"], told["high"]) == (48, 62)
    assert len(told["sounds"]) == len(rich.known.labels) == 15  # one is held out
    assert all(0 <= sound[axis] <= 1 for sound in told["sounds"] for axis in "xy")
    assert told["manifest"]["program"] == "0.1.0"


def test_an_instrument_cannot_be_changed_by_the_page(engine: EnginePage) -> None:
    kept = engine.evaluate(
        """() => {
            try { loaded.rich.labels[0].name = "other"; } catch {}
            return loaded.rich.labels[0].name;
        }"""
    )
    assert kept == "drum"


def test_a_new_sound_depends_on_its_seed_alone(engine: EnginePage) -> None:
    draw = "(seed) => m.newSound(loaded.rich, { label: 'bell', note: 50, velocity: 90, seed })"
    assert engine.evaluate(draw, 3) == engine.evaluate(draw, 3)
    assert engine.evaluate(draw, 3)["z"] != engine.evaluate(draw, 4)["z"]


def test_without_wildness_a_new_sound_is_a_learnt_one(engine: EnginePage, rich: Instrument) -> None:
    draw = "(seed) => m.newSound(loaded.rich, { label: 'drum', wildness: 0, seed })"
    for seed in range(5):
        z = np.array(engine.evaluate(draw, seed)["z"], np.float32)
        assert np.isclose(rich.known.means, z, atol=1e-6).all(axis=1).any()


def test_wildness_spreads_new_sounds(engine: EnginePage) -> None:
    def spread(wildness: float) -> float:
        drawn = engine.evaluate(
            """(wildness) => Array.from({ length: 200 }, (_, seed) =>
                m.newSound(loaded.rich, { label: "drum", velocity: 80, wildness, seed }).z)""",
            wildness,
        )
        return float(np.std(np.array(drawn), axis=0).mean())

    # Twice as far from the same middle: exactly, since seeds draw the same.
    assert spread(2.0) == pytest.approx(2 * spread(1.0), rel=1e-6)
    assert spread(1.0) > 0.3


def test_responses_are_those_of_python(engine: EnginePage, rich: Instrument) -> None:
    asked = [(label, v, n) for label in (0, 1) for v in (1, 40, 99.5, 127) for n in (None, 40, 57)]
    told = engine.evaluate(
        """async (asked) => {
            const r = await import("/engine/responses.js");
            const { scaledControls } = await import("/engine/controls.js");
            const { responses, scale } = loaded.rich.manifest;
            return asked.map(([label, velocity, note]) => {
                const [loudness, gain] = r.loudnessAt(responses[label], velocity, note);
                const law = r.lawAt(responses[label], loudness, note);
                const held = r.heldNote(responses[label], note);
                const scaled = scaledControls({ ...law, loudness, note: held }, scale);
                return [loudness, gain, law.brightness, law.decay, ...scaled];
            });
        }""",
        asked,
    )
    from messina.instrument.controls import scale_controls

    for (label, velocity, note), got in zip(asked, told, strict=True):
        response = rich.manifest.responses[label]
        loudness, gain = response.loudness_at(velocity, note)
        controls = response.controls_at(loudness, note)
        scaled = scale_controls([controls], rich.manifest.scale)[0]
        wanted = [loudness, gain, controls.brightness_hz, controls.decay_s, *scaled]
        assert got == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_morphing_meets_its_corners_and_middles(engine: EnginePage) -> None:
    def morph(x: float, y: float) -> dict[str, Any]:
        sound: dict[str, Any] = engine.evaluate(
            "([x, y]) => m.morph([0, 3, 8, 12].map((i) => m.learntSound(loaded.rich, i)), x, y)",
            [x, y],
        )
        return sound

    corners = [engine.evaluate("(i) => m.learntSound(loaded.rich, i)", i) for i in (0, 3, 8, 12)]
    for (x, y), corner in zip([(0, 0), (1, 0), (0, 1), (1, 1)], corners, strict=True):
        got = morph(x, y)
        assert got["z"] == pytest.approx(corner["z"])
        assert got["label"] == corner["label"]
        assert got["note"] == corner["note"]
    middle = morph(0.5, 0.0)
    assert middle["z"] == pytest.approx(list(np.mean([c["z"] for c in corners[:2]], axis=0)))
    brightness = [c["brightness"] for c in corners[:2]]
    assert middle["brightness"] == pytest.approx(np.sqrt(np.prod(brightness)))
    assert dict(morph(0.0, 0.5)["labels"]) == pytest.approx({0: 0.5, 1: 0.5})


def test_between_two_notes_lies_the_note_between(engine: EnginePage) -> None:
    sound = engine.evaluate(
        "() => m.between(m.learntSound(loaded.rich, 8), m.learntSound(loaded.rich, 10), 0.25)"
    )
    notes = engine.evaluate("() => [8, 10].map((i) => loaded.rich.sounds[i].note)")
    assert sound["note"] == pytest.approx(0.75 * notes[0] + 0.25 * notes[1])


def test_the_map_gives_its_dots_back_and_walks_between_them(engine: EnginePage) -> None:
    told = engine.evaluate(
        """() => loaded.rich.sounds.map(({ x, y, index }) => ({
            on: m.soundAt(loaded.rich, x, y),
            near: m.soundAt(loaded.rich, x + 0.005, y),
            own: m.learntSound(loaded.rich, index),
            place: m.placeOf(loaded.rich, m.learntSound(loaded.rich, index)),
            x, y,
        }))"""
    )
    for dot in told:
        assert dot["on"]["z"] == pytest.approx(dot["own"]["z"], abs=1e-3)
        assert dot["on"]["label"] == dot["own"]["label"]
        assert dot["place"] == pytest.approx({"x": dot["x"], "y": dot["y"]})
        assert 0 < np.abs(np.subtract(dot["near"]["z"], dot["own"]["z"])).max() < 0.7


def test_the_map_can_be_held_to_one_label(engine: EnginePage) -> None:
    labels = engine.evaluate(
        """() => [0.1, 0.4, 0.6, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) =>
            m.soundAt(loaded.rich, x, y, { label: "bell" }).label))"""
    )
    assert set(labels) == {1}


def test_branches_differ_but_for_what_is_kept(engine: EnginePage) -> None:
    branch = """(keep) => {
        const sound = m.learntSound(loaded.rich, 9);
        return [sound, m.variations(loaded.rich, sound, { seed: 5, keep })];
    }"""
    sound, branches = engine.evaluate(branch, [])
    assert len(branches) == 12
    assert len({tuple(b["z"]) for b in branches}) == 12
    assert len({b["brightness"] for b in branches}) == 12
    assert engine.evaluate(branch, [])[1] == branches
    _, kept = engine.evaluate(branch, ["latent", "decay"])
    assert all(b["z"] == sound["z"] and b["decay"] == sound["decay"] for b in kept)
    assert [b["brightness"] for b in kept] == [b["brightness"] for b in branches]


def test_what_cannot_be_asked_is_refused_in_words(engine: EnginePage) -> None:
    said = engine.evaluate(
        """() => [
            () => engine.noteOn({ instrument: "rich", label: "gong" }),
            () => engine.noteOn({ instrument: "none" }),
            () => engine.setControls({ loudness: 3 }),
            () => engine.setControls({ wildness: NaN }),
            () => m.learntSound(loaded.rich, 99),
            () => engine.noteOn({ instrument: "kit", sound: m.learntSound(loaded.rich, 0) }),
            () => engine.noteOn({
                instrument: "rich",
                sound: { ...m.learntSound(loaded.rich, 0), decay: 0 },
            }),
        ].map((ask) => { try { ask(); return ""; } catch (error) { return error.message; } })"""
    )
    assert "no label 'gong'" in said[0]
    assert "'none' is not loaded" in said[1]
    assert "no control 'loudness'" in said[2]
    assert "not a number" in said[3]
    assert "no sound 99; there are 15" in said[4]
    assert "another instrument" in said[5]
    assert "not a number" in said[6]


def _kit_of_few() -> Instrument:
    """The handmade kit with one sound of its kicks, two of its snares, three of each hat."""
    kit = make_instrument(KIT)
    spared = {"kick1.wav", "kick2.wav", "snare2.wav"}
    sounds = [
        msgspec.structs.replace(sound, role="held out" if sound.name in spared else sound.role)
        for sound in kit.manifest.sounds
    ]
    rows = [i for i, sound in enumerate(sounds) if sound.role != "held out"]
    arrays = dict(kit.arrays)
    of_sounds = ("latent_means", "latent_log_variances", "fine_of", "places")
    for name in (*of_sounds, "trajectory_counts", "trajectory_louder", "steady"):
        arrays[name] = arrays[name][rows]
    return Instrument(msgspec.structs.replace(kit.manifest, sounds=tuple(sounds)), arrays)


@pytest.mark.parametrize("velocity", [None, 90.0])
@pytest.mark.parametrize("label", ["kick", "snare", "hihat open"])
def test_sounds_nearly_alone_of_their_kind_vary_as_in_python(
    engine: EnginePage, tmp_path: Path, label: str, velocity: float | None
) -> None:
    kit = _kit_of_few()
    path = tmp_path / "few.messina"
    kit.save(path)
    got = engine.evaluate(
        """async ([bytes, label, velocity]) => {
            const kit = await engine.loadInstrument(Uint8Array.from(bytes).buffer, { id: "few" });
            const sounds = Array.from({ length: 300 }, (_, seed) =>
                m.newSound(kit, { label, velocity: velocity ?? undefined, seed }));
            engine.unloadInstrument(kit);
            return sounds.map((s) => [
                s.higher, s.tilt, Math.log(s.decay), Math.log(s.length), s.loudness, s.gain, ...s.z,
            ]);
        }""",
        [list(path.read_bytes()), label, velocity],
    )
    index = kit.labels.index(label)
    response = kit.manifest.responses[index]
    model_db = played_db = None
    if velocity is not None:
        model_db, played_db = response.loudness_at(velocity, None)
    wanted = []
    for seed in range(300):
        drawn = draw(
            kit.known,
            index,
            response,
            note=None,
            loudness_db=model_db,
            wildness=1.0,
            rng=CounterRng(seed),
        )
        law = response.controls_at(drawn.loudness_db, None)
        gain = (drawn.loudness_db if played_db is None else played_db) + drawn.louder_db
        decay = np.log(law.decay_s) + drawn.longer
        told = [drawn.higher, drawn.tilt, decay, np.log(drawn.length_s), drawn.loudness_db, gain]
        wanted.append([*told, *drawn.z])
    ours = np.array(got, float)
    # The latent is rounded to float32 in Python only.
    np.testing.assert_allclose(ours, np.array(wanted), rtol=1e-5, atol=1e-6)
    # Never a small step, which would be a copy.
    step = np.array([1.1, 0.15, 0.3])
    alone = {"kick": 1.0, "snare": 2 / 3, "hihat open": 1 / 3}[label]
    tilt = ours[:, 1] - (0.015 * (ours[:, 5] - ours[:, 4]) if velocity is None else 0.0)
    moved = np.stack([ours[:, 0], tilt, ours[:, 2] - np.log(law.decay_s)], axis=1) / step
    far = np.sqrt((moved**2).sum(axis=1) / 3)
    assert 0.85 * alone < far.min() < far.max() < 1.35 * alone


@pytest.mark.parametrize("wildness", [0.0, 0.4, 1.0, 2.0])
def test_sustained_notes_are_drawn_as_in_python(
    engine: EnginePage, tmp_path: Path, wildness: float
) -> None:
    instrument = all_sustained(make_instrument(TONES))
    path = tmp_path / "held.messina"
    instrument.save(path)
    label = instrument.labels[0]
    asked = [(60.0 + 0.3 * (seed % 40), 1.0 + 3 * (seed % 40)) for seed in range(120)]
    got = engine.evaluate(
        """async ([bytes, label, wildness, asked]) => {
            const held = await engine.loadInstrument(Uint8Array.from(bytes).buffer, { id: "held" });
            const sounds = asked.map(([note, velocity], seed) =>
                m.newSound(held, { label, note, velocity, wildness, seed }));
            engine.unloadInstrument(held);
            return sounds.map(({ model, z }) => [model, ...z]);
        }""",
        [list(path.read_bytes()), label, wildness, asked],
    )
    response = instrument.manifest.responses[0]
    for seed, (note, velocity) in enumerate(asked):
        model_db, _ = response.loudness_at(velocity, note)
        drawn = draw(
            instrument.known,
            0,
            response,
            note=note,
            loudness_db=model_db,
            wildness=wildness,
            rng=CounterRng(seed),
        )
        assert got[seed][0] == drawn.model
        np.testing.assert_allclose(got[seed][1:], drawn.z, rtol=1e-5, atol=1e-6)


def test_takes_of_a_sound_that_is_higher_and_tilted_are_as_python_plays_them(
    engine: EnginePage,
) -> None:
    take = engine.evaluate(
        """async () => {
            const { takeOf } = await import("/engine/playing.js");
            const { DEFAULTS } = await import("/engine/ranges.js");
            const sound = { ...m.learntSound(loaded.kit, 0), higher: 1.5, tilt: 0.2 };
            return [{}, { note: 62 }].map((asked) => {
                const { take } = takeOf(loaded.kit, { sound, ...asked }, DEFAULTS, 1, () => 0);
                return { tilt: take.tilt, ratio: take.ratio };
            });
        }"""
    )
    assert take[0] == pytest.approx({"tilt": 0.2, "ratio": 2 ** (1.5 / 12)})
    assert take[1] == pytest.approx({"tilt": 0.2, "ratio": 2 ** (2 / 12)})
