"""From a trained model to an instrument: latents of all sounds, responses, previews, and onsets
that are as loud on average as those that were learnt.

Gains of an onset are learnt in log units, and what a latent cannot tell of them is answered with
their mean. The mean of logs is softer than the mean of powers: by 1 dB over drums, by 3 in the
first milliseconds, so that new hits come out duller at the start than any that was learnt. When
learning is done, each gain's bias is therefore moved by

    0.5 ln(sum_s w_s e^(2 a_s) / sum_s w_s e^(2 b_s)),

a: learnt gains, b: what the network answers, w: how much sound s counts there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import messina
from messina.corpus import DescribedSound, LeftOut
from messina.frames.layout import ONSET_SLICES
from messina.instrument import Instrument
from messina.instrument.container import Parts
from messina.instrument.controls import ControlScale
from messina.instrument.decoding import Latent
from messina.instrument.descriptors import FREQUENCIES_LN, POWER_SHARE
from messina.instrument.embedding import derived_arrays
from messina.instrument.file import PREVIEW_SHAPE, array_shapes
from messina.instrument.known import choose_fine
from messina.instrument.manifest import HistoryRow, LeftOutRow, Manifest, Role, SoundRow
from messina.instrument.network import Network, NetworkConfig
from messina.instrument.responses import fit_responses
from messina.instrument.timegrid import POINT_FRAMES, unpool
from messina.learning.examples import Examples
from messina.learning.point_store import controls_of
from messina.learning.trajectory_residuals import fit_trajectories

__all__ = ["Judged", "Material", "as_loud_as_learnt", "build_instrument", "gain_moves"]


Real = NDArray[np.float32]

_PREVIEWED = 24
_CHUNK = 64


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the final judgement says of one sound, for its row in the manifest."""

    error_db: float | None
    movement_db: float | None


_UNJUDGED = Judged(error_db=None, movement_db=None)


@dataclass(frozen=True, kw_only=True)
class Material:
    """What an instrument is made of beside its weights."""

    sounds: Sequence[DescribedSound]  # as many as there are examples, in their order
    roles: Sequence[Role]
    left_out: Sequence[LeftOut]
    labels: Sequence[str]
    examples: Examples
    scale: ControlScale
    network: NetworkConfig
    seed: int
    minutes: float
    device: str
    others: Parts = field(default_factory=dict)
    """What else the instrument's file holds."""

    @property
    def kept(self) -> NDArray[np.int64]:
        """Indices of the sounds that are not held out."""
        return np.array([i for i, role in enumerate(self.roles) if role != "held out"], np.int64)

    def with_all_learnt(self) -> Material:
        """This material with the validation sounds among those that are learnt."""
        roles: list[Role] = ["learnt" if r == "validation" else r for r in self.roles]
        return replace(self, roles=roles)

    def having(self, role: Role) -> NDArray[np.int64]:
        """Indices of the sounds of one role."""
        return np.array([i for i, own in enumerate(self.roles) if own == role], np.int64)


