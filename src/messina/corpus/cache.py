"""Analyses kept in the user's cache folder, by the content of the sound.

An entry is a safetensors file with a checksum behind it. It is found by a hash of the sound, its
reference pitch and the source of the analysis, so nothing is ever out of date. The checksum is
over that hash, too: a damaged entry, or one of another sound, is as good as none. Losing the folder
costs time, nothing else.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from messina.atomic import replacing
from messina.frames.layout import Frames, pack_fine, unpack_fine

__all__ = [
    "LIMIT_BYTES",
    "FrameCache",
    "cache_folder",
    "decode_frames",
    "encode_frames",
    "source_fingerprint",
]

LIMIT_BYTES: Final = 2 * 10**9
"""The oldest entries go when there are more."""

_CHECK: Final = 16
_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Where caches belong on this system; MESSINA_CACHE overrides."""
    if own := os.environ.get("MESSINA_CACHE"):
        return Path(own).expanduser()
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg).expanduser() / "messina"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "messina"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "messina" / "cache"
    return Path.home() / ".cache" / "messina"


def encode_frames(frames: Frames) -> bytes:
    """Frames as bytes. The body is kept in half precision: 0.03 dB at most."""
    parts: dict[str, NDArray[Any]] = {
        "body": frames.body.astype(np.float16),
        "onset": np.ascontiguousarray(frames.onset),
        "fine": pack_fine(frames.fine),
        "scalars": np.array([frames.gain, frames.reference_hz]),
    }
    if frames.contour is not None:
        parts["contour"] = frames.contour
    return bytes(save(parts))


def decode_frames(data: bytes) -> Frames:
    """Inverse of encode_frames; raises ValueError when the bytes are not frames of this layout."""
    try:
        parts = load(data)
        gain, reference_hz = (float(value) for value in parts["scalars"])
        return Frames(
            body=parts["body"].astype(np.float32),
            onset=parts["onset"],
            gain=gain,
            fine=unpack_fine(parts["fine"]),
            reference_hz=reference_hz,
            contour=parts.get("contour"),
        )
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"not frames: {error}") from error


class FrameCache:
    """Frames on disk, by key. Without a writable folder it keeps nothing, and says so once."""

    def __init__(self, folder: Path | None = None, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = (folder or cache_folder()) / "frames"
        self._limit = limit_bytes
        self._writable = True

    @staticmethod
    def key(digest: str, reference_hz: float) -> str:
        """Key of a sound's frames.

        Its content, the pitch it is analysed for, the version of the analysis.
        """
        text = f"{digest} {reference_hz:.9g} {_analysis_fingerprint()}"
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()

    def __contains__(self, key: str) -> bool:
        """Whether there is an entry, sound or damaged."""
        return self._path(key).is_file()

    def load(self, key: str) -> Frames | None:
        """Frames kept under a key; None where there are none, or they cannot be read."""
        path = self._path(key)
        try:
            frames = _entry(key, path.read_bytes())
            os.utime(path)  # the oldest by use go first
        except (OSError, ValueError):
            return None
        return frames

    def save(self, key: str, encoded: bytes) -> None:
        """Keeps frames, as encode_frames gave them, under a key."""
        if not self._writable:
            return
        try:
            with replacing(self._path(key)) as aside:
                aside.write_bytes(encoded + _checksum(key, encoded))
                _entry(key, aside.read_bytes())
        except ValueError:  # what was written is not what is read: this disk keeps nothing
            self._writable = False
            _log.warning("analyses are not kept: %s (written files are damaged)", self._folder)
        except OSError as error:
            self._writable = False
            _log.warning("analyses are not kept: %s (%s)", self._folder, error.strerror or error)

    def trim(self) -> None:
        """Remove the entries not used for longest until the rest is within the limit."""
        entries = []
        for path in self._folder.glob("*/*"):
            try:
                status = path.stat()
            except OSError:
                continue  # another run has just removed it
            entries.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._limit:
                return
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue
            total -= size

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.frames"


def _entry(key: str, data: bytes) -> Frames:
    """The frames in an entry; raises ValueError when it is not that of this key, or damaged."""
    encoded, check = data[:-_CHECK], data[-_CHECK:]
    if _checksum(key, encoded) != check:
        raise ValueError("damaged, or the entry of another sound")
    return decode_frames(encoded)


def _checksum(key: str, encoded: bytes) -> bytes:
    digest = hashlib.blake2b(key.encode(), digest_size=_CHECK)
    digest.update(encoded)
    return digest.digest()


def _analysis_fingerprint() -> str:
    """Another analysis never meets old entries."""
    return source_fingerprint("messina.frames", "messina.units")


@cache
def source_fingerprint(*names: str) -> str:
    """Hash of the source code of packages and modules, by their names.

    A version of what they compute.
    """
    digest = hashlib.blake2b(digest_size=16)
    for name in names:
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        inside = (
            sorted(origin.parent.glob("*.py")) if found.submodule_search_locations else [origin]
        )
        for source in inside:
            digest.update(source.name.encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()
