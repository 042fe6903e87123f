"""Files from strangers: read as Python reads them, or refused in a sentence."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from messina.errors import InstrumentError
from messina.instrument import Instrument
from messina.instrument.container import HITS, Part, decode_parts
from messina.instrument.file import decode_hits
from messina.play.bounds import bounds_module
from messina.play.catalogue import WEB
from play.engine.browser import EnginePage

_CHANGE = """
async ([text, changes]) => {
  const { InstrumentError } = m;
  const { readFile } = await import("/engine/file.js");
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const end = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, end)));
  const words = header.__metadata__.messina;
  return changes.map(([place, value]) => {
    const envelope = JSON.parse(words);
    const last = place.at(-1);
    place.slice(0, -1).reduce((inside, key) => inside[key], envelope.manifest)[last] = value;
    header.__metadata__.messina = JSON.stringify(envelope);
    const head = new TextEncoder().encode(JSON.stringify(header));
    const file = new Uint8Array(8 + head.length + bytes.length - end);
    new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
    file.set(head, 8);
    file.set(bytes.subarray(end), 8 + head.length);
    try {
      readFile(file.buffer);
      return "";
    } catch (error) {
      const refused = error instanceof InstrumentError;
      return refused ? error.message : `NOT REFUSED BUT FAILED: ${error.stack}`;
    }
  });
}
"""

_TRY = """
async (files) => {
  const { InstrumentError } = m;
  const { readFile } = await import("/engine/file.js");
  return files.map((text) => {
    try {
      readFile(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
      return "";
    } catch (error) {
      const refused = error instanceof InstrumentError;
      return refused ? error.message : `NOT REFUSED BUT FAILED: ${error.stack}`;
    }
  });
}
"""


@pytest.fixture(scope="module")
def good(rich: Instrument, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("file") / "rich.messina"
    rich.save(path)
    return path.read_bytes()


def tried(engine: EnginePage, files: list[bytes]) -> list[str]:
    said: list[str] = engine.evaluate(_TRY, [base64.b64encode(f).decode() for f in files])
    return said


def changed(data: bytes, change: Any) -> bytes:
    """The file with its header, as JSON, changed in place."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    envelope = json.loads(header["__metadata__"]["messina"])
    change(header, envelope)
    header["__metadata__"]["messina"] = json.dumps(envelope)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def test_arrays_are_those_python_reads(engine: EnginePage, rich: Instrument) -> None:
    sums = engine.evaluate(
        """async () => {
            const { readFile } = await import("/engine/file.js");
            const data = await (await fetch("/instruments/rich.messina")).arrayBuffer();
            return Object.fromEntries(Object.entries(readFile(data).arrays).map(([name, numbers]) =>
                [name, numbers.reduce((sum, x, i) => sum + x * ((i % 7) + 1), 0)]));
        }"""
    )
    assert "identity.0.weight" in sums
    assert "latent_means" in sums
    for name, told in sums.items():
        numbers = rich.arrays[name].astype(np.float64).ravel()
        assert told == pytest.approx((numbers * (np.arange(len(numbers)) % 7 + 1)).sum(), rel=1e-9)


def _with_all(good: bytes, name: str, number: bytes) -> bytes:
    """The file, every number of one of its arrays being this one."""
    length = int.from_bytes(good[:8], "little")
    start, end = json.loads(good[8 : 8 + length])[name]["data_offsets"]
    at = 8 + length
    return good[: at + start] + number * ((end - start) // len(number)) + good[at + end :]


def test_a_whole_file_is_read(engine: EnginePage, good: bytes) -> None:
    assert tried(engine, [good, changed(good, lambda *_: None)]) == ["", ""]


def test_damage_is_refused_in_a_sentence(engine: EnginePage, good: bytes) -> None:
    def newer(_: Any, envelope: Any) -> None:
        envelope["format_version"] = 99

    def no_network(_: Any, envelope: Any) -> None:
        del envelope["manifest"]["network"]

    def odd_label(_: Any, envelope: Any) -> None:
        envelope["manifest"]["sounds"][0]["label"] = "gong"

    def huge(_: Any, envelope: Any) -> None:
        envelope["manifest"]["network"]["width"] = 10**9

    def no_array(header: Any, _: Any) -> None:
        del header["film.weight"]

    def other_shape(header: Any, _: Any) -> None:
        header["film.weight"]["shape"].reverse()

    def outside(header: Any, _: Any) -> None:
        size = np.subtract(*reversed(header["film.weight"]["data_offsets"]))
        header["film.weight"]["data_offsets"] = [10**9, 10**9 + int(size)]

    cases = {
        "not an instrument": b"RIFF" + bytes(1_000),
        "not an instrument file": b"",
        "cut short": good[: len(good) // 2],
        "newer version": changed(good, newer),
        "manifest is not valid": changed(good, no_network),
        "a label the instrument lacks": changed(good, odd_label),
        "not valid": changed(good, huge),
        "'film.weight' is missing": changed(good, no_array),
        "as it should be": changed(good, other_shape),
        "cut short; fetch": changed(good, outside),
        "not finite": _with_all(good, "film.weight", b"\xff\xff"),
        "'places' holds impossible": _with_all(good, "places", struct.pack("<f", 1.01)),
        "'keys' holds impossible": _with_all(good, "keys", struct.pack("<i", 2)),
        "'keys' holds impossible numbers": _with_all(good, "keys", struct.pack("<i", -2)),
    }
    for wanted, said in zip(cases, tried(engine, list(cases.values())), strict=True):
        assert wanted in said


def test_no_damage_goes_further_than_the_reader(engine: EnginePage, good: bytes) -> None:
    rng = np.random.default_rng(0)
    length = int.from_bytes(good[:8], "little")
    files = []
    for _ in range(150):
        data = bytearray(good)
        for place in rng.integers(0, 8 + length, rng.integers(1, 6)):
            data[place] = rng.integers(0, 256)
        files.append(bytes(data[: len(data) if rng.random() < 0.7 else rng.integers(0, len(data))]))
    assert not [said for said in tried(engine, files) if said.startswith("NOT REFUSED")]


def places_of(value: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document, its lists and objects too."""
    if not isinstance(value, dict | list):
        return [place]
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    here = [place] if place else []
    return here + [found for key, x in inside for found in places_of(x, (*place, key))]


def python_refuses(parts: dict[str, Part], place: tuple[str | int, ...], value: object) -> bool:
    document = json.loads(parts[HITS].document)
    target: Any = document
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    changed = Part(document=json.dumps(document).encode(), arrays=parts[HITS].arrays)
    try:
        decode_hits({HITS: changed})
    except InstrumentError:
        return True
    return False


def test_whatever_stands_anywhere_in_a_manifest_page_and_python_say_the_same_of_it(
    engine: EnginePage, good: bytes
) -> None:
    parts = decode_parts(good)
    places = [
        place
        for place in places_of(json.loads(parts[HITS].document))
        if place[0] != "sounds" or len(place) == 1 or place[1] in {0, 3, 9}
    ]
    # The page leaves the encoder and the previews in the file.
    unread = {("network", "body_components"), ("network", "encoder"), ("previewed",)}
    places = [place for place in places if not {place[:1], place[:2]} & unread]
    numbers = [-1, 0.5, 0, 140, -1000, 10**9, 1e300]
    values = [*numbers, None, "drum", "held out", [], {}, True, [1.0] * 9]
    changes = [(place, value) for place in places for value in values]
    said = engine.evaluate(_CHANGE, [base64.b64encode(good).decode(), changes])
    assert not [words for words in said if words.startswith("NOT REFUSED")]
    differing = [
        (place, value, words)
        for (place, value), words in zip(changes, said, strict=True)
        if bool(words) != python_refuses(parts, place, value)
    ]
    assert differing == []
    assert 0.2 < np.mean([bool(words) for words in said]) < 1.0


def test_the_table_of_the_page_is_the_one_python_has() -> None:
    """Otherwise: python -m messina.play.bounds > src/messina/play/web/engine/bounds.js"""
    assert (WEB / "engine" / "bounds.js").read_text(encoding="utf-8") == bounds_module()
