"""Headers as crashed recorders and careless programs leave them: the audio is there."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from corpus.signals import RATE, silence, tone, write
from messina.corpus.reading import read_recording
from messina.errors import SoundError

SIGNAL = np.concatenate([tone(440.0, seconds=0.2, decay_s=0.2), silence(0.2)])
STEP = 2**-15


def chunk(name: bytes, data: bytes, *, size: int | None = None, mark: str = "<") -> bytes:
    return name + struct.pack(f"{mark}I", len(data) if size is None else size) + data


def form(bits: int = 16, *, mark: str = "<", code: int = 1) -> bytes:
    width = bits // 8
    fields = struct.pack(f"{mark}HHIIHH", code, 1, RATE, RATE * width, width, bits)
    return chunk(b"fmt ", fields, mark=mark)


def wave(*chunks: bytes, magic: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    mark = ">" if magic == b"RIFX" else "<"
    return magic + struct.pack(f"{mark}I", len(body) if size is None else size) + body


def samples(mark: str = "<", signal: np.ndarray = SIGNAL) -> bytes:
    return np.round(signal * 32_767).astype(f"{mark}i2").tobytes()


def aiff(frames: int, size: int) -> bytes:
    rate = struct.pack(">HQ", 0x3FFF + 15, RATE << (63 - 15))  # an 80-bit float
    common = chunk(b"COMM", struct.pack(">hIh", 1, frames, 16) + rate, mark=">")
    sound = chunk(b"SSND", bytes(8) + samples(">"), size=size, mark=">")
    return b"FORM" + struct.pack(">I", 0) + b"AIFF" + common + sound


UNFINISHED = "never written"
BROKEN = {
    "size 0": (wave(form(), chunk(b"data", samples(), size=0), size=0), UNFINISHED),
    "only the data's size is 0": (wave(form(), chunk(b"data", samples(), size=0)), UNFINISHED),
    "size 0 behind other chunks": (
        wave(form(), chunk(b"bext", bytes(602)), chunk(b"data", samples(), size=0)),
        UNFINISHED,
    ),
    "size 0, big end first": (
        wave(form(mark=">"), chunk(b"data", samples(">"), size=0, mark=">"), magic=b"RIFX"),
        UNFINISHED,
    ),
    "an odd chunk without padding": (
        wave(form(), chunk(b"bext", b"x" * 603), chunk(b"data", samples())),
        "put right",
    ),
    "data before fmt": (wave(chunk(b"data", samples()), form()), "put right"),
    "two data chunks": (
        wave(form(), chunk(b"data", samples()[:8_000]), chunk(b"data", samples()[8_000:])),
        "2 data chunks",
    ),
    "a list between two data chunks": (
        wave(
            form(),
            chunk(b"data", samples()[:8_000]),
            chunk(b"LIST", b"INFO"),
            chunk(b"data", samples()[8_000:]),
        ),
        "2 data chunks",
    ),
    "AIFF, size 0": (aiff(0, 0), ""),  # the decoder itself knows what that means
    "AIFF, only the header's size": (aiff(0, 8), UNFINISHED),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_there_is_read_and_it_is_said(tmp_path: Path, what: str) -> None:
    data, remark = BROKEN[what]
    (tmp_path / "take.wav").write_bytes(data)
    recording = read_recording(tmp_path / "take.wav")
    assert recording.audio.shape == (len(SIGNAL), 1)
    # the written ±32767 is read as ±32768, and rounding adds half a step
    assert np.abs(recording.audio[:, 0] - SIGNAL).max() < 2 * STEP
    assert len(recording.remarks) == bool(remark)
    assert remark in "".join(recording.remarks)


@pytest.mark.parametrize("kind", ["FLAC", "OGG"])
def test_a_compressed_file_within_a_wav_file_is_read(tmp_path: Path, kind: str) -> None:
    inside = io.BytesIO()
    soundfile.write(inside, SIGNAL, RATE, format=kind)
    data = wave(form(code=0x674F), chunk(b"data", inside.getvalue()))
    (tmp_path / "scratch.ogg").write_bytes(data)
    audio = read_recording(tmp_path / "scratch.ogg").audio[:, 0]
    assert abs(len(audio) - len(SIGNAL)) < 64
    shared = min(len(audio), len(SIGNAL))
    assert np.corrcoef(audio[:shared], SIGNAL[:shared])[0, 1] > 0.99


def test_an_empty_file_stays_empty(tmp_path: Path) -> None:
    empty = wave(form(), chunk(b"data", b""), chunk(b"LIST", b"INFO" + bytes(200)))
    (tmp_path / "take.wav").write_bytes(empty)
    with pytest.raises(SoundError, match="0 samples"):
        read_recording(tmp_path / "take.wav")


def test_a_sound_file_is_not_touched(tmp_path: Path) -> None:
    assert read_recording(write(tmp_path / "a.wav", SIGNAL)).remarks == ()


PROGRAMMERS_WORDS = ("Error", "chunk", "SF_INFO", "RF64", "struct", "Errno", "codec", "0x")


@pytest.mark.parametrize("cut", [13, 20, 30, 40])
def test_what_cannot_be_read_is_told_in_plain_words(tmp_path: Path, cut: int) -> None:
    (tmp_path / "take.wav").write_bytes(wave(form(), chunk(b"data", samples()))[:cut])
    with pytest.raises(SoundError) as caught:
        read_recording(tmp_path / "take.wav")
    assert not [word for word in PROGRAMMERS_WORDS if word in str(caught.value)]


@pytest.mark.parametrize("full_scale", [2.0**15, 2.0**23, 2.0**31])
def test_floats_on_the_scale_of_integers_are_brought_to_that_of_floats(
    tmp_path: Path, full_scale: float
) -> None:
    path = write(tmp_path / "a.wav", SIGNAL * full_scale, subtype="DOUBLE")
    recording = read_recording(path)
    assert np.abs(recording.audio[:, 0] - SIGNAL).max() < 1e-4
    assert f"scale of ±{full_scale:.0f}" in recording.remarks[0]