def build_instrument(
    material: Material,
    arrays: dict[str, Real],
    *,
    steps: int,
    planned_steps: int,
    history: Sequence[HistoryRow],
    judged: Mapping[int, Judged],
) -> Instrument:
    """The instrument with these weights; nothing of the sounds is in it but what was learnt.

    judged: sounds by their index, those that were.
    """
    network = Network(material.network, arrays)
    means, log_variances = _identities(network, material.examples, material.kept)
    fine_kept, fine_of = choose_fine(material.examples.labels[material.kept], means)
    previewed = material.kept[:: max(1, len(material.kept) // _PREVIEWED)][:_PREVIEWED]
    mono = all(sound.one_channel for sound in material.sounds)
    contents: dict[str, NDArray[Any]] = {
        **(_without_image(arrays) if mono else arrays),
        "latent_means": means,
        "latent_log_variances": log_variances,
        "fine": material.examples.fine[material.kept[fine_kept]],
        "fine_of": fine_of,
        **_trajectories(network, material, means),
        "preview": np.stack([_thumbnail(material.examples, int(i)) for i in previewed]),
    }
    manifest = Manifest(
        program=messina.__version__,
        seed=material.seed,
        network=material.network,
        scale=material.scale,
        responses=_responses(material),
        sounds=tuple(
            _sound_row(sound, role, judged.get(index, _UNJUDGED))
            for index, (sound, role) in enumerate(zip(material.sounds, material.roles, strict=True))
        ),
        left_out=tuple(LeftOutRow(name=x.name, reason=x.reason) for x in material.left_out),
        minutes=material.minutes,
        planned_steps=planned_steps,
        steps=steps,
        device=material.device,
        history=tuple(history),
        previewed=tuple(int(i) for i in previewed),
        fine_spectra=len(fine_kept),
        trajectory_rows=len(contents["trajectories"]),
        mono=mono,
    )
    shapes = array_shapes(manifest)
    kept = {
        name: np.ascontiguousarray(array, shapes[name][1])
        for name, array in contents.items()
        if name in shapes
    }
    return Instrument(manifest, kept | derived_arrays(manifest, kept), material.others)


def _trajectories(network: Network, material: Material, means: Real) -> dict[str, NDArray[Any]]:
    stored = means.astype(np.float16).astype(np.float32)
    latents = [
        Latent(
            z=z, label=int(material.examples.labels[i]), controls=controls_of(material.sounds[i])
        )
        for z, i in zip(stored, material.kept, strict=True)
    ]
    steady = [material.sounds[i].steady for i in material.kept]
    return fit_trajectories(
        network, material.scale, material.examples, material.kept, latents, steady
    )


def _responses(material: Material) -> Any:
    kept = material.kept
    return fit_responses(
        material.labels,
        material.examples.labels[kept],
        [controls_of(material.sounds[i]) for i in kept],
        [material.sounds[i].velocity for i in kept],
    )


def _without_image(arrays: dict[str, Real]) -> dict[str, Real]:
    """The weights, but every sound they make is in the middle, wherever it is played."""
    image = ONSET_SLICES["stereo"]
    changed = {
        name: arrays[name].copy() for name in ("onset_mean", "onset.1.weight", "onset.1.bias")
    }
    for array in changed.values():
        array[image] = 0.0
    return arrays | changed


def _sound_row(sound: DescribedSound, role: Role, judged: Judged) -> SoundRow:
    controls = controls_of(sound)
    return SoundRow(
        name=sound.name,
        label=sound.label,
        note=controls.note,
        velocity=None if sound.velocity is None else float(sound.velocity),
        loudness_db=controls.loudness_db,
        brightness_hz=controls.brightness_hz,
        decay_s=controls.decay_s,
        length_s=float(sound.length_s),
        role=role,
        digest=sound.digest,
        error_db=judged.error_db,
        movement_db=judged.movement_db,
    )


def _identities(
    network: Network, examples: Examples, chosen: NDArray[np.int64]
) -> tuple[Real, Real]:
    """Means and ln variances [len(chosen), latent] of the encoder."""
    parts = []
    for start in range(0, len(chosen), _CHUNK):
        some = chosen[start : start + _CHUNK]
        points = examples.points[some].astype(np.float32)
        condition = network.condition(examples.labels[some], examples.controls[some])
        parts.append(network.encode(network.features(points, examples.onsets[some]), condition))
    means, log_variances = zip(*parts, strict=True)
    return np.concatenate(means), np.concatenate(log_variances)


def _thumbnail(examples: Examples, sound: int) -> NDArray[np.uint8]:
    """A small spectrogram, low bands first: 0 is 60 dB under the loudest."""
    bands, moments = PREVIEW_SHAPE
    frames = int(POINT_FRAMES[examples.counts[sound] - 1]) + 1
    body = unpool(examples.points[sound].astype(np.float32), frames)
    at = np.linspace(0, frames - 1, moments).round().astype(np.int64)
    powers = np.exp(2 * body[at]) * POWER_SHARE
    edges = np.linspace(np.log(40.0), np.log(20_000.0), bands + 1)
    band = np.clip(np.searchsorted(edges, FREQUENCIES_LN) - 1, 0, bands - 1)
    picture = np.zeros((bands, moments))
    np.add.at(picture, band, powers.T)
    level = 10 * np.log10(picture + 1e-12)
    level = np.clip((level - level.max() + 60) / 60, 0, 1)
    return np.round(255 * level).astype(np.uint8)


_GAINS: Final = ("partial_attack", "noise_attack")
_MOST_MOVED: Final = 0.6
"""Nepers, 5 dB: so far a gain is moved at most."""
_LEAST_WEIGHT: Final = 1e-9
_COUNTED: Final = 512
"""Sounds, at most."""


def as_loud_as_learnt(arrays: dict[str, Real], material: Material) -> dict[str, Real]:
    """Corrects the decoder's bias of attack gains: on average as loud as the sounds it keeps."""
    network, examples = Network(material.network, arrays), material.examples
    chosen = material.kept[:: max(1, -(-len(material.kept) // _COUNTED))]
    points, onsets = examples.points[chosen].astype(np.float32), examples.onsets[chosen]
    condition = network.condition(examples.labels[chosen], examples.controls[chosen])
    z, _ = network.encode(network.features(points, onsets), condition)
    answered = network.onset(network.code(z, condition))
    moved = gain_moves(onsets, answered, examples.onset_weights[chosen])
    bias = arrays["onset.1.bias"] + moved / arrays["onset_scale"]
    return {**arrays, "onset.1.bias": bias.astype(np.float16).astype(np.float32)}


def gain_moves(learnt: Real, answered: Real, weights: Real) -> Real:
    """Nepers by which each static parameter [ONSET_SIZE] is to be corrected; 0 for what is no gain.

    learnt, answered, weights: static parameters as analysed, as decoded, and how much each counts,
    all [S, ONSET_SIZE].
    """
    moves = np.zeros(learnt.shape[1], np.float32)
    for name in _GAINS:
        part = ONSET_SLICES[name]
        wanted, given = (
            (weights[:, part] * np.exp(2 * x[:, part].astype(np.float64))).sum(axis=0)
            + _LEAST_WEIGHT
            for x in (learnt, answered)
        )
        moves[part] = np.clip(0.5 * np.log(wanted / given), -_MOST_MOVED, _MOST_MOVED)
    return moves
