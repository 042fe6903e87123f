"""Loops made from nothing, of many kinds, with their tempo and metre known.

Drums differ from loop to loop, and so do patterns, ghost notes, swing, fills, micro-timing and how
the file is cut. The table of styles says at which tempi each is played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 44_100

Signal = NDArray[np.float32]
Random = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one kind of loop is played."""

    beats: int
    steps: int
    """A beat: 4, or 3 where it is divided in thirds."""
    bpm: tuple[float, float]
    lows: tuple[str, ...]
    """Bars to choose from; x hard, o softer, - very soft; ` ` is there for the eye."""
    mids: tuple[str, ...]
    highs: tuple[str, ...]
    bars: tuple[int, ...] = (1, 2, 2, 4, 4, 8)
    swings: tuple[float, ...] = (0.5,)
    """Where the second of two halves lies."""
    of_half: bool = True
    """Halves of half a beat are swung, not of a beat."""


@dataclass(frozen=True, kw_only=True)
class Loop:
    """One loop and what is right of it."""

    style: str
    tempo_bpm: float
    beats_per_bar: int
    ternary: bool
    audio: Signal  # [N, 1]
    cut: str
    """whole, tail, lead or pickup."""
    first_s: float = 0.0
    """Where a beat lies; before the beginning where that was cut off."""

    @property
    def beats_s(self) -> NDArray[np.float64]:
        """All beats within the sound."""
        length_s = len(self.audio) / RATE
        beats = self.first_s + np.arange(1_000) * 60 / self.tempo_bpm
        return beats[(beats >= -0.001) & (beats < length_s - 0.01)]

    @property
    def file_name(self) -> str:
        """A name that says all: `waltz_84bpm_3_4.wav`."""
        bars = "" if self.metre == (4, 4) else "_{}_{}".format(*self.metre)
        return f"{self.style.replace(' ', '-')}_{self.tempo_bpm:g}bpm{bars}.wav"

    @property
    def metre(self) -> tuple[int, int]:
        """As it is written in names: (6, 8) where beats are divided in thirds."""
        return (3 * self.beats_per_bar, 8) if self.ternary else (self.beats_per_bar, 4)

    def is_read(self, tempo_bpm: float, beats_per_bar: int) -> bool:
        """Whether a reading is right; two bars of 6/8 are one of 12/8."""
        bars = (2, 4) if self.ternary and self.beats_per_bar in (2, 4) else (self.beats_per_bar,)
        return abs(tempo_bpm / self.tempo_bpm - 1) < 0.01 and beats_per_bar in bars


_EIGHTHS: Final = ("x.o. x.o. x.o. x.o.", "x.x. x.x. x.x. x.x.")
_SIXTEENTHS: Final = ("x-o- x-o- x-o- x-o-", "xooo xooo xooo xooo")
_BACKBEAT: Final = ("....|x...|....|x...", "....|x..-|.-..|x..-", "....|x...|....|x.-.")

