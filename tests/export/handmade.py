"""Instruments made by hand, so that a test knows what they sound like: no learning, no torch.

Every label is a spectrum of its own that rings out (or does not). Pitched labels are harmonics at
exactly the right frequencies; drums are a low sine or noise. Louder is louder by the curve below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    BODY_SIZE,
    FINE_CELLS,
    FLAT_FINE,
    GROUPS,
    LEAST_STEADY,
    ONSET_SLICES,
    REFERENCE_HZ,
    band_edges_hz,
    frame_count,
    pack_fine,
    pack_onset,
)
from messina.instrument import Instrument
from messina.instrument.controls import ControlScale
from messina.instrument.embedding import derived_arrays
from messina.instrument.file import array_shapes
from messina.instrument.manifest import Manifest, SoundRow
from messina.instrument.network import NetworkConfig
from messina.instrument.responses import VELOCITIES, Line, Response
from messina.instrument.trajectories import TRAJECTORY_SIZE, TRAJECTORY_ZERO, no_trajectories
from messina.units import SAMPLE_RATE

Real = NDArray[np.float32]

LOUDEST_DB, SOFTEST_DB = -14.0, -44.0
HARMONICS = (1, 2, 3, 5)
DECAY_S = 0.6
_DECAY_UNIT = 0


@dataclass(frozen=True, kw_only=True)
class Label:
    name: str
    notes: tuple[float, float] | None = None
    noisy: float = 0.0  # share of noise against partials
    sustains: bool = False
    width: float = 0.0  # of the stereo image


KIT = (
    Label(name="kick"),
    Label(name="snare", noisy=0.8),
    Label(name="hihat closed", noisy=1.0, width=0.5),
    Label(name="hihat open", noisy=1.0, width=0.5),
)
TONES = (Label(name="chime", notes=(57.0, 69.0)),)
BLOWN = Label(name="blown", notes=(57.0, 69.0), noisy=0.5, width=0.3)
ORGAN = (Label(name="organ", notes=(60.0, 64.0), sustains=True),)


def make_instrument(labels: tuple[Label, ...], *, takes_db: float = 1.5) -> Instrument:
    """takes_db: by about how much the levels of two takes differ."""
    config = NetworkConfig(
        labels=len(labels),
        points=62,
        latent=4,
        embedding=len(labels),
        body_components=2,
        onset_components=2,
        encoder=(4, 4),
        code=max(4, len(labels)),
        width=1 + len(labels),
        layers=1,
    )
    manifest = Manifest(
        program="0.1.0",
        seed=0,
        network=config,
        scale=ControlScale(centre=(-29.0, 6.0, float(np.log(DECAY_S))), span=(10.0, 1.0, 0.5)),
        responses=tuple(response_of(label) for label in labels),
        sounds=tuple(_sound(label, i) for label in labels for i in range(3)),
        left_out=(),
        minutes=0.0,
        planned_steps=0,
        steps=0,
        device="by hand",
        history=(),
        previewed=(),
        fine_spectra=3 * len(labels),
    )
    return Instrument(manifest, _arrays(manifest, labels, takes_db))


def make_untrained(labels: tuple[Label, ...], *, seed: int = 0) -> Instrument:
    """The same with a network of full size and random weights: every number matters."""
    by_hand = make_instrument(labels).manifest
    config = NetworkConfig(labels=len(labels))
    manifest = msgspec.structs.replace(by_hand, network=config)
    rng = np.random.default_rng(seed)
    arrays: dict[str, NDArray[Any]] = {}
    modes = _modes_of_their_own(len(manifest.sounds), rng)
    for name, (shape, kind) in array_shapes(manifest).items():
        scale = 1 / np.sqrt(shape[-1]) if name.endswith("weight") else 0.3
        arrays[name] = modes.get(name, (scale * rng.standard_normal(shape)).astype(kind))
    arrays["body_mean"] = rng.uniform(-8, -2, BODY_SIZE).astype(np.float32)
    arrays["onset_mean"] = _onset(Label(name="", width=0.4))
    arrays["onset_mean"][ONSET_SLICES["glide"]] = (12.0, -3.5)
    arrays["onset_scale"] = np.full_like(arrays["onset_scale"], 0.4)
    arrays |= no_trajectories(len(manifest.sounds))
    return Instrument(manifest, arrays | derived_arrays(manifest, arrays))


def with_modes(instrument: Instrument, *, seed: int = 0) -> Instrument:
    """The same, the noise of every sound with modes of its own; else it is even."""
    rng = np.random.default_rng(seed)
    modes = _modes_of_their_own(len(instrument.manifest.sounds), rng)
    return Instrument(instrument.manifest, instrument.arrays | modes)


def with_trajectories(instrument: Instrument, *, seed: int = 0) -> Instrument:
    """The same, but that every other sound moves, by random walks of some dB in all bands."""
    rng = np.random.default_rng(seed)
    sounds = len(instrument.known.labels)
    counts = rng.integers(2, 60, sounds) * (np.arange(sounds) % 2)
    steps = rng.standard_normal((counts.sum(), TRAJECTORY_SIZE))
    codes = np.clip(TRAJECTORY_ZERO + 6 * np.cumsum(steps, axis=0), 0, 255)
    basis = 0.01 * rng.standard_normal((TRAJECTORY_SIZE, BODY_SIZE))
    moving = {
        "trajectory_basis": basis.astype(np.float32),
        "trajectories": codes.astype(np.uint8),
        "trajectory_counts": counts.astype(np.float32),
        "trajectory_louder": rng.uniform(-3.0, 3.0, sounds).astype(np.float32),
        "contours": np.zeros(int(counts.sum()), np.float16),
    }
    rows = int(counts.sum())
    manifest = msgspec.structs.replace(instrument.manifest, trajectory_rows=rows)
    return Instrument(manifest, instrument.arrays | moving)


def with_contours(instrument: Instrument, *, seed: int = 0) -> Instrument:
    """The same, but that the pitch of most sounds that move does: vibrato, or as a voice's.

    The others fall by a glide, and what the network says of one is said of all.
    """
    rng = np.random.default_rng(seed)
    parts = [np.zeros(0)]
    for count in instrument.arrays["trajectory_counts"].astype(int):
        at = np.arange(count)
        vibrato = rng.uniform(10, 80) * np.sin(rng.uniform(0.4, 1.0) * at + rng.uniform(0, 6))
        voice = np.clip(60 * np.cumsum(rng.standard_normal(count)), -1200, 1200)
        parts.append((np.zeros(count), vibrato + 0.3 * at, voice)[rng.integers(1, 7) // 3])
    onset_mean = instrument.arrays["onset_mean"].copy()
    onset_mean[ONSET_SLICES["glide"]] = (5.0, -3.5)
    own = {"contours": np.concatenate(parts).astype(np.float16), "onset_mean": onset_mean}
    return Instrument(instrument.manifest, instrument.arrays | own)


def all_sustained(instrument: Instrument) -> Instrument:
    """The same, but that all its sounds go on while their key is down, without moving."""
    sounds = len(instrument.known.labels)
    still = {
        "trajectories": np.full((2 * sounds, TRAJECTORY_SIZE), TRAJECTORY_ZERO, np.uint8),
        "trajectory_counts": np.full(sounds, 2, np.float32),
        "contours": np.zeros(2 * sounds, np.float16),
    }
    manifest = msgspec.structs.replace(instrument.manifest, trajectory_rows=2 * sounds)
    steady = np.zeros((sounds, 3), np.float32)
    for i, length_s in enumerate(instrument.known.lengths_s):
        frames = frame_count(round(float(length_s) * SAMPLE_RATE))
        steady[i] = 10, 10 + LEAST_STEADY, frames - 20
    return Instrument(manifest, instrument.arrays | still | {"steady": steady})


def brighter_when_louder(instrument: Instrument) -> Instrument:
    """The same, of one label, but that its overtones come up as it is struck harder."""
    config = instrument.manifest.network
    arrays = {name: array.copy() for name, array in instrument.arrays.items()}
    loudness = config.latent + config.embedding + 2
    arrays["identity.0.weight"][1, loudness] = 1
    arrays["identity.0.bias"][1] = 2
    arrays["identity.1.weight"][1, 1] = 1
    arrays["film.weight"][config.width + 1, 1] = -0.3
    return Instrument(instrument.manifest, arrays)


def with_steady_parts(instrument: Instrument) -> Instrument:
    """The same, but that what moves is sustained where it is long enough, some cut off."""
    steady = np.zeros((len(instrument.known.labels), 3), np.float32)
    moving = np.flatnonzero(instrument.trajectories.counts > 0)
    for i, sound in enumerate(moving):
        frames = frame_count(round(float(instrument.known.lengths_s[sound]) * SAMPLE_RATE))
        release = frames - (3 if i % 3 == 0 else 20)
        start, stop = frames // 5, release - 5
        if start + LEAST_STEADY <= stop:
            steady[sound] = start, stop, release
    return Instrument(instrument.manifest, instrument.arrays | {"steady": steady})


def _modes_of_their_own(sounds: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Random fine spectra about as loud as even ones, in an order other than that of the sounds."""
    codes = rng.integers(FLAT_FINE - 8, FLAT_FINE + 4, (sounds, FINE_CELLS), np.uint8)
    return {"fine": pack_fine(codes), "fine_of": rng.permutation(sounds).astype(np.uint8)}


