from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from messina.errors import InstrumentError
from messina.instrument import Instrument
from messina.instrument.container import (
    FORMAT_VERSION,
    HITS,
    Part,
    decode_parts,
    encode_parts,
    read_parts,
)
from messina.instrument.file import decode_file, encode_file

from .conftest import make_arrays, make_manifest

MANIFEST = make_manifest()
ARRAYS = make_arrays(MANIFEST, np.random.default_rng(0))
EVENTS = Part(document=b'{"seed":3}', arrays={"w": np.arange(6, dtype=np.float32).reshape(2, 3)})


def refused(data: bytes) -> str:
    with pytest.raises(InstrumentError) as caught:
        decode_parts(data)
    return str(caught.value)


def altered(data: bytes, **changes: object) -> bytes:
    """The file with other words in its metadata, its arrays as they were."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    envelope = json.loads(header["__metadata__"]["messina"]) | changes
    return safetensors.numpy.save(safetensors.numpy.load(data), {"messina": json.dumps(envelope)})


def test_parts_come_back_as_they_were_written() -> None:
    parts = decode_parts(encode_parts({"events": EVENTS}))
    assert list(parts) == ["events"]
    assert parts["events"].document == EVENTS.document
    assert np.array_equal(parts["events"].arrays["w"], EVENTS.arrays["w"])


def test_the_order_of_parts_does_not_matter() -> None:
    other = Part(document=b"[]", arrays={})
    ab = encode_parts({"a": EVENTS, "b": other})
    assert encode_parts({"b": other, "a": EVENTS}) == ab


def test_an_instrument_keeps_the_other_parts_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.messina"
    path.write_bytes(encode_file(MANIFEST, ARRAYS, {"events": EVENTS}))
    Instrument.load(path).save(tmp_path / "b.messina")
    assert (tmp_path / "b.messina").read_bytes() == path.read_bytes()
    assert set(read_parts(path)) == {HITS, "events"}


def test_a_file_without_single_sounds_says_what_it_can_do() -> None:
    with pytest.raises(InstrumentError, match="plays on by itself"):
        decode_file(encode_parts({"stream": EVENTS}))


def test_what_was_changed_is_refused() -> None:
    whole = encode_parts({"events": EVENTS})
    assert "not what was written" in refused(altered(whole, parts={"events": {"seed": 4}}))
    assert "not what was written" in refused(altered(whole, parts={"stream": {"seed": 3}}))
    assert "not what was written" in refused(altered(whole, parts={}))
    assert "newer version" in refused(altered(whole, format_version=FORMAT_VERSION + 1))


@pytest.mark.parametrize("cut", [0, 7, 8, 100, -1])
def test_a_file_cut_short_is_refused(cut: int) -> None:
    assert refused(encode_parts({"events": EVENTS})[:cut])


def test_numbers_that_are_not_finite_are_refused() -> None:
    bad = Part(document=b"{}", arrays={"w": np.array([np.nan], np.float32)})
    assert "not finite" in refused(encode_parts({"events": bad}))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes among files")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.messina"
    os.mkfifo(pipe)
    with pytest.raises(InstrumentError, match="a device or a pipe"):
        Instrument.load(pipe)
