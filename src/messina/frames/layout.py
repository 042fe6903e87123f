"""What a frame is: the one language between analysis, models and synthesis.

A sound is a *body*, one fixed-size vector per hop, and an *onset* and a *fine spectrum*, one vector
each per sound. All numbers are slow, positive-in-log, phase-free (but for the phase each oscillator
starts with), so they can be averaged, interpolated and learnt. Nothing here depends on how frames
are made or played.

Levels are relative to the sound's `gain`, the RMS of its loudest 50 ms, so silence is the same
number in every sound and loudness is one number apart.

Body [T, BODY_SIZE], natural log of amplitude over gain, one row every HOP samples from the onset:
    partials [T, BANDS]    level of the one oscillator of each band (peak amplitude)
    noise    [T, GROUPS]   level of the noise round each of GROUPS places of the spectrum (RMS of
                           white noise as loud)

Onset [ONSET_SIZE]:
    offsets        [BANDS]        where in its band each oscillator lies, -0.5 … 0.5 of log f
    phases         [2, BANDS]     cosine and sine of each oscillator's phase at sample 0
    glide          [2]            start of the glide in semitones, ln of its time constant in s
    partial_attack [KNOTS]        ln gain of all partials, every ATTACK_HOP samples from 0
    noise_attack   [STEPS, ERBS]  ln gain on the body's noise, every ATTACK_HOP
    stereo         [2, ZONES]     pan (-1 left … 1 right) and width (side over mid), by zone

Contour [T], where a sound's pitch moves: cents from its resting pitch, by which all oscillators are
moved alike (`messina.frames.contour`).

Fine spectrum [FINE_CELLS], codes 0 … MOST_FINE in steps of FINE_STEP_DB: how the noise's power is
spread within its groups, FLAT_FINE where it is even. It stands still (`messina.frames.excitation`).

Bands are as wide as max(REFERENCE_HZ, one semitone). A sound with a known pitch is analysed and
played with the band axis scaled by pitch / REFERENCE_HZ, so other pitches are interpolation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE, note_to_hz

__all__ = [
    "ATTACK_HOP",
    "BANDS",
    "BODY_FLOOR",
    "BODY_SIZE",
    "CELL_BINS",
    "ERBS",
    "FINE_CELLS",
    "FINE_LOW_DB",
    "FINE_STEP_DB",
    "FLAT_FINE",
    "FUNDAMENTAL_OFFSET",
    "GROUPS",
    "HOP",
    "KNOTS",
    "LEAST_STEADY",
    "LOOP_SIZE",
    "LOWEST_BIN",
    "MOST_FINE",
    "NOISE_FLOOR",
    "ONSET_SIZE",
    "ONSET_SLICES",
    "PARTIAL_FLOOR",
    "REFERENCE_HZ",
    "STEPS",
    "ZONES",
    "Frames",
    "Steady",
    "band_edges_hz",
    "frame_count",
    "oscillator_hz",
    "pack_fine",
    "pack_onset",
    "reference_of",
    "unpack_fine",
]

Array = NDArray[np.float32]

HOP: Final = 256
"""Samples between two frames: 5.8 ms."""

REFERENCE_HZ: Final = 43.07
"""Pitch the band axis is laid out for; also the scale of sounds without a pitch."""

ATTACK_HOP: Final = 64
"""Samples between two values of the attack curves: 1.45 ms."""

PARTIAL_FLOOR: Final = float(np.log(1e-4))
"""Silence of an oscillator, ln amplitude over gain (-80 dB): the least a body holds."""

NOISE_FLOOR: Final = float(np.log(1e-5))
"""Silence of a noise group, ln RMS over gain (-100 dB): the least a body holds."""


def _reference_edges_hz(top_hz: float = 16_500.0) -> NDArray[np.float64]:
    edges = [0.5 * REFERENCE_HZ]
    while edges[-1] < top_hz:
        edges.append(max(edges[-1] + REFERENCE_HZ, edges[-1] * 2 ** (1 / 12)))
    return np.array(edges)


_EDGES_HZ = _reference_edges_hz()

BANDS: Final = len(_EDGES_HZ) - 1

FUNDAMENTAL_OFFSET: Final = float(
    np.log(REFERENCE_HZ / _EDGES_HZ[0]) / np.log(_EDGES_HZ[1] / _EDGES_HZ[0]) - 0.5
)
"""Where in the lowest band the reference pitch lies: the fundamental of a sound with a pitch."""
GROUPS: Final = 32
KNOTS: Final = 17
STEPS: Final = 24
ERBS: Final = 24
ZONES: Final = 4
BODY_SIZE: Final = BANDS + GROUPS

LOOP_SIZE: Final = 131_072
"""Samples after which a sound's excitation begins anew: 3 s."""
LOWEST_BIN: Final = 24
"""Of the loop's spectrum, 8 Hz: what is slower is no sound, and would be a wandering DC."""
CELL_BINS: Final = 8
"""Bins of the loop's spectrum in a cell of the fine spectrum: 2.7 Hz."""
FINE_CELLS: Final = LOOP_SIZE // 2 // CELL_BINS
MOST_FINE: Final = 15
FINE_STEP_DB: Final = 3.0
FINE_LOW_DB: Final = -30.0
"""What code 0 stands for; every code more is FINE_STEP_DB more."""
FLAT_FINE: Final = 10
"""The code of even noise: 0 dB."""

