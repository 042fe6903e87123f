"""The single sounds of an instrument as a part of a .messina file: manifest and arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.errors import InstrumentError
from messina.frames.contour import MOST_CENTS
from messina.frames.layout import (
    BODY_SIZE,
    FINE_CELLS,
    LEAST_STEADY,
    frame_count,
)
from messina.instrument.container import (
    FORMAT_VERSION,
    HITS,
    Part,
    Parts,
    decode_parts,
    encode_parts,
    read_bytes,
    write_parts,
)
from messina.instrument.manifest import Manifest
from messina.instrument.network import NetworkConfig, statistic_shapes, weight_shapes
from messina.instrument.responses import Response
from messina.instrument.timegrid import LAST_FRAME
from messina.instrument.trajectories import MOST_TRAJECTORY_ROWS, TRAJECTORY_SIZE
from messina.units import KEYS, SAMPLE_RATE

__all__ = [
    "ARRAY_BOUNDS",
    "LOUDEST_DB",
    "MOST_SHIFT_DB",
    "PREVIEW_SHAPE",
    "array_shapes",
    "decode_file",
    "decode_hits",
    "encode_file",
    "hits_part",
    "read_file",
    "up_to_date",
    "write_file",
]

Arrays = dict[str, NDArray[Any]]

PREVIEW_SHAPE: Final = (32, 48)
"""Bands and moments of a preview picture; bytes, 0 silence … 255 the loudest."""
LOUDEST_DB: Final = 100.0
MOST_SHIFT_DB: Final = 250.0
"""What a label is played at at most, and by how much its notes may differ, at the ends too."""
ARRAY_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "body_mean": (-100.0, 100.0),
    "body_basis": (-1e5, 1e5),
    "onset_mean": (-1e4, 1e4),
    "onset_scale": (2.0**-20, 1e4),
    "onset_basis": (-1e5, 1e5),
    "latent_means": (-1e4, 1e4),
    "latent_log_variances": (-30.0, 10.0),
    "places": (0.0, 1.0),
    "keys": (-1.0, 4_095.0),
    "trajectory_basis": (-1.0, 1.0),
    "trajectory_counts": (0.0, float(MOST_TRAJECTORY_ROWS)),
    "trajectory_louder": (-100.0, 100.0),
    "contours": (-MOST_CENTS, MOST_CENTS),
    "steady": (0.0, float(LAST_FRAME)),
}
"""Least and most of the arrays that measure; weights need only be finite: what comes of them is
looked at when it is played."""


def array_shapes(manifest: Manifest) -> dict[str, tuple[tuple[int, ...], type[np.generic]]]:
    """Shape and type of every array that goes with this manifest."""
    config: NetworkConfig = manifest.network
    latents = (sum(sound.role != "held out" for sound in manifest.sounds), config.latent)
    shapes: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {}
    shapes |= {name: (shape, np.float16) for name, shape in weight_shapes(config).items()}
    shapes |= {name: (shape, np.float32) for name, shape in statistic_shapes(config).items()}
    shapes["latent_means"] = (latents, np.float16)
    shapes["latent_log_variances"] = (latents, np.float16)
    shapes["fine"] = ((manifest.fine_spectra, FINE_CELLS // 2), np.uint8)
    shapes["fine_of"] = (latents[:1], np.uint8)
    shapes["places"] = ((latents[0], 2), np.float32)
    shapes["keys"] = ((KEYS,), np.int32)
    shapes["trajectory_basis"] = ((TRAJECTORY_SIZE, BODY_SIZE), np.float32)
    shapes["trajectories"] = ((manifest.trajectory_rows, TRAJECTORY_SIZE), np.uint8)
    shapes["trajectory_counts"] = (latents[:1], np.float32)
    shapes["trajectory_louder"] = (latents[:1], np.float32)
    shapes["contours"] = ((manifest.trajectory_rows,), np.float16)
    shapes["steady"] = ((latents[0], 3), np.float32)
    shapes["preview"] = ((len(manifest.previewed), *PREVIEW_SHAPE), np.uint8)
    return shapes


def hits_part(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> Part:
    """The instrument's own part of a file."""
    kept = {
        name: np.ascontiguousarray(arrays[name], kind)
        for name, (_, kind) in array_shapes(manifest).items()
    }
    return Part(document=msgspec.json.encode(manifest), arrays=kept)


def encode_file(
    manifest: Manifest, arrays: Mapping[str, NDArray[Any]], others: Parts | None = None
) -> bytes:
    """The bytes of an instrument file with its other parts; the same for the same contents."""
    return encode_parts({**(others or {}), HITS: hits_part(manifest, arrays)})


def write_file(
    path: Path, manifest: Manifest, arrays: Mapping[str, NDArray[Any]], others: Parts | None = None
) -> None:
    """Writes an instrument file, whole or not at all, and only if it can be read again."""
    write_parts(path, {**(others or {}), HITS: hits_part(manifest, arrays)}, check=decode_hits)


def read_file(path: Path) -> tuple[Manifest, Arrays, dict[str, Part]]:
    """The manifest, arrays and other parts of a file. Raises InstrumentError."""
    data = read_bytes(path)
    try:
        return decode_file(data)
    except InstrumentError as error:
        raise InstrumentError(f"{path}: {error}") from None


def decode_file(data: bytes) -> tuple[Manifest, Arrays, dict[str, Part]]:
    """The manifest, arrays and other parts in a file's bytes. Raises InstrumentError."""
    return decode_hits(decode_parts(data))


