"""A sound that the page made alone, made again from what its recipe says of it.

What the page plays of a sound that is fixed, with the shape it is given: its brightness, decay,
attack, tuning, width and level. The twin of engine/playing, voice and measuring.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.frames.layout import HOP, ONSET_SLICES, ZONES, Frames
from messina.frames.synthesis import synthesise
from messina.instrument.controls import Controls
from messina.instrument.decoding import Latent
from messina.instrument.finishing import headroom_db
from messina.instrument.instrument import Instrument
from messina.instrument.known import SHORTEST_S, nearest
from messina.instrument.parts import SoundSpec
from messina.instrument.playing import BRIGHTER_LN, UNPITCHED_NOTE, replace_controls, struck
from messina.instrument.responses import Response
from messina.instrument.takes import END_FADE
from messina.instrument.timegrid import LAST_FRAME
from messina.limiter import AHEAD_LIVE, Limiter
from messina.ranges import LONGEST_STRUCK_S
from messina.recipe import Point
from messina.units import SAMPLE_RATE, db_to_amplitude

__all__ = [
    "DECAY_OCTAVES",
    "HARD_GAIN",
    "HARD_S",
    "SOFT_S",
    "TILT_STEPS",
    "Shape",
    "page_sound",
]

Audio = NDArray[np.float32]

DECAY_OCTAVES: Final = 2.0  # at decay 1: four times as long
TILT_STEPS: Final = 20  # a tilt is measured at so many brightnesses a unit
_GAIN_HOP: Final = 128  # samples from one gain of the attack to the next
HARD_S: Final = 0.008
SOFT_S: Final = 0.12
HARD_GAIN: Final = 2.2
_HEARD: Final = 3e-5
_SILENCE: Final = 2_205  # samples after the last that is heard


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What is done to a sound in the page, bounded as RANGES says."""

    note: float | None = None
    velocity: float | None = None
    brightness: float = 0.0
    decay: float = 0.0
    attack: float = 0.0
    tune: float = 0.0
    width: float = 1.0
    level: float = 0.0


def page_sound(instrument: Instrument, point: Point, shape: Shape, *, seed: int) -> Audio:
    """The sound [N, 2] as the page's download has it.

    Raises ControlError where it cannot be of this instrument.
    """
    labels = [label for label, _ in point.labels or ()]
    if max([point.label, *labels]) >= len(instrument.labels):
        raise ControlError("the sound is one of another instrument; give the one it was made with")
    rng = CounterRng(seed)
    frames = _wide(instrument.frames_of(_part(instrument, point, shape), rng=rng), shape.width)
    audio = synthesise(frames, key=rng.stream(Purpose.NOISE).bits())
    level_db = headroom_db(instrument.manifest.responses) + shape.level
    audio *= (_gains(len(audio), shape.attack) * db_to_amplitude(level_db))[:, None]
    longest_s = 0.5 + 4 * point.decay * 4**shape.decay
    samples = round(min(LONGEST_STRUCK_S, longest_s) * SAMPLE_RATE)
    limiter = Limiter(ahead=AHEAD_LIVE)
    padded = np.pad(audio[:samples], ((0, limiter.latency), (0, 0)))
    return _cut(limiter.step(padded)[limiter.latency :], samples)