STYLES: Final[dict[str, Style]] = {
    "rock": Style(
        beats=4,
        steps=4,
        bpm=(72, 150),
        lows=(
            "x...|....|x.x.|....",
            "x..x|....|..x.|....",
            "x.x.|....|.xx.|....",
            "x...|..x.|x...|....",
        ),
        mids=_BACKBEAT,
        highs=_EIGHTHS,
    ),
    "ballad": Style(
        beats=4,
        steps=4,
        bpm=(60, 76),
        bars=(1, 2, 2, 4),
        lows=("x...|....|x...|....", "x...|..o.|x...|....", "x...|...o|x...|...."),
        mids=("....|x...|....|x...",),
        highs=(*_EIGHTHS, "o...|o...|o...|o..."),
    ),
    "punk": Style(
        beats=4,
        steps=4,
        bpm=(176, 200),
        bars=(2, 4, 4, 8),
        lows=("x...|....|x.x.|....", "x...|..x.|x...|....", "x.x.|....|x...|...."),
        mids=("....|x...|....|x...",),
        highs=_EIGHTHS,
    ),
    "house": Style(
        beats=4,
        steps=4,
        bpm=(112, 135),
        lows=("x...|x...|x...|x...", "x...|x...|x...|x..o"),
        mids=("....|x...|....|x...", "....|....|....|....", "...o|..o.|...o|..o."),
        highs=("..x.|..x.|..x.|..x.", "o.x.|o.x.|o.x.|o.x.", "-oxo|-oxo|-oxo|-oxo"),
    ),
    "drum and bass": Style(
        beats=4,
        steps=4,
        bpm=(160, 180),
        bars=(2, 2, 4, 4, 8),
        lows=(
            "x...|....|..x.|....",
            "x.x.|....|..x.|....",
            "x...|...x|..x.|....",
            "x.x.|....|..xx|....",
        ),
        mids=("....|x...|....|x...", "....|x..-|.-..|x..-"),
        highs=("x.o.|x.o.|x.o.|x.o.", "x-o-|x-o-|x-o-|x-o-"),
    ),
    "hip-hop": Style(
        beats=4,
        steps=4,
        bpm=(80, 104),
        swings=(0.5, 0.56, 0.6, 0.66),
        lows=(
            "x..x|....|..x.|...o",
            "x.x.|....|.xx.|....",
            "x...|...x|..x.|....",
            "x..o|....|x.x.|....",
        ),
        mids=_BACKBEAT,
        highs=(*_EIGHTHS, *_SIXTEENTHS),
    ),
    "half-time": Style(
        beats=4,
        steps=4,
        bpm=(132, 152),
        bars=(2, 4, 4),
        lows=("x.....x...x.....", "x...|....|..x.|....", "x..x|..x.|...x|...."),
        mids=("....|....|x...|....",),
        highs=("o-o-|o-o-|o-o-|oooo", "oooo|oooo|oooo|oooo"),
    ),
    "one drop": Style(
        beats=4,
        steps=4,
        bpm=(66, 84),
        bars=(1, 2, 4),
        lows=("....|....|x...|....",),
        mids=("....|....|x...|....", "....|....|x...|..o."),
        highs=("..x.|..x.|..x.|..x.", "o.x.|o.x.|o.x.|o.x."),
    ),
    "reggaeton": Style(
        beats=4,
        steps=4,
        bpm=(86, 106),
        lows=("x...|x...|x...|x...",),
        mids=("...x|..x.|...x|..x.",),
        highs=("....|....|....|....", "o.o.|o.o.|o.o.|o.o."),
    ),
    "click": Style(
        beats=4,
        steps=4,
        bpm=(80, 150),
        bars=(2, 4),
        lows=("....|....|....|....",),
        mids=("x...|....|....|....",),
        highs=("x...|o...|o...|o...",),
    ),
    "shuffle": Style(
        beats=4,
        steps=3,
        bpm=(84, 140),
        lows=("x..|...|x..|...", "x..|..x|x..|...", "x..|..o|x.x|..."),
        mids=("...|x..|...|x..", "..-|x.-|..-|x.-"),
        highs=("x.o|x.o|x.o|x.o",),
    ),
    "swung eighths": Style(
        beats=4,
        steps=4,
        bpm=(90, 150),
        swings=(0.56, 0.6, 0.63),
        of_half=False,
        lows=("x...|....|x.x.|....", "x...|..x.|x...|....", "x...|....|x...|..o."),
        mids=("....|x...|....|x...",),
        highs=("x.o.|x.o.|x.o.|x.o.",),
    ),
    "slow twelve": Style(
        beats=4,
        steps=3,
        bpm=(60, 80),
        bars=(1, 2, 2, 4),
        lows=("x..|...|x..|...", "x..|..o|x..|..."),
        mids=("...|x..|...|x..",),
        highs=("xoo|xoo|xoo|xoo", "xxx|xxx|xxx|xxx"),
    ),
    "waltz": Style(
        beats=3,
        steps=4,
        bpm=(84, 180),
        bars=(2, 4, 4, 8),
        lows=("x...|....|....", "x...|....|..o."),
        mids=("....|o...|o...", "....|x...|x..."),
        highs=("o.o.|o.o.|o.o.", "o...|o...|o...", "x.o.|x.o.|x.o."),
    ),
    "three": Style(
        beats=3,
        steps=4,
        bpm=(80, 150),
        bars=(2, 4, 4, 8),
        lows=("x...|....|....", "x.x.|....|..x.", "x..x|..x.|...."),
        mids=("....|....|x...", "....|....|x..-", "....|x...|...."),
        highs=("x.o.|x.o.|x.o.", "x-o-|x-o-|x-o-"),
    ),
    "five": Style(
        beats=5,
        steps=4,
        bpm=(90, 180),
        bars=(2, 2, 4),
        lows=("x...|....|....|x...|....", "x.x.|....|..x.|x...|....", "x...|...x|..x.|....|..x."),
        mids=("....|....|x...|....|x...", "....|x...|....|....|x...", "....|x...|....|x...|...."),
        highs=("x.o.|x.o.|x.o.|x.o.|x.o.", "o...|o...|o...|o...|o..."),
    ),
    "six-eight": Style(
        beats=2,
        steps=3,
        bpm=(60, 120),
        bars=(2, 4, 4, 8),
        lows=("x..|...", "x..|..o", "x.x|..."),
        mids=("...|x..",),
        highs=("xoo|xoo", "xxx|xxx", "x.o|x.o"),
    ),
    "seven": Style(
        beats=7,
        steps=4,
        bpm=(90, 170),
        bars=(1, 2, 2, 4),
        lows=(
            "x...|....|x...|....|x...|....|....",
            "x...|....|..x.|....|x...|....|....",
            "x...|....|....|x...|....|x...|....",
        ),
        mids=(
            "....|x...|....|x...|....|x...|x...",
            "....|....|x...|....|x...|....|x...",
            "....|x...|....|x...|....|x...|....",
        ),
        highs=("x.o.|x.o.|x.o.|x.o.|x.o.|x.o.|x.o.", "o...|o...|o...|o...|o...|o...|o..."),
    ),
}

