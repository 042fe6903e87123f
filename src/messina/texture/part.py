"""The texture part of a .messina file: a model as a document and arrays, and back, held to account.

Files come from strangers. What a document claims is held against bounds before anything is made of
it, and every array against the document; whatever does not fit is an InstrumentError.

Textures of version 1 are brought to what this version plays. Their noise had no fine spectrum, but
held for each recording how much its noise fluctuates. It fluctuates as noise does now, and its fine
spectrum is even.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.errors import InstrumentError
from messina.frames.layout import FINE_CELLS, FLAT_FINE, pack_fine
from messina.instrument.container import Part
from messina.texture.drops import SHAPE_SIZE, Drops
from messina.texture.fast import network_shapes
from messina.texture.fine import stretches
from messina.texture.latents import WINDOW, Basis
from messina.texture.layout import FRAME_SIZE, NOISE
from messina.texture.model import MOST_PATCHES, TEXTURE_VERSION, TextureManifest, TextureModel

__all__ = ["array_shapes", "texture_from", "texture_part", "upgraded"]

_Kind = type[np.generic]
_Shapes = dict[str, tuple[tuple[int, ...], _Kind]]

_NETWORK: Final = "network."
LARGEST: Final = 1e4  # any number in any array


def array_shapes(manifest: TextureManifest) -> _Shapes:
    """Shape and type of every array that goes with this manifest."""
    size, recordings = manifest.latents, len(manifest.recordings)
    patches = sum(row.patches for row in manifest.recordings)
    fine = sum(stretches(row.patches) for row in manifest.recordings)
    shapes: _Shapes = {
        "mean": ((FRAME_SIZE,), np.float32),
        "scale": ((FRAME_SIZE,), np.float32),
        "spread": ((size,), np.float32),
        "directions": ((size, WINDOW * FRAME_SIZE), np.float16),
        "latents": ((patches, size), np.float16),
        "fine": ((fine, FINE_CELLS // 2), np.uint8),
    }
    if manifest.drops:
        shapes["drop_places"] = ((manifest.drops,), np.int32)
        shapes["drop_shapes"] = ((manifest.drops, SHAPE_SIZE), np.float16)
    if manifest.network is not None:
        sizes = network_shapes(manifest.network, latents=size, recordings=recordings)
        shapes |= {_NETWORK + name: (shape, np.float16) for name, shape in sizes.items()}
    return shapes


def texture_part(model: TextureModel) -> Part:
    """The part that holds a model."""
    values: dict[str, NDArray[Any]] = {
        "mean": model.basis.mean,
        "scale": model.basis.scale,
        "spread": model.basis.spread,
        "directions": model.basis.directions,
        "latents": model.latents,
        "fine": model.fine,
    }
    if model.manifest.drops:
        values |= {"drop_places": model.drops.places, "drop_shapes": model.drops.shapes}
    values |= {_NETWORK + name: array for name, array in model.weights.items()}
    arrays = {
        name: np.ascontiguousarray(values[name], kind)
        for name, (_, kind) in array_shapes(model.manifest).items()
    }
    return Part(document=msgspec.json.encode(model.manifest), arrays=arrays)


def texture_from(part: Part) -> TextureModel:
    """The model in a part, of any version. Raises InstrumentError."""
    part = upgraded(part)
    manifest = _manifest(part.document)
    arrays = _checked(manifest, part)
    drops = _drops(manifest, arrays)
    basis = Basis(**{name: arrays[name] for name in ("mean", "scale", "directions", "spread")})
    weights = {
        name.removeprefix(_NETWORK): array
        for name, array in arrays.items()
        if name.startswith(_NETWORK)
    }
    return TextureModel(
        manifest=manifest,
        basis=basis,
        latents=arrays["latents"],
        fine=part.arrays["fine"],
        weights=weights,
        drops=drops,
    )


def _drops(manifest: TextureManifest, arrays: dict[str, NDArray[np.float32]]) -> Drops:
    if not manifest.drops:
        return Drops.none()
    places = arrays["drop_places"].astype(np.int64)
    patches = sum(row.patches for row in manifest.recordings)
    if places[0] < 0 or places[-1] >= patches or (np.diff(places) < 0).any():
        raise InstrumentError("damaged: the drops of its texture lie outside of it")
    return Drops(places=places, shapes=arrays["drop_shapes"], each=manifest.drops_each)


def _manifest(document: bytes) -> TextureManifest:
    try:
        manifest = msgspec.json.decode(document, type=TextureManifest)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InstrumentError(f"damaged: its texture is not described validly ({error})") from None
    if manifest.version != TEXTURE_VERSION:
        raise InstrumentError(
            f"its texture has version {manifest.version}; this program reads {TEXTURE_VERSION}: "
            "update Messina to play it"
        )
    if sum(row.patches for row in manifest.recordings) > MOST_PATCHES:
        raise InstrumentError("damaged: its texture is longer than any this program makes")
    if manifest.network is None and manifest.fast == "network":
        raise InstrumentError("damaged: its texture names a network that it lacks")
    return manifest


def _checked(manifest: TextureManifest, part: Part) -> dict[str, NDArray[np.float32]]:
    """The arrays as float32, if they are those the manifest asks for."""
    shapes = array_shapes(manifest)
    if set(part.arrays) != set(shapes):
        odd = min(set(part.arrays) ^ set(shapes))
        raise InstrumentError(f"damaged: the texture's array '{odd}' is missing or not known")
    arrays = {}
    for name, (shape, kind) in shapes.items():
        array = part.arrays[name]
        if array.shape != shape or array.dtype != kind:
            raise InstrumentError(
                f"damaged: the texture's array '{name}' is {array.dtype} {array.shape}, "
                f"not {np.dtype(kind)} {shape}"
            )
        if kind is np.uint8:  # codes of the fine spectra: two to a byte, of which all are allowed
            continue
        arrays[name] = np.asarray(array, np.float32)
        largest = MOST_PATCHES if kind is np.int32 else LARGEST
        if not np.isfinite(arrays[name]).all() or np.abs(arrays[name]).max(initial=0) > largest:
            raise InstrumentError(f"damaged: the texture's array '{name}' holds impossible numbers")
    if arrays["scale"].min() < 1e-3 or arrays["spread"].min() < 1e-6:
        raise InstrumentError("damaged: the texture's scales are not positive")
    return arrays


_BIAS: Final = np.float32(0.095)
"""ln by which the noise was played louder: how far the mean of log levels falls short."""

_DAMAGED: Final = (msgspec.MsgspecError, LookupError, TypeError, ValueError, RecursionError)


def upgraded(part: Part) -> Part:
    """A texture part of an older format in today's; one of today's as it is.

    Raises InstrumentError.
    """
    try:
        manifest = msgspec.json.decode(part.document)
        if not isinstance(manifest, dict) or manifest.get("version") != 1:
            return part
        return replace(
            part,
            document=msgspec.json.encode(manifest | {"version": TEXTURE_VERSION}),
            arrays=_arrays(manifest, dict(part.arrays)),
        )
    except _DAMAGED as error:
        raise InstrumentError(f"damaged: its texture is not described validly ({error})") from None


def _arrays(manifest: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    del arrays["evenness"]
    patches = [int(row["patches"]) for row in manifest["recordings"]]
    if min(patches) < 1 or len(arrays["latents"]) != sum(patches):
        raise ValueError("recordings")
    arrays["mean"] = arrays["mean"].copy()
    arrays["mean"][NOISE] += _BIAS
    even = pack_fine(np.full((1, FINE_CELLS), FLAT_FINE, np.uint8))
    arrays["fine"] = np.repeat(even, sum(map(stretches, patches)), axis=0)
    return arrays
