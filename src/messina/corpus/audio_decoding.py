"""The samples in a file, whatever its format, block by block, or why they cannot be had.

What libsndfile reads is read by it; other formats by PyAV when the `formats` extra is installed.
Rate, channels and length are looked at before a sample is decoded: a small file can hold hours.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import numpy as np
import soundfile as sf

from messina.corpus.containers import mended
from messina.corpus.sound import Array
from messina.errors import SoundError

__all__ = [
    "AUDIO_EXTENSIONS",
    "MAX_FILE_S",
    "RATES_HZ",
    "Source",
    "check_rate",
    "check_regular",
    "open_source",
    "stated_length_s",
]

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
"""Longer files are read up to here."""
MAX_SAMPLES: Final = 2**28
"""The same of frames × channels: ten minutes of nine channels at 48 kHz; some seconds of work."""
RATES_HZ: Final = (1_000, 1_000_000)
BLOCK_SAMPLES: Final = 2**20
"""Frames × channels that are decoded at a time: 4 MB."""

_STREAMED: Final = 0x7FFF0000
"""Sizes from here on are what programs write that did not know the length yet."""

_INSTALL: Final = "pip install 'messina[formats]'"
_OR_INSTALL: Final = f", or try {_INSTALL}"
_UNKNOWN: Final = f"not audio of a kind that can be read; re-save it as WAV{_OR_INSTALL}"
_DAMAGED: Final = "damaged or truncated; copy it again from where it came from"
_CODING: Final = f"in a coding that cannot be read; re-save it as plain WAV (PCM){_OR_INSTALL}"
_EMPTY: Final = "no audio (0 samples)"


class _Blocks(Protocol):
    def __call__(self) -> Iterator[Array]: ...


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that can be decoded."""

    rate_hz: int
    channels: int
    decode: _Blocks
    """Its blocks [n, channels] from the beginning, as often as it is called, up to `most_frames`
    and a little more where the file is longer. Raises SoundError with what is wrong with it."""
    remarks: tuple[str, ...] = ()

    @property
    def most_frames(self) -> int:
        """Frames that are to be used."""
        return _most_frames(self.rate_hz, self.channels)

    @property
    def block_frames(self) -> int:
        """Frames that are decoded at a time."""
        return max(1, BLOCK_SAMPLES // self.channels)


def _most_frames(rate_hz: int, channels: int) -> int:
    return min(int(MAX_FILE_S * rate_hz), MAX_SAMPLES // channels)


@contextlib.contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """What can be decoded; raises SoundError with the reason why not, OSError as opening does."""
    check_regular(path)
    with path.open("rb") as file:
        head = file.read(512)
        if not head:
            raise SoundError("an empty file (0 bytes)")
        if path.suffix[1:].lower() in FORMATS_EXTENSIONS and not _is_libsndfiles(head):
            yield _av_source(path)
        else:
            yield _source(path, file, head)


def check_regular(path: Path) -> None:
    """SoundError for what would block or never end: pipes, devices, folders."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        reason = "a link to nothing" if path.is_symlink() else "there is no such file"
        raise SoundError(reason) from error
    except OSError as error:
        link = "a link to nothing" if path.is_symlink() else "unreadable"
        raise SoundError(f"{link} ({error.strerror or error})") from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise SoundError(f"not a file ({kind})")


def stated_length_s(path: Path) -> float:
    """How long a file says that it is; raises SoundError where only decoding it could tell."""
    check_regular(path)
    try:
        with sf.SoundFile(_system_path(path)) as opened:
            frames, rate_hz = opened.frames, opened.samplerate
    except sf.LibsndfileError as error:
        raise SoundError(_DAMAGED) from error
    if frames <= 0 or rate_hz <= 0:
        raise SoundError(_EMPTY)
    return float(frames / rate_hz)


def check_rate(rate_hz: int) -> None:
    """SoundError for rates that no sound has."""
    low, high = RATES_HZ
    if not low <= rate_hz <= high:
        raise SoundError(f"sample rate of {rate_hz} Hz; {low} to {high} is possible")


def _source(path: Path, file: BinaryIO, head: bytes) -> Source:
    """By libsndfile; after mending where it finds nothing; by PyAV where it knows nothing."""
    reason = _EMPTY
    try:
        name = _system_path(path)
        with sf.SoundFile(name) as opened:
            if opened.frames or _ogg_lacks_end(path):
                return _libsndfile_source(opened, name, path)
    except sf.LibsndfileError as error:
        reason = _why_unreadable(head, error)
    if (better := mended(file)) is not None:
        with contextlib.suppress(sf.LibsndfileError), sf.SoundFile(better.file) as opened:
            if opened.frames:
                return _libsndfile_source(opened, better.file, None, remarks=(better.remark,))
    if reason in (_UNKNOWN, _CODING) and find_spec("av"):  # another format under a wrong name
        with contextlib.suppress(SoundError):
            return _av_source(path)
        reason = reason.removesuffix(_OR_INSTALL)
    raise SoundError(reason)


def _system_path(path: Path) -> str | bytes:
    """Names are bytes to the system, and need not be text; on Windows they are text."""
    return str(path) if sys.platform == "win32" else os.fsencode(path)


def _libsndfile_source(
    opened: sf.SoundFile,
    target: str | bytes | BinaryIO,
    path: Path | None,
    *,
    remarks: tuple[str, ...] = (),
) -> Source:
    """target: what `opened` reads, to be opened again; path: where its header is believed."""
    check_rate(opened.samplerate)
    missing = 0.0 if path is None else _missing_share(opened.extra_info)
    if missing > 0 or (path is not None and _ogg_lacks_end(path)):
        raise _truncated(missing)
    wanted = min(opened.frames, _most_frames(opened.samplerate, opened.channels) + 1)

    def decode() -> Iterator[Array]:
        done = 0
        try:
            if not isinstance(target, (str, bytes)):
                target.seek(0)
            with sf.SoundFile(target) as file:
                while done < wanted:
                    count = min(source.block_frames, wanted - done)
                    block = file.read(count, dtype="float32", always_2d=True)
                    if not len(block):
                        break
                    done += len(block)
                    yield block
        except sf.LibsndfileError as error:
            raise SoundError(_DAMAGED) from error
        # MP3 headers count samples before the decoder's own padding is taken off: 2 % may lack
        if path is not None and (lacking := 1 - done / wanted - 0.02) > 0:
            raise _truncated(lacking)

    source = Source(
        rate_hz=opened.samplerate, channels=opened.channels, decode=decode, remarks=remarks
    )
    return source


def _truncated(missing: float) -> SoundError:
    lost = f"; {100 * missing:.0f} % is missing" if missing >= 0.01 else ""
    return SoundError(f"truncated: its header promises more than there is{lost}")


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


def _is_libsndfiles(head: bytes) -> bool:
    """Whether a file is of a kind that needs no extra, whatever its name says."""
    return head[:4] in (b"RIFF", b"RIFX", b"RF64", b"FORM", b"fLaC", b"OggS", b"caff", b".snd")


def _why_unreadable(head: bytes, error: sf.LibsndfileError) -> str:
    message = str(error).lower()
    if head[8:9] == b"{" and b'"messina"' in head:
        return "an instrument, not a sound: it can be played as it is; give the sounds"
    if not any(head):
        return "not audio: nothing but zero bytes"
    if _is_text(head):
        return "not audio: a text file"
    if "not recognised" in message:
        return _UNKNOWN
    if any(word in message for word in ("unimplemented", "unsupported", "unknown format")):
        return _CODING
    return _DAMAGED


def _is_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def _av_source(path: Path) -> Source:
    try:
        import av
    except ImportError as error:
        kind = path.suffix[1:].lower()
        raise SoundError(f"{kind} files need the formats extra: {_INSTALL}") from error
    failures = (av.FFmpegError, OSError, ValueError)
    try:
        # as an open file: names need not be text
        with path.open("rb") as file, av.open(file, "r") as container:
            if not container.streams.audio:
                raise SoundError("no audio in it")
            # the first frame knows better than the header, which may tell half the rate
            first = next(container.decode(audio=0), None)
    except failures as error:
        raise SoundError(_DAMAGED) from error
    if first is None:
        raise SoundError(_EMPTY)
    rate_hz, channels = int(first.sample_rate), int(first.layout.nb_channels)
    check_rate(rate_hz)

    def decode() -> Iterator[Array]:
        done = 0
        try:
            with path.open("rb") as file, av.open(file, "r") as container:
                to_float = av.AudioResampler(format="fltp")
                for frame in container.decode(audio=0):
                    for part in to_float.resample(frame):
                        block = np.asarray(part.to_ndarray(), np.float32).T
                        if block.shape[1] != channels or part.sample_rate != rate_hz:
                            raise SoundError("its channels or its rate change on the way")
                        done += len(block)
                        yield block
                    if done > source.most_frames:
                        return
        except failures as error:
            raise SoundError(_DAMAGED) from error

    source = Source(rate_hz=rate_hz, channels=channels, decode=decode)
    return source
