"""Checks, channels, rates and offsets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from corpus.signals import RATE, burst, kick, silence, tone, write
from messina.corpus import audio_decoding, reading
from messina.corpus.reading import prepare, read_audio
from messina.errors import SoundError


def _prepared(audio: np.ndarray, rate: int = RATE) -> np.ndarray:
    shaped = audio if audio.ndim == 2 else audio[:, None]
    return prepare(shaped.astype(np.float32), sample_rate=rate)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 32_000, 48_000, 96_000, 192_000, 37_813])
def test_any_rate_arrives_at_44100_with_its_pitch_and_level(tmp_path: Path, rate: int) -> None:
    signal = tone(440.0, seconds=0.5, decay_s=100.0, rate=rate)
    audio = read_audio(write(tmp_path / "a.wav", signal, rate=rate, subtype="FLOAT"))
    assert audio.dtype == np.float32
    assert abs(len(audio) - RATE / 2) <= 2
    middle = audio[RATE // 8 : 3 * RATE // 8, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 8 * len(middle)))
    peak_hz = np.argmax(spectrum) * RATE / (8 * len(middle))
    assert peak_hz == pytest.approx(440.0, rel=1e-3)
    assert np.abs(middle).max() == pytest.approx(0.5, rel=0.02)


def test_stereo_stays_stereo_and_equal_channels_become_one() -> None:
    left, right = burst(seed=1), burst(seed=2)
    assert _prepared(np.stack([left, right], axis=1)).shape[1] == 2
    assert _prepared(np.stack([left, left], axis=1)).shape[1] == 1


@pytest.mark.parametrize("channels", [3, 4, 5, 6, 7, 8, 16])
def test_many_channels_are_mixed_to_two_with_left_left_and_right_right(channels: int) -> None:
    audio = np.zeros((2000, channels))
    audio[:, 0] = burst(seed=1)[:2000]
    mixed = _prepared(audio)
    assert mixed.shape[1] == 2
    assert np.abs(mixed[:, 0]).max() > 0.05
    assert np.abs(mixed[:, 1]).max() < 1e-3


def test_five_one_is_mixed_by_the_standard() -> None:
    """ITU-R BS.775: centre and surrounds 3 dB down, low effects left out."""
    parts = [np.append(burst(seed=seed), silence(0.2)) for seed in range(6)]
    left, right, centre, _, left_behind, right_behind = parts
    mixed = _prepared(np.stack(parts, axis=1))
    for channel, own, behind in ((0, left, left_behind), (1, right, right_behind)):
        wanted = own + np.sqrt(0.5) * (centre + behind)
        assert np.abs(mixed[:, channel] - wanted).max() < 1e-3


def test_silent_channels_of_a_multitrack_recorder_do_not_make_the_others_softer() -> None:
    audio = np.zeros((RATE, 16))
    audio[: len(burst()), 4], audio[: len(burst()), 7] = burst(seed=1), burst(seed=2)
    mixed = _prepared(audio)
    assert np.abs(mixed - audio[:, [4, 7]]).max() < 1e-3


@pytest.mark.parametrize("right", [-1.0, -0.8, -0.3])
@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_an_inverted_channel_is_turned_over(right: float, offset: float) -> None:
    """Else the middle, which pitch, level and frames are measured on, is all but lost."""
    signal = np.concatenate([silence(0.1), burst(), silence(0.3)])
    noise = 1e-3 * np.random.default_rng(0).standard_normal(len(signal))
    stereo = np.stack([signal, right * signal + noise], axis=1)
    mixed = _prepared(stereo + offset)
    assert np.sqrt(np.mean(mixed**2, axis=0)) == pytest.approx(
        np.sqrt(np.mean(stereo**2, axis=0)), rel=0.02
    )
    middle = mixed.mean(axis=1)
    assert np.std(middle) == pytest.approx((1 - right) / 2 * np.std(signal), rel=0.02)


def test_stereo_that_is_merely_wide_is_left_alone() -> None:
    left, right = burst(seed=1), burst(seed=2)
    wide = np.stack([left, right - 0.3 * left], axis=1)
    assert np.abs(_prepared(wide) - wide).max() < 1e-3


def test_a_channel_without_sound_stays_as_it_is() -> None:
    one_sided = np.stack([burst(), np.zeros(len(burst()))], axis=1)
    assert np.abs(_prepared(one_sided) - one_sided).max() < 1e-3


def test_stereo_but_for_dither_is_mono() -> None:
    signal = burst()
    dither = 1e-5 * np.random.default_rng(1).standard_normal((len(signal), 2))
    assert _prepared(signal[:, None] + dither).shape[1] == 1


@pytest.mark.parametrize("rate", [RATE, 96_000])
def test_a_long_file_is_read_in_parts_as_a_short_one_as_a_whole(
    tmp_path: Path, rate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tone(440.0, seconds=1.5, decay_s=1.0, rate=rate) + np.float32(0.1)
    path = write(tmp_path / "a.wav", np.stack([left, 0.5 * left], axis=1), rate=rate)
    whole = read_audio(path)
    monkeypatch.setattr(reading, "_HELD_SAMPLES", 1)
    monkeypatch.setattr(audio_decoding, "BLOCK_SAMPLES", 10_000)
    assert np.abs(read_audio(path) - whole).max() < 1e-5


def _memory_and_remarks(path: Path) -> tuple[float, str]:
    """Megabytes at most, in a process of its own, and what is said."""
    program = (
        "import sys; from pathlib import Path\n"
        "from messina.corpus.reading import read_recording\n"
        "print(read_recording(Path(sys.argv[1])).remarks)\n"
        # not ru_maxrss, which begins with what the parent held when it forked
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    words = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    remarks, peak = done.stdout.splitlines()
    return float(peak) / 1e3, remarks


@pytest.mark.skipif(sys.platform != "linux", reason="a figure of Linux")
@pytest.mark.parametrize(("rate", "channels", "seconds"), [(96_000, 8, 400), (655_350, 2, 240)])
def test_a_small_file_that_holds_gigabytes_is_read_in_little_memory(
    tmp_path: Path, rate: int, channels: int, seconds: int
) -> None:
    silent = np.zeros((rate, channels), np.int16)
    first = silent.copy()
    first[:2000] = (10_000 * tone(440.0, seconds=2000 / RATE)[:, None]).astype(np.int16)
    with soundfile.SoundFile(tmp_path / "a.flac", "w", rate, channels, "PCM_16") as file:
        for second in range(seconds):
            file.write(silent if second else first)
    assert (tmp_path / "a.flac").stat().st_size < 2e6
    megabytes, remarks = _memory_and_remarks(tmp_path / "a.flac")
    # 240 s of mono at 44.1 kHz are 42 MB, the program itself 40
    assert megabytes < 200
    assert "min were read" in remarks


def test_a_rate_is_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", burst(), rate=2_000_000)
    with pytest.raises(SoundError, match="sample rate of 2000000 Hz"):
        read_audio(path)


@pytest.mark.skipif(sys.platform == "win32", reason="names are text on Windows")
def test_a_name_that_is_no_text_is_read(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/Kl\xe4nge"))
    folder.mkdir()
    path = write(tmp_path / "a.wav", burst())
    moved = path.rename(Path(os.fsdecode(os.fsencode(folder) + b"/G\xf6ng.wav")))
    assert len(read_audio(moved)) == len(burst())


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of POSIX systems")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(SoundError, match="not a file"):
        read_audio(tmp_path / "pipe.wav")


def test_the_level_is_that_of_the_file() -> None:
    for gain in (1.0, 0.01):
        signal = gain * burst(gain=1.0)
        assert np.abs(_prepared(signal)).max() == pytest.approx(gain, rel=1e-3)


def test_an_offset_is_taken_away_where_it_is() -> None:
    signal = np.concatenate([silence(0.1), kick(), silence(0.3)])
    cleaned = _prepared(signal + 0.2)[:, 0]
    # 20 ms blocks of a low tone are not quite without a mean of their own
    assert np.abs(cleaned - signal).max() < 2e-3


def test_a_kick_that_is_not_symmetrical_is_not_moved() -> None:
    signal = np.concatenate([kick(), silence(0.2)])
    assert abs(signal.mean()) > 1e-4
    assert np.abs(_prepared(signal)[:, 0] - signal).max() < 1e-3


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        (np.zeros(0), r"no audio \(0 samples\)"),
        (np.array([0.5]), "too short"),
        (np.full(100, 0.1) * np.arange(100), "too short"),
        (np.zeros(RATE), "silent"),
        (np.full(RATE, 0.3), "constant offset"),
        (np.where(np.arange(RATE) % 2, 1 / 32768, 0), "silent"),
        (np.append(burst(), np.nan), "1 of .* samples are NaN"),
        (np.append(burst(), [np.inf, -np.inf]), "2 of .* samples are NaN or infinite"),
        (burst() * 30_000, "scale of ±1"),
    ],
)
def test_what_cannot_be_used_says_why(audio: np.ndarray, reason: str) -> None:
    with pytest.raises(SoundError, match=reason):
        _prepared(audio)


def test_an_impossible_rate_is_refused() -> None:
    with pytest.raises(SoundError, match="sample rate of 8 Hz"):
        _prepared(burst(), rate=8)


def test_float_files_may_go_beyond_full_scale() -> None:
    assert np.abs(_prepared(burst(gain=4.0))).max() == pytest.approx(4.0, rel=1e-3)
