"""Pictures of sounds that play when they are pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messina.report.clips import Clips
from messina.report.markup import Html, length_text, render
from messina.report.mask import levels_db, mask_uri
from messina.units import SAMPLE_RATE

__all__ = ["Heard", "duration_s", "players"]

Audio = NDArray[np.floating]

_SHORTEST_S = 0.15


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A sound [N] or [N, C] to be seen and heard; key: see Clips."""

    key: str
    audio: Audio
    title: str
    """What it is: real kick.wav."""
    caption: str = ""
    """What stands under the picture."""


def duration_s(audio: Audio) -> float:
    """Seconds until it has sunk for good 60 dB under its peak."""
    level = np.abs(audio if audio.ndim == 1 else audio.mean(axis=1))
    loud = np.flatnonzero(level > 1e-3 * level.max(initial=0.0))
    return (int(loud[-1]) + 1) / SAMPLE_RATE if len(loud) else 0.0


def players(sounds: Sequence[Heard], clips: Clips) -> list[Html]:
    """Sounds that are seen beside each other: one scale of time and of level for all."""
    span_s = max([_SHORTEST_S, *(duration_s(sound.audio) for sound in sounds)])
    span_s = min(span_s, clips.longest_s)
    pictures = [levels_db(sound.audio, duration_s=span_s) for sound in sounds]
    top_db = max(float(picture.max()) for picture in pictures)
    return [
        _player(sound, clips, mask_uri(picture, top_db=top_db), span_s)
        for sound, picture in zip(sounds, pictures, strict=True)
    ]


def _player(sound: Heard, clips: Clips, mask: str, span_s: float) -> Html:
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
