"""Files of all kinds, and of no kind."""

from __future__ import annotations

import contextlib
import importlib.util
import struct
from pathlib import Path

import numpy as np
import pytest

from corpus.signals import RATE, tone, write
from messina.corpus.audio_decoding import open_source
from messina.errors import SoundError

FORMATS = {
    "u8.wav": ("WAV", "PCM_U8", 2**-7),
    "16.wav": ("WAV", "PCM_16", 2**-15),
    "24.wav": ("WAV", "PCM_24", 2**-23),
    "32.wav": ("WAV", "PCM_32", 1e-7),
    "float.wav": ("WAV", "FLOAT", 1e-7),
    "double.wav": ("WAV", "DOUBLE", 1e-7),
    "16.aiff": ("AIFF", "PCM_16", 2**-15),
    "16.flac": ("FLAC", "PCM_16", 2**-15),
    "16.caf": ("CAF", "PCM_16", 2**-15),
    "16.w64": ("W64", "PCM_16", 2**-15),
    "16.rf64": ("RF64", "PCM_16", 2**-15),
    "16.au": ("AU", "PCM_16", 2**-15),
}


def decode(path: Path) -> tuple[np.ndarray, int]:
    """All samples [N, C] and the rate."""
    with open_source(path) as source:
        blocks = list(source.decode())
    return np.concatenate([np.zeros((0, source.channels), np.float32), *blocks]), source.rate_hz


@pytest.mark.parametrize("name", FORMATS)
def test_every_lossless_format_keeps_the_samples_to_its_own_step(tmp_path: Path, name: str) -> None:
    kind, subtype, step = FORMATS[name]
    signal = tone(220.0, seconds=0.2)
    audio, rate = decode(write(tmp_path / name, signal, format=kind, subtype=subtype))
    assert rate == RATE
    assert audio.shape == (len(signal), 1)
    # written by rounding or by cutting off, so up to a whole step
    assert np.abs(audio[:, 0] - signal).max() <= 1.01 * step


@pytest.mark.parametrize(
    ("name", "kind", "subtype", "rate"),
    [
        ("a.ogg", "OGG", "VORBIS", RATE),
        ("a.mp3", "MP3", "MPEG_LAYER_III", RATE),
        ("a.opus", "OGG", "OPUS", 48_000),
    ],
)
def test_lossy_formats_keep_the_level(
    tmp_path: Path, name: str, kind: str, subtype: str, rate: int
) -> None:
    signal = tone(440.0, seconds=1.0, decay_s=4.0, rate=rate)
    audio, _ = decode(write(tmp_path / name, signal, rate=rate, format=kind, subtype=subtype))
    assert abs(len(audio) / rate - 1.0) < 0.06  # encoders pad
    assert np.sqrt(np.mean(audio**2)) == pytest.approx(np.sqrt(np.mean(signal**2)), rel=0.1)


@pytest.mark.parametrize("name", [*FORMATS, "a.ogg", "a.mp3"])
def test_a_file_cut_off_in_the_middle_is_called_truncated(tmp_path: Path, name: str) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    known = {"a.ogg": ("OGG", "VORBIS"), "a.mp3": ("MP3", "MPEG_LAYER_III")}
    kind, subtype = known.get(name) or FORMATS[name][:2]
    path = write(tmp_path / name, noise, format=kind, subtype=subtype)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    with pytest.raises(SoundError, match="truncated"):
        decode(path)


def test_how_much_is_missing_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(440.0))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 4])
    with pytest.raises(SoundError, match="75 % is missing"):
        decode(path)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFF000])
def test_a_length_that_was_not_known_when_writing_is_no_truncation(
    tmp_path: Path, size: int
) -> None:
    path = write(tmp_path / "piped.wav", tone(440.0, seconds=0.1))
    data = bytearray(path.read_bytes())
    place = data.find(b"data") + 4
    data[place : place + 4] = struct.pack("<I", size)
    path.write_bytes(data)
    assert len(decode(path)[0]) == 4410


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"These are my notes about the session.\n" * 20, "a text file"),
        (
            (90).to_bytes(8, "little") + b'{"__metadata__":{"messina":"{}"}}' + bytes(900),
            "an instrument, not a sound: it can be played as it is",
        ),
        ("Notizen über die Aufnahme \N{MUSICAL NOTE}\n".encode() * 20, "a text file"),
        (bytes(4096), "zero bytes"),
        (bytes(range(256)) * 8, "not audio"),
    ],
)
def test_what_is_not_audio_says_what_it_is(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "kick.wav"
    path.write_bytes(content)
    with pytest.raises(SoundError, match=reason):
        decode(path)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff", "a.caf"])
@pytest.mark.parametrize("seed", range(4))
def test_damaged_bytes_are_read_or_refused_but_nothing_else(
    tmp_path: Path, name: str, seed: int
) -> None:
    kinds = {"flac": "FLAC", "ogg": "OGG", "mp3": "MP3", "aiff": "AIFF", "caf": "CAF"}
    path = write(tmp_path / name, tone(440.0), format=kinds.get(name[2:], "WAV"))
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, min(len(data), 400), 20):
        data[place] = rng.integers(0, 256)
    path.write_bytes(data)
    with contextlib.suppress(SoundError):
        assert decode(path)[0].ndim == 2


def test_other_formats_without_the_extra_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    (tmp_path / "voice.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(200))
    with pytest.raises(SoundError, match=r"m4a files need the formats extra.*messina\[formats\]"):
        decode(tmp_path / "voice.m4a")


@pytest.mark.skipif(importlib.util.find_spec("av") is None, reason="needs the formats extra")
@pytest.mark.parametrize("name", ["a.m4a", "really an m4a.wav"])
def test_other_formats_with_the_extra_are_read(tmp_path: Path, name: str) -> None:
    import av

    signal = tone(440.0, seconds=1.0, decay_s=4.0)
    with av.open(str(tmp_path / "a.m4a"), "w") as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(signal[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    audio, rate = decode((tmp_path / "a.m4a").rename(tmp_path / name))
    assert rate == RATE
    assert abs(len(audio) / RATE - 1.0) < 0.06
    assert np.sqrt(np.mean(audio**2)) == pytest.approx(np.sqrt(np.mean(signal**2)), rel=0.1)


@pytest.mark.skipif(importlib.util.find_spec("av") is None, reason="needs the formats extra")
def test_nobody_is_sent_to_install_what_is_installed(tmp_path: Path) -> None:
    path = tmp_path / "rubbish.wav"
    path.write_bytes(bytes(range(256)) * 8)
    with pytest.raises(SoundError, match=r"re-save it as WAV$"):
        decode(path)


@pytest.mark.skipif(importlib.util.find_spec("av") is None, reason="needs the formats extra")
def test_rubbish_in_another_format_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.m4a").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(SoundError, match="damaged"):
        decode(tmp_path / "a.m4a")
