"""Spectrograms inside an HTML file: small PNGs whose opacity is the level.

The page paints colour through them, by frequency, dark or light as the page is; so one picture
serves screen, night and print.
"""

from __future__ import annotations

import base64
import struct
import zlib
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.pictures import log_spectrogram
from messina.units import SAMPLE_RATE

__all__ = ["HEIGHT", "WIDTH", "levels_db", "mask_uri"]

Audio = NDArray[np.floating]
Real = NDArray[np.float32]

HEIGHT: Final = 88
WIDTH: Final = 220
RANGE_DB: Final = 72.0
SHADES: Final = 32
_GAMMA: Final = 1.25


def levels_db(audio: Audio, *, duration_s: float) -> Real:
    """Level in dB [HEIGHT, WIDTH], high to low, of audio [N] or [N, C] over `duration_s`."""
    samples = max(1, round(duration_s * SAMPLE_RATE))
    mono = np.asarray(audio if audio.ndim == 1 else audio.mean(axis=1), np.float32)[:samples]
    level_db = log_spectrogram(np.pad(mono, (0, samples - len(mono))), rows=HEIGHT)
    edges = np.linspace(0, level_db.shape[1], WIDTH + 1).astype(int)
    columns = [level_db[:, a : max(b, a + 1)].max(axis=1) for a, b in pairwise(edges)]
    return np.stack(columns, axis=1)[::-1]


def mask_uri(level_db: Real, *, top_db: float) -> str:
    """A picture [HEIGHT, WIDTH] as a data URI; opaque at top_db, gone RANGE_DB under it."""
    share = np.clip((level_db - top_db) / RANGE_DB + 1.0, 0.0, 1.0)
    shades = np.rint(share**_GAMMA * (SHADES - 1)).astype(np.uint8)
    return f"data:image/png;base64,{base64.b64encode(_png(shades)).decode()}"


def _png(shades: NDArray[np.uint8]) -> bytes:
    """An indexed PNG of black in SHADES opacities."""
    height, width = shades.shape
    rows = np.pad(shades, ((0, 0), (1, 0)))  # each row starts with its filter: none
    opacities = np.linspace(0, 255, SHADES).round().astype(np.uint8)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(3 * SHADES)),
            _chunk(b"tRNS", opacities.tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
