from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from messina.errors import InstrumentError
from messina.instrument import Instrument
from messina.instrument.container import HITS, Part, encode_parts
from messina.instrument.file import ARRAY_BOUNDS, array_shapes, decode_file, encode_file
from messina.instrument.manifest import Manifest, SoundRow
from messina.instrument.network import NetworkConfig
from messina.instrument.responses import Response

from .conftest import make_arrays, make_manifest

MANIFEST = make_manifest()
ARRAYS = make_arrays(MANIFEST, np.random.default_rng(0))
WHOLE = encode_file(MANIFEST, ARRAYS)


def refused(data: bytes) -> str:
    with pytest.raises(InstrumentError) as caught:
        decode_file(data)
    text = str(caught.value)
    assert "\n" not in text
    return text


def with_envelope(**changes: object) -> bytes:
    """The file with other words in its metadata."""
    length = int.from_bytes(WHOLE[:8], "little")
    header = json.loads(WHOLE[8 : 8 + length])
    envelope = json.loads(header["__metadata__"]["messina"]) | changes
    return safetensors.numpy.save(ARRAYS, {"messina": json.dumps(envelope)})


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    Instrument(MANIFEST, ARRAYS).save(tmp_path / "a.messina")
    back = Instrument.load(tmp_path / "a.messina")
    assert back.manifest == MANIFEST
    for name, array in ARRAYS.items():
        assert np.array_equal(back.arrays[name], array), name


def test_the_same_instrument_is_the_same_bytes() -> None:
    assert encode_file(MANIFEST, dict(reversed(ARRAYS.items()))) == WHOLE


def without_contours() -> bytes:
    """The file as it was written before pitch was followed."""
    older = {name: array for name, array in ARRAYS.items() if name != "contours"}
    return encode_parts({HITS: Part(document=msgspec.json.encode(MANIFEST), arrays=older)})


def test_a_file_of_before_pitch_was_followed_is_read_as_if_it_stood_still() -> None:
    _, arrays, _ = decode_file(without_contours())
    assert arrays["contours"].shape == (MANIFEST.trajectory_rows,)
    assert not arrays["contours"].any()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="there is no such file"):
        Instrument.load(tmp_path / "none.messina")
    with pytest.raises(InstrumentError, match="a folder"):
        Instrument.load(tmp_path)


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"RIFF\x00\x00\x00\x00WAVEfmt ", b"PK\x03\x04" * 50, b"\x00" * 64, b"{}" * 40],
)
def test_a_foreign_file_is_told_from_an_instrument(data: bytes) -> None:
    assert "not an instrument file" in refused(data)


def test_another_programs_weights_are_not_an_instrument() -> None:
    data = safetensors.numpy.save({"w": np.zeros(3, np.float32)}, {"format": "pt"})
    assert "not an instrument file" in refused(data)


def test_a_newer_file_asks_for_a_newer_program() -> None:
    assert "newer version of Messina" in refused(with_envelope(format_version=99))


def test_a_truncated_file_is_said_to_be_cut_short() -> None:
    assert "cut short" in refused(WHOLE[: len(WHOLE) // 2])


def test_numbers_that_are_not_finite_are_refused() -> None:
    bad = {**ARRAYS, "body_mean": np.full_like(ARRAYS["body_mean"], np.nan)}
    assert "not finite" in refused(encode_file(MANIFEST, bad))


@pytest.mark.parametrize(
    ("name", "number"), [("places", -0.01), ("places", 1.01), ("keys", -2), ("keys", 2)]
)
def test_a_map_beyond_its_edges_and_keys_of_no_label_are_refused(name: str, number: float) -> None:
    array = ARRAYS[name].copy()
    array.flat[3] = number
    said = refused(encode_file(MANIFEST, {**ARRAYS, name: array}))
    assert f"array '{name}' holds impossible numbers" in said


@pytest.mark.parametrize("name", ["places", "keys"])
def test_a_map_of_other_sounds_is_refused(name: str) -> None:
    array = np.concatenate([ARRAYS[name], ARRAYS[name][:1]])
    manifest = Part(document=msgspec.json.encode(MANIFEST), arrays={**ARRAYS, name: array})
    assert f"array '{name}' is" in refused(encode_parts({HITS: manifest}))


def test_the_documentation_names_every_array_and_field_and_its_bounds() -> None:
    page = (Path(__file__).parents[2] / "docs/format.md").read_text(encoding="utf-8")
    rows = {
        name: cells[1:]
        for line in page.splitlines()
        if line.startswith("| `") and len(cells := [c.strip() for c in line.split("|")[1:-1]]) == 4
        for name in re.findall(r"`([\w.]+)`", cells[0])
    }
    for name, (shape, kind) in array_shapes(MANIFEST).items():
        layer = re.sub(r"\.(weight|bias)$", "", name)
        if layer not in rows:  # a range of layers is named by its first
            layer = re.sub(r"\d+$", "0", layer)
        said_kind, said_shape, _ = rows[layer]
        assert said_kind == np.dtype(kind).name, name
        if layer == name:
            assert said_shape.count(",") == len(shape) - 1, name
        sizes = {number for number in re.findall(r"\d+", said_shape) if int(number) > 2}
        assert sizes <= set(map(str, shape)), name
    for name, (low, high) in ARRAY_BOUNDS.items():
        if name != "keys":  # which says more: the labels there are
            said = rows[name][2].replace("2⁻²⁰", str(2.0**-20))
            wanted = f"±{high:g}" if low == -high and "±" in said else f"{low:g} … {high:g}"
            wanted = wanted.replace("1e+05", "100000").replace(f"{2.0**-20:g}", str(2.0**-20))
            assert said.startswith(wanted), name
    fields = [*Manifest.__struct_fields__, *SoundRow.__struct_fields__]
    fields += [*Response.__struct_fields__, *NetworkConfig.__dataclass_fields__]
    for field in fields:
        assert f"`{field}`" in page, field


def test_sizes_that_do_not_belong_together_are_refused() -> None:
    manifest = msgspec.structs.replace(MANIFEST, previewed=(0,))
    arrays = {**ARRAYS, "preview": ARRAYS["preview"][:1]}
    good = encode_file(manifest, arrays)
    decode_file(good)
    text = msgspec.json.encode(manifest).decode()
    assert "damaged" in refused(with_envelope(manifest=json.loads(text)))


def test_a_manifest_with_unknown_words_is_refused() -> None:
    manifest = json.loads(msgspec.json.encode(MANIFEST)) | {"pickle": "no"}
    odd = Part(document=json.dumps(manifest).encode(), arrays=ARRAYS)
    assert "manifest is not valid" in refused(encode_parts({HITS: odd}))


@settings(max_examples=60)
@given(st.integers(0, len(WHOLE) - 1))
def test_no_truncation_is_taken_for_an_instrument(length: int) -> None:
    refused(WHOLE[:length])


@settings(max_examples=100)
@given(st.integers(0, 8 * len(WHOLE) - 1))
def test_no_flipped_bit_goes_unnoticed(bit: int) -> None:
    data = bytearray(WHOLE)
    data[bit // 8] ^= 1 << (bit % 8)
    try:
        manifest, _, _ = decode_file(bytes(data))
    except InstrumentError:
        return
    # White space in the header and the like: what is read is what was written.
    assert manifest == MANIFEST