BODY_FLOOR: Final[Array] = np.concatenate(
    [np.full(BANDS, PARTIAL_FLOOR), np.full(GROUPS, NOISE_FLOOR)]
).astype(np.float32)
"""Silence [BODY_SIZE]."""

_ONSET_SHAPES: Final[Mapping[str, tuple[int, ...]]] = {
    "offsets": (BANDS,),
    "phases": (2, BANDS),
    "glide": (2,),
    "partial_attack": (KNOTS,),
    "noise_attack": (STEPS, ERBS),
    "stereo": (2, ZONES),
}


def _slices() -> dict[str, slice]:
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in _ONSET_SHAPES.values())])
    return {
        name: slice(int(a), int(b))
        for name, a, b in zip(_ONSET_SHAPES, ends[:-1], ends[1:], strict=True)
    }


ONSET_SLICES: Final[Mapping[str, slice]] = _slices()
"""Where each part lies in the onset vector."""

ONSET_SIZE: Final = max(part.stop for part in ONSET_SLICES.values())


def reference_of(note: float | None) -> float:
    """Pitch in Hz that the bands of a sound are laid out for.

    Its note's, or REFERENCE_HZ without one.
    """
    return REFERENCE_HZ if note is None else float(note_to_hz(note))


def band_edges_hz(reference_hz: float = REFERENCE_HZ) -> NDArray[np.float64]:
    """Edges of the partial bands [BANDS + 1] for a sound of this pitch, in Hz.

    >>> band_edges_hz().shape[0] == BANDS + 1
    True
    """
    return _EDGES_HZ * (reference_hz / REFERENCE_HZ)


def oscillator_hz(offsets: NDArray[np.floating], reference_hz: float) -> NDArray[np.float64]:
    """Frequencies [BANDS] of the oscillators, before any glide, in Hz."""
    log_edges = np.log(band_edges_hz(reference_hz))
    low, high = log_edges[:-1], log_edges[1:]
    return np.exp(low + (np.clip(offsets, -0.5, 0.5) + 0.5) * (high - low))


