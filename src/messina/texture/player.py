"""A texture that plays on: slow level, fast level, frames, sound, block by block, for ever.

Sound is made in portions of a fixed size and handed out in blocks of any, so that one seed is one
sound whatever the blocks; memory and speed are the same after hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.audio_files import check_finite
from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.frames.layout import HOP
from messina.instrument.finishing import block_of
from messina.limiter import Limiter
from messina.texture.drops import LENGTH, PAN, DropPlayer, burst
from messina.texture.fast import FastMotion, FastWalk, NetworkMotion
from messina.texture.fine import FADE_PATCHES, fine_spectra, mixed_fine
from messina.texture.layout import NOISE, OFFSETS, PARTIALS, PATCH, STEREO
from messina.texture.model import TextureModel, slow_part
from messina.texture.slow import SlowWalk
from messina.texture.synthesis import TextureSynthesiser
from messina.texture.texture_frames import SHORTEST_SAMPLES, analyse_with_residual

__all__ = ["Style", "TexturePlayer"]

Real = NDArray[np.float32]
Codes = NDArray[np.uint8]
Style = int | Mapping[int, float] | None
"""One recording's index, several with weights, or (None) all in turn."""

PORTION: Final = 8  # patches made at a time: 0.19 s
MARGIN = 0.1  # of its range a latent may leave what was learnt
RANGE = (0.1, 99.9)  # percentiles of what was learnt
_PRIME_S = 12.0
BOUNDS: Final = {"pace": (0.1, 10.0)}


