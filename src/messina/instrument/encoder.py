"""The encoder of sounds: aligned, measured, analysed, fitted to a latent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from messina.corpus.alignment import align, find_onset
from messina.corpus.describing import brightness_hz, decay_s, loudness_db
from messina.corpus.levels import downmix, power
from messina.corpus.pitch import estimate_pitch, find_peaks, pitch_candidates
from messina.errors import ControlError
from messina.frames.analysis import analyse
from messina.frames.layout import ONSET_SLICES, Frames, reference_of
from messina.instrument.controls import Controls, ControlScale, scale_controls
from messina.instrument.decoding import Latent, decode
from messina.instrument.descriptors import heard_of_onset
from messina.instrument.inversion import Pooled, encode, refine
from messina.instrument.network import Network
from messina.instrument.responses import Response
from messina.instrument.timegrid import pool
from messina.instrument.trajectories import Trajectory, trajectory_of
from messina.units import hz_to_note

__all__ = ["Encoded", "encode_audio"]

Audio = NDArray[np.float32]

_CERTAIN: Final = 0.8
"""Confidence from which a measured pitch needs no second thought."""
_TRIED = 4
_TRIED_NOTES: Final = 8
_BEYOND: Final = 12.0
"""Semitones beyond the notes of a label in which a sound may still be one of its kind."""
_ROUGH_POINTS = 8
_HEARD: Final = 4.0
"""Where a number of an onset is heard by a quarter, it is kept whole."""


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """What encoding finds of a sound: its latent, note, level and trajectory."""

    latent: Latent
    reference_hz: float
    start: int  # sample at which the sound begins in the audio
    frames: int
    error: float  # how badly it fits, as trained on
    trajectory: Trajectory | None = None  # how it moves


def encode_audio(
    network: Network,
    scale: ControlScale,
    responses: tuple[Response, ...],
    audio: Audio,
    *,
    note: float | None = None,
    basis: NDArray[np.float32],
) -> Encoded:
    """Encodes audio [N] or [N, C] at 44.1 kHz: aligned, measured, analysed, fitted.

    note: its pitch, where known. basis: principal components of the instrument's trajectories
    [TRAJECTORY_SIZE, BODY_SIZE]. Raises ControlError when there is nothing in it to be encoded.
    """
    channels = _audible_channels(audio)
    start = find_onset(power(channels))
    sound, _ = align(channels)
    middle = downmix(sound)
    decay = decay_s(middle)
    known = Controls(
        note=note,
        loudness_db=loudness_db(middle),
        brightness_hz=brightness_hz(middle),
        decay_s=decay,
    )
    fitter = _Fitter(network, scale, sound, known, responses)
    notes = [note] if note is not None else _possible_notes(middle, decay, responses)
    fit = fitter.best(notes)
    found = fit.latent.controls.note
    if len(notes) > 1 and found is not None:
        # instruments are mostly in tune, the partials of their bells are not
        fit = min(fit, fitter.fit(float(round(found)), fit.latent.label), key=_error_of)
    points = decode(network, fit.latent, scale).points
    return Encoded(
        latent=fit.latent,
        reference_hz=fit.reference_hz,
        start=start,
        frames=len(fit.frames),
        error=fit.error,
        trajectory=trajectory_of(fit.frames.body, points, basis, fit.frames.contour),
    )


def _audible_channels(audio: Audio) -> Audio:
    """Audio as [N, C]; ControlError when it is silence or not audio at all."""
    if len(audio) == 0:
        raise ControlError("the sound has no samples; give one that can be heard")
    channels = np.asarray(audio, np.float32).reshape(len(audio), -1)
    if not np.isfinite(channels).all():
        raise ControlError("the sound holds samples that are not numbers")
    if float(np.abs(channels).max()) < 1e-6:
        raise ControlError("there is nothing but silence in the sound; give one that can be heard")
    return channels


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """A sound as one note of one label."""

    latent: Latent
    frames: Frames
    reference_hz: float
    error: float


def _error_of(fit: _Fit) -> float:
    return fit.error


@dataclass(frozen=True, kw_only=True)
class _Analysed:
    """A sound on the band axis of one note."""

    frames: Frames
    points: Audio
    count: int
    controls: Controls
    scaled: Audio
    reference_hz: float


class _Fitter:
    """Fits a sound [N, C] as notes of labels: analysis by synthesis."""

    def __init__(
        self,
        network: Network,
        scale: ControlScale,
        sound: Audio,
        known: Controls,
        responses: tuple[Response, ...],
    ) -> None:
        self._network = network
        self._scale = scale
        self._sound = sound
        self._known = known
        self._responses = responses
        self._labels = range(-1, len(responses))  # -1: none in particular
        self._analysed: dict[float | None, _Analysed] = {}

    def best(self, notes: Sequence[float | None]) -> _Fit:
        """The best of all notes and labels: all are tried roughly, the likeliest in earnest."""
        guesses = []
        for place, note in enumerate(notes):
            for label in self._labels if len(notes) == 1 else self._labels_of_kind(note):
                pooled = self._pooled(note, label)
                z, _ = encode(self._network, pooled)
                _, error = refine(self._network, pooled, z, steps=0, points=_ROUGH_POINTS)
                guesses.append((error, place, label))
        likeliest = sorted(guesses)[:_TRIED]
        return min((self.fit(notes[place], label) for _, place, label in likeliest), key=_error_of)

    def fit(self, note: float | None, label: int) -> _Fit:
        """The sound as a note of a label, in earnest."""
        pooled, analysed = self._pooled(note, label), self._as_note(note)
        z, _ = encode(self._network, pooled)
        z, error = refine(self._network, pooled, z)
        return _Fit(
            latent=Latent(
                z=z,
                label=label,
                controls=analysed.controls,
                onset=_own_onset(self._network, z, pooled),
            ),
            frames=analysed.frames,
            reference_hz=analysed.reference_hz,
            error=error,
        )

    def _labels_of_kind(self, note: float | None) -> list[int]:
        """The labels that have notes or those that have none, and no label in particular."""
        pitched = [response.pitched for response in self._responses]
        return [-1, *(label for label, own in enumerate(pitched) if own == (note is not None))]

    def _pooled(self, note: float | None, label: int) -> Pooled:
        analysed = self._as_note(note)
        return Pooled(
            points=analysed.points,
            count=min(analysed.count, self._network.config.points),
            onset=analysed.frames.onset,
            condition=self._network.condition(np.array([label]), analysed.scaled)[0],
            decay_s=self._known.decay_s,
        )

    def _as_note(self, note: float | None) -> _Analysed:
        if note not in self._analysed:
            reference_hz = reference_of(note)
            frames = analyse(self._sound, reference_hz=reference_hz)
            points, count = pool(frames.body)
            controls = structs.replace(self._known, note=note)
            self._analysed[note] = _Analysed(
                frames=frames,
                points=points,
                count=count,
                controls=controls,
                scaled=scale_controls([controls], self._scale),
                reference_hz=reference_hz,
            )
        return self._analysed[note]


def _own_onset(network: Network, z: Audio, pooled: Pooled) -> Audio:
    """What a sound's onset has beside what the network says of it [ONSET_SIZE], where it is heard.

    The image stays as the instrument has it, which may have none.
    """
    said = network.onset(network.code(z[None], pooled.condition[None]))[0]
    kept = np.minimum(_HEARD * heard_of_onset(pooled.points[None])[0], 1.0)
    kept[ONSET_SLICES["stereo"]] = 0.0
    return np.asarray(kept * (pooled.onset - said), np.float32)


def _possible_notes(
    middle: Audio, decay: float, responses: tuple[Response, ...]
) -> list[float | None]:
    """What note the sound may be, likeliest first; None stands for no pitch.

    A series of harmonics speaks for itself. Of a bell's partials several are as good as each
    other: which one its note is was a convention of the sounds that were learnt.
    """
    ranges = [
        (response.note_low, response.note_high)
        for response in responses
        if response.note_low is not None and response.note_high is not None
    ]
    peaks = find_peaks(middle, decay_s=decay)
    pitch = estimate_pitch(peaks) if ranges else None
    if pitch is None:
        return [None]
    if pitch.confidence >= _CERTAIN:
        return [float(hz_to_note(pitch.frequency_hz))]
    notes = [float(hz_to_note(hz)) for hz in pitch_candidates(peaks, _TRIED_NOTES)]
    near: list[float | None] = [
        note for note in notes if any(low - _BEYOND < note < high + _BEYOND for low, high in ranges)
    ]
    without: list[float | None] = [None] if len(ranges) < len(responses) else []
    return [*without, *near] or [notes[0]]
