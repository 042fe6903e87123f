"""Decoders in processes of their own: what brings one down costs one file."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from corpus.signals import RATE, burst, write
from messina import process_pool
from messina.corpus import Corpus
from messina.corpus.reading import Readers, read_recording
from messina.errors import SoundError
from messina.process_pool import ChildProcess


def test_a_child_reads_what_is_read_here(tmp_path: Path) -> None:
    stereo = np.stack([burst(seed=1), burst(seed=2)], axis=1)
    paths = [write(tmp_path / "a.wav", stereo, rate=48_000), write(tmp_path / "b.wav", burst())]
    with Readers(2) as reading:
        for path in paths:
            found, wanted = reading.read(path), read_recording(path)
            assert np.array_equal(found.audio, wanted.audio)
            assert found.remarks == wanted.remarks


def test_a_child_says_why_a_file_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("a text")
    with Readers(2) as reading, pytest.raises(SoundError, match="a text file"):
        reading.read(tmp_path / "a.wav")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
def test_a_file_that_brings_its_decoder_down_is_left_out_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(6):
        write(tmp_path / f"kick{seed}.wav", burst(seed=seed))
    write(tmp_path / "crash.wav", burst(seed=9))

    class Fragile(ChildProcess):
        def ask(self, message: bytes) -> bytes:
            if message.endswith(b"crash.wav"):
                os.kill(self.process_id, signal.SIGKILL)
            return super().ask(message)

    monkeypatch.setattr(process_pool, "ChildProcess", Fragile)
    corpus = Corpus.from_folder(tmp_path)
    assert len(corpus) == 6
    assert [lost.name for lost in corpus.left_out] == ["crash.wav"]
    assert "decoder crashed" in corpus.left_out[0].reason


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of Linux")
def test_a_file_that_asks_for_too_much_memory_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.wav", burst())
    with soundfile.SoundFile(tmp_path / "long.flac", "w", RATE, 2, "PCM_16") as file:
        noise = np.random.default_rng(0).integers(-9, 9, (RATE, 2)).astype(np.int16)
        for _ in range(200):  # 70 MB in memory
            file.write(noise)
    script = tmp_path / "small.py"
    script.write_text(
        "from messina.corpus import decoder\n"
        "decoder.MOST_BYTES = 90 * 2**20\n"
        "decoder._limit_memory()\n"
        "decoder.answer_messages(decoder._answer)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path) + os.pathsep + os.environ["PYTHONPATH"])
    monkeypatch.setattr("messina.corpus.reading._DECODER", "small")
    with Readers(2) as reading:
        assert len(reading.read(tmp_path / "a.wav").audio) == len(burst())
        with pytest.raises(SoundError, match="memory"):
            reading.read(tmp_path / "long.flac")
        assert len(reading.read(tmp_path / "a.wav").audio) == len(burst())


def test_what_decoding_libraries_print_is_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.mp3", burst(seconds=1.0), format="MP3")
    data = bytearray(path.read_bytes())
    data[1000:1200] = bytes(200)
    path.write_bytes(data)
    read_recording(path)
    if not capfd.readouterr().err:
        pytest.skip("this build of the library prints nothing")
    with Readers(1) as reading:
        reading.read(path)
    assert capfd.readouterr().err == ""
