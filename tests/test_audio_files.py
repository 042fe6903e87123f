from __future__ import annotations

import errno
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from messina.audio_files import (
    FORMATS,
    RATES,
    SampleFormat,
    to_int16,
    to_int24,
    write_wav,
    write_wav_blocks,
)
from messina.errors import InstrumentError
from messina.units import SAMPLE_RATE


def tone(frequency_hz: float = 1000.0, *, duration_s: float = 0.5, channels: int = 2):
    t = np.arange(int(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    mono = 0.5 * np.sin(2 * np.pi * frequency_hz * t)
    return np.repeat(mono[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("sample_format", "tolerance"),
    # Half a step of quantisation; with dither of ±1 step, one and a half.
    [("16", 1.5 / 2**15), ("24", 0.5 / 2**23), ("float", 0.0)],
)
def test_what_is_written_reads_back_within_its_steps(
    tmp_path: Path, sample_format: SampleFormat, tolerance: float
) -> None:
    audio = tone()
    write_wav(tmp_path / "a.wav", audio, sample_format=sample_format)
    back, rate = soundfile.read(tmp_path / "a.wav", dtype="float64", always_2d=True)
    assert rate == SAMPLE_RATE
    assert np.abs(back - audio).max() <= tolerance * (1 + 1e-6)


@pytest.mark.parametrize("sample_format", FORMATS)
def test_full_scale_and_beyond_never_wraps_around(
    tmp_path: Path, sample_format: SampleFormat
) -> None:
    audio = np.array([1.0, -1.0, 1.5, -1.5, 0.0], np.float32)
    write_wav(tmp_path / "a.wav", audio, sample_format=sample_format)
    back, _ = soundfile.read(tmp_path / "a.wav")
    assert (np.sign(back[:4]) == [1, -1, 1, -1]).all()
    assert (np.abs(back[:4]) > 0.999).all()


@pytest.mark.parametrize("rate", RATES)
def test_pitch_and_length_survive_the_other_rate(tmp_path: Path, rate: int) -> None:
    write_wav(tmp_path / "a.wav", tone(1000.0), sample_rate=rate)
    back, read_rate = soundfile.read(tmp_path / "a.wav", always_2d=True)
    assert read_rate == rate
    assert abs(len(back) - 0.5 * rate) <= 1
    spectrum = np.abs(np.fft.rfft(back[:, 0] * np.hanning(len(back))))
    # Bins are 2 Hz apart.
    assert abs(np.argmax(spectrum) * rate / len(back) - 1000) <= 2


def test_dither_makes_the_error_independent_of_a_signal_below_one_step() -> None:
    # A tone of a quarter step would vanish altogether without dither.
    quiet = tone(441.0, duration_s=2.0, channels=1)[:, 0] * (0.5 / 2**15)
    steps = to_int16(quiet, np.random.default_rng(0)).astype(np.float64)
    found = np.dot(steps / 2**15, quiet) / np.dot(quiet, quiet)
    # Noise of about half a step over 88,200 samples leaves the level uncertain by 1 %.
    assert found == pytest.approx(1.0, abs=0.05)


def test_digital_silence_at_the_end_gets_no_dither() -> None:
    audio = np.concatenate([tone(), np.zeros((1000, 2), np.float32)])
    assert not to_int16(audio, np.random.default_rng(0))[-999:].any()


def test_nothing_at_all_can_be_written_too(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros((0, 2), np.float32), sample_format="16")
    assert soundfile.info(tmp_path / "a.wav").frames == 0


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_wav(tmp_path / f"{name}.wav", tone(), sample_format="16", seed=seed)
    first, same, other = ((tmp_path / f"{n}.wav").read_bytes() for n in "abc")
    assert first == same
    assert first != other


@pytest.mark.parametrize("sample_format", FORMATS)
def test_the_same_sound_is_the_same_file_whenever_it_is_written(
    tmp_path: Path, sample_format: SampleFormat
) -> None:
    def write(name: str) -> bytes:
        whole, blocks = tmp_path / f"{name}.wav", tmp_path / f"{name}_blocks.wav"
        write_wav(whole, tone(), sample_format=sample_format)
        write_wav_blocks(blocks, [tone()], sample_format=sample_format)
        assert whole.read_bytes() == blocks.read_bytes()
        return whole.read_bytes()

    first = write("first")
    time.sleep(1.1)  # dates in files are in seconds
    assert write("second") == first


class FullDisk(io.BytesIO):
    """Takes so many bytes and no more."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 100_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


@pytest.mark.parametrize("sample_format", FORMATS)
def test_a_disk_that_is_full_is_the_systems_own_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sample_format: SampleFormat,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Path, "open", lambda *_, **__: FullDisk())
    with pytest.raises(OSError, match="No space left") as raised:
        write_wav_blocks(
            tmp_path / "a.wav", [tone(duration_s=0.2)] * 40, sample_format=sample_format
        )
    assert raised.value.errno == errno.ENOSPC
    assert capfd.readouterr() == ("", "")


@given(st.lists(st.floats(-2, 2, width=32), max_size=50))
def test_integer_samples_stay_within_their_range(values: list[float]) -> None:
    audio = np.array(values, np.float32)
    assert to_int16(audio, np.random.default_rng(0)).shape == audio.shape
    assert not (to_int24(audio) & 0xFF).any()
    assert (np.sign(to_int24(audio)) * np.sign(audio) >= 0).all()


@pytest.mark.parametrize("sample_format", FORMATS)
@pytest.mark.parametrize("rate", RATES)
def test_blocks_make_the_file_that_the_whole_makes(
    tmp_path: Path, sample_format: SampleFormat, rate: int
) -> None:
    audio = 0.5 * tone(duration_s=0.7)
    options = {"sample_rate": rate, "sample_format": sample_format}
    write_wav(tmp_path / "whole.wav", audio, **options)
    blocks = [audio[:1000], audio[1000:1001], audio[1001:1001], audio[1001:]]
    frames = write_wav_blocks(tmp_path / "blocks.wav", blocks, **options)
    whole, _ = soundfile.read(tmp_path / "whole.wav")
    read, read_rate = soundfile.read(tmp_path / "blocks.wav")
    assert (read_rate, len(read)) == (rate, frames)
    info = soundfile.info(tmp_path / "blocks.wav")
    assert info.subtype == soundfile.info(tmp_path / "whole.wav").subtype
    # Dither of 16 bits differs by up to two steps; a filter fed in portions may end a sample off.
    assert abs(len(read) - len(whole)) <= 1
    common = min(len(read), len(whole))
    assert np.abs(read[:common] - whole[:common]).max() <= 4.1 / 2**15


def test_blocks_that_fail_leave_no_file(tmp_path: Path) -> None:
    def blocks() -> Iterator[np.ndarray]:
        yield tone()
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_wav_blocks(tmp_path / "a.wav", blocks())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_never_written(tmp_path: Path, bad: float) -> None:
    audio = tone()
    audio[100, 1] = bad
    with pytest.raises(InstrumentError, match="not finite"):
        write_wav(tmp_path / "a.wav", audio)
    with pytest.raises(InstrumentError, match="not finite"):
        write_wav_blocks(tmp_path / "b.wav", [tone(), audio])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rate", RATES)
def test_sound_without_a_side_is_written_as_one_channel_however_long(
    tmp_path: Path, rate: int
) -> None:
    audio = tone(duration_s=0.3)
    blocks = (audio[start : start + 1_000] for start in range(0, len(audio), 1_000))
    frames = write_wav_blocks(tmp_path / "a.wav", blocks, mono=True, sample_rate=rate)
    back, _ = soundfile.read(tmp_path / "a.wav", always_2d=True)
    assert back.shape == (frames, 1)
    assert frames == pytest.approx(0.3 * rate, abs=1)
    if rate == SAMPLE_RATE:
        assert np.abs(back - audio[:, :1]).max() < 1 / 2**23