class TexturePlayer:
    """Plays a learnt texture. Everything is drawn from the seed.

    wildness 0 … 2: how far the fast and the slow level vary; pace: how fast it evolves, 1 as
    learnt, the sound itself is no faster; place: where in the corpus, 0 … 1, it begins, else
    anywhere; prime: a sound [N] or [N, C] it goes on from; levelling 0 … 1: how far recordings are
    brought to one loudness, 0 each as loud as it is. Raises ControlError for what is out of bounds.
    """

    def __init__(
        self,
        model: TextureModel,
        *,
        seed: int = 0,
        wildness: float = 1.0,
        style: Style = None,
        pace: float = 1.0,
        place: float | None = None,
        prime: Real | None = None,
        levelling: float = 1.0,
    ) -> None:
        if not 0.0 <= wildness <= 2.0:
            raise ControlError(f"`wildness` is {wildness:g}; it can be 0 to 2")
        low, high = BOUNDS["pace"]
        if not low <= pace <= high:
            raise ControlError(f"pace is {pace:g}; it can be {low:g} to {high:g}")
        if not 0.0 <= levelling <= 1.0:
            raise ControlError(f"`levelling` is {levelling:g}; it can be 0 to 1")
        self._model = model
        self._levelling = levelling
        if place is not None:
            _check_place(place)
        self._place = place
        self._prime = prime
        self._seed = seed
        self._wildness = wildness
        self._pace = pace
        self._styles = _weights_of(style, model)
        low, high = np.percentile(model.latents, RANGE, axis=0).astype(np.float32)
        self._low, self._high = low - MARGIN * (high - low), high + MARGIN * (high - low)
        self.reset()

    def reset(self) -> None:
        """Back to the beginning: the same sound comes again."""
        self._rng = CounterRng(self._seed, Purpose.TEXTURE)  # of the noise
        self._voices = [
            _Voice(
                self._model,
                weight,
                styles,
                CounterRng(self._seed, Purpose.TEXTURE, i),
                self._wildness,
                self._pace,
            )
            for i, (styles, weight) in enumerate(self._styles)
        ]
        self._before: Real | None = None  # the last latent played …
        self._gain_before: float | None = None  # … and its gain
        self._ready = np.zeros((0, 2), np.float32)
        self._dripping = np.zeros((LENGTH, 2), np.float32)  # what falls into the next portion
        self._limit_anew()
        if self._prime is None and self._place is not None:
            for voice in self._voices:
                voice.walk.begin_at(self._place * (len(self._model.latents) - 1))
        self._begin_sound(self._fine(), turn_in=FADE_PATCHES // PORTION)
        self._late = self._synthesiser.LATE
        if self._prime is not None:
            self.prime(self._prime)

    def block(self, samples: int) -> Real:
        """The next samples [samples, 2] at 44.1 kHz, never over full scale.

        Raises InstrumentError for what is not finite.
        """
        block, self._ready = block_of(self._ready, self._portion, samples)
        check_finite(block)
        return block

    def jump(self, place: float) -> None:
        """To what the corpus has at this place, 0 … 1; heard within a second or so."""
        _check_place(place)
        for voice in self._voices:
            voice.walk.jump(place * (len(self._model.latents) - 1))

    def prime(self, audio: Real) -> None:
        """Goes on from this sound [N] or [N, C] at 44.1 kHz; the next block continues it."""
        if len(audio) < SHORTEST_SAMPLES:
            least_s = SHORTEST_SAMPLES / 44_100
            raise ControlError(f"a sound to go on from must last {least_s:g} s or more")
        heard, residual = analyse_with_residual(audio[-int(_PRIME_S * 44_100) :])
        latents = np.clip(self._model.basis.encode(heard), self._low, self._high)
        latents = latents[:-1] if len(latents) > 1 else latents  # the last reaches past the end
        self._before = latents[-1]
        slow = slow_part(latents)
        for voice in self._voices:
            voice.walk.go_on_from(slow[-1], (slow[-1] - slow[-min(9, len(slow))]) / 8)
            voice.fast.warm(slow, latents - slow, voice.walk)
        self._begin_sound(fine_spectra(residual, heard[:, NOISE])[-1], turn_in=0)
        self._synthesiser.step(heard[-PORTION * PATCH :])
        self._gain_before = 0.0
        self._dripping[:] = 0.0
        self._late = 0
        self._ready = self._ready[:0]
        self._limit_anew()

    def _begin_sound(self, fine: Codes, *, turn_in: int) -> None:
        """Anew with this fine spectrum; after so many portions it turns to that of the place."""
        self._synthesiser = TextureSynthesiser(key=self._rng.bits(), fine=fine)
        self._turn_in = turn_in

    def _fine(self) -> Codes:
        """The fine spectrum [FINE_CELLS] of where it is now."""
        return mixed_fine(
            [voice.fine(self._model) for voice in self._voices],
            [voice.weight for voice in self._voices],
        )

    def _limit_anew(self) -> None:
        self._limiter = Limiter()
        self._behind = self._limiter.latency  # samples that it has given for none

    def latents(self, patches: int) -> Real:
        """The next latents [patches, D], without synthesis."""
        return self._drawn(patches)[0]

    def _drawn(self, patches: int) -> tuple[Real, Real]:
        """The next latents [patches, D] and their gains [patches], ln."""
        drawn = np.zeros((patches, self._model.manifest.latents), np.float32)
        gains = np.zeros(patches, np.float32)
        for voice in self._voices:
            latents, levels = voice.step(patches)
            drawn += np.float32(voice.weight) * latents
            gains += np.float32(voice.weight * self._levelling) * levels
        return np.clip(drawn, self._low, self._high), gains

    def _portion(self) -> Real:
        """The next portion of sound [N, 2]."""
        latents, gains = self._drawn(PORTION)
        before = latents[0] if self._before is None else self._before
        gain_before = float(gains[0]) if self._gain_before is None else self._gain_before
        frames = self._model.basis.decode(latents, before)
        levels = _ramps(gains, gain_before)[:, None]
        frames[:, PARTIALS] += levels
        frames[:, NOISE] += levels
        self._before, self._gain_before = latents[-1], float(gains[-1])
        if self._turn_in == 0:
            self._synthesiser.turn_to(self._fine())
            self._turn_in = FADE_PATCHES // PORTION
        self._turn_in -= 1
        sound = self._synthesiser.step(_bounded(frames))
        self._drip(sound)
        skipped = min(self._late, len(sound))
        self._late -= skipped
        limited = self._limiter.step(sound[skipped:])
        behind = min(self._behind, len(limited))
        self._behind -= behind
        return limited[behind:]

    def _drip(self, sound: Real) -> None:
        """Adds the drops of this portion [N, 2], and what the last one left of its own."""
        whole = np.pad(self._dripping, ((0, len(sound) + LENGTH - len(self._dripping)), (0, 0)))
        for voice in self._voices:
            for position, drop in voice.fallen:
                start = int(position * PATCH * HOP)
                whole[start : start + LENGTH] += voice.sounding(drop, self._levelling)
        sound += whole[: len(sound)]
        self._dripping = whole[len(sound) :]


class _Voice:
    """One way through the corpus: a slow walk and what moves around it."""

    def __init__(
        self,
        model: TextureModel,
        weight: float,
        styles: NDArray[np.int64],
        rng: CounterRng,
        wildness: float,
        pace: float,
    ) -> None:
        slow, fast, falling, self._rng = (rng.stream(use) for use in range(4))
        self._drops = model.drops
        self._starts = model.starts
        self._rain = DropPlayer(model.drops, falling)
        self.fallen: list[tuple[float, int]] = []
        self.weight = weight
        self.walk = SlowWalk(model, slow, styles=styles, wildness=wildness, pace=pace)
        self.fast: FastMotion
        if model.manifest.fast == "network":
            self.fast = NetworkMotion(model, fast, wildness=wildness)
        else:
            self.fast = FastWalk(model, fast, wildness=wildness)

    def step(self, patches: int) -> tuple[Real, Real]:
        """The next latents [patches, D] and their gains [patches], ln."""
        rows, gains = [], np.zeros(patches, np.float32)
        self.fallen = []
        for index in range(patches):
            slow = self.walk.step()
            rows.append(slow + self.fast.step(slow, self.walk))
            gains[index] = self.walk.gain
            self._fall(index)
        return np.stack(rows), gains

    def _fall(self, index: int) -> None:
        """Drops of this patch of the portion."""
        style = self.walk.style
        bounds = int(self._starts[style]), int(self._starts[style + 1])
        fallen = self._rain.step(int(self.walk.place), bounds, self.weight)
        self.fallen += [(index + moment, drop) for moment, drop in fallen]

    def sounding(self, drop: int, levelling: float) -> Real:
        """One drop [LENGTH, 2]."""
        shape = self._drops.shapes[drop]
        level = np.float32(np.exp(levelling * self.walk.gain))
        middle = level * burst(shape, 2 * np.pi * self._rng.uniforms(LENGTH // 2 + 1))
        side = shape[PAN] * middle
        return np.stack([middle - side, middle + side], axis=1)

    def fine(self, model: TextureModel) -> Codes:
        """The fine spectrum [FINE_CELLS] of where it is now."""
        return model.fine_at(self.walk.style, int(self.walk.place))


def _weights_of(style: Style, model: TextureModel) -> list[tuple[NDArray[np.int64], float]]:
    """The styles each voice may visit, with its weight."""
    count = len(model.names)
    if style is None:
        return [(np.arange(count), 1.0)]
    given = {style: 1.0} if isinstance(style, int) else dict(style)
    total = sum(given.values())
    for index, weight in given.items():
        if not 0 <= index < count:
            raise ControlError(f"there is no recording {index}; they are 0 to {count - 1}")
        if not weight >= 0:
            raise ControlError(f"weight {weight:g} of recording {index} is not 0 or more")
    if not 0 < total < np.inf:
        raise ControlError("a mixture needs a recording with a weight over 0")
    return [(np.array([i]), w / total) for i, w in sorted(given.items()) if w > 0]


def _check_place(place: float) -> None:
    if not 0.0 <= place <= 1.0:
        raise ControlError(f"`place` is {place:g}; it can be 0 to 1")


def _ramps(gains: Real, before: float) -> Real:
    """Gains [T] of patches as straight lines over their frames [T * PATCH]."""
    starts = np.concatenate([[np.float32(before)], gains[:-1]])
    shares = ((np.arange(PATCH) + 0.5) / PATCH).astype(np.float32)
    return np.asarray(starts[:, None] + (gains - starts)[:, None] * shares, np.float32).ravel()


def _bounded(frames: Real) -> Real:
    frames[:, OFFSETS] = np.clip(frames[:, OFFSETS], -0.5, 0.5)
    frames[:, STEREO] = np.clip(frames[:, STEREO], -2.0, 2.0)
    frames[:, PARTIALS] = np.minimum(frames[:, PARTIALS], 0.0)
    frames[:, NOISE] = np.minimum(frames[:, NOISE], 0.0)
    return frames
