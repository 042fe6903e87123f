"""Sounds inside an HTML file: 16-bit FLAC, and spectrograms that play when they are pressed.

Each sound is there once; what would make the file too large is left out, and its picture has no
player. A spectrogram is a small PNG whose opacity is the level: the page paints colour through it,
by frequency, dark or light as the page is, so that one picture serves screen, night and print.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.cards import flac_uri
from messina.pictures import log_spectrogram
from messina.report.markup import Html, length_text, render
from messina.units import SAMPLE_RATE

__all__ = [
    "BUDGET_BYTES",
    "HEIGHT",
    "LONGEST_S",
    "WIDTH",
    "ClipSound",
    "Clips",
    "duration_s",
    "levels_db",
    "mask_uri",
    "players",
]

Audio = NDArray[np.floating]

BUDGET_BYTES: Final = 8_000_000
"""Of the HTML file for all sounds together."""
LONGEST_S: Final = 3.0
"""A longer sound is faded out here, unless its page gives it more room."""


class Clips:
    """Sounds embedded in a page, as long as there is room: those added first are sure of it."""

    def __init__(self, *, budget_bytes: int = BUDGET_BYTES, longest_s: float = LONGEST_S) -> None:
        self._left = budget_bytes
        self.longest_s = longest_s
        self._clips: dict[str, tuple[str, str]] = {}
        self.left_out = 0

    def add(self, key: str, audio: Audio, title: str) -> str | None:
        """Embeds a sound [N] or [N, C]; its identifier in the page, None when there is no room.

        key: what it is; the same key is the same sound, and is embedded once.
        """
        if key in self._clips:
            return self._identifier(key)
        data = flac_uri(audio, longest_s=self.longest_s) if len(audio) else ""
        if not data or len(data) > self._left:
            self.left_out += 1
            return None
        self._left -= len(data)
        self._clips[key] = (title, data)
        return self._identifier(key)

    def find(self, key: str) -> str | None:
        """The identifier of a sound that has been added."""
        return self._identifier(key) if key in self._clips else None

    def html(self, title: str = "", *, hidden: bool = False) -> Html:
        """The sounds as a section; scripts play them, without scripts they show controls."""
        sounds = [(self._identifier(key), name, data) for key, (name, data) in self._clips.items()]
        return render("sounds.html", title=title, hidden=hidden, sounds=sounds)

    def _identifier(self, key: str) -> str:
        return f"sound-{list(self._clips).index(key)}"


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
    """A level picture [HEIGHT, WIDTH] as a data URI.

    Opaque at top_db, transparent RANGE_DB under it.
    """
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


_SHORTEST_S = 0.15


@dataclass(frozen=True, kw_only=True)
class ClipSound:
    """A sound [N] or [N, C] to be seen and heard; key: see Clips."""

    key: str
    audio: Audio
    title: str
    """What it is: real kick.wav."""
    caption: str = ""
    """What stands under the picture."""


def duration_s(audio: Audio) -> float:
    """Seconds until the sound stays 60 dB under its peak."""
    level = np.abs(audio if audio.ndim == 1 else audio.mean(axis=1))
    loud = np.flatnonzero(level > 1e-3 * level.max(initial=0.0))
    return (int(loud[-1]) + 1) / SAMPLE_RATE if len(loud) else 0.0


def players(sounds: Sequence[ClipSound], clips: Clips) -> list[Html]:
    """Spectrograms to be pressed, on one scale of time and level."""
    span_s = max([_SHORTEST_S, *(duration_s(sound.audio) for sound in sounds)])
    span_s = min(span_s, clips.longest_s)
    pictures = [levels_db(sound.audio, duration_s=span_s) for sound in sounds]
    top_db = max(float(picture.max()) for picture in pictures)
    return [
        _player(sound, clips, mask_uri(picture, top_db=top_db), span_s)
        for sound, picture in zip(sounds, pictures, strict=True)
    ]


def _player(sound: ClipSound, clips: Clips, mask: str, span_s: float) -> Html:
    identifier = clips.add(sound.key, sound.audio, sound.title)
    length = length_text(min(duration_s(sound.audio), clips.longest_s))
    return render(
        "clip.html",
        identifier=identifier,
        mask=mask,
        caption=sound.caption,
        length=length,
        title=sound.title,
        span=f"{span_s:.3f}",
    )
