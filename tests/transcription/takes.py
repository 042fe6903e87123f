"""Takes made from nothing, with what was meant by them known: beatboxes, tapped tables, tunes.

Mouths are bursts and fricatives through filters of their own, tables are a few damped modes under
a thump, voices are harmonics under formants with vibrato, glides and breath. Each take has its own
mouth, table or voice, its own tempo, pattern and looseness, and a room's noise under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 44_100

Signal = NDArray[np.float64]
Random = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Take:
    """One take of strokes and what is right of it."""

    audio: NDArray[np.float32]  # [N, 1]
    times_s: NDArray[np.float64]  # [n]
    kinds: tuple[str, ...]
    """Of each stroke what it is meant as: kick, snare, closed or open."""
    level_db: NDArray[np.float64]  # [n], re the kind's loudest
    tempo_bpm: float


@dataclass(frozen=True, kw_only=True)
class Tune:
    """One hummed tune and what is right of it."""

    audio: NDArray[np.float32]  # [N, 1]
    times_s: NDArray[np.float64]  # [n]
    ends_s: NDArray[np.float64]  # [n]
    notes: NDArray[np.float64]  # [n], as sung: with the voice's own tuning


BEATS: Final = (
    # kick, snare, closed, open: sixteen steps; x hard, o softer
    ("x.....x.x.......", "....x.......x...", "..o...o...o...o.", "................"),
    ("x.......x.x.....", "....x.......x..o", "..x.o.x...x.o.x.", "................"),
    ("x.....x...x.....", "....x.......x...", "..x.....x.....x.", "................"),
    ("x...x...x...x...", "................", ".o.o.o.o.o.o.o.o", "..x...x...x...x."),
    ("x..x..x...x.....", "....x.......x...", "..o.....o.o.....", "..............x."),
    ("x.x.......x.....", "....x..o.o..x...", "......o.......o.", "................"),
)  # fmt: skip
NAMES: Final = ("kick", "snare", "closed", "open")


def beatbox(seed: int) -> Take:
    """A mouth's take: one sound at a time, three or four kinds."""
    rng = np.random.default_rng([seed, 1])
    return _take(rng, _Mouth(rng), BEATS[int(rng.integers(len(BEATS)))])


def tapped(seed: int) -> Take:
    """A table's take: thumps, knocks and ticks, one at a time."""
    rng = np.random.default_rng([seed, 2])
    beats = [beat for beat in BEATS if "x" not in beat[3] and "x" in beat[1]]
    return _take(rng, _Table(rng), beats[int(rng.integers(len(beats)))])


def _take(rng: Random, source: _Mouth | _Table, beat: Sequence[str]) -> Take:
    tempo_bpm = float(rng.uniform(76, 138))
    step_s = 60 / tempo_bpm / 4
    bars = int(rng.integers(2, 5))
    loose_s = rng.uniform(0.002, 0.010)
    first_s = rng.uniform(0.05, 0.7)
    strokes: list[tuple[float, str, float]] = []
    for bar in range(bars):
        for step in range(16):
            # one sound at a time: the first that the pattern has here
            struck = [(name, row[step]) for name, row in zip(NAMES, beat, strict=True)]
            name, how = next((each for each in struck if each[1] != "."), ("", "."))
            if how != ".":
                at = first_s + (16 * bar + step) * step_s + rng.normal(0, loose_s)
                softer = 7.0 if how == "o" else 0.0
                strokes.append((max(at, 0.01), name, -softer - abs(rng.normal(0, 2.0))))
    strokes.sort()
    length = round((strokes[-1][0] + 0.8) * RATE)
    audio = np.zeros(length)
    kept: list[tuple[float, str, float]] = []
    for at, name, level_db in strokes:
        start = round(at * RATE)
        sound = source.stroke(name, rng) * 10 ** (level_db / 20)
        end = min(start + len(sound), length)
        if source.closes:
            # tongue or lips stop what sounds before they let go of the next
            shut = max(0, start - round(rng.uniform(0.015, 0.035) * RATE))
            fade = min(round(0.008 * RATE), length - shut)
            audio[shut : shut + fade] *= np.linspace(1, 0, fade)
            audio[shut + fade :] = 0.0
        audio[start:end] += sound[: end - start]
        kept.append((start / RATE, name, level_db))
    audio += rng.standard_normal(length) * np.abs(audio).max() * 10 ** (rng.uniform(-72, -52) / 20)
    audio *= rng.uniform(0.1, 0.6) / np.abs(audio).max()
    return Take(
        audio=audio.astype(np.float32)[:, None],
        times_s=np.array([at for at, _, _ in kept]),
        kinds=tuple(name for _, name, _ in kept),
        level_db=np.array([level for _, _, level in kept]),
        tempo_bpm=tempo_bpm,
    )


