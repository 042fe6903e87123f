from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import pytest

from messina.report.sound_players import HEIGHT, RANGE_DB, SHADES, WIDTH, levels_db, mask_uri
from messina.units import SAMPLE_RATE


def decoded(uri: str) -> np.ndarray:
    """Shades [HEIGHT, WIDTH] of a data URI, its checksums held against its contents."""
    data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    assert len(chunks[b"tRNS"]) == SHADES
    return rows[:, 1:]


def test_a_tone_is_a_line_at_its_height_for_as_long_as_it_lasts() -> None:
    seconds = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    levels = levels_db(0.5 * np.sin(2 * np.pi * 1000.0 * seconds), duration_s=1.0)
    assert levels.shape == (HEIGHT, WIDTH)
    shades = decoded(mask_uri(levels, top_db=float(levels.max())))
    # Rows are even in log frequency from 20 kHz down to 40 Hz.
    row = HEIGHT * np.log(20_000 / 1000) / np.log(20_000 / 40)
    assert np.argmax(shades[:, WIDTH // 4]) == pytest.approx(row, abs=1.5)
    assert shades.max() == SHADES - 1
    assert shades[:, : WIDTH // 2 - 10].any()
    assert not shades[:, WIDTH // 2 + 10 :].any()


def test_what_lies_under_the_range_is_not_seen() -> None:
    levels = np.full((HEIGHT, WIDTH), -20.0 - RANGE_DB - 1.0, np.float32)
    levels[0, 0] = -20.0
    shades = decoded(mask_uri(levels, top_db=-20.0))
    assert shades[0, 0] == SHADES - 1
    assert np.count_nonzero(shades) == 1


def test_very_short_and_silent_sounds_have_pictures_too() -> None:
    for audio in (np.zeros(0), np.zeros((30, 2)), np.ones(1)):
        levels = levels_db(audio, duration_s=0.1)
        assert levels.shape == (HEIGHT, WIDTH)
        assert np.isfinite(levels).all()
