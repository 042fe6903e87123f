"""The .messina container: named parts, each a JSON document with its arrays, in safetensors.

Files come from strangers. Whatever is read is held against what this program would have written:
sizes, names, types, that numbers are finite, and a digest over all of it; each part's owner checks
its shapes. Anything else is an InstrumentError of one sentence. Nothing in a file is ever run.

The single sounds are the part HITS; its document is the envelope's `manifest` and its arrays have
their plain names. What plays on by itself is in further parts, with arrays named `part/name`.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from messina.atomic import replacing
from messina.errors import InstrumentError

__all__ = [
    "FORMAT_VERSION",
    "HITS",
    "KEY",
    "LARGEST_BYTES",
    "LARGEST_HEADER",
    "METADATA",
    "MOST_ARRAYS",
    "Part",
    "Parts",
    "contents_digest",
    "decode_parts",
    "encode_parts",
    "read_bytes",
    "read_parts",
    "write_parts",
]

FORMAT: Final = "messina"
FORMAT_VERSION: Final = 2
HITS: Final = "hits"
_WANTED: Final = "give a .messina file, which learning a folder of sounds makes"

LARGEST_BYTES: Final = 512 * 2**20
LARGEST_HEADER: Final = 8 * 2**20
MOST_ARRAYS: Final = 4_096
"""Real files have headers of 1 to 100 kB, and under a hundred arrays."""
_LARGEST_RANK: Final = 4
_Size: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]

METADATA: Final = "__metadata__"
KEY: Final = "messina"
"""Where the envelope is in a header."""
_TYPES: Final = (np.float16, np.float32, np.uint8, np.int32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One named part of a file: a JSON document and its arrays."""

    document: bytes
    """JSON, for the part's owner to read strictly."""
    arrays: Mapping[str, NDArray[Any]]
    version: int = FORMAT_VERSION
    """Format version of the file it was read from."""


Parts = Mapping[str, Part]


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Read first, and leniently: a newer program may have added to it."""

    format: str
    format_version: int
    digest: str = ""
    manifest: msgspec.Raw = msgspec.Raw(b"")
    parts: dict[str, msgspec.Raw] = {}


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the header says of an array."""

    dtype: str
    shape: Annotated[tuple[_Size, ...], msgspec.Meta(max_length=_LARGEST_RANK)]
    data_offsets: tuple[_Size, _Size]


def encode_parts(parts: Parts) -> bytes:
    """The bytes of a file; the same for the same contents."""
    arrays: dict[str, NDArray[Any]] = {}
    for part_name, part in parts.items():
        arrays |= {_stored_name(part_name, name): array for name, array in part.arrays.items()}
    documents = {name: parts[name].document for name in sorted(parts)}
    envelope = _Envelope(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        digest=_digest(documents, arrays),
        manifest=msgspec.Raw(documents.pop(HITS, b"null")),
        parts={name: msgspec.Raw(text) for name, text in documents.items()},
    )
    data: bytes = safetensors.numpy.save(arrays, {KEY: msgspec.json.encode(envelope).decode()})
    return data


def decode_parts(data: bytes) -> dict[str, Part]:
    """The parts in a file's bytes. Raises InstrumentError."""
    envelope = _read_envelope(data)
    try:
        arrays: dict[str, NDArray[Any]] = safetensors.numpy.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise InstrumentError("damaged or cut short; learn it anew or fetch it again") from error
    documents = {name: bytes(text) for name, text in envelope.parts.items()}
    if bytes(envelope.manifest) not in (b"", b"null"):
        documents[HITS] = bytes(envelope.manifest)
    for name, array in arrays.items():
        _check_array(name, array)
    if not documents or _digest(documents, arrays) != envelope.digest:
        raise InstrumentError("damaged: its contents are not what was written; fetch it again")
    owned: dict[str, dict[str, NDArray[Any]]] = {name: {} for name in documents}
    for stored, array in arrays.items():
        part_name, _, name = stored.rpartition("/")
        if (part_name or HITS) not in owned:
            raise InstrumentError(f"damaged: array '{stored}' is missing or not known")
        owned[part_name or HITS][name] = array
    return {
        name: Part(document=documents[name], arrays=owned[name], version=envelope.format_version)
        for name in documents
    }


