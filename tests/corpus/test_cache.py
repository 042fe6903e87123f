"""Frames kept on disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from messina.corpus.cache import FrameCache, cache_folder, decode_frames, encode_frames
from messina.frames.layout import (
    BODY_FLOOR,
    BODY_SIZE,
    FINE_CELLS,
    MOST_FINE,
    ONSET_SIZE,
    Frames,
)


def _frames(seed: int = 0, count: int = 20) -> Frames:
    rng = np.random.default_rng(seed)
    body = BODY_FLOOR + 9 * rng.random((count, BODY_SIZE), np.float32)
    onset = rng.standard_normal(ONSET_SIZE).astype(np.float32)
    return Frames(
        body=body,
        onset=onset,
        gain=0.1234567890123,
        fine=rng.integers(0, MOST_FINE + 1, FINE_CELLS, np.uint8),
        reference_hz=261.6255653,
    )


def _equal(a: Frames, b: Frames) -> bool:
    arrays = all(np.array_equal(getattr(a, x), getattr(b, x)) for x in ("body", "onset", "fine"))
    others = ("gain", "reference_hz")
    return arrays and all(getattr(a, name) == getattr(b, name) for name in others)


def test_half_precision_costs_less_than_a_twentieth_of_a_decibel() -> None:
    frames = _frames()
    back = decode_frames(encode_frames(frames))
    error_db = np.abs(back.body - frames.body).max() * 20 / np.log(10)
    assert error_db < 0.05
    assert np.array_equal(back.onset, frames.onset)
    assert _equal(back, decode_frames(encode_frames(back)))
    assert np.array_equal(back.fine, frames.fine)
    assert back.gain == frames.gain


def test_encoding_what_was_decoded_changes_nothing_more() -> None:
    once = decode_frames(encode_frames(_frames()))
    assert _equal(decode_frames(encode_frames(once)), once)


def test_what_is_kept_is_found_by_another_cache_of_the_folder(tmp_path: Path) -> None:
    frames = decode_frames(encode_frames(_frames()))
    key = FrameCache.key("abc", 43.07)
    FrameCache(tmp_path).save(key, encode_frames(frames))
    other = FrameCache(tmp_path)
    assert key in other
    loaded = other.load(key)
    assert loaded is not None
    assert _equal(loaded, frames)


def test_keys_differ_by_sound_and_by_reference() -> None:
    keys = {FrameCache.key(d, hz) for d in ("a", "b") for hz in (43.07, 43.071)}
    assert len(keys) == 4


@pytest.mark.parametrize("damage", ["shorter", "flipped", "empty", "foreign"])
def test_a_damaged_entry_is_none_and_is_written_again(tmp_path: Path, damage: str) -> None:
    cache, key, encoded = FrameCache(tmp_path), "ab" * 20, encode_frames(_frames())
    cache.save(key, encoded)
    path = next(tmp_path.rglob("*.frames"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    contents = {
        "shorter": bytes(data[:-100]),
        "flipped": bytes(data),
        "empty": b"",
        "foreign": b"not frames",
    }
    path.write_bytes(contents[damage])
    assert cache.load(key) is None
    cache.save(key, encoded)
    assert cache.load(key) is not None


def test_a_whole_entry_of_another_sound_is_none(tmp_path: Path) -> None:
    cache, own, other = FrameCache(tmp_path), "ab" * 20, "cd" * 20
    for seed, key in enumerate((own, other)):
        cache.save(key, encode_frames(_frames(seed)))
    entries = {path.stem: path for path in tmp_path.rglob("*.frames")}
    entries[own].write_bytes(entries[other].read_bytes())
    assert cache.load(own) is None
    assert cache.load(other) is not None


def test_what_a_disk_gives_back_damaged_never_becomes_an_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: write(path, data[:-30]))
    cache = FrameCache(tmp_path)
    cache.save("ab" * 20, encode_frames(_frames()))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(caplog.records) == 1


def test_frames_of_another_layout_are_refused() -> None:
    from safetensors.numpy import save

    parts = {
        "body": np.zeros((3, 7), np.float16),
        "onset": np.zeros(5, np.float32),
        "fine": np.zeros(FINE_CELLS // 2, np.uint8),
        "scalars": np.array([1.0, 43.07]),
    }
    with pytest.raises(ValueError, match="body"):
        decode_frames(save(parts))
    with pytest.raises(ValueError, match="not frames"):
        decode_frames(save({"body": parts["body"]}))


def test_the_entries_not_used_for_longest_go_first(tmp_path: Path) -> None:
    encoded = encode_frames(_frames())
    cache = FrameCache(tmp_path, limit_bytes=int(2.5 * len(encoded)))
    keys = [f"{n:02d}" * 20 for n in range(4)]
    for age, key in enumerate(reversed(keys)):
        cache.save(key, encoded)
        path = next(tmp_path.rglob(f"{key}.frames"))
        os.utime(path, (1e9 - age, 1e9 - age))
    cache.load(keys[0])  # the oldest, but just used
    cache.trim()
    assert [key in cache for key in keys] == [True, False, False, True]


def test_a_folder_that_cannot_be_written_costs_a_warning_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "frames").write_text("a file where the folder should be")
    cache = FrameCache(tmp_path)
    cache.save("ab" * 20, encode_frames(_frames()))
    cache.save("cd" * 20, encode_frames(_frames()))
    assert cache.load("ab" * 20) is None
    cache.trim()
    assert len(caplog.records) == 1


def test_the_folder_is_the_users_own_choice_or_the_systems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MESSINA_CACHE", "/somewhere/else")
    assert cache_folder() == Path("/somewhere/else")
    monkeypatch.delenv("MESSINA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder() == Path("/xdg/messina")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == Path.home() / "Library/Caches/messina"
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == Path.home() / ".cache/messina"
