"""From requests to frames: what controls mean in terms of latent, conditioning and gain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.frames.layout import HOP, REFERENCE_HZ, Frames, frame_count
from messina.instrument.controls import Controls, ControlScale, tilted, tilts
from messina.instrument.decoding import (
    DEVIATION_BANDS,
    DEVIATION_MOMENTS,
    Decoded,
    Latent,
    Moving,
    decode,
    sounding_frames,
    to_frames,
)
from messina.instrument.descriptors import (
    brightness_ln,
    energies_brightness_ln,
    level_energies,
)
from messina.instrument.holding import held_for
from messina.instrument.known import SHORTEST_S, FineSpectra, Known, nearest
from messina.instrument.network import Network
from messina.instrument.parts import Request, SoundSpec
from messina.instrument.responses import Response
from messina.instrument.trajectories import TRAJECTORY_DEVIATION, WARP, WARP_PIECES, warped
from messina.ranges import LONGEST_STRUCK_S
from messina.rounding import on_fine_grid
from messina.units import SAMPLE_RATE, note_to_hz

if TYPE_CHECKING:
    from messina.instrument.encoder import Encoded

__all__ = [
    "BRIGHTER_LN",
    "FINE_HALVINGS",
    "LONGEST_S",
    "SEMITONE_LIMIT",
    "SHORTEST_S",
    "STEEPEST_TILT",
    "TAKE_DEVIATION",
    "UNPITCHED_NOTE",
    "FrameRenderer",
    "modes_ratio",
    "struck",
]

Audio = NDArray[np.float32]

LONGEST_S: Final = LONGEST_STRUCK_S

UNPITCHED_NOTE: Final = 60.0
"""The note at which a sound without pitch is played as it is."""
BRIGHTER_LN: Final = 0.7
"""At brightness 1: an octave."""
STEEPEST_TILT: Final = 1.4
_HALVINGS = 7
"""Nepers an octave at brightness 1; found to a hundredth of that."""
FINE_HALVINGS = 12
TAKE_DEVIATION: Final = 0.35
"""Of the learnt spread, at wildness 1."""
SEMITONE_LIMIT: Final = 48.0


class FrameRenderer:
    """Turns specifications of sounds into frames."""

    def __init__(
        self,
        network: Network,
        scale: ControlScale,
        responses: tuple[Response, ...],
        known: Known,
        fine: FineSpectra,
        basis: NDArray[np.float32],
    ) -> None:
        self._network = network
        self._scale = scale
        self._responses = responses
        self._known = known
        self._fine = fine
        self._basis = basis  # of trajectories

    def check_own(self, z: NDArray[np.float32], model: int) -> None:
        """Raises ControlError where a latent or a learnt sound cannot be of this instrument."""
        shape, sounds = (self._network.config.latent,), len(self._known.labels)
        if z.shape != shape:
            raise ControlError(f"the z of the encoding has the shape {z.shape}, not {shape}")
        if not 0 <= model < sounds:
            raise ControlError(f"model of the encoding is {model}; it can be 0 to {sounds - 1}")

    def part_of(self, encoded: Encoded, request: Request) -> SoundSpec:
        """An encoded sound as it was, but for the note and velocity asked for."""
        controls = encoded.latent.controls
        part = SoundSpec(
            latent=encoded.latent,
            gain_db=controls.loudness_db,
            note=controls.note,
            length_s=max(encoded.frames * HOP / SAMPLE_RATE, SHORTEST_S),
            model=nearest(self._known, encoded.latent.z, encoded.latent.label),
            trajectory=encoded.trajectory,
        )
        return self.asked_for(part, request)

    def asked_for(self, part: SoundSpec, request: Request) -> SoundSpec:
        """The sound with the note and velocity asked for."""
        controls, note, gain_db = part.latent.controls, part.note, part.gain_db
        if request.velocity is not None:
            response = self._responses[max(part.latent.label, 0)]
            model_db, gain_db = response.loudness_at(request.velocity, request.note)
            controls = _at_loudness(controls, response, model_db, gain_db)
        if request.note is not None and note is not None:
            note = request.note
            controls = replace_controls(controls, note=note)
        latent = replace(part.latent, controls=controls)
        return replace(part, latent=latent, gain_db=gain_db, note=note)

    def frames(self, part: SoundSpec, request: Request, rng: CounterRng) -> Frames:
        """The frames of a sound, with the length, brightness and note asked for."""
        part = self._in_time(part)
        steady = self._known.steady[part.model] if part.sustained else None
        latent = part.latent
        deviation = TAKE_DEVIATION * request.wildness
        if part.trajectory is not None:
            deviation *= TRAJECTORY_DEVIATION
        decoded = self._decode(latent, deviation, rng)
        if request.length_s is not None and part.trajectory is None:
            latent = self._of_length(latent, decoded, request.length_s)
            decoded = self._decode(latent, deviation, rng)
        if request.brightness:
            decoded = self._of_brightness(latent, decoded, request.brightness, deviation, rng)
        if part.tilt:
            points = tilted(decoded.points, part.tilt)
            decoded = Decoded(points=points, onset=decoded.onset)
        reference_hz, ratio = REFERENCE_HZ, 1.0
        own_note = self._known.controls[part.model].note
        if part.note is not None:
            reference_hz = float(note_to_hz(part.note))
            fine_ratio = modes_ratio(part.note, own_note)
        else:
            away = part.higher
            if request.note is not None:
                away = request.note - UNPITCHED_NOTE
            away = np.clip(away, -SEMITONE_LIMIT, SEMITONE_LIMIT)
            ratio = float(np.exp2(away / 12.0))
            fine_ratio = on_fine_grid(ratio)
        length_s = None if steady else request.length_s
        if length_s is not None and length_s > LONGEST_STRUCK_S:
            raise ControlError(
                f"`length_s` is {length_s:g}; sounds that are not sustained can be "
                f"{SHORTEST_S:g} to {LONGEST_STRUCK_S:g}"
            )
        frames = to_frames(
            decoded,
            gain_db=part.gain_db,
            fine=self._fine.of(part.model),
            fine_ratio=fine_ratio,
            reference_hz=reference_hz,
            transposed_by=ratio,
            length_s=length_s,
            speed=part.speed,
            most_frames=frame_count(round((length_s or part.length_s) * SAMPLE_RATE)),
            moving=self._moving(part, request.wildness, rng),
        )
        frames = replace(frames, steady=steady, vibrato=request.vibrato)
        if steady is None:
            return frames
        if request.length_s is None:
            return frames
        rows = frame_count(round(request.length_s * SAMPLE_RATE))
        key = rng.stream(Purpose.NOISE).bits()
        return held_for(frames, rows, key=key)

    def lacking_tilt(self, sound: int, brightness: float) -> float:
        """Spectral tilt in nepers an octave: what conditioning alone lacks of a brightness.

        sound: index of the known sound it is measured on; the page takes the most typical of a
        label for all of it. brightness: -1 … 1, as asked for.
        """
        label = int(self._known.labels[sound])
        controls = self._known.controls[sound]
        given = replace_note(controls, self._responses[label].conditioning_note(controls.note))
        latent = Latent(z=self._known.means[sound], label=label, controls=given)
        wanted = BRIGHTER_LN * brightness
        brighter = replace_controls(
            given, brightness_hz=given.brightness_hz * float(np.exp(wanted))
        )
        was, moved = (
            level_energies(decode(self._network, each, self._scale, joined=False).points)
            for each in (latent, replace(latent, controls=brighter))
        )
        wanted += energies_brightness_ln(was)
        high = STEEPEST_TILT * abs(brightness)
        low = -high
        for _ in range(FINE_HALVINGS):
            slope = 0.5 * (low + high)
            if energies_brightness_ln(moved * np.exp(2 * tilts(slope))) < wanted:
                low = slope
            else:
                high = slope
        return 0.5 * (low + high)

    def points(self, part: SoundSpec) -> NDArray[np.float32]:
        """Decoded levels [POINTS, BODY_SIZE] of a sound, without the deviation of a take."""
        return self._decode(self._in_time(part).latent, 0.0, CounterRng(0)).points

    def _in_time(self, part: SoundSpec) -> SoundSpec:
        """A sustained part begins, goes on and ends when its model does."""
        if not part.sustained:
            return part
        controls = replace_controls(
            part.latent.controls, decay_s=self._known.controls[part.model].decay_s
        )
        return replace(
            part,
            latent=replace(part.latent, controls=controls),
            length_s=float(self._known.lengths_s[part.model]),
        )

    def _moving(self, part: SoundSpec, wildness: float, rng: CounterRng) -> Moving | None:
        """How the part moves, its time running as it does in this take."""
        if part.trajectory is None:
            return None
        normals = rng.stream(Purpose.WARP).normals(WARP_PIECES)
        return Moving(
            trajectory=part.trajectory,
            basis=self._basis,
            natural=frame_count(round(part.length_s * SAMPLE_RATE)),
            knots=None if part.sustained else warped(normals, WARP * wildness),
        )

    def _decode(self, latent: Latent, deviation: float, rng: CounterRng) -> Decoded:
        """Decodes with the take's own deviations, the same ones each time."""
        return decode(
            self._network,
            latent,
            self._scale,
            deviation=deviation,
            knots=rng.stream(Purpose.DEVIATION).normals(DEVIATION_MOMENTS, 2 * DEVIATION_BANDS),
        )

    def _of_length(self, latent: Latent, decoded: Decoded, length_s: float) -> Latent:
        """The latent conditioned to decay as much slower or faster as sounds of the corpus do."""
        natural_s = sounding_frames(decoded.points) * HOP / SAMPLE_RATE
        controls = latent.controls
        response = self._responses[max(latent.label, 0)]
        low, high = (
            min(response.decay_low_s, controls.decay_s),
            max(response.decay_high_s, controls.decay_s),
        )
        wanted = float(np.clip(controls.decay_s * length_s / natural_s, low, high))
        return replace(latent, controls=replace_controls(controls, decay_s=wanted))

    def _of_brightness(
        self, latent: Latent, decoded: Decoded, brightness: float, deviation: float, rng: CounterRng
    ) -> Decoded:
        """As the corpus's brighter or duller sounds are; a tilt makes up for what that lacks."""
        wanted = BRIGHTER_LN * brightness
        was = brightness_ln(decoded.points)
        controls = latent.controls
        brighter = replace_controls(
            controls, brightness_hz=controls.brightness_hz * float(np.exp(wanted))
        )
        moved = self._decode(replace(latent, controls=brighter), deviation, rng)
        low, high = -STEEPEST_TILT, STEEPEST_TILT
        for _ in range(_HALVINGS):
            slope = 0.5 * (low + high)
            points = tilted(moved.points, slope)
            if brightness_ln(points) < was + wanted:
                low = slope
            else:
                high = slope
        return Decoded(points=points, onset=moved.onset)


