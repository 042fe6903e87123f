from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.corpus.chunks import Chunks, SampleLoop, read_chunks


def chunk(name: bytes, body: bytes, order: str = "<", *, pad: bool = True) -> bytes:
    padding = b"\0" if pad and len(body) % 2 else b""
    return name + struct.pack(f"{order}I", len(body)) + body + padding


def wav(*chunks: bytes, kind: bytes = b"RIFF") -> bytes:
    order = ">" if kind == b"RIFX" else "<"
    form = chunk(b"fmt ", struct.pack(f"{order}HHIIHH", 1, 1, 44_100, 88_200, 2, 16), order)
    rest = b"WAVE" + form + b"".join(chunks)
    return kind + struct.pack(f"{order}I", len(rest)) + rest


def aiff(*chunks: bytes) -> bytes:
    rest = b"AIFF" + b"".join(chunks)
    return b"FORM" + struct.pack(">I", len(rest)) + rest


AUDIO = chunk(b"data", bytes(2_000))


def smpl(
    root: int, above: float = 0, loops: tuple[tuple[int, int], ...] = (), order: str = "<"
) -> bytes:
    head = struct.pack(f"{order}9I", 0, 0, 22_676, root, int(above * 2**32), 0, 0, len(loops), 0)
    rows = (struct.pack(f"{order}6I", i, 0, a, b, 0, 0) for i, (a, b) in enumerate(loops))
    return chunk(b"smpl", head + b"".join(rows), order)


def inst(root: int, cents: int = 0, keys=(0, 127), velocities=(1, 127)) -> bytes:
    return chunk(b"inst", struct.pack("<Bbb4B", root, cents, 0, *keys, *velocities))


def acid(tempo: float, beats: int, *, flags: int = 2, root: int = 60, metre=(4, 4)) -> bytes:
    fields = (flags, root, 0x8000, 0.0, beats, metre[1], metre[0], tempo)
    return chunk(b"acid", struct.pack("<IHHfIHHf", *fields))


def test_root_key_fine_tuning_and_loops_of_a_sampler_chunk() -> None:
    sampler = read_chunks(wav(AUDIO, smpl(62, 0.25, ((100, 899),)))).sampler
    assert sampler is not None
    assert sampler.note == pytest.approx(62.25, abs=1e-6)
    assert sampler.loops == (SampleLoop(first=100, last=899),)


def test_bytes_of_a_path_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(AUDIO, smpl(62)))
    assert read_chunks(path) == read_chunks(path.read_bytes()) != Chunks()


def test_files_with_big_numbers_first_are_read() -> None:
    data = chunk(b"data", bytes(10), ">") + smpl(70, 0.5, ((3, 9),), ">")
    sampler = read_chunks(wav(data, kind=b"RIFX")).sampler
    assert sampler is not None
    assert (sampler.note, sampler.loops) == (70.5, (SampleLoop(first=3, last=9),))


def test_ranges_of_an_instrument_chunk() -> None:
    instrument = read_chunks(wav(inst(60, -12, (58, 62), (41, 90)), AUDIO)).instrument
    assert instrument is not None
    assert (instrument.root, instrument.tuning_cents) == (60, -12)
    assert (instrument.keys, instrument.velocities) == ((58, 62), (41, 90))


def test_a_velocity_range_that_counts_from_nought_starts_with_the_softest_note() -> None:
    instrument = read_chunks(wav(inst(60, velocities=(0, 63)), AUDIO)).instrument
    assert instrument is not None
    assert instrument.velocities == (1, 63)


def test_tempo_beats_and_metre_of_a_loop() -> None:
    loop = read_chunks(wav(AUDIO, acid(174, 16, metre=(3, 4)))).loop
    assert loop is not None
    assert (loop.tempo_bpm, loop.beats, loop.metre, loop.root) == (174, 16, (3, 4), 60)
    assert not loop.one_shot


def test_a_one_shot_without_a_root_key_says_so() -> None:
    loop = read_chunks(wav(AUDIO, acid(120, 0, flags=1))).loop
    assert loop is not None
    assert loop.one_shot
    assert loop.root is None
    assert loop.beats is None


@pytest.mark.parametrize("tempo", [0.0, -90.0, float("nan"), float("inf"), 1e9])
def test_an_impossible_tempo_is_none_and_the_rest_stays(tempo: float) -> None:
    loop = read_chunks(wav(AUDIO, acid(tempo, 8))).loop
    assert loop is not None
    assert loop.tempo_bpm is None
    assert loop.beats == 8


@pytest.mark.parametrize("metre", [(0, 4), (4, 0), (4, 3), (1000, 4)])
def test_an_impossible_metre_is_none(metre: tuple[int, int]) -> None:
    loop = read_chunks(wav(AUDIO, acid(120, 8, metre=metre))).loop
    assert loop is not None
    assert loop.metre is None