def contents_digest(data: bytes) -> str:
    """The digest over all that a file's bytes hold, but for what people say of it.

    As the file has it: `decode_parts` holds it against the contents. Raises InstrumentError.
    """
    return _read_envelope(data).digest


def write_parts(
    path: Path, parts: Parts, *, check: Callable[[dict[str, Part]], object] | None = None
) -> None:
    """Writes a file, whole or not at all, and only if it can be read again.

    check: reads the parts as their owner does. Raises MessinaError when that is refused.
    """

    def read_again(aside: Path) -> None:
        again = read_parts(aside)
        if check is not None:
            check(again)

    data = encode_parts(parts)
    with replacing(path, check=read_again) as aside:
        aside.write_bytes(data)


def read_parts(path: Path) -> dict[str, Part]:
    """The parts of a file. Raises InstrumentError, which names the file."""
    data = read_bytes(path)
    try:
        return decode_parts(data)
    except InstrumentError as error:
        raise InstrumentError(f"{path}: {error}") from None


def read_bytes(path: Path) -> bytes:
    """A file's bytes, if an instrument can be that large. Raises InstrumentError."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):  # which Windows says is not permitted
            raise InstrumentError(f"{path}: a folder, not an instrument file; {_WANTED}")
        if not stat.S_ISREG(status.st_mode):
            raise InstrumentError(f"{path}: a device or a pipe, not an instrument file; {_WANTED}")
        size = status.st_size
        if size > LARGEST_BYTES:
            raise InstrumentError(
                f"{path}: {size / 2**20:.0f} MB; "
                f"no instrument is larger than {LARGEST_BYTES >> 20} MB"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise InstrumentError(f"{path}: there is no such file") from None
    except OSError as error:
        raise InstrumentError(f"{path}: cannot be read ({error.strerror})") from None


def _stored_name(part: str, name: str) -> str:
    assert "/" not in part + name
    return name if part == HITS else f"{part}/{name}"


def _read_envelope(data: bytes) -> _Envelope:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or data[8:9] != b"{" or length > LARGEST_HEADER:
        raise InstrumentError(f"not an instrument file; {_WANTED}")
    if len(data) < 8 + length:
        raise InstrumentError("cut short; fetch it again")
    too_many = InstrumentError(f"damaged: it has more than {MOST_ARRAYS} arrays")
    # Counted before anything is made of it: every array has this word.
    if data.count(b'"data_offsets"', 8, 8 + length) > MOST_ARRAYS:
        raise too_many
    try:
        header = msgspec.json.decode(memoryview(data)[8 : 8 + length], type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(header.pop(METADATA), type=dict[str, str])
        if len(header) > MOST_ARRAYS:
            raise too_many
        for entry in header.values():
            msgspec.json.decode(entry, type=_Entry)
        envelope = msgspec.json.decode(metadata[KEY], type=_Envelope)
    except (ValueError, KeyError, TypeError, RecursionError, msgspec.MsgspecError):
        raise InstrumentError("not an instrument file, or a damaged one") from None
    if envelope.format != FORMAT:
        raise InstrumentError(f"not an instrument file; {_WANTED}")
    if envelope.format_version > FORMAT_VERSION:
        raise InstrumentError(
            f"made by a newer version of Messina (format {envelope.format_version}; this one "
            f"reads {FORMAT_VERSION}): update Messina to play it"
        )
    return envelope


def _check_array(name: str, array: NDArray[Any]) -> None:
    if array.dtype not in _TYPES or array.ndim > _LARGEST_RANK:
        raise InstrumentError(f"damaged: array '{name}' is {array.dtype} {array.shape}")
    if not np.isfinite(array).all():
        raise InstrumentError(f"damaged: array '{name}' holds numbers that are not finite")


def _digest(documents: Mapping[str, bytes], arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(documents):
        digest.update(f"{name} {len(documents[name])} ".encode())
        digest.update(documents[name])
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