def _part(instrument: Instrument, point: Point, shape: Shape) -> SoundSpec:
    known, response = instrument.known, instrument.manifest.responses[point.label]
    z = np.asarray(point.z, np.float32)
    if z.shape != known.means.shape[1:]:
        raise ControlError("the sound is one of another instrument; give the one it was made with")
    model = nearest(known, z, point.label) if point.model is None else point.model
    if model >= len(known.labels):
        raise ControlError("the sound is one of another instrument; give the one it was made with")
    sustained = known.steady[model] is not None
    note = point.note if point.note is None or shape.note is None else shape.note
    controls = Controls(
        note=note,
        loudness_db=point.loudness,
        brightness_hz=point.brightness,
        decay_s=point.decay,
    )
    controls, gain_db = struck(controls, response, shape.velocity)
    if shape.velocity is None and point.gain is not None:
        gain_db = point.gain
    decay_s, speed = (point.decay, 1.0) if sustained else _decay(response, point, shape.decay)
    bright = float(np.exp(BRIGHTER_LN * shape.brightness))
    controls = replace_controls(
        controls, brightness_hz=controls.brightness_hz * bright, decay_s=decay_s
    )
    step = math.floor(shape.brightness * TILT_STEPS + 0.5)
    tilt = instrument.lacking_tilt(point.label, step / TILT_STEPS) if step else 0.0
    away = (point.higher or 0.0) if shape.note is None else shape.note - UNPITCHED_NOTE
    shares = tuple(point.labels or ())
    return SoundSpec(
        latent=Latent(
            z=z,
            label=point.label,
            controls=controls,
            shares=() if shares == ((point.label, 1.0),) else shares,
        ),
        gain_db=gain_db,
        note=None if note is None else note + shape.tune,
        length_s=_length_s(point, shape.decay),
        model=model,
        trajectory=instrument.trajectories.of(model),
        sustained=sustained,
        higher=away + shape.tune,
        tilt=(point.tilt or 0.0) + tilt,
        speed=speed,
    )


def _decay(response: Response, point: Point, control: float) -> tuple[float, float]:
    """The decay, within what the corpus has, and the speed of time that makes up for the rest."""
    ratio = 2 ** (DECAY_OCTAVES * control)
    low, high = min(response.decay_low_s, point.decay), max(response.decay_high_s, point.decay)
    decay = min(max(point.decay * ratio, low), high)
    return decay, decay / point.decay / ratio


def _length_s(point: Point, control: float) -> float:
    if point.length is None:
        return LAST_FRAME * HOP / SAMPLE_RATE
    return max(point.length, SHORTEST_S) * float(2 ** (DECAY_OCTAVES * control))


def _wide(frames: Frames, amount: float) -> Frames:
    """The frames with their stereo image so many times as wide."""
    if amount == 1.0:
        return frames
    onset = frames.onset.copy()
    image = onset[ONSET_SLICES["stereo"]]
    most = np.maximum(np.repeat([1.0, 2.0], ZONES), np.abs(image)).astype(np.float32)
    onset[ONSET_SLICES["stereo"]] = np.clip(image * amount, -most, most)
    return replace(frames, onset=onset)


def _gains(samples: int, attack: float) -> NDArray[np.float32]:
    """Gains [samples] of the attack control and of the end, in case that is not silent."""
    places = np.arange(0, samples + _GAIN_HOP, _GAIN_HOP)
    gains = np.interp(np.arange(samples), places, _attack(places / SAMPLE_RATE, attack))
    end = np.clip((samples - np.arange(samples)) / END_FADE, 0.0, 1.0)
    return np.asarray(gains * end, np.float32)


def _attack(seconds: NDArray[np.float64], attack: float) -> NDArray[np.float64]:
    if attack == 0.0:
        return np.ones(len(seconds))
    if attack > 0.0:
        hard: NDArray[np.float64] = 1 + (HARD_GAIN**attack - 1) * np.exp(-seconds / HARD_S)
        return hard
    soft_s = SOFT_S * attack**2
    rising: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * np.minimum(seconds / soft_s, 1.0))
    return rising


def _cut(audio: Audio, samples: int) -> Audio:
    """Up to the last that can be heard and a little silence; silence where nothing can."""
    heard = np.flatnonzero(np.abs(audio).max(axis=1) > _HEARD)
    wanted = min(samples, int(heard[-1]) + _SILENCE) if len(heard) else 1
    return np.pad(audio[:wanted], ((0, max(0, wanted - len(audio))), (0, 0)))
