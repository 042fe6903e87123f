from __future__ import annotations

import io
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from messina.export.wave_file import BitDepth, Loop, SampleFacts, wave_bytes

INFO = {"INAM": "snare 96", "IPRD": "Kit 🥁", "ISFT": "Messina 0.1.0", "ICMT": "seed 7"}


def noise(samples: int = 1001) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(0).standard_normal((samples, 2))).astype(np.float32)


def encoded(
    audio: NDArray[np.float32],
    bits: BitDepth = "24",
    rate: int = 48_000,
    loop: Loop | None = None,
    root_key: int | None = 62,
) -> bytes:
    facts = SampleFacts(root_key=root_key, loop=loop, info=INFO)
    rng = np.random.default_rng(1)
    return wave_bytes(audio, sample_rate=rate, bits=bits, facts=facts, rng=rng)


def chunks(data: bytes) -> dict[str, bytes]:
    assert data[:4] == b"RIFF"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    found, place = {}, 12
    while place < len(data):
        size = struct.unpack("<I", data[place + 4 : place + 8])[0]
        found[data[place : place + 4].decode()] = data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    assert place == len(data)
    return found


@pytest.mark.parametrize(("bits", "steps"), [("16", 2**15), ("24", 2**23)])
def test_audio_is_what_was_given_to_within_the_steps_of_the_format(
    bits: BitDepth, steps: int
) -> None:
    audio = noise()
    read, rate = soundfile.read(io.BytesIO(encoded(audio, bits)), dtype="float64")
    assert rate == 48_000
    assert np.abs(read - audio).max() <= 1.51 / steps  # rounding, and dither of ±1 step


def test_title_origin_and_comment_are_read_by_libsndfile() -> None:
    with soundfile.SoundFile(io.BytesIO(encoded(noise()))) as file:
        assert file.title == "snare 96"
        assert file.software == "Messina 0.1.0"
        assert file.comment == "seed 7"
        assert file.album == "Kit 🥁"


def test_the_root_key_and_the_loop_are_where_samplers_look_for_them() -> None:
    sampler = chunks(encoded(noise(), loop=Loop(100, 899)))["smpl"]
    numbers = struct.unpack(f"<{len(sampler) // 4}I", sampler)
    assert numbers[3] == 62
    assert numbers[7] == 1
    assert numbers[9 + 2 : 9 + 4] == (100, 899)


def test_a_sound_with_neither_key_nor_loop_has_no_such_chunk() -> None:
    assert "smpl" not in chunks(encoded(noise(), root_key=None))


@pytest.mark.skipif(shutil.which("sox") is None, reason="no sox here")
def test_sox_reads_the_files_without_complaint(tmp_path: Path) -> None:
    for bits in ("16", "24"):
        path = tmp_path / f"{bits}.wav"
        path.write_bytes(encoded(noise(), bits, loop=Loop(10, 500)))
        done = subprocess.run(
            ["sox", str(path), "-n", "stat"], capture_output=True, text=True, check=True
        )
        assert "WARN" not in done.stderr
        assert "Samples read:              2002" in done.stderr