SHARES: Final[dict[str, int]] = {
    "rock": 6,
    "ballad": 4,
    "punk": 3,
    "house": 5,
    "drum and bass": 5,
    "hip-hop": 6,
    "half-time": 2,
    "one drop": 1,
    "reggaeton": 2,
    "click": 1,
    "shuffle": 2,
    "swung eighths": 2,
    "slow twelve": 2,
    "waltz": 4,
    "three": 3,
    "five": 4,
    "six-eight": 4,
    "seven": 4,
}
"""Of sixty."""


def loops(seed: int) -> Iterator[Loop]:
    """Sixty loops, the same for a seed."""
    for number, style in enumerate(name for name, count in SHARES.items() for _ in range(count)):
        yield make_loop(style, np.random.default_rng([seed, number]))


def make_loop(
    name: str, rng: Random, *, tempo_bpm: float | None = None, cut: str | None = None
) -> Loop:
    """A loop of a style; its tempo and how it is cut are drawn unless they are given."""
    style = STYLES[name]
    tempo = round(float(rng.uniform(*style.bpm)), int(rng.integers(0, 2)))
    tempo = tempo_bpm or tempo
    bars = int(rng.choice(style.bars))
    while bars * style.beats * 60 / tempo < 2.0:
        bars *= 2
    while bars * style.beats * 60 / tempo > 20.0 and bars > 1:
        bars //= 2
    cut = cut or str(rng.choice(["whole"] * 7 + ["tail", "lead", "pickup"]))
    if cut == "pickup":
        bars = max(bars, 4)
    audio = _played(style, tempo, bars, rng)
    beat, first_s = 60 / tempo, 0.0
    if cut == "tail":
        audio = np.concatenate([audio, np.zeros(round(rng.uniform(0.3, 1.6) * RATE), np.float32)])
    elif cut == "lead":
        first_s = round(rng.uniform(0.1, 0.8) * RATE) / RATE
        audio = np.concatenate([np.zeros(round(first_s * RATE), np.float32), audio])
    elif cut == "pickup":
        first_s = -(style.beats - 1 + rng.choice([0.0, -1.0])) * beat
        audio = audio[round(-first_s * RATE) :]
    audio = audio + 10 ** (-rng.uniform(70, 90) / 20) * rng.standard_normal(len(audio))
    return Loop(
        style=name,
        tempo_bpm=tempo,
        beats_per_bar=style.beats,
        ternary=style.steps == 3,
        audio=(0.8 * audio / np.abs(audio).max()).astype(np.float32)[:, None],
        cut=cut,
        first_s=first_s,
    )


def _played(style: Style, tempo: float, bars: int, rng: Random) -> NDArray[np.float64]:
    beat = 60 / tempo
    swing = float(rng.choice(style.swings))
    loose_s = float(rng.uniform(0.0, 0.009))
    rows = [
        (_lows(rng), str(rng.choice(style.lows)), 1.0),
        (_mids(rng), str(rng.choice(style.mids)), 0.9),
        (_highs(rng), str(rng.choice(style.highs)), float(rng.uniform(0.25, 0.5))),
    ]
    out = np.zeros(round(bars * style.beats * beat * RATE))
    fill = bars > 1 and rng.random() < 0.3
    for bar in range(bars):
        for drum, row, gain in rows:
            for step, mark in enumerate(row.replace("|", "").replace(" ", "")):
                filling = fill and bar == bars - 1 and step >= (style.beats - 1) * style.steps
                if filling and drum is rows[1][0]:
                    mark = str(rng.choice(["x", "o", "."]))
                if mark == "." or rng.random() < 0.02:
                    continue
                at = bar * style.beats + _place(step, style, swing)
                level = gain * {"x": 1.0, "o": 0.6, "-": 0.2}[mark] * rng.uniform(0.85, 1.1)
                _add(out, at * beat + rng.normal(0, loose_s), level * drum(rng))
    if rng.random() < 0.3:
        _bass(out, style, bars, beat, swing, rng)
    return out


