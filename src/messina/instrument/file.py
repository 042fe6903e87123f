"""The instrument file: safetensors, with a JSON manifest in the metadata.

Files come from strangers. Whatever is read is held against what this program would have written:
sizes, names, shapes, types, that numbers are finite, and a digest over all of it. Anything else is
an InstrumentError of one sentence. Nothing in a file is ever run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from messina.atomic import replacing
from messina.errors import InstrumentError
from messina.instrument.manifest import FORMAT, FORMAT_VERSION, Manifest
from messina.instrument.network import NetworkConfig, statistic_shapes, weight_shapes

__all__ = ["PREVIEW_SHAPE", "array_shapes", "decode_file", "encode_file", "read_file", "write_file"]

Arrays = dict[str, NDArray[Any]]

LARGEST_BYTES: Final = 512 * 2**20
_LARGEST_HEADER: Final = 64 * 2**20

PREVIEW_SHAPE: Final = (32, 48)
"""Bands and moments of a preview picture; bytes, 0 silence … 255 the loudest."""

_KEY = "messina"


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Read first, and leniently: a newer program may have added to it."""

    format: str
    format_version: int
    digest: str = ""
    manifest: msgspec.Raw = msgspec.Raw(b"{}")


def array_shapes(manifest: Manifest) -> dict[str, tuple[tuple[int, ...], type[np.generic]]]:
    """Shape and type of every array a file with this manifest holds."""
    config: NetworkConfig = manifest.network
    latents = (sum(sound.role != "held out" for sound in manifest.sounds), config.latent)
    shapes: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {}
    shapes |= {name: (shape, np.float16) for name, shape in weight_shapes(config).items()}
    shapes |= {name: (shape, np.float32) for name, shape in statistic_shapes(config).items()}
    shapes["latent_means"] = (latents, np.float16)
    shapes["latent_log_variances"] = (latents, np.float16)
    shapes["preview"] = ((len(manifest.previewed), *PREVIEW_SHAPE), np.uint8)
    return shapes


def encode_file(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of an instrument file; the same for the same contents."""
    kept = {
        name: np.ascontiguousarray(arrays[name], kind)
        for name, (_, kind) in array_shapes(manifest).items()
    }
    text = msgspec.json.encode(manifest)
    envelope = _Envelope(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        digest=_digest(text, kept),
        manifest=msgspec.Raw(text),
    )
    data: bytes = safetensors.numpy.save(kept, {_KEY: msgspec.json.encode(envelope).decode()})
    return data


def write_file(path: Path, manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Writes an instrument file, whole or not at all."""
    data = encode_file(manifest, arrays)
    with replacing(path) as aside:
        aside.write_bytes(data)


def read_file(path: Path) -> tuple[Manifest, Arrays]:
    """The manifest and arrays of a file. Raises InstrumentError."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise InstrumentError(f"{path}: {size / 2**20:.0f} MB; no instrument is that large")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InstrumentError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise InstrumentError(f"{path}: a folder, not an instrument file") from None
    except OSError as error:
        raise InstrumentError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        return decode_file(data)
    except InstrumentError as error:
        raise InstrumentError(f"{path}: {error}") from None


def decode_file(data: bytes) -> tuple[Manifest, Arrays]:
    """The manifest and arrays in an instrument file's bytes. Raises InstrumentError."""
    envelope = _read_envelope(data)
    manifest = _read_manifest(envelope.manifest)
    try:
        arrays: Arrays = safetensors.numpy.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise InstrumentError("damaged or cut short; learn it anew or fetch it again") from error
    _check_arrays(manifest, arrays)
    if _digest(bytes(envelope.manifest), arrays) != envelope.digest:
        raise InstrumentError("damaged: its contents are not what was written; fetch it again")
    return manifest, arrays


def _read_envelope(data: bytes) -> _Envelope:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or data[8:9] != b"{" or length > _LARGEST_HEADER:
        raise InstrumentError("not an instrument file")
    if len(data) < 8 + length:
        raise InstrumentError("cut short; fetch it again")
    try:
        header = json.loads(data[8 : 8 + length])
        text = header["__metadata__"][_KEY]
        envelope = msgspec.json.decode(text, type=_Envelope)
    except (ValueError, KeyError, TypeError, RecursionError, msgspec.MsgspecError):
        raise InstrumentError("not an instrument file, or a damaged one") from None
    if envelope.format != FORMAT:
        raise InstrumentError("not an instrument file")
    if envelope.format_version > FORMAT_VERSION:
        raise InstrumentError(
            f"made by a newer version of Messina (format {envelope.format_version}; this one "
            f"reads {FORMAT_VERSION}): update Messina to play it"
        )
    return envelope


def _read_manifest(raw: msgspec.Raw) -> Manifest:
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InstrumentError(f"damaged: its manifest is not valid ({error})") from None
    names = {response.label for response in manifest.responses}
    if len(manifest.responses) != manifest.network.labels or not manifest.sounds:
        raise InstrumentError("damaged: its labels and sounds do not fit its network")
    if not all(sound.label in names for sound in manifest.sounds):
        raise InstrumentError("damaged: a sound has a label the instrument lacks")
    if not all(0 <= i < len(manifest.sounds) for i in manifest.previewed):
        raise InstrumentError("damaged: a preview is of a sound the instrument lacks")
    return manifest


def _check_arrays(manifest: Manifest, arrays: Arrays) -> None:
    expected = array_shapes(manifest)
    if set(arrays) != set(expected):
        odd = min(set(arrays) ^ set(expected))
        raise InstrumentError(f"damaged: array '{odd}' is missing or not known")
    for name, (shape, kind) in expected.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != kind:
            raise InstrumentError(
                f"damaged: array '{name}' is {array.dtype} {array.shape}, "
                f"not {np.dtype(kind)} {shape}"
            )
        if array.dtype != np.uint8 and not np.isfinite(array).all():
            raise InstrumentError(f"damaged: array '{name}' holds numbers that are not finite")


def _digest(manifest: bytes, arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.blake2b(manifest, digest_size=16)
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