def response_of(label: Label) -> Response:
    curve = tuple(float(x) for x in np.interp(VELOCITIES, [1, 127], [SOFTEST_DB, LOUDEST_DB]))
    low, high = label.notes or (None, None)
    return Response(
        label=label.name,
        sounds=3,
        note_low=low,
        note_high=high,
        note_centre=60.0 if label.notes is None else sum(label.notes) / 2,
        loudness_centre=-29.0,
        loudness_db=curve,
        played_db=curve,
        loudness_per_note=-0.2,
        brightness=Line(centre=6.0, per_db=0.02, per_note=0.0, spread=0.1),
        decay=Line(centre=float(np.log(DECAY_S)), per_db=0.0, per_note=0.0, spread=0.1),
        decay_low_s=0.1,
        decay_high_s=0.6,
    )


def _sound(label: Label, number: int) -> SoundRow:
    notes = label.notes
    return SoundRow(
        name=f"{label.name}{number}.wav",
        label=label.name,
        note=None if notes is None else notes[0] + (notes[1] - notes[0]) * number / 2,
        velocity=None,
        loudness_db=-20.0 - 6 * number,
        brightness_hz=400.0,
        decay_s=DECAY_S,
        length_s=1.0,
        role="learnt",
        digest=f"{number}",
    )