def _place(step: int, style: Style, swing: float) -> float:
    """Of a step, in beats."""
    beat, within = divmod(step, style.steps)
    if style.steps == 3:
        return beat + within / 3
    if style.of_half:
        return beat + (within // 2) / 2 + (within % 2) * swing / 2
    return beat + (0.0, swing / 2, swing, (1 + swing) / 2)[within]


def _add(out: NDArray[np.float64], at_s: float, sound: NDArray[np.float64]) -> None:
    start = max(0, round(at_s * RATE))
    part = sound[: max(0, len(out) - start)]
    out[start : start + len(part)] += part


def _bass(
    out: NDArray[np.float64], style: Style, bars: int, beat: float, swing: float, rng: Random
) -> None:
    """A line of a bar, played in each."""
    steps = style.beats * style.steps
    struck = [0, *sorted(rng.choice(np.arange(1, steps), size=style.beats - 1, replace=False))]
    notes = 33 + rng.choice([0, 0, 3, 5, 7, 10], size=len(struck))
    for bar in range(bars):
        for step, note in zip(struck, notes, strict=True):
            at = bar * style.beats + _place(int(step), style, swing)
            time = np.arange(round(0.8 * beat * RATE)) / RATE
            hz = 440 * 2 ** ((note - 69) / 12)
            tone = sum(np.sin(2 * np.pi * k * hz * time) / k for k in range(1, 7))
            shape = np.minimum(time / 0.004, 1) * np.exp(-time / 0.3)
            _add(out, at * beat, 0.35 * tone * shape * np.minimum(1, (time[-1] - time) / 0.01))


Drum = Callable[[Random], NDArray[np.float64]]


def _lows(rng: Random) -> Drum:
    """A bass drum of its own."""
    hz, sweep, decay = rng.uniform(42, 65), rng.uniform(60, 220), rng.uniform(0.08, 0.3)
    click = rng.uniform(0.0, 0.3)

    def drum(rng: Random) -> NDArray[np.float64]:
        time = np.arange(round(0.5 * RATE)) / RATE
        turns = hz * time + 0.03 * sweep * (1 - np.exp(-time / 0.03))
        noise = click * rng.standard_normal(len(time)) * np.exp(-time / 0.003)
        return np.sin(2 * np.pi * turns) * np.exp(-time / decay) + noise

    return drum


def _mids(rng: Random) -> Drum:
    """A snare, a clap, a rim or a conga."""
    kind = rng.choice(["snare", "snare", "snare", "clap", "rim", "conga"])
    hz, decay, snares = rng.uniform(160, 240), rng.uniform(0.05, 0.16), rng.uniform(0.3, 0.7)

    def drum(rng: Random) -> NDArray[np.float64]:
        time = np.arange(round(0.3 * RATE)) / RATE
        noise = rng.standard_normal(len(time))
        if kind == "clap":
            bursts = sum(
                np.exp(-np.maximum(time - at, 0) / 0.006) * (time >= at)
                for at in (0.0, 0.009, 0.019)
            )
            body = np.exp(-time / decay) * (time > 0.02)
            return 0.5 * np.convolve(noise, [1, 0, -0.6])[: len(time)] * (0.6 * bursts + body)
        if kind == "rim":
            return np.sin(2 * np.pi * 8 * hz * time) * np.exp(-time / 0.012) + 0.2 * noise * np.exp(
                -time / 0.004
            )
        if kind == "conga":
            return np.sin(2 * np.pi * 1.6 * hz * time) * np.exp(
                -time / (2 * decay)
            ) + 0.2 * noise * np.exp(-time / 0.004)
        return 0.6 * np.sin(2 * np.pi * hz * time) * np.exp(-time / 0.05) + snares * noise * np.exp(
            -time / decay
        )

    return drum


def _highs(rng: Random) -> Drum:
    """A hat, a ride or a shaker."""
    decay = rng.choice([0.02, 0.035, 0.06, 0.2])
    rise = rng.choice([0.0005, 0.0005, 0.008])
    bright = int(rng.integers(1, 3))

    def drum(rng: Random) -> NDArray[np.float64]:
        time = np.arange(round(0.3 * RATE)) / RATE
        noise = np.diff(rng.standard_normal(len(time) + bright), bright) / 2**bright
        return noise * np.minimum(time / rise, 1) * np.exp(-time / decay)

    return drum