def up_to_date(data: bytes, upgrades: Mapping[str, Callable[[Part], Part]] | None = None) -> bytes:
    """A file's bytes as this version writes them; players elsewhere read no older ones.

    Args:
        data: Of a file of any version.
        upgrades: What brings further parts up to date, by their names; others are as they were.

    Raises:
        InstrumentError: It is no file of ours, or damaged.
    """
    parts = decode_parts(data)
    if all(part.version == FORMAT_VERSION for part in parts.values()):
        return data
    for name, upgraded in (upgrades or {}).items():
        if name in parts:
            parts = {**parts, name: upgraded(parts[name])}
    if HITS not in parts:
        return encode_parts(parts)
    return encode_file(*decode_hits(parts))


def decode_hits(parts: Parts) -> tuple[Manifest, Arrays, dict[str, Part]]:
    """Manifest and arrays of the single sounds among a file's parts, and the other parts.

    Raises InstrumentError.
    """
    if HITS not in parts:
        raise InstrumentError(
            "it plays on by itself and has no single sounds: `Sequence.render` plays it, "
            "an export with `format='web'` takes it elsewhere"
        )
    others = {name: part for name, part in parts.items() if name != HITS}
    own = parts[HITS]
    if own.version < FORMAT_VERSION:
        # Few are so old: what brings them up to date is loaded for them alone.
        from messina.instrument.embedding import DERIVED, derived_arrays
        from messina.instrument.upgrading import upgraded

        own = upgraded(own)
        manifest = _read_manifest(own.document)
        _check_arrays(manifest, own.arrays, without=DERIVED)
        own = replace(own, arrays={**own.arrays, **derived_arrays(manifest, own.arrays)})
    manifest = _read_manifest(own.document)
    if "contours" not in own.arrays:  # of before pitch was followed
        still = np.zeros(manifest.trajectory_rows, np.float16)
        own = replace(own, arrays={**own.arrays, "contours": still})
    _check_arrays(manifest, own.arrays)
    return manifest, dict(own.arrays), others


def _read_manifest(document: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(document, type=Manifest)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InstrumentError(f"damaged: its manifest is not valid ({error})") from None
    _check_labels(manifest)
    for response in manifest.responses:
        _check_response(response)
    if not all(i < len(manifest.sounds) for i in manifest.previewed):
        raise InstrumentError("damaged: a preview is of a sound the instrument lacks")
    return manifest


def _check_labels(manifest: Manifest) -> None:
    """Each label once, and each with sounds that were learnt."""
    names = {response.label for response in manifest.responses}
    if len(manifest.responses) != manifest.network.labels or not manifest.sounds:
        raise InstrumentError("damaged: its labels and sounds do not fit its network")
    if len(names) != len(manifest.responses):
        raise InstrumentError("damaged: two of its labels are the same")
    if not all(sound.label in names for sound in manifest.sounds):
        raise InstrumentError("damaged: a sound has a label the instrument lacks")
    kept = {sound.label for sound in manifest.sounds if sound.role != "held out"}
    if kept != names:
        raise InstrumentError(f"damaged: no sound of its label '{min(names - kept)}' was learnt")


def _check_response(response: Response) -> None:
    low, high = response.note_low, response.note_high
    if (low is None) != (high is None) or (low is not None and high is not None and low > high):
        raise InstrumentError(f"damaged: the notes of its label '{response.label}' are no range")
    if response.decay_low_s > response.decay_high_s:
        raise InstrumentError(f"damaged: the decays of its label '{response.label}' are no range")
    shift = 0.0
    if low is not None and high is not None:
        reach = max(abs(low - response.note_centre), abs(high - response.note_centre))
        shift = abs(response.loudness_per_note) * reach
    if shift > MOST_SHIFT_DB or max(response.played_db) + shift > LOUDEST_DB:
        raise InstrumentError(
            f"damaged: its label '{response.label}' is louder than any sound, or softer"
        )


def _check_arrays(
    manifest: Manifest, arrays: Mapping[str, NDArray[Any]], *, without: Sequence[str] = ()
) -> None:
    expected = array_shapes(manifest)
    for name in without:
        del expected[name]
    if set(arrays) != set(expected):
        odd = min(set(arrays) ^ set(expected))
        raise InstrumentError(f"damaged: array '{odd}' is missing or not known")
    for name, (shape, kind) in expected.items():
        array = arrays[name]
        low, high = ARRAY_BOUNDS.get(name, (-np.inf, np.inf))
        if array.shape != shape or array.dtype != kind:
            raise InstrumentError(
                f"damaged: array '{name}' is {array.dtype} {array.shape}, "
                f"not {np.dtype(kind)} {shape}"
            )
        if name == "fine_of" and array.size:
            high = manifest.fine_spectra - 1
        if name == "keys":
            high = len(manifest.responses) - 1
        if array.size and not (low <= array.min() and array.max() <= high):
            raise InstrumentError(f"damaged: array '{name}' holds impossible numbers")
    counts = arrays["trajectory_counts"]
    whole = bool((counts == np.round(counts)).all() and (counts != 1.0).all())
    if not whole or int(counts.sum()) != manifest.trajectory_rows:
        raise InstrumentError("damaged: its trajectories do not fit its sounds")
    _check_steady(manifest, arrays["steady"], counts)


def _check_steady(
    manifest: Manifest, steady: NDArray[np.float32], counts: NDArray[np.float32]
) -> None:
    """What goes on while a key is down lies within a sound that moves."""
    lengths = [sound.length_s for sound in manifest.sounds if sound.role != "held out"]
    frames = np.array([frame_count(round(length * SAMPLE_RATE)) for length in lengths])
    start, stop, release = steady.T
    fits = (start + LEAST_STEADY <= stop) & (stop <= release) & (release < frames) & (counts > 0)
    whole = (steady == np.round(steady)).all()
    if not whole or not (fits | (steady == 0).all(axis=1)).all():
        raise InstrumentError("damaged: the steady parts do not fit its sounds")