def frame_count(samples: int) -> int:
    """Frames that describe this many samples: one at sample 0, one every HOP, the end covered."""
    return 1 + -(-samples // HOP)


LEAST_STEADY: Final = 52
"""Frames, 0.3 s: a steady part that is shorter does not show how a sound goes on."""


class Steady(NamedTuple):
    """The frames of a sustained sound between which it plays on while its key is down."""

    start: int
    stop: int
    """The last frame of it."""
    release: int
    """From which on the sound is let go."""


@dataclass(frozen=True, kw_only=True)
class Frames:
    """The analysis of one sound: envelopes by frame and static parameters; units as in the module.

    Raises ValueError when the shapes are not those of this layout.
    """

    body: Array  # [T, BODY_SIZE]
    onset: Array  # [ONSET_SIZE]
    gain: float
    """RMS of the loudest 50 ms, full scale 1; every level is relative to it."""
    fine: NDArray[np.uint8] = field(
        default_factory=lambda: np.full(FINE_CELLS, FLAT_FINE, np.uint8)
    )
    """Fine spectrum of the noise [FINE_CELLS]; even by default."""
    fine_ratio: float = 1.0
    """How much higher its modes are played than they were measured."""
    reference_hz: float = REFERENCE_HZ
    """Pitch the band axis is scaled to; without a pitch REFERENCE_HZ times transposed_by."""
    transposed_by: float = 1.0
    """Ratio by which a sound without pitch is moved."""
    steady: Steady | None = None
    """What of it goes on while its key is down; None: it is struck, and sounds as long as it is."""
    contour: Array | None = None
    """How its pitch moves [T]: cents from the resting pitch, at each row; None: it stands still."""
    vibrato: float = 1.0
    """How far of that it is moved when it is played."""

    def __post_init__(self) -> None:
        if self.body.ndim != 2 or self.body.shape[1] != BODY_SIZE or len(self.body) < 1:
            raise ValueError(f"body is {self.body.shape}, not [T >= 1, {BODY_SIZE}]")
        if self.onset.shape != (ONSET_SIZE,):
            raise ValueError(f"onset is {self.onset.shape}, not [{ONSET_SIZE}]")
        if self.fine.shape != (FINE_CELLS,) or self.fine.dtype != np.uint8:
            raise ValueError(
                f"fine is {self.fine.dtype} {self.fine.shape}, not [{FINE_CELLS}] codes"
            )
        if self.fine.max() > MOST_FINE:
            raise ValueError(f"fine holds {self.fine.max()}, more than {MOST_FINE}")
        if not self.fine_ratio > 0:
            raise ValueError(f"fine_ratio is {self.fine_ratio}, not a positive ratio")
        if not self.gain >= 0:
            raise ValueError(f"gain is {self.gain}, not zero or more")
        if not self.reference_hz > 0:
            raise ValueError(f"reference_hz is {self.reference_hz}, not a positive frequency")
        if self.contour is not None and self.contour.shape != (len(self.body),):
            raise ValueError(f"contour is {self.contour.shape}, not [{len(self.body)}]")
        if self.steady is not None:
            start, stop, release = self.steady
            if not (0 <= start <= stop - LEAST_STEADY and stop <= release < len(self.body)):
                raise ValueError(f"steady is {tuple(self.steady)} of {len(self.body)} frames")

    def __len__(self) -> int:
        return len(self.body)

    @property
    def pitched(self) -> bool:
        """Whether it has a pitch; its noise is then read at the pace at which that moves."""
        return self.reference_hz != REFERENCE_HZ * self.transposed_by

    def _part(self, name: str) -> Array:
        return self.onset[ONSET_SLICES[name]].reshape(_ONSET_SHAPES[name])

    @property
    def duration_s(self) -> float:
        """Length in seconds, one hop a frame."""
        return (len(self.body) - 1) * HOP / SAMPLE_RATE

    @property
    def partials(self) -> Array:
        """ln amplitude [T, BANDS]."""
        return self.body[:, :BANDS]

    @property
    def noise(self) -> Array:
        """ln RMS [T, GROUPS]."""
        return self.body[:, BANDS:]

    @property
    def offsets(self) -> Array:
        """Where each oscillator lies in its band [BANDS], -0.5 … 0.5 of the band's width."""
        return self._part("offsets")

    @property
    def phases(self) -> Array:
        """Cosine and sine of each oscillator's phase at sample 0 [2, BANDS]."""
        return self._part("phases")

    @property
    def glide(self) -> Array:
        """The glide's two numbers [2]: semitones at sample 0, and ln of the time constant in s."""
        return self._part("glide")

    @property
    def partial_attack(self) -> Array:
        """Attack gains of the oscillators, ln [KNOTS]."""
        return self._part("partial_attack")

    @property
    def noise_attack(self) -> Array:
        """Attack gains of the noise, ln [STEPS, ERBS]."""
        return self._part("noise_attack")

    @property
    def stereo(self) -> Array:
        """Pan and width [2, ZONES] by zone of frequency."""
        return self._part("stereo")

    @cached_property
    def frequencies_hz(self) -> NDArray[np.float64]:
        """Resting frequency of each oscillator [BANDS], in Hz."""
        return oscillator_hz(self.offsets, self.reference_hz)


def pack_onset(parts: Mapping[str, NDArray[np.floating]]) -> Array:
    """The vector of static parameters [ONSET_SIZE] from its named parts; every part is required."""
    onset = np.empty(ONSET_SIZE, np.float32)
    for name, where in ONSET_SLICES.items():
        onset[where] = np.reshape(parts[name], -1)
    return onset


def pack_fine(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two codes to a byte, the even cell's in the upper half: [..., FINE_CELLS / 2]."""
    return np.ascontiguousarray(codes[..., ::2] << 4 | codes[..., 1::2])


def unpack_fine(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Inverse of `pack_fine`."""
    return np.stack([packed >> 4, packed & 15], axis=-1).reshape(*packed.shape[:-1], -1)