class _Mouth:
    """Plosives and fricatives of one mouth, one after the other."""

    closes = True

    def __init__(self, rng: Random) -> None:
        self._low_hz = rng.uniform(65, 110)
        self._drop = rng.uniform(1.3, 2.2)
        self._kick_s = rng.uniform(0.03, 0.06)
        self._lip_hz = rng.uniform(300, 900)
        self._snare_hz = rng.uniform(1_400, 3_200)
        self._snare_s = rng.uniform(0.03, 0.055)
        self._teeth_hz = rng.uniform(5_500, 8_500)
        self._closed_s = rng.uniform(0.010, 0.020)
        self._open_s = rng.uniform(0.09, 0.16)
        self._balance_db = rng.uniform(-4, 4, 4)

    def stroke(self, name: str, rng: Random) -> Signal:
        bent, longer = np.exp(rng.normal(0, (0.10, 0.15))).tolist()  # no sound comes twice
        level = 10 ** (self._balance_db[NAMES.index(name)] / 20)
        if name == "kick":
            length = _seconds(7 * self._kick_s)
            hz = self._low_hz * bent * (1 + (self._drop - 1) * np.exp(-length / 0.02))
            tone = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.exp(
                -length / (longer * self._kick_s)
            )
            lips = _band(rng, len(length), 120, self._lip_hz * bent) * np.exp(-length / 0.012)
            return 0.9 * level * (tone + 0.5 * lips) * _attack(length, 0.0010)
        if name == "snare":
            length = _seconds(8 * self._snare_s)
            low, high = self._snare_hz * bent * 0.6, self._snare_hz * bent * 2.4
            hiss = _band(rng, len(length), low, high) * np.exp(-length / (longer * self._snare_s))
            burst = _band(rng, len(length), 500, 2_500) * np.exp(-length / 0.006)
            return 0.55 * level * (hiss + 0.8 * burst) * _attack(length, 0.0012)
        decay_s = longer * (self._closed_s if name == "closed" else self._open_s)
        length = _seconds(6 * decay_s)
        low, high = self._teeth_hz * bent * 0.8, min(self._teeth_hz * bent * 1.8, 16_000)
        return (
            0.3
            * level
            * _band(rng, len(length), low, high)
            * (np.exp(-length / decay_s) * _attack(length, 0.0015))
        )


class _Table:
    """Thumps of a palm, knocks of a knuckle and ticks of a nail on one table, which rings on."""

    closes = False

    def __init__(self, rng: Random) -> None:
        base = rng.uniform(85, 170)
        self._modes = {
            "kick": base * np.array([1.0, 1.6, 2.3]),
            "snare": rng.uniform(380, 850) * np.array([1.0, 1.7, 2.9, 4.1]),
            "closed": rng.uniform(2_400, 4_800) * np.array([1.0, 1.5, 2.2]),
        }
        self._decays_s = {
            "kick": rng.uniform(0.03, 0.06),
            "snare": rng.uniform(0.012, 0.03),
            "closed": rng.uniform(0.004, 0.010),
        }
        self._noise = rng.uniform(0.15, 0.45)
        self._balance_db = dict(zip(NAMES, rng.uniform(-4, 4, 4), strict=True))

    def stroke(self, name: str, rng: Random) -> Signal:
        decay_s = self._decays_s[name]
        length = _seconds(max(8 * decay_s, 0.06))
        where = np.exp(rng.normal(0, 0.25, len(self._modes[name])))  # where the table is struck
        bent = float(np.exp(rng.normal(0, 0.01)))
        sound = np.zeros(len(length))
        for number, (hz, weight) in enumerate(zip(self._modes[name], where, strict=True)):
            phase = rng.uniform(-0.5, 0.5)
            sound += (
                weight
                * 0.7**number
                * np.sin(2 * np.pi * hz * bent * length + phase)
                * np.exp(-length * (1 + 0.5 * number) / decay_s)
            )
        top = {"kick": 1_500, "snare": 5_000, "closed": 12_000}[name]
        sound += self._noise * 2 * _band(rng, len(length), 60, top) * np.exp(-length / 0.004)
        level = {"kick": 0.9, "snare": 0.6, "closed": 0.35}[name]
        return level * 10 ** (self._balance_db[name] / 20) * sound * _attack(length, 0.0005)


TUNES: Final = (
    # degrees of a scale and their lengths in beats; None rests
    (
        (0, 1),
        (0, 1),
        (7, 1),
        (7, 1),
        (9, 1),
        (9, 1),
        (7, 2),
        (5, 1),
        (5, 1),
        (4, 1),
        (4, 1),
        (2, 2),
    ),
    ((4, 1), (4, 1), (5, 1), (7, 1), (7, 1), (5, 1), (4, 1), (2, 1), (0, 1.5), (2, 0.5), (4, 2)),
    ((0, 0.5), (2, 0.5), (4, 1), (None, 0.5), (7, 0.5), (4, 1), (2, 0.5), (0, 0.5), (-3, 2)),
    ((7, 1.5), (9, 0.5), (7, 1), (4, 1), (7, 1.5), (9, 0.5), (7, 1), (4, 2), (None, 1), (12, 2)),
    ((0, 1), (3, 1), (5, 1.5), (3, 0.5), (7, 1), (5, 1), (3, 2), (0, 1), (-2, 1), (0, 2)),
)


