"""Textures of version 1: noise that fluctuates as told, without a fine spectrum."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from messina.errors import InstrumentError
from messina.frames.layout import FLAT_FINE
from messina.instrument import container
from messina.instrument.container import Part, decode_parts, encode_parts
from messina.play.catalogue import as_the_page_reads
from messina.sequences.sequence import TEXTURE
from messina.texture import TexturePlayer, texture_from, texture_part
from messina.texture.layout import GROUPS, NOISE
from messina.texture.model import MOST_PATCHES, TEXTURE_VERSION
from messina.texture.part import upgraded
from texture.textures import level_db, model


def old_part(**fields: object) -> Part:
    """The part of a model as version 1 wrote it."""
    part = texture_part(model())
    document = json.loads(part.document) | {"version": 1} | fields
    arrays = {name: array for name, array in part.arrays.items() if name != "fine"}
    arrays["evenness"] = np.full((2, GROUPS), 0.5, np.float16)
    return Part(document=json.dumps(document).encode(), arrays=arrays, version=1)


def test_an_old_texture_plays_as_loud_as_it_did():
    old = texture_from(old_part())
    assert old.manifest.version == TEXTURE_VERSION
    assert (old.fine_at(1, int(old.starts[1])) == FLAT_FINE).all()
    assert_allclose(old.basis.mean[NOISE], model().basis.mean[NOISE] + 0.095, atol=1e-6)
    sound = TexturePlayer(old, seed=1).block(3 * 44_100)
    assert np.isfinite(sound).all()
    today = TexturePlayer(model(), seed=1).block(3 * 44_100)
    assert level_db(sound) == pytest.approx(level_db(today), abs=2.0)


def test_what_is_up_to_date_stays_as_it_is():
    part = texture_part(model())
    assert upgraded(part) is part


def test_the_page_gets_an_old_texture_as_this_version_writes_it(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(container, "FORMAT_VERSION", 1)
        data = encode_parts({TEXTURE: old_part()})
    new = as_the_page_reads(data)
    parts = decode_parts(new)
    assert parts[TEXTURE].version == container.FORMAT_VERSION
    assert json.loads(parts[TEXTURE].document)["version"] == TEXTURE_VERSION
    assert as_the_page_reads(new) is new
    assert_allclose(texture_from(parts[TEXTURE]).basis.mean, texture_from(old_part()).basis.mean)


def test_damaged_old_ones_are_refused_in_a_sentence():
    part = old_part()
    rows = json.loads(part.document)["recordings"]
    without = {name: array for name, array in part.arrays.items() if name != "evenness"}
    damaged = [
        Part(document=part.document, arrays=without),
        Part(document=part.document, arrays=part.arrays | {"mean": np.zeros(3, np.float32)}),
        old_part(recordings=[]),
        old_part(recordings="many"),
        old_part(recordings=[rows[0] | {"patches": MOST_PATCHES + 1}]),
        old_part(recordings=[rows[0] | {"patches": 0}, rows[1]]),
        old_part(recordings=[rows[0] | {"patches": MOST_PATCHES - 1}, rows[1]]),
        old_part(surprise=1),
    ]
    for part in damaged:
        with pytest.raises(InstrumentError) as error:
            texture_from(part)
        assert "\n" not in str(error.value)