def _arrays(
    manifest: Manifest, labels: tuple[Label, ...], takes_db: float
) -> dict[str, NDArray[Any]]:
    """Code unit i stands for label i, body unit 1 + i too; body unit 0 is the decay."""
    config = manifest.network
    arrays: dict[str, NDArray[Any]] = {
        name: np.zeros(shape, kind) for name, (shape, kind) in array_shapes(manifest).items()
    }
    rng = np.random.default_rng(1)
    arrays["fine"][:] = pack_fine(np.full(FINE_CELLS, FLAT_FINE, np.uint8))
    arrays["latent_means"] = rng.standard_normal(arrays["latent_means"].shape).astype(np.float16)
    arrays["latent_log_variances"] -= 2
    arrays["onset_scale"] += 1
    arrays["onset_mean"] = _onset(labels[0])
    arrays["body_mean"] = BODY_FLOOR.copy()
    for i, label in enumerate(labels):
        arrays["labels"][1 + i, i] = 1
        arrays["identity.0.weight"][i, config.latent + i] = 10
        arrays["identity.1.weight"][i, i] = 1
        shift = config.width + 1 + i  # [layer 0, shift, unit]
        arrays["film.weight"][shift, i] = 1.6
        arrays["time.bias"][1 + i] = -8
        arrays["level.weight"][:, 1 + i] = _spectrum(label) / (1.5 * 8)
        if label.sustains:  # undo the decay, by a slower clock
            arrays["film.weight"][0, i] = -0.1
    arrays["time.weight"][_DECAY_UNIT, -1] = 10
    arrays["level.weight"][:, _DECAY_UNIT] = -0.57
    arrays["spread.bias"][:] = np.log(takes_db / 8.7 / 1.5 / 0.35 + 1e-4)
    return arrays | derived_arrays(manifest, arrays)


def _spectrum(label: Label) -> Real:
    """ln levels over the floor [BODY_SIZE]."""
    spectrum = np.zeros(BODY_SIZE, np.float32)
    if label.noisy < 1:
        bands = [_band_of(h) for h in HARMONICS] if label.notes else [1]
        for rank, band in enumerate(bands):
            spectrum[band] = 9.5 - 0.7 * rank
    if label.noisy > 0:
        spectrum[BANDS:] = 10.0 + np.log(label.noisy) + np.linspace(-1, 1, GROUPS)
    return spectrum


def _band_of(harmonic: int) -> int:
    return int(np.searchsorted(band_edges_hz(), harmonic * REFERENCE_HZ)) - 1


def _onset(label: Label) -> Real:
    edges = np.log(band_edges_hz())
    centre = np.exp((edges[1:] + edges[:-1]) / 2) / REFERENCE_HZ
    harmonic = np.log(np.maximum(np.round(centre), 1) * REFERENCE_HZ)
    offsets = np.clip((harmonic - edges[:-1]) / np.diff(edges) - 0.5, -0.5, 0.5)
    sizes = {name: where.stop - where.start for name, where in ONSET_SLICES.items()}
    parts = {name: np.zeros(size) for name, size in sizes.items()}
    parts["offsets"] = offsets
    parts["phases"] = np.concatenate([np.ones(BANDS), np.zeros(BANDS)])
    parts["glide"] = np.array([0.0, -3.0])
    parts["stereo"] = np.concatenate([np.zeros(4), np.full(4, label.width)])
    return pack_onset(parts)
