"""Manifests and arrays that no learning makes: refused by name, or played without harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from messina.errors import InstrumentError, MessinaError
from messina.instrument import Instrument
from messina.instrument.container import (
    HITS,
    LARGEST_HEADER,
    MOST_ARRAYS,
    Part,
    decode_parts,
    encode_parts,
)
from messina.instrument.file import decode_file

from .conftest import make_arrays, make_manifest

MANIFEST = make_manifest()
ARRAYS = make_arrays(MANIFEST, np.random.default_rng(0))

Change = Callable[[dict[str, Any]], object]


def file_with(change: Change, **arrays: np.ndarray) -> bytes:
    """The file with its manifest changed, digest and all as they should be."""
    document = json.loads(msgspec.json.encode(MANIFEST))
    change(document)
    part = Part(document=json.dumps(document).encode(), arrays={**ARRAYS, **arrays})
    return encode_parts({HITS: part})


def put(*place: str | int, value: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        target: Any = document
        for key in place[:-1]:
            target = target[key]
        target[place[-1]] = value

    return change


def hold_out(document: dict[str, Any], *labels: str) -> None:
    for sound in document["sounds"]:
        if not labels or sound["label"] in labels:
            sound["role"] = "held out"


BROKEN: dict[str, tuple[Change, str]] = {
    "every sound held out": (hold_out, "was learnt"),
    "a label held out": (lambda d: hold_out(d, "bell"), "label 'bell' was learnt"),
    "a label without sounds": (
        lambda d: [s.update(label="drum") for s in d["sounds"]],
        "label 'bell'",
    ),
    "two labels alike": (put("responses", 1, "label", value="drum"), "the same"),
    "no curve": (put("responses", 0, "loudness_db", value=[]), "manifest is not valid"),
    "half a curve": (put("responses", 0, "played_db", value=[-9.0] * 4), "manifest is not valid"),
    "half a range": (put("responses", 1, "note_high", value=None), "no range"),
    "a range upside down": (put("responses", 1, "note_low", value=99.0), "no range"),
    "louder than a star": (put("responses", 0, "played_db", value=[1e3] * 9), "not valid"),
    "steeper than a cliff": (put("responses", 1, "loudness_per_note", value=90.0), "louder"),
    "negative decay": (put("sounds", 0, "decay_s", value=-0.1), "manifest is not valid"),
    "no brightness": (put("sounds", 0, "brightness_hz", value=0.0), "manifest is not valid"),
    "a span of nothing": (put("scale", "span", value=[0.0, 1.0, 1.0]), "manifest is not valid"),
    "a note beyond hearing": (put("sounds", 9, "note", value=500.0), "manifest is not valid"),
    "velocity 1000": (put("sounds", 9, "velocity", value=1e3), "manifest is not valid"),
    "steps before the first": (put("steps", value=-5), "manifest is not valid"),
    "a preview of nobody": (put("previewed", value=[0, 16]), "preview"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_manifest_that_means_nothing_is_refused_by_name(name: str) -> None:
    change, reason = BROKEN[name]
    with pytest.raises(InstrumentError, match=reason):
        decode_file(file_with(change))


def numbers_of(value: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The places of all numbers in a document."""
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, x in inside for found in numbers_of(x, (*place, key))]
    return [place] if isinstance(value, int | float) and not isinstance(value, bool) else []


PLACES = [
    place
    for place in numbers_of(json.loads(msgspec.json.encode(MANIFEST)))
    if place[0] != "sounds" or place[1] in {0, 9}
]


@pytest.mark.parametrize("value", [-1e300, -1e4, -1, 0, 1e-300, 40, 1e4, 1e300])
def test_no_number_in_any_place_breaks_what_plays(value: float) -> None:
    """What is read is played to finite sound, at its loudest and highest too."""
    refused = 0
    for place in PLACES:
        try:
            instrument = Instrument(*decode_file(file_with(put(*place, value=value))))
        except InstrumentError:
            refused += 1
            continue
        for label in instrument.labels:
            sound = instrument.render(label=label, velocity=127, note=60, length_s=0.02, seed=1)
            assert np.isfinite(sound).all(), place
    assert refused > 0 if abs(value) > 1e2 else True


@pytest.mark.parametrize("name", sorted(ARRAYS))
@pytest.mark.parametrize("factor", [1e3, -1e3])
def test_arrays_a_thousand_times_too_large_are_refused_or_play_finite_sound(
    name: str, factor: float
) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        changed = np.clip(ARRAYS[name].astype(np.float64) * factor, -6e4, 6e4)
    changed = changed.astype(ARRAYS[name].dtype)
    try:
        instrument = Instrument(*decode_file(file_with(lambda _: None, **{name: changed})))
        sound = instrument.render(velocity=127, length_s=0.05, seed=1)
    except InstrumentError:
        return
    assert np.isfinite(sound).all()


@pytest.mark.parametrize("name", ["level.bias", "onset.1.bias"])
def test_a_network_that_answers_with_what_is_no_number_is_refused_when_played(name: str) -> None:
    broken = {**ARRAYS, name: np.full_like(ARRAYS[name], np.nan)}
    with pytest.raises(InstrumentError, match="not finite"):
        Instrument(MANIFEST, broken).render(seed=0)


def test_an_instrument_that_could_not_be_read_replaces_nothing(tmp_path: Path) -> None:
    file = tmp_path / "kit.messina"
    Instrument(MANIFEST, ARRAYS).save(file)
    before = file.read_bytes()
    broken = {**ARRAYS, "level.bias": np.full_like(ARRAYS["level.bias"], np.inf)}
    with pytest.raises(MessinaError, match=r"kit\.messina: not written.*level\.bias"):
        Instrument(MANIFEST, broken).save(file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def header_of(text: bytes) -> bytes:
    return len(text).to_bytes(8, "little") + text


def test_a_header_larger_than_any_real_one_is_not_looked_into() -> None:
    text = b'{"a":[' + b"[]," * (LARGEST_HEADER // 3) + b"0]}"
    with pytest.raises(InstrumentError, match="not an instrument file"):
        decode_parts(header_of(text))


@pytest.mark.parametrize("word", ["data_offsets", "data\\u005foffsets"])
def test_more_arrays_than_any_real_file_has_are_refused(word: str) -> None:
    entry = f'{{"dtype":"U8","shape":[0],"{word}":[0,0]}}'
    arrays = ",".join(f'"a{i}":{entry}' for i in range(MOST_ARRAYS + 1))
    text = f'{{"__metadata__":{{"messina":"{{}}"}},{arrays}}}'.encode()
    with pytest.raises(InstrumentError, match="4096 arrays"):
        decode_parts(header_of(text))
