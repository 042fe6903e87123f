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
from messina.frames.layout import REFERENCE_HZ
from messina.instrument.controls import Controls, ControlScale, scale_controls
from messina.instrument.decoding import Identity
from messina.instrument.fitting import Pooled, encode, refine
from messina.instrument.network import Network
from messina.instrument.responses import Response
from messina.instrument.timegrid import pool
from messina.units import hz_to_note, note_to_hz

__all__ = ["Heard", "hear"]

Audio = NDArray[np.float32]

_SURE: Final = 0.6
"""Confidence from which a measured pitch is believed."""
_TRIED_LABELS = 3
_FIRST_STEPS = 1


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A sound in the instrument's own terms."""

    identity: Identity
    reference_hz: float
    start: int  # sample at which the sound begins in the audio
    frames: int
    error: float  # how badly it fits, as trained on


def hear(
    network: Network,
    scale: ControlScale,
    responses: tuple[Response, ...],
    audio: Audio,
    *,
    note: float | None = None,
) -> Heard:
    """Fits audio [N] or [N, C] at 44.1 kHz. note: its pitch, where known.

    Raises ControlError when there is nothing in it to be heard.
    """
    channels = np.asarray(audio, np.float32).reshape(len(audio), -1)
    if not np.isfinite(channels).all():
        raise ControlError("the sound holds samples that are not numbers")
    if len(channels) == 0 or float(np.abs(channels).max()) < 1e-6:
        raise ControlError("there is nothing but silence in the sound")
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
    points, count = pool(frames.body)
    scaled = scale_controls([controls], scale)
    best: tuple[float, int, NDArray[np.float32]] | None = None
    sounds = {}
    for label in range(-1, len(responses)):
        sounds[label] = Pooled(
            points=points,
            count=min(count, network.config.points),
            onset=frames.onset,
            condition=network.condition(np.array([label]), scaled)[0],
            decay_s=decay,
        )
    guesses = []
    for label, pooled in sounds.items():
        z, _ = encode(network, pooled)
        guesses.append((refine(network, pooled, z, steps=0)[1], label, z))
    guesses.sort(key=lambda guess: guess[0])
    for _, label, z in guesses[:_TRIED_LABELS]:
        fitted, error = refine(network, sounds[label], z)
        if best is None or error < best[0]:
            best = (error, label, fitted)
    assert best is not None
    return Heard(
        identity=Identity(z=best[2], label=best[1], controls=controls),
        reference_hz=reference_hz,
        start=start,
        frames=len(frames),
        error=best[0],
    )


def _pitch_of(middle: Audio, decay: float, responses: tuple[Response, ...]) -> float | None:
    """The measured note, if the instrument knows pitch and the sound surely has one."""
    if not any(response.pitched for response in responses):
        return None
    pitch = estimate_pitch(find_peaks(middle, decay_s=decay))
    if pitch is None or (pitch.confidence < _SURE and not all(r.pitched for r in responses)):
        return None
    return float(hz_to_note(pitch.frequency_hz))