def hummed(seed: int) -> Tune:
    """A voice's tune: vibrato, glides into the notes, breath, a tuning of its own."""
    rng = np.random.default_rng([seed, 3])
    beat_s = 60 / rng.uniform(80, 130)
    tonic = rng.uniform(48, 67)  # a man's or a woman's, seldom in tune with A 440
    at, notes = rng.uniform(0.1, 0.5), []
    for degree, beats in TUNES[int(rng.integers(len(TUNES)))]:
        if degree is not None:
            legato = rng.random() < 0.5
            ends = at + beats * beat_s * (1.0 if legato else rng.uniform(0.75, 0.9))
            notes.append((at, ends, tonic + degree + rng.normal(0, 0.08)))
        at += beats * beat_s
    length = round((at + 0.5) * RATE)
    pitch, level = _sung(notes, length, rng)
    audio = _voice(pitch, level, rng)
    audio += rng.standard_normal(length) * 10 ** (rng.uniform(-70, -58) / 20)
    audio *= rng.uniform(0.1, 0.5) / np.abs(audio).max()
    starts, ends, sung = (np.array(column) for column in zip(*notes, strict=True))
    return Tune(audio=audio.astype(np.float32)[:, None], times_s=starts, ends_s=ends, notes=sung)


def _sung(
    notes: Sequence[tuple[float, float, float]], length: int, rng: Random
) -> tuple[Signal, Signal]:
    """Pitch in semitones and level of each sample."""
    seconds = np.arange(length) / RATE
    pitch = np.full(length, notes[0][2])
    level = np.zeros(length)
    rate_hz, depth = rng.uniform(4.8, 6.2), rng.uniform(0.1, 0.45)
    glide_s = rng.uniform(0.015, 0.05)
    before: tuple[float, float, float] | None = None
    for start, end, note in notes:
        inside = (seconds >= start) & (seconds < end)
        into = seconds[inside] - start
        slides = before is not None and start - before[1] < 0.02
        origin = before[2] if before is not None and slides else note - rng.uniform(0.0, 1.2)
        swing = depth * np.clip((into - 0.15) / 0.2, 0, 1) * np.sin(2 * np.pi * rate_hz * into)
        pitch[inside] = note + (origin - note) * np.exp(-into / glide_s) + swing
        loud = 10 ** (rng.uniform(-8, 0) / 20)
        left = end - seconds[inside]
        again = before is not None and slides and abs(before[2] - note) < 0.6
        rise_s = 0.03 if again or not slides else 0.012
        low = 0.05 if again or not slides else 0.6
        shape = np.minimum(low + (1 - low) * into / rise_s, 1) * np.minimum(left / 0.03, 1)
        level[inside] = loud * (shape if not slides or again else np.maximum(shape, 0.5))
        before = (start, end, note)
    smooth = np.hanning(441)
    return pitch, np.convolve(level, smooth / smooth.sum(), "same")


def _voice(pitch: Signal, level: Signal, rng: Random) -> Signal:
    """Harmonics under two formants, with breath in the same throat."""
    hz = 440 * 2 ** ((pitch + rng.normal(0, 0.02) - 69) / 12)
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    formants = ((rng.uniform(250, 450), 120.0, 1.0), (rng.uniform(900, 1_800), 250.0, 0.25))
    tilt = rng.uniform(0.9, 1.4)
    sound = np.zeros(len(phase))
    for number in range(1, 25):
        each = number * hz
        gain = sum(
            weight / (1 + ((each - centre) / width) ** 2) for centre, width, weight in formants
        )
        weight = (gain + 0.05) / number**tilt * (each < 8_000)
        sound += weight * np.sin(number * phase)
    breath = _band(rng, len(phase), 500, 6_000) * rng.uniform(0.01, 0.05)
    return level * (sound / np.sqrt(np.mean(sound**2)) + breath)


def _seconds(length_s: float) -> Signal:
    return np.arange(round(length_s * RATE)) / RATE


def _attack(seconds: Signal, rise_s: float) -> Signal:
    return np.minimum(seconds / rise_s, 1.0)


def _band(rng: Random, length: int, low_hz: float, high_hz: float) -> Signal:
    """Noise [length] between two frequencies with soft edges, RMS 1."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    hz = np.fft.rfftfreq(length, 1 / RATE)
    keep = 1 / (1 + (low_hz / np.maximum(hz, 1.0)) ** 6) / (1 + (hz / high_hz) ** 6)
    sound = np.fft.irfft(spectrum * keep, length)
    return sound / np.sqrt(np.mean(sound**2) + 1e-20)
