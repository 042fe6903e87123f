"""The page's counterpart of textures, held against the Python one."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from messina.frames.layout import HOP
from messina.instrument.container import encode_parts
from messina.sequences.sequence import TEXTURE
from messina.texture import TextureModel, texture_part
from messina.texture.drops import DECAY, LENGTH, PAN, SHAPE_SIZE, Drops, burst
from messina.texture.layout import BANDS, NOISE, OFFSETS, PARTIALS, PATCH, STEREO
from messina.texture.synthesis import TextureSynthesiser
from play.engine.browser import EnginePage
from play.engine.test_file import changed
from play.handmade_texture import LATENTS, PATCHES, make_texture, save_texture

_OPEN = """
async (texts) => {
  const load = (name) => import(`/engine/texture/${name}.js`);
  const { readTexture } = await import("/engine/file.js");
  const { Kernel } = await import("/engine/kernel.js");
  const [slow, fast, synthesis, player, drops] = await Promise.all(
    ["slow", "fast", "synthesis", "player", "drops"].map(load));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const wasm = await (await fetch("/engine/kernel/kernel.wasm")).arrayBuffer();
  window.t = {
    ...slow, ...fast, ...synthesis, ...player, ...drops, bytes, readTexture,
    kernel: () => new Kernel(wasm), models: texts.map((text) => readTexture(bytes(text))),
  };
}
"""


@pytest.fixture(scope="module")
def textures() -> list[TextureModel]:
    return [make_texture(), make_texture(network=True)]


@pytest.fixture(scope="module")
def page(
    engine: EnginePage, textures: list[TextureModel], tmp_path_factory: pytest.TempPathFactory
) -> EnginePage:
    path: Path = tmp_path_factory.mktemp("texture") / "texture.messina"
    files = []
    for texture in textures:
        save_texture(path, texture)
        files.append(base64.b64encode(path.read_bytes()).decode())
    engine.evaluate(_OPEN, files)
    return engine


def test_slow_and_fast_levels_and_their_bounds_are_pythons(
    page: EnginePage, textures: list[TextureModel]
) -> None:
    slow, fast, low, high = page.evaluate(
        "() => { const [m] = t.models; return [m.slow, m.fast, ...m.bounds].map((x) => [...x]); }"
    )
    model = textures[0]
    assert np.abs(np.array(slow) - model.slow.ravel()).max() < 1e-5
    assert np.abs(np.array(fast) - model.fast.ravel()).max() < 1e-5
    least, most = np.percentile(model.latents, (0.1, 99.9), axis=0)
    assert np.allclose(low, least - 0.1 * (most - least), atol=1e-5)
    assert np.allclose(high, most + 0.1 * (most - least), atol=1e-5)


def test_patches_become_pythons_frames(page: EnginePage, textures: list[TextureModel]) -> None:
    latents = np.random.default_rng(1).standard_normal((5, LATENTS)).astype(np.float32)
    wanted = textures[0].basis.decode(latents[1:], latents[0])
    got = page.evaluate(
        """(latents) => {
            const [model] = t.models;
            const patches = latents.map((latent) => model.patch(Float32Array.from(latent)));
            const frame = (p, i) => [...model.frame(patches[p - 1], patches[p], i, new Float32Array(patches[0].length / 8))];
            return [1, 2, 3, 4].flatMap((p) => [0, 1, 2, 3].map((i) => frame(p, i)));
        }""",  # noqa: E501
        latents.tolist(),
    )
    assert len(got) == 4 * PATCH
    assert np.abs(np.array(got) - wanted).max() < 2e-5 * np.abs(wanted).max()


def test_a_drop_sounds_as_pythons(page: EnginePage) -> None:
    rng = np.random.default_rng(6)
    shape = rng.uniform(-4.0, -1.0, SHAPE_SIZE).astype(np.float32)
    shape[DECAY] = np.log(50.0)
    phases = rng.uniform(0, 2 * np.pi, LENGTH // 2 + 1)
    got = page.evaluate(
        "([shape, phases]) => [...t.burst(Float32Array.from(shape), phases)]",
        [shape.tolist(), phases.tolist()],
    )
    wanted = burst(shape, phases)
    assert np.abs(np.array(got) - wanted).max() < 1e-5 * np.abs(wanted).max()


def test_drops_are_heard_and_repeat_with_their_seed(page: EnginePage) -> None:
    model = make_texture()
    patches = sum(PATCHES)
    shapes = np.full((patches, SHAPE_SIZE), -1.0, np.float32)
    shapes[:, PAN], shapes[:, DECAY] = 0.0, np.log(30.0)
    drops = Drops(places=np.arange(patches), shapes=shapes)
    manifest = msgspec.structs.replace(model.manifest, drops=patches)
    wet = dataclasses.replace(model, manifest=manifest, drops=drops)
    files = [encode_parts({TEXTURE: texture_part(texture)}) for texture in (model, wet)]
    powers = page.evaluate(
        """(texts) => texts.map((text) => {
            const model = t.readTexture(t.bytes(text));
            const player = new t.TexturePlayer(model, t.kernel(), { seed: 3 });
            const take = () => Array.from({ length: 6 }, () => [...player.portion()[0]]).flat();
            const first = take();
            player.reset();
            const same = take().every((x, n) => x === first[n]);
            return [same, first.reduce((sum, x) => sum + x * x, 0)];
        })""",
        [base64.b64encode(data).decode() for data in files],
    )
    assert [same for same, _ in powers] == [True, True]
    # About 48 drops fall, with an energy of 9 e^-2 each.
    gain = powers[1][1] - powers[0][1]
    assert gain == pytest.approx(48 * 9 * np.exp(-2.0), rel=0.5)


def _frames(count: int) -> np.ndarray:
    """Rows with everything a frame can hold: what drifts, what is hidden, what is silent."""
    rng = np.random.default_rng(3)
    time = np.arange(count)[:, None] / 30.0
    model = make_texture()
    rows = np.repeat(model.basis.mean[None], count, axis=0)
    rows += 0.5 * np.sin(2 * np.pi * (time + rng.uniform(0, 1, rows.shape[1])))
    rows[:, OFFSETS] = np.clip(0.6 * np.sin(time + np.arange(BANDS)), -0.5, 0.5)
    rows[:, PARTIALS.start : PARTIALS.start + 40 : 3] += 2.0  # over the noise around
    rows[: count // 2, NOISE.start + 200 :] = -16.0  # under what is heard at all
    rows[:, STEREO] = np.clip(rows[:, STEREO], -2.0, 2.0)
    return rows.astype(np.float32)


def test_frames_sound_as_python_plays_them(page: EnginePage, textures: list[TextureModel]) -> None:
    key, frames = 0xDEADBEEF, _frames(120)
    fine = [textures[0].fine_at(0, 0), textures[0].fine_at(1, PATCHES[0])]
    synthesiser = TextureSynthesiser(key=key, fine=fine[0])
    wanted = [synthesiser.step(frames[:60])]
    synthesiser.turn_to(fine[1])
    wanted = np.concatenate([*wanted, synthesiser.step(frames[60:])])
    sides = page.evaluate(
        """([key, frames, second]) => {
            const synthesiser = new t.TextureSynthesiser(t.kernel());
            const [model] = t.models;
            synthesiser.begin({ key, fine: model.fineAt(0, 0) });
            const sides = [0, 1].map(() => new Float32Array(256 * frames.length));
            frames.forEach((frame, i) => {
              if (i === 60) synthesiser.turnTo(model.fineAt(1, second));
              synthesiser.step(Float32Array.from(frame), ...sides, 256 * i);
            });
            return sides.map(base64);
        }""",
        [key, frames.tolist(), PATCHES[0]],
    )
    got = np.stack([np.frombuffer(base64.b64decode(side), np.float32) for side in sides], axis=1)
    assert got.shape == wanted.shape == (120 * HOP, 2)
    apart = np.sqrt(np.mean((got - wanted) ** 2) / np.mean(wanted**2))
    assert apart < 1e-4  # -80 dB: float32 phases of oscillators at 16 kHz
    assert np.abs(got[:, 0] - got[:, 1]).max() > 0.1 * np.abs(got).max()


_PLAY = """
([which, seed, portions, settings, jump]) => {
  const player = new t.TexturePlayer(t.models[which], t.kernel(), { seed, ...settings });
  const out = Array.from({ length: portions }, (_, i) => {
    if (i === portions / 2 && jump !== null) player.jump(jump);
    const [left, right] = player.portion();
    const power = left.reduce((sum, x) => sum + x * x, 0) / left.length;
    const most = Math.max(...left.map(Math.abs), ...right.map(Math.abs));
    const first = [left[0], left[100], right[2000]];
    return { power, most, first, samples: left.length, ...player.where };
  });
  return out;
}
"""


@pytest.mark.parametrize("which", [0, 1])
def test_a_seed_repeats_its_texture_and_another_does_not(page: EnginePage, which: int) -> None:
    def play(seed: int) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = page.evaluate(_PLAY, [which, seed, 12, {}, None])
        return out

    first = play(3)
    assert play(3) == first
    assert play(4) != first
    assert {part["samples"] for part in first[1:]} == {8192}
    assert first[0]["samples"] == 8192 - TextureSynthesiser.LATE
    assert max(part["most"] for part in first) < 2.0  # limited where it is heard
    assert min(part["power"] for part in first) > 1e-6


def test_reset_gives_the_same_again_and_nothing_grows(page: EnginePage) -> None:
    same, grown, played = page.evaluate(
        """() => {
            const kernel = t.kernel();
            const player = new t.TexturePlayer(t.models[0], kernel, { seed: 5 });
            const { end } = kernel;
            const take = () => Array.from({ length: 3 }, () => [...player.portion()[0]]).flat();
            const first = take();
            for (let i = 0; i < 100; i++) player.portion();
            player.reset();
            const again = take();
            return [first.every((x, n) => x === again[n]), kernel.end - end, first.length];
        }"""
    )
    assert (same, grown) == (True, 0)
    assert played == 3 * 8192 - TextureSynthesiser.LATE


def test_a_jump_goes_to_its_place(page: EnginePage) -> None:
    split = PATCHES[0] / sum(PATCHES)
    for share in (0.2, 0.8):
        played = page.evaluate(_PLAY, [0, 1, 6, {}, share])
        assert played[3]["style"] == (0 if share < split else 1)
        assert abs(played[3]["place"] - share) < 0.05


def test_damage_is_refused_in_a_sentence(page: EnginePage, textures: list[TextureModel]) -> None:
    good = encode_parts({TEXTURE: texture_part(textures[0])})

    def part(change: Any) -> bytes:
        return changed(good, lambda _, envelope: change(envelope["parts"]["stream"]))

    cases = {
        "has version 99": part(lambda m: m.update(version=99)),
        "not described validly": part(lambda m: m.update(surprise=1)),
        "described validly": part(lambda m: m.update(recordings=[])),
        "is not described": part(lambda m: m["recordings"][0].update(patches=-1)),
        "names a network": part(lambda m: m.update(fast="network")),
        "'stream/latents' is missing": part(lambda m: m["recordings"][0].update(patches=5)),
        "'stream/more'": changed(good, lambda h, _: h.update({"stream/more": h["stream/mean"]})),
    }
    said = page.evaluate(
        """(texts) => texts.map((text) => {
            try { t.readTexture(t.bytes(text)); return ""; }
            catch (error) {
              return error instanceof m.InstrumentError ? error.message : error.stack;
            }
        })""",
        [base64.b64encode(data).decode() for data in cases.values()],
    )
    for wanted, sentence in zip(cases, said, strict=True):
        assert wanted in sentence
        assert "\n" not in sentence
