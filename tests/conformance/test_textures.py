"""The same seed is the same texture in both players: where it goes, what falls, how it sounds."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from conformance.node import ENGINE, answers
from differences import Differs, difference_db, numbers_db
from messina.limiter import Limiter
from messina.texture.drops import SHAPE_SIZE, Drops
from messina.texture.model import TextureModel
from messina.texture.part import texture_from, texture_part
from messina.texture.player import TexturePlayer
from play.handmade_texture import PATCHES, make_texture, save_texture

TOLERANCE_DB = -80.0  # float32 phases of oscillators at 16 kHz

_TEXTURES = """
    import { readFileSync } from "node:fs";
    import { readTexture } from "ENGINE/file.js";
    import { Kernel } from "ENGINE/kernel.js";
    import { TexturePlayer } from "ENGINE/texture/player.js";
    function answer({ data, wasm, settings, patches, portions, jumps }) {
        const model = readTexture(Uint8Array.from(Buffer.from(data, "base64")).buffer);
        const player = new TexturePlayer(model, new Kernel(readFileSync(wasm)), settings);
        const way = Array.from({ length: patches }, (_, i) => {
            if (jumps[i] !== undefined) player.jump(jumps[i]);
            return [...player.latent()];
        });
        const { style, place } = player.where;
        player.reset();
        const sides = [[], []];
        for (let i = 0; i < portions; i++) {
            player.portion().forEach((part, k) => sides[k].push(...part));
        }
        const bytes = sides.map((side) => Buffer.from(Float32Array.from(side).buffer));
        const coded = bytes.map((side) => side.toString("base64"));
        return [way, style, place, coded];
    }
"""


def raining(model: TextureModel) -> TextureModel:
    """With drops, as it is once it was in a file."""
    rng = np.random.default_rng(5)
    shapes = rng.uniform(-4.0, -2.0, (200, SHAPE_SIZE))
    shapes[:, 0], shapes[:, 1] = rng.uniform(-0.5, 0.5, 200), np.log(60.0)
    drops = Drops(
        places=np.sort(rng.integers(0, sum(PATCHES), 200)),
        shapes=shapes.astype(np.float32),
        each=1.5,
    )
    manifest = model.manifest
    whole = TextureModel(
        manifest=manifest,
        basis=model.basis,
        fine=model.fine,
        latents=model.latents,
        weights=model.weights,
        drops=drops,
    )
    return texture_from(texture_part(whole))


@pytest.mark.parametrize("which", ["walk", "network", "rain"])
@pytest.mark.parametrize(
    ("wildness", "pace", "levelling", "mixture"),
    [
        (1.0, 1.0, 1.0, None),
        (0.3, 2.5, 0.0, None),
        (1.7, 0.5, 0.4, {0: 1.0, 1: 3.0}),
        (1.0, 1.0, 1.0, {1: 2.0}),
    ],
)
def test_a_texture_of_a_seed_is_the_same(
    which: str,
    wildness: float,
    pace: float,
    levelling: float,
    mixture: dict[int, float] | None,
    tmp_path: Path,
    differs: Differs,
) -> None:
    model = make_texture(network=which == "network")
    if which == "rain":
        model = raining(model)
    save_texture(tmp_path / "it.messina", model)
    settings = {"seed": 11, "wildness": wildness, "pace": pace, "levelling": levelling}
    jumps = {"300": 0.9, "650": 0.1}
    given = {
        "data": base64.b64encode((tmp_path / "it.messina").read_bytes()).decode(),
        "wasm": str(ENGINE / "kernel" / "kernel.wasm"),
        "settings": settings | {"mixture": mixture},
        "patches": 900,
        "portions": 12,
        "jumps": jumps,
    }
    way, style, place, coded = answers(_TEXTURES, given)
    player = TexturePlayer(model, **settings, style=mixture)
    wanted = []
    for patch in range(900):
        if str(patch) in jumps:
            player.jump(jumps[str(patch)])
        wanted.append(player.latents(1)[0])
    # Bounds are float32 in both; the way itself is the same to the last bit.
    np.testing.assert_allclose(np.array(way), np.stack(wanted), atol=1e-5)
    differs("textures: the way, pace, mixtures", "page", numbers_db(way, np.stack(wanted)))
    walk = player._voices[0].walk
    assert (style, place * sum(PATCHES)) == (walk.style, pytest.approx(walk.place, abs=1e-9))
    player.reset()
    heard = [np.frombuffer(base64.b64decode(side), np.float32) for side in coded]
    # The page limits what it plays as it is heard, at its own look-ahead (test_limiter).
    limiter = Limiter()
    got = limiter.step(np.stack(heard, axis=1))[limiter.latency :]
    sound = player.block(len(got))
    assert np.abs(sound).max() > 1e-3
    error_db = difference_db(got, sound)
    assert error_db < TOLERANCE_DB
    differs("textures: sound, levelling", "page", error_db)
