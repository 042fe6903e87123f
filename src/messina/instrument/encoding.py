"""A sound as an instrument understands it, to be looked at, changed and played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.arguments import checked
from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.frames.layout import ONSET_SIZE
from messina.frames.synthesis import synthesise
from messina.instrument.contents import Contents
from messina.instrument.controls import Controls
from messina.instrument.decoding import Latent, Moving, decode, to_frames
from messina.instrument.encoder import Encoded, encode_audio
from messina.instrument.finishing import finished
from messina.instrument.known import nearest
from messina.instrument.parts import Request, SoundSpec, between
from messina.instrument.playing import FrameRenderer, modes_ratio
from messina.instrument.sampling import typical_blur
from messina.instrument.trajectories import Trajectory
from messina.ranges import RANGES, check_range
from messina.units import SAMPLE_RATE

__all__ = [
    "Encoding",
    "at_own_rate",
    "encoded",
    "encoding_of",
    "interpolated",
    "morphed",
    "part_of_encoding",
    "resynthesised",
    "variation",
]

Audio = NDArray[np.float32]


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
    onset: NDArray[np.float32] | None = None
    """What its onset has beside what the latent tells; None for nothing."""


def at_own_rate(audio: Audio, sample_rate: float) -> Audio:
    """Audio at 44.1 kHz. Raises ControlError for an impossible rate."""
    if not 1_000 <= sample_rate <= 1_000_000:
        raise ControlError(f"a sample rate of {sample_rate} Hz; it can be 1,000 to 1,000,000")
    audio = np.asarray(audio)
    if sample_rate == SAMPLE_RATE or len(audio) == 0:
        return audio
    return soxr.resample(audio, sample_rate, SAMPLE_RATE, quality="VHQ")


def encoded(own: Contents, audio: Audio, note: float | None = None) -> Encoded:
    """Audio [N] or [N, C] at 44.1 kHz, encoded.

    Raises:
        ControlError: The note is out of range, or there is no sound in the audio.
    """
    check_range("note", note)
    manifest = own.manifest
    basis = own.trajectories.basis
    return encode_audio(
        own.network, manifest.scale, manifest.responses, audio, note=note, basis=basis
    )


def variation(own: Contents, audio: Audio, request: Request, rng: CounterRng) -> SoundSpec:
    """A variation of a sound: its latent, blurred as much as its label is spread."""
    part = own.player.part_of(encoded(own, audio), request)
    blur = request.wildness * typical_blur(own.known, part.latent.label)
    z = part.latent.z + blur * rng.stream(Purpose.NEAR).normals(len(blur)).astype(np.float32)
    return replace(part, latent=replace(part.latent, z=z))


def morphed(own: Contents, morph: tuple[Audio, Audio, float], request: Request) -> SoundSpec:
    """What lies at a share of the way from one sound to another."""
    first, second, share = morph
    a, b = (own.player.part_of(encoded(own, audio), request) for audio in (first, second))
    return between(a, b, share)


def resynthesised(own: Contents, audio: Audio, *, note: float | None, seed: int) -> Audio:
    """Audio [N] or [N, C], encoded, decoded and synthesised again [N, 2]."""
    found = encoded(own, audio, note)
    played_note = found.latent.controls.note
    decoded = decode(own.network, found.latent, own.manifest.scale)
    model = nearest(own.known, found.latent.z, found.latent.label)
    own_note = own.known.controls[model].note
    frames = to_frames(
        decoded,
        gain_db=found.latent.controls.loudness_db,
        fine=own.fine.of(model),
        fine_ratio=1.0 if played_note is None else modes_ratio(played_note, own_note),
        reference_hz=found.reference_hz,
        most_frames=found.frames,
        moving=None
        if found.trajectory is None
        else Moving(
            trajectory=found.trajectory,
            basis=own.trajectories.basis,
            natural=found.frames,
        ),
    )
    key = CounterRng(seed, Purpose.NOISE).bits()
    played = synthesise(frames, key=key, samples=len(audio) - found.start)
    return np.pad(finished(played), ((found.start, 0), (0, 0)))


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
        onset=encoding.onset,
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
    onset = np.zeros(ONSET_SIZE) if encoding.onset is None else np.asarray(encoding.onset)
    if onset.shape != (ONSET_SIZE,) or onset.dtype.kind != "f" or not np.isfinite(onset).all():
        raise ControlError("onset of the encoding is none; take that of another encoding")
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
        onset=part.latent.onset,
    )