def struck(
    controls: Controls, response: Response, velocity: float | None
) -> tuple[Controls, float]:
    """Controls that condition the network at a velocity, 1 … 127, and the gain to play at, in dB.

    controls: of the sound, whose note stays. Without a velocity all of it stays.
    """
    note, gain_db = controls.note, controls.loudness_db
    if velocity is not None:
        model_db, gain_db = response.loudness_at(velocity, note)
        controls = _at_loudness(controls, response, model_db, gain_db)
    return replace_note(controls, response.conditioning_note(note)), gain_db


def _at_loudness(
    controls: Controls, response: Response, model_db: float, gain_db: float
) -> Controls:
    """The controls at the loudness the corpus has, as bright as its label is there."""
    law, own = (response.controls_at(db, controls.note) for db in (model_db, gain_db))
    return replace_controls(
        controls,
        loudness_db=model_db,
        brightness_hz=controls.brightness_hz * law.brightness_hz / own.brightness_hz,
    )


def replace_note(controls: Controls, note: float | None) -> Controls:
    """The controls with another note, or none."""
    return msgspec.structs.replace(controls, note=note)


def modes_ratio(note: float, own: float | None) -> float:
    """Ratio by which a note moves the modes of a sound whose own note is `own`; 1 without one."""
    return 1.0 if own is None else on_fine_grid(float(np.exp2((note - own) / 12.0)))


def replace_controls(
    controls: Controls,
    *,
    note: float | None = None,
    loudness_db: float | None = None,
    brightness_hz: float | None = None,
    decay_s: float | None = None,
) -> Controls:
    """The controls with those given put in place of the old."""
    return Controls(
        note=controls.note if note is None else note,
        loudness_db=controls.loudness_db if loudness_db is None else loudness_db,
        brightness_hz=controls.brightness_hz if brightness_hz is None else brightness_hz,
        decay_s=controls.decay_s if decay_s is None else decay_s,
    )
