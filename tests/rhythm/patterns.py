"""Rhythms made from nothing, with every onset known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from messina.demo_sounds import demo_sounds

RATE = 44_100

Signal = NDArray[np.float32]


@dataclass(frozen=True)
class Hit:
    """One stroke of a pattern."""

    at_s: float
    drum: str
    gain: float = 1.0


@cache
def kit() -> dict[str, Signal]:
    """One loud sound of each kind, peak 1, by `drum` or `name_note`."""
    sounds = {}
    for name, audio in demo_sounds():
        stem, velocity = name.split("/")[1].removesuffix(".wav").rsplit("_v", 1)
        if velocity in ("105", "120", "110"):
            sounds[stem] = audio / np.abs(audio).max()
    return sounds


def render(hits: Sequence[Hit], *, seconds: float, noise: float = 0.0, seed: int = 0) -> Signal:
    """The hits on top of each other [N, 1], cut at `seconds`, over a floor of noise."""
    rng = np.random.default_rng(seed)
    audio = noise * rng.standard_normal(round(seconds * RATE))
    for hit in hits:
        start = round(hit.at_s * RATE)
        sound = 0.5 * hit.gain * kit()[hit.drum][: max(0, len(audio) - start)]
        audio[start : start + len(sound)] += sound
    return audio.astype(np.float32)[:, None]


def rock(
    *, bars: int = 4, tempo_bpm: float = 120.0, swing: float = 0.5, ghosts: bool = True
) -> list[Hit]:
    """Kick, snare and hats in semiquavers; swing is where the second of two semiquavers lies."""
    beat = 60.0 / tempo_bpm
    hits = []
    for bar in range(bars):
        for step in range(16):
            late = (swing - 0.5) * 0.5 * beat if step % 2 else 0.0
            at = (bar * 4 + step / 4) * beat + late
            if step in (0, 6, 10):
                hits.append(Hit(at, "kick"))
            if step in (4, 12):
                hits.append(Hit(at, "snare", 0.9))
            if ghosts and step in (7, 9, 15):
                hits.append(Hit(at, "snare", 0.08))
            elif step % 2 == 0 or swing != 0.5:
                hits.append(Hit(at, "hihat_closed", 0.35 if step % 4 == 0 else 0.2))
    return hits


def waltz(*, bars: int = 8, tempo_bpm: float = 140.0) -> list[Hit]:
    """Kick on one, hats on two and three, a snare now and then."""
    beat = 60.0 / tempo_bpm
    hits = []
    for bar in range(bars):
        hits.append(Hit(bar * 3 * beat, "kick"))
        for step in (1, 2):
            hits.append(Hit((bar * 3 + step) * beat, "hihat_closed", 0.4))
        hits.append(Hit((bar * 3 + 2) * beat, "snare", 0.5))
    return hits


def moved(hits: Sequence[Hit], *, by_s: float, seed: int = 0) -> list[Hit]:
    """Each hit up to so much early or late, none before the beginning."""
    rng = np.random.default_rng(seed)
    times: dict[float, float] = {}
    for hit in hits:
        times.setdefault(hit.at_s, max(0.0, hit.at_s + rng.uniform(-by_s, by_s)))
    return [Hit(times[hit.at_s], hit.drum, hit.gain) for hit in hits]


def onset_times(hits: Sequence[Hit], *, within_s: float = 0.0) -> NDArray[np.float64]:
    """When something starts, in order; strokes within so much of each other are one."""
    times = sorted({hit.at_s for hit in hits})
    kept: list[float] = []
    for time in times:
        if not kept or time - kept[-1] > within_s:
            kept.append(time)
    return np.array(kept)


def matched(
    found_s: NDArray[np.float64], true_s: NDArray[np.float64], *, within_s: float = 0.025
) -> tuple[float, float, NDArray[np.float64]]:
    """Precision, recall and the errors [n] in seconds of one-to-one matches, nearest first."""
    pairs = sorted(
        (abs(f - t), i, j)
        for i, f in enumerate(found_s)
        for j, t in enumerate(true_s)
        if abs(f - t) <= within_s
    )
    used_found: set[int] = set()
    used_true: set[int] = set()
    errors = []
    for _, i, j in pairs:
        if i not in used_found and j not in used_true:
            used_found.add(i)
            used_true.add(j)
            errors.append(found_s[i] - true_s[j])
    return len(errors) / max(len(found_s), 1), len(errors) / max(len(true_s), 1), np.array(errors)
