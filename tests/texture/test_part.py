from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from messina.errors import InstrumentError
from messina.instrument.container import Part
from messina.texture import TexturePlayer, texture_from, texture_part
from messina.texture.model import TEXTURE_VERSION, NetworkShape, RecordingRow, TextureManifest
from messina.texture.part import array_shapes
from texture.textures import model


def changed(part: Part, **fields: object) -> Part:
    return Part(
        document=json.dumps(json.loads(part.document) | fields).encode(), arrays=part.arrays
    )


def with_array(part: Part, name: str, array: np.ndarray) -> Part:
    return Part(document=part.document, arrays={**part.arrays, name: array})


def test_the_documentation_names_every_array_and_field():
    page = (Path(__file__).parents[2] / "docs/format.md").read_text(encoding="utf-8")
    rows = {
        name: cells[1:3]
        for line in page.splitlines()
        if line.startswith("| `stream/")
        for cells in [[c.strip() for c in line.split("|")[1:-1]]]
        for name in re.findall(r"`stream/([\w.]+)`", cells[0])
    }
    shape = NetworkShape(width=5, components=7, embedding=3)
    manifest = msgspec.structs.replace(model().manifest, network=shape, drops=9)
    found = set()
    for name, (sizes, kind) in array_shapes(manifest).items():
        layer = re.sub(r"\.(weight|bias)\w*$", "", name)
        found.add(layer)
        said_kind, said_shape = rows[layer]
        assert said_kind == np.dtype(kind).name, name
        if layer == name:
            assert said_shape.count(",") == len(sizes) - 1, name
            numbers = set(re.findall(r"\d+", said_shape))
            assert numbers <= set(map(str, sizes)), name
    assert found == set(rows)
    fields = [*TextureManifest.__struct_fields__, *RecordingRow.__struct_fields__]
    for field in [*fields, *NetworkShape.__struct_fields__]:
        assert f"`{field}`" in page, field
    assert f"`version` ({TEXTURE_VERSION})" in page


def test_what_is_read_sounds_as_what_was_written():
    again = texture_from(texture_part(model()))
    first, second = (TexturePlayer(m, seed=1).block(20_000) for m in (model(), again))
    assert_array_equal(first, second)


def test_damage_is_told_in_a_sentence():
    part = texture_part(model())
    rows = json.loads(part.document)["recordings"]
    damaged = [
        Part(document=b"{", arrays=part.arrays),
        changed(part, version=99),
        changed(part, latents=10**9),
        changed(part, latents=3),
        changed(part, recordings=[]),
        changed(part, recordings=[rows[0] | {"patches": -5}, rows[1]]),
        changed(part, recordings=[rows[0] | {"patches": 10**12}, rows[1]]),
        changed(part, fast="network"),
        changed(part, network={"width": 10**9, "components": 1, "embedding": 1}),
        changed(part, surprise=1),
        with_array(part, "mean", part.arrays["mean"][:-1]),
        with_array(part, "mean", np.full_like(part.arrays["mean"], np.nan)),
        with_array(part, "latents", np.full_like(part.arrays["latents"], 5e4)),
        with_array(part, "scale", np.zeros_like(part.arrays["scale"])),
        with_array(part, "fine", part.arrays["fine"][:-1]),
        with_array(part, "fine", part.arrays["fine"].astype(np.float32)),
        with_array(part, "stranger", np.zeros(3, np.float32)),
    ]
    for part in damaged:
        with pytest.raises(InstrumentError) as error:
            texture_from(part)
        assert "\n" not in str(error.value)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_no_document_of_any_bytes_is_a_traceback(document):
    with pytest.raises(InstrumentError):
        texture_from(Part(document=document, arrays={}))
