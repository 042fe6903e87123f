"""Frames to sound: oscillators, noise and the onset, block by block or whole.

A `Synthesiser` is made for one sound, takes body rows in any portions, and keeps the phases of its
oscillators and the tails of its noise between them: whole and block-wise output agree. The noise
of a row reaches half a window around it, so sound comes out LOOKAHEAD rows behind what went in;
rows are known ahead, so nothing waits.

Ref: Serra & Smith (1990), "Spectral modeling synthesis"; Engel et al. (2020), "DDSP: differentiable
digital signal processing", for oscillators and filtered noise under a network's control.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.excitation import Excitation
from messina.frames.layout import ATTACK_HOP, BANDS, BODY_FLOOR, HOP, KNOTS, Frames
from messina.frames.noise import NOISE_SIZE, BodyNoise, OnsetShaper
from messina.frames.oscillators import Oscillators
from messina.frames.stereo import channel_mix
from messina.units import SAMPLE_RATE

__all__ = [
    "LOG_TAU_RANGE",
    "LOOKAHEAD",
    "MOST_BENT_CENTS",
    "SOFT_START",
    "Synthesiser",
    "moved_cents",
    "synthesise",
]

Real = NDArray[np.float32]
Floats = NDArray[np.floating]

LOOKAHEAD: Final = BodyNoise.LEAD + 1
"""Body rows the synthesiser holds back at most."""

_PORTION = 256  # rows synthesised at a time: bounds memory on long sounds
MOST_BENT_CENTS: Final = 12_000.0
"""Up and down, by contours, wheels and glides together."""
LOG_TAU_RANGE: Final = (-6.0, 1.0)
"""Bounds of the ln of a glide's time constant in s."""
SOFT_START: Final = 22
"""Samples an oscillator that does not start at zero takes to come in: 0.5 ms."""
_NOISE_HZ = np.fft.rfftfreq(NOISE_SIZE, 1 / SAMPLE_RATE).astype(np.float64)


def partial_gains(knots: Real) -> Real:
    """Attack gain of the oscillators at each sample [(KNOTS - 1) * ATTACK_HOP].

    knots [KNOTS]: ln. After the attack the gain is 1.
    """
    places = np.arange(KNOTS) * ATTACK_HOP
    gains = np.interp(np.arange(places[-1]), places, np.exp(knots)).astype(np.float32)
    gains[:SOFT_START] *= np.linspace(0, 1, SOFT_START, dtype=np.float32)
    return gains


def partial_oscillators(frames: Frames) -> Oscillators:
    """The oscillator bank of a sound, at sample 0."""
    cosine, sine = frames.phases
    semitones, log_tau = (float(value) for value in frames.glide)
    mix = channel_mix(frames.stereo, frames.frequencies_hz).copy()
    mix[:, 1, ::2] *= -1  # neighbours lean to opposite sides
    return Oscillators(
        frames.frequencies_hz,
        np.arctan2(sine, cosine),
        (semitones, float(np.exp(np.clip(log_tau, *LOG_TAU_RANGE)))),
        mix,
    )


class Synthesiser:
    """Additive and noise synthesis of one sound from static parameters.

    Envelopes come through `step`.

    The key is where its excitation begins: the same key gives the same sound, however it is cut up.
    """

    def __init__(self, frames: Frames, *, key: int) -> None:
        mix = channel_mix(frames.stereo, _NOISE_HZ)
        self._gain = np.float32(frames.gain)
        self._pitched = frames.pitched
        self._oscillators = partial_oscillators(frames)
        self._partial_gains = partial_gains(frames.partial_attack)
        self._body_noise = BodyNoise(mix, Excitation(frames.fine, key=key, ratio=frames.fine_ratio))
        self._shaper = OnsetShaper(frames.noise_attack, channels=len(mix))
        self._noise = np.zeros((len(mix), 0), np.float32)  # waiting for whole blocks
        # Waiting for their noise:
        self._rows = np.zeros((0, BANDS), np.float32)
        self._paces = np.ones(0)
        self._louder = np.zeros((0, BANDS), np.float32)
        self._blocks = 0

    def step(
        self, body: Real, contour: Floats | None = None, *, louder: Real | None = None
    ) -> Real:
        """Rows in, the samples they complete out.

        Args:
            body: Rows [T, BODY_SIZE].
            contour: Cents [T] by which the pitch is moved at the same rows.
            louder: Nepers [T, BODY_SIZE] by which each level is played louder than it is.

        Returns:
            Samples [N, 2].
        """
        if len(body) == 0:
            return np.zeros((0, 2), np.float32)
        groups = None if louder is None else louder[:, BANDS:]
        paces = np.ones(len(body))
        if contour is not None:
            paces = np.exp2(np.clip(contour, -MOST_BENT_CENTS, MOST_BENT_CENTS) / 1200)
        read = self._body_noise.step(
            body[:, BANDS:], louder=groups, paces=paces if self._pitched else None
        )
        noise = self._shaper.step(read)
        self._noise = np.concatenate([self._noise, noise], axis=1)
        self._rows = np.concatenate([self._rows, body[:, :BANDS]])
        self._paces = np.concatenate([self._paces, paces])
        bands = np.zeros((len(body), BANDS), np.float32) if louder is None else louder[:, :BANDS]
        self._louder = np.concatenate([self._louder, bands])
        return self._sound(self._noise.shape[1] // HOP)

    def finish(self) -> Real:
        """The rest [N, 2], as if silence followed."""
        last = self._paces[-1] if len(self._paces) else 1.0
        cents = None if last == 1.0 else np.full(LOOKAHEAD, 1200 * np.log2(last))
        return self.step(np.tile(BODY_FLOOR, (LOOKAHEAD, 1)), cents)

    def _sound(self, count: int) -> Real:
        """The next `count` blocks [count * HOP, 2]."""
        if count == 0:
            return np.zeros((0, 2), np.float32)
        paces, louder = self._paces[: count + 1], self._louder[: count + 1]
        sound = self._oscillators.step(
            self._rows[: count + 1],
            paces if (paces != 1.0).any() else None,
            louder=louder if louder.any() else None,
        )
        coming_in = self._partial_gains[self._blocks * HOP :][: sound.shape[1]]
        sound[:, : len(coming_in)] *= coming_in
        sound += self._noise[:, : sound.shape[1]]
        self._noise = self._noise[:, sound.shape[1] :]
        self._rows = self._rows[count:]
        self._paces = self._paces[count:]
        self._louder = self._louder[count:]
        self._blocks += count
        sound *= self._gain
        return np.ascontiguousarray(np.broadcast_to(sound, (2, sound.shape[1])).T)


def moved_cents(frames: Frames) -> NDArray[np.float64] | None:
    """Cents [T] by which the pitch of a sound moves, frame by frame, as it is played.

    None if it rests.
    """
    if frames.contour is None:
        return None
    return np.asarray(frames.contour * frames.vibrato, np.float64)


def synthesise(frames: Frames, *, key: int, samples: int | None = None) -> Real:
    """The whole sound [samples, 2]; as long as the frames by default.

    key: where its excitation begins, 32 bits.
    """
    synthesiser = Synthesiser(frames, key=key)
    portions = [slice(start, start + _PORTION) for start in range(0, len(frames), _PORTION)]
    contour = moved_cents(frames)
    parts = [
        synthesiser.step(frames.body[some], None if contour is None else contour[some])
        for some in portions
    ]
    sound = np.concatenate([*parts, synthesiser.finish()])
    if samples is None:
        return sound[: (len(frames) - 1) * HOP]
    return np.pad(sound[:samples], ((0, max(0, samples - len(sound))), (0, 0)))
