"""A map of ten thousand sounds is drawn once and then played on."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from export.handmade import KIT, make_instrument
from messina.instrument import Instrument
from messina.instrument.embedding import derived_arrays
from play.browsing import Desk
from play.conftest import OpenDesk, serving

pytestmark = pytest.mark.browser

SOUNDS = 10_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, open_desk: OpenDesk) -> Iterator[Desk]:
    file = tmp_path_factory.mktemp("large") / "library.messina"
    _of_many_sounds().save(file)
    with serving(file) as server:
        yield open_desk(server.url)


def _of_many_sounds() -> Instrument:
    """The kit by hand, each of its sounds again and again with latents of its own."""
    kit = make_instrument(KIT)
    few = len(kit.manifest.sounds)
    again = np.arange(SOUNDS) % few
    rng = np.random.default_rng(0)
    sounds = tuple(
        msgspec.structs.replace(
            kit.manifest.sounds[i],
            digest=f"{number}",
            brightness_hz=float(np.exp(rng.uniform(np.log(100), np.log(9_000)))),
            decay_s=float(rng.uniform(0.1, 2.0)),
        )
        for number, i in enumerate(again)
    )
    manifest = msgspec.structs.replace(kit.manifest, sounds=sounds)
    arrays = {
        name: array[again] if array.shape[:1] == (few,) and name != "fine" else array
        for name, array in kit.arrays.items()
    }
    arrays["latent_means"] = rng.standard_normal((SOUNDS, 4)).astype(np.float16)
    return Instrument(manifest, arrays | derived_arrays(manifest, arrays))


def test_a_pointer_that_moves_over_ten_thousand_dots_draws_none_of_them_again(desk: Desk) -> None:
    page = desk.page
    page.evaluate(
        """() => {
          globalThis.drawn = { arc: 0, drawImage: 0 };
          for (const kind of ["arc", "drawImage"]) {
            const draw = CanvasRenderingContext2D.prototype[kind];
            CanvasRenderingContext2D.prototype[kind] = function (...of) {
              globalThis.drawn[kind]++;
              return draw.apply(this, of);
            };
          }
        }"""
    )
    box = page.locator(".map").bounding_box()
    assert box is not None
    for step in range(40):
        page.mouse.move(
            box["x"] + box["width"] * (0.1 + 0.02 * step), box["y"] + 0.4 * box["height"]
        )
        desk.pause(0.02)
    drawn = page.evaluate("drawn")
    assert drawn["drawImage"] > 0
    assert drawn["arc"] < SOUNDS / 10  # those of the cursor