def test_impossible_root_keys_ranges_and_loops_are_none() -> None:
    assert read_chunks(wav(AUDIO, smpl(128), inst(200))) == Chunks()
    instrument = read_chunks(wav(inst(60, keys=(70, 60), velocities=(90, 10)), AUDIO)).instrument
    assert instrument is not None
    assert instrument.keys is instrument.velocities is None
    sampler = read_chunks(wav(AUDIO, smpl(60, 0, ((50, 50), (90, 10))))).sampler
    assert sampler is not None
    assert sampler.loops == ()


def test_a_count_of_loops_that_the_chunk_does_not_hold_ends_with_it() -> None:
    body = struct.pack("<9I", 0, 0, 22_676, 61, 0, 0, 0, 2**32 - 1, 0) + struct.pack(
        "<6I", 0, 0, 1, 9, 0, 0
    )
    sampler = read_chunks(wav(AUDIO, chunk(b"smpl", body))).sampler
    assert sampler is not None
    assert sampler.loops == (SampleLoop(first=1, last=9),)


def test_a_chunk_behind_an_odd_one_without_its_padding_is_found() -> None:
    odd = chunk(b"bext", b"x" * 603, pad=False)
    assert read_chunks(wav(odd, AUDIO, smpl(62))).sampler is not None
    assert read_chunks(wav(AUDIO, odd, smpl(62))).sampler is not None
    assert read_chunks(wav(chunk(b"bext", b"x" * 603), AUDIO, smpl(62))).sampler is not None
    assert read_chunks(wav(odd + b"Q", AUDIO, smpl(62))).sampler is not None


def test_a_size_beyond_the_end_of_the_file_ends_the_search() -> None:
    endless = b"data" + struct.pack("<I", 0xFFFFFFFF) + bytes(500)
    assert read_chunks(wav(smpl(62), endless)).sampler is not None
    assert read_chunks(wav(endless)) == Chunks()


def test_a_long_file_tells_the_size_of_its_audio_elsewhere() -> None:
    sizes = chunk(b"ds64", struct.pack("<QQQI", 0, 500, 250, 0))
    audio = b"data" + struct.pack("<I", 0xFFFFFFFF) + bytes(500)
    assert read_chunks(wav(sizes, audio, smpl(62), kind=b"RF64")).sampler is not None


def test_an_aiff_file_tells_root_ranges_and_its_loop_by_marks() -> None:
    marks = b"".join(
        struct.pack(">hIB", number, frame, len(name)) + name + b"\0" * ((len(name) + 1) % 2)
        for number, frame, name in ((1, 1_000, b"begin"), (2, 5_000, b"last"))
    )
    fields = struct.pack(">Bb4Bh", 57, 7, 50, 60, 1, 64, 0)
    loops = struct.pack(">3h", 1, 1, 2) + struct.pack(">3h", 0, 0, 0)
    data = aiff(
        chunk(b"MARK", struct.pack(">H", 2) + marks, ">"), chunk(b"INST", fields + loops, ">")
    )
    instrument = read_chunks(data).instrument
    assert instrument is not None
    assert (instrument.root, instrument.tuning_cents) == (57, 7)
    assert (instrument.keys, instrument.velocities) == ((50, 60), (1, 64))
    assert instrument.loops == (SampleLoop(first=1_000, last=4_999),)


def test_an_apple_loop_tells_beats_and_metre() -> None:
    body = struct.pack(">2I5H", 1, 8, 48, 1, 3, 4, 1) + bytes(66)
    loop = read_chunks(aiff(chunk(b"basc", body, ">"))).loop
    assert loop is not None
    assert (loop.beats, loop.metre, loop.root) == (8, (3, 4), 48)
    assert not loop.one_shot


def test_flac_keeps_the_chunks_of_the_wav_file_it_was_made_of() -> None:
    info = bytes([0]) + (34).to_bytes(3, "big") + bytes(34)
    kept = b"riff" + smpl(62, 0.5)
    block = bytes([0x82]) + len(kept).to_bytes(3, "big") + kept
    sampler = read_chunks(b"fLaC" + info + block).sampler
    assert sampler is not None
    assert sampler.note == 62.5


@given(st.binary(max_size=200))
def test_nothing_else_is_ever_found_in_noise(data: bytes) -> None:
    assert read_chunks(data) == Chunks()


WHOLE = wav(inst(60, 3, (50, 70), (1, 50)), AUDIO[:100], smpl(62, 0.1, ((1, 20),)), acid(120, 8))


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=12),
    st.integers(0, len(WHOLE)),
)
def test_damaged_files_never_give_impossible_values(hits: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(WHOLE)
    for place, byte in hits:
        data[place] = byte
    found = read_chunks(bytes(data[: len(data) - cut]))
    if found.sampler:
        assert 0 <= found.sampler.note < 128
        assert all(0 <= loop.first < loop.last for loop in found.sampler.loops)
    if found.instrument and found.instrument.velocities:
        low, high = found.instrument.velocities
        assert 1 <= low <= high <= 127
    if found.loop and found.loop.tempo_bpm:
        assert 20 <= found.loop.tempo_bpm <= 400
