"""A sound as an instrument understands it, to be looked at, changed and played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.errors import ControlError
from messina.instrument.controls import Controls
from messina.instrument.decoding import Latent
from messina.instrument.encoder import Encoded
from messina.instrument.parts import Request, SoundSpec, between
from messina.instrument.playing import FrameRenderer
from messina.instrument.trajectories import Trajectory
from messina.ranges import RANGES

__all__ = ["Encoding", "encoding_of", "interpolated", "part_of_encoding"]


_BOUNDS: Final = {
    "note": RANGES["note"],
    "length_s": RANGES["length_s"],
    "loudness_db": (-200.0, 20.0),
    "brightness_hz": (1.0, 22_050.0),
    "decay_s": (1e-4, 600.0),
}
"""What numbers of a sound can be."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoding:
    """A sound as latent and controls of one instrument, as `Instrument.encode` gives it.

    `dataclasses.replace` changes any of it before `Instrument.decode` plays it. It belongs to the
    instrument that made it: another one has other axes.
    """

    z: NDArray[np.float32]
    """The latent [Z]: about normally distributed over the sounds that were learnt."""
    label: str | None
    """The kind that the decoder takes it for; None: none in particular."""
    note: float | None
    """MIDI note; None where it has no pitch."""
    loudness_db: float
    """Of its loudest 50 ms, dBFS."""
    brightness_hz: float
    """Geometric mean of the frequency, weighted by energy."""
    decay_s: float
    """From the peak to 40 dB below it."""
    length_s: float
    """It has ended by then."""
    model: int
    """The learnt sound, by its index, whose modes and fine spectrum it has."""
    trajectory: Trajectory | None = None
    """How it moves, beside what the latent tells; None where it keeps a steady course."""


def encoding_of(encoded: Encoded, player: FrameRenderer, labels: Sequence[str]) -> Encoding:
    """The public form of what the encoder found, with labels by name."""
    return _encoding(player.part_of(encoded, Request()), labels)


@checked
def interpolated(
    first: Encoding, second: Encoding, share: float, labels: Sequence[str]
) -> Encoding:
    """The encoding at `share` of the way from one to the other."""
    if not 0.0 <= share <= 1.0:
        raise ControlError(f"`share` is {share:g}; it can be 0 to 1")
    a, b = (_part(encoding, labels) for encoding in (first, second))
    if a.latent.z.shape != b.latent.z.shape:
        raise ControlError(
            f"latents of {a.latent.z.size} and {b.latent.z.size} numbers; both encodings have to "
            "be of this instrument"
        )
    return _encoding(between(a, b, share), labels)


@checked
def part_of_encoding(
    encoding: Encoding, request: Request, player: FrameRenderer, labels: Sequence[str]
) -> SoundSpec:
    """An encoding ready to be played, with the note and velocity asked for."""
    part = _part(encoding, labels)
    player.check_own(part.latent.z, part.model)
    return player.asked_for(part, request)


def _part(encoding: Encoding, labels: Sequence[str]) -> SoundSpec:
    return SoundSpec(
        latent=_latent(encoding, labels),
        gain_db=encoding.loudness_db,
        note=encoding.note,
        length_s=encoding.length_s,
        model=encoding.model,
        trajectory=encoding.trajectory,
    )


def _latent(encoding: Encoding, labels: Sequence[str]) -> Latent:
    _check(encoding)
    if encoding.label is not None and encoding.label not in labels:
        raise ControlError(f"there is no label '{encoding.label}'; there are {', '.join(labels)}")
    return Latent(
        z=np.asarray(encoding.z, np.float32),
        label=-1 if encoding.label is None else labels.index(encoding.label),
        controls=Controls(
            note=encoding.note,
            loudness_db=encoding.loudness_db,
            brightness_hz=encoding.brightness_hz,
            decay_s=encoding.decay_s,
        ),
    )


def _check(encoding: Encoding) -> None:
    """Raises ControlError for numbers that no sound has: an encoding may have been changed."""
    z = np.asarray(encoding.z)
    if z.ndim != 1 or z.dtype.kind not in "fiu":
        raise ControlError(f"the z of the encoding is no row of numbers, but {z.dtype}{z.shape}")
    if not isinstance(encoding.model, int | np.integer):
        raise ControlError(f"model of the encoding is {encoding.model!r}; an index is wanted")
    if not isinstance(encoding.trajectory, Trajectory | None):
        raise ControlError("trajectory of the encoding is none; take that of another encoding")
    if not np.isfinite(z).all():
        raise ControlError("the z of the encoding holds numbers that are not finite")
    for name, (low, high) in _BOUNDS.items():
        value = getattr(encoding, name)
        if value is None and name == "note":
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise ControlError(f"{name} of the encoding is {value!r}; a number is wanted")
        if not low <= value <= high:
            raise ControlError(
                f"{name} of the encoding is {value:g}; it can be {low:g} to {high:g}"
            )


def _encoding(part: SoundSpec, labels: Sequence[str]) -> Encoding:
    controls = part.latent.controls
    return Encoding(
        z=part.latent.z,
        label=None if part.latent.label < 0 else labels[part.latent.label],
        note=part.note,
        loudness_db=controls.loudness_db,
        brightness_hz=controls.brightness_hz,
        decay_s=controls.decay_s,
        length_s=part.length_s,
        model=part.model,
        trajectory=part.trajectory,
    )
