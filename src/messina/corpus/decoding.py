"""The samples in a file, whatever its format, or why they cannot be had.

What libsndfile reads is read by it; other formats by PyAV when the `formats` extra is installed.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import soundfile as sf

from messina.corpus.sound import Array
from messina.errors import SoundError

__all__ = ["AUDIO_EXTENSIONS", "MAX_FILE_S", "decode"]

# fmt: off
LIBSNDFILE_EXTENSIONS: Final = frozenset({
    "wav", "wave", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "flac", "ogg", "oga", "opus",
    "mp3", "mp2", "caf", "au", "snd", "sf", "ircam", "voc",
})
FORMATS_EXTENSIONS: Final = frozenset({
    "m4a", "m4b", "m4r", "mp4", "aac", "wma", "ape", "wv", "mpc", "mka", "webm", "ac3", "amr",
    "tta", "dsf", "3gp",
})
# fmt: on
AUDIO_EXTENSIONS: Final = LIBSNDFILE_EXTENSIONS | FORMATS_EXTENSIONS
"""Endings (lower case, no dot) of files that claim to be audio."""

MAX_FILE_S: Final = 600.0
"""Longer files are read up to here: what is read is held in memory."""

_STREAMED: Final = 0x7FFF0000
"""Sizes from here on are what programs write that did not know the length yet."""

_INSTALL: Final = "pip install 'messina[formats]'"
_UNKNOWN: Final = f"not audio of a kind that can be read; re-save it as WAV, or try {_INSTALL}"


def decode(path: Path) -> tuple[Array, int]:
    """Samples [N, C] and their rate, up to MAX_FILE_S; raises SoundError with the reason."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise SoundError(f"unreadable ({error.strerror or error})") from error
    if not head:
        raise SoundError("an empty file (0 bytes)")
    if path.suffix[1:].lower() in FORMATS_EXTENSIONS:
        return _decode_with_av(path)
    try:
        return _decode_with_libsndfile(path)
    except sf.LibsndfileError as error:
        reason = _why_unreadable(head, str(error))
        if reason == _UNKNOWN and find_spec("av"):  # another format under a wrong name
            with contextlib.suppress(SoundError):
                return _decode_with_av(path)
        raise SoundError(reason) from error


def _decode_with_libsndfile(path: Path) -> tuple[Array, int]:
    with sf.SoundFile(path) as file:
        wanted = min(file.frames, int(MAX_FILE_S * file.samplerate) + 1)
        if wanted == 0 and not _ogg_lacks_end(path):
            raise SoundError("no audio (0 samples)")
        missing = _missing_share(file.extra_info)
        audio = file.read(wanted, dtype="float32", always_2d=True)
        rate = file.samplerate
    # MP3 headers count samples before the decoder's own padding is taken off: 2 % may lack
    missing = max(missing, 1 - len(audio) / max(wanted, 1) - 0.02)
    if missing > 0 or _ogg_lacks_end(path):
        lost = f"; {100 * missing:.0f} % is missing" if missing >= 0.01 else ""
        raise SoundError(f"truncated: its header promises more than there is{lost}")
    return audio, rate


def _missing_share(log: str) -> float:
    """How much of the data a header promises is not there, from libsndfile's parsing log."""
    for line in log.splitlines():
        size = re.match(r"\s*(?:data|SSND|Data Size|riff)\s*:\s*(\d+) \(should be (\d+)\)", line)
        frames = re.search(r"frame count (\d+) does not match value from .* of (\d+)", line)
        if size and int(size[1]) < _STREAMED:
            promised, there = int(size[1]), int(size[2])
        elif frames:
            promised, there = int(frames[2]), int(frames[1])
        else:
            continue
        if promised - there > 64:
            return 1 - there / promised
    return 0.0


def _ogg_lacks_end(path: Path) -> bool:
    """Whether an Ogg file stops before the page that is marked as its last."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_536))  # a page is at most 65,307 bytes
        tail = file.read()
    last = tail.rfind(b"OggS")
    return last < 0 or len(tail) < last + 6 or not tail[last + 5] & 4


def _why_unreadable(head: bytes, message: str) -> str:
    detail = message.split(": ", 1)[-1].removeprefix("Error : ").rstrip(".")
    if not any(head):
        return "not audio: nothing but zero bytes"
    if _is_text(head):
        return "not audio: a text file"
    if "not recognised" in detail:
        return _UNKNOWN
    return f"damaged or truncated ({detail})"


def _is_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def _decode_with_av(path: Path) -> tuple[Array, int]:
    try:
        import av
    except ImportError as error:
        kind = path.suffix[1:].lower()
        raise SoundError(f"{kind} files need the formats extra: {_INSTALL}") from error
    blocks: list[Array] = []
    length = 0
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise SoundError("no audio in it")
            rate = int(container.streams.audio[0].rate)
            to_float = av.AudioResampler(format="fltp")
            for frame in container.decode(audio=0):
                blocks += [
                    np.asarray(part.to_ndarray(), np.float32) for part in to_float.resample(frame)
                ]
                length += frame.samples
                if length > MAX_FILE_S * rate:
                    break
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SoundError(f"damaged or truncated ({error})") from error
    if not blocks:
        raise SoundError("no audio (0 samples)")
    return np.concatenate(blocks, axis=1).T, rate
