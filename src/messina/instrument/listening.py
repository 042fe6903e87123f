"""Hearing a sound as the instrument would: aligned, measured, analysed, fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.alignment import align, find_onset
from messina.corpus.describing import brightness_hz, decay_s, loudness_db
from messina.corpus.levels import downmix, power
from messina.corpus.pitch import estimate_pitch, find_peaks
from messina.errors import ControlError
from messina.frames.analysis import analyse
from messina.frames.layout import REFERENCE_HZ, Frames
from messina.instrument.controls import Controls, ControlScale, scale_controls
from messina.instrument.decoding import Identity, decode
from messina.instrument.fitting import Pooled, encode, refine
from messina.instrument.network import Network
from messina.instrument.responses import Response
from messina.instrument.timegrid import pool
from messina.instrument.trajectories import Trajectory, trajectory_of
from messina.units import hz_to_note, note_to_hz

__all__ = ["Heard", "hear"]

Audio = NDArray[np.float32]

_SURE: Final = 0.6
"""Confidence from which a measured pitch is believed."""
_TRIED_LABELS = 3
_ROUGH_POINTS = 8


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A sound in the instrument's own terms."""

    identity: Identity
    reference_hz: float
    start: int  # sample at which the sound begins in the audio
    frames: int
    error: float  # how badly it fits, as trained on
    trajectory: Trajectory | None = None  # how it moves


def hear(
    network: Network,
    scale: ControlScale,
    responses: tuple[Response, ...],
    audio: Audio,
    *,
    note: float | None = None,
    basis: NDArray[np.float32],
) -> Heard:
    """Fits audio [N] or [N, C] at 44.1 kHz. note: its pitch, where known.

    basis: of the instrument's trajectories [TRAJECTORY_SIZE, BODY_SIZE].

    Raises ControlError when there is nothing in it to be heard.
    """
    channels = _audible_channels(audio)
    start = find_onset(power(channels))
    sound, _ = align(channels)
    middle = downmix(sound)
    decay = decay_s(middle)
    if note is None:
        note = _pitch_of(middle, decay, responses)
    reference_hz = REFERENCE_HZ if note is None else float(note_to_hz(note))
    frames = analyse(sound, reference_hz=reference_hz)
    controls = Controls(
        note=note,
        loudness_db=loudness_db(middle),
        brightness_hz=brightness_hz(middle),
        decay_s=decay,
    )
    z, label, error = _fitted(network, frames, controls, scale, labels=len(responses))
    identity = Identity(z=z, label=label, controls=controls)
    points = decode(network, identity, scale).points
    return Heard(
        identity=identity,
        reference_hz=reference_hz,
        start=start,
        frames=len(frames),
        error=error,
        trajectory=trajectory_of(frames.body, points, basis),
    )


def _audible_channels(audio: Audio) -> Audio:
    """Audio as [N, C]; ControlError when it is silence or not audio at all."""
    channels = np.asarray(audio, np.float32).reshape(len(audio), -1)
    if not np.isfinite(channels).all():
        raise ControlError("the sound holds samples that are not numbers")
    if len(channels) == 0 or float(np.abs(channels).max()) < 1e-6:
        raise ControlError("there is nothing but silence in the sound")
    return channels


def _fitted(
    network: Network, frames: Frames, controls: Controls, scale: ControlScale, *, labels: int
) -> tuple[Audio, int, float]:
    """Identity, label (-1: none in particular) and error of what fits the frames best.

    All labels are tried roughly, the likeliest in earnest.
    """
    points, count = pool(frames.body)
    scaled = scale_controls([controls], scale)

    def as_label(label: int) -> Pooled:
        return Pooled(
            points=points,
            count=min(count, network.config.points),
            onset=frames.onset,
            condition=network.condition(np.array([label]), scaled)[0],
            decay_s=controls.decay_s,
        )

    guesses = []
    for label in range(-1, labels):
        z, _ = encode(network, as_label(label))
        _, error = refine(network, as_label(label), z, steps=0, points=_ROUGH_POINTS)
        guesses.append((error, label, z))
    guesses.sort(key=lambda guess: guess[:2])
    fits = []
    for _, label, z in guesses[:_TRIED_LABELS]:
        fitted, error = refine(network, as_label(label), z)
        fits.append((error, label, fitted))
    error, label, fitted = min(fits, key=lambda fit: fit[:2])
    return fitted, label, error


def _pitch_of(middle: Audio, decay: float, responses: tuple[Response, ...]) -> float | None:
    """The measured note, if the instrument knows pitch and the sound surely has one."""
    if not any(response.pitched for response in responses):
        return None
    pitch = estimate_pitch(find_peaks(middle, decay_s=decay))
    if pitch is None or (pitch.confidence < _SURE and not all(r.pitched for r in responses)):
        return None
    return float(hz_to_note(pitch.frequency_hz))
