"""SoundFont 2 files: presets of instruments of samples, in one RIFF file, written and read again.

    RIFF sfbk
    ├── LIST INFO   texts
    ├── LIST sdta   smpl: 16 bits of all samples, each with 46 zeros behind it; sm24: 8 bits below
    └── LIST pdta   nine lists of records, each with a last record that ends the one before

A preset or instrument is a run of zones (bags), a zone a run of generators and modulators. In a
zone a range of keys comes first, of velocities second, and what it plays last.
Ref: E-mu Systems (2006), SoundFont Technical Specification 2.04, 4 to 8.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from messina.errors import ControlError, MessinaError

__all__ = [
    "LEFT",
    "LEGAL",
    "MONO",
    "RIGHT",
    "SILENCE",
    "Channel",
    "Instrument",
    "Modulator",
    "Preset",
    "Zone",
    "read_soundfont",
    "write_soundfont",
]

SILENCE: Final = 46
"""Zero samples behind each sample."""
MONO, RIGHT, LEFT = 1, 2, 4  # sample types

KEY_RANGE, VELOCITY_RANGE = 43, 44
INSTRUMENT, SAMPLE = 41, 53

LEGAL: Final = {
    17: (-500, 500),  # pan, 0.1 %
    38: (-12_000, 8_000),  # release of the volume envelope, timecents
    INSTRUMENT: (0, 65_535),
    KEY_RANGE: (0, 127),
    VELOCITY_RANGE: (0, 127),
    SAMPLE: (0, 65_535),
    54: (0, 3),  # sample modes: 0 no loop, 1 loop, 3 loop while the key is down
    57: (1, 127),  # exclusive class
}
"""The generators that are written here, and what they may be."""

_MOST_BYTES: Final = 2 << 30
"""Readers count in signed 32 bits."""
_MOST_RECORDS: Final = 65_535
_LONGEST_TEXT: Final = 255
_CHUNK: Final = struct.Struct("<4sI")
_RECORDS: Final = {
    "phdr": struct.Struct("<20s3H3I"),
    "pbag": struct.Struct("<2H"),
    "pmod": struct.Struct("<2Hh2H"),
    "pgen": struct.Struct("<2H"),
    "inst": struct.Struct("<20sH"),
    "ibag": struct.Struct("<2H"),
    "imod": struct.Struct("<2Hh2H"),
    "igen": struct.Struct("<2H"),
    "shdr": struct.Struct("<20s5IBb2H"),
}


class Channel(NamedTuple):
    """One channel of a WAV file: a sample of the font."""

    path: Path
    channel: int
    samples: int
    name: str
    sample_rate: int
    key: int
    loop: tuple[int, int] | None
    """[first, stop)"""
    kind: int = MONO
    link: int = 0
    """The number of the other channel's sample."""


class Modulator(NamedTuple):
    """A modulator: source, destination generator, amount."""

    source: int
    destination: int
    amount: int
    amount_source: int = 0
    transform: int = 0


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A zone of an instrument or preset.

    generators: number and value, a range as (low, high), in the order they are written.
    """

    generators: Sequence[tuple[int, int | tuple[int, int]]]
    modulators: Sequence[Modulator] = ()


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """An instrument of the font: its name and its zones."""

    name: str
    zones: Sequence[Zone]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A preset that plays one instrument on all keys."""

    name: str
    bank: int
    number: int
    instrument: int


def write_soundfont(
    path: Path,
    info: Mapping[str, str],
    channels: Sequence[Channel],
    instruments: Sequence[Instrument],
    presets: Sequence[Preset],
    *,
    bits: int,
) -> None:
    """A .sf2 file; samples are read one by one from their WAV files.

    info: texts by their RIFF name. bits: 16 or 24. Raises ControlError when there is more than a
    font can hold, OSError as writing does.
    """
    records = _records(channels, instruments, presets)
    for name, rows in records.items():
        if len(rows) > _MOST_RECORDS:
            raise _too_much(f"{len(rows)} records ({name}) of {_MOST_RECORDS}")
    size = sum(c.samples + SILENCE for c in channels) * (2 if bits == 16 else 3)
    if size > _MOST_BYTES:
        raise _too_much(f"{size / 1e9:.1f} GB of {_MOST_BYTES / 1e9:.1f}")
    with path.open("wb") as file, _chunk(file, b"RIFF", b"sfbk"):
        with _chunk(file, b"LIST", b"INFO"):
            version = (2, 1) if bits == 16 else (2, 4)
            with _chunk(file, b"ifil"):
                file.write(struct.pack("<2H", *version))
            for name, text in {"isng": "EMU8000", **info}.items():
                with _chunk(file, name.encode()):
                    ended = _text(text, _LONGEST_TEXT) + b"\0"
                    file.write(ended + b"\0" * (len(ended) % 2))  # within the chunk, unlike RIFF's
        with _chunk(file, b"LIST", b"sdta"):
            with _chunk(file, b"smpl"):
                for channel in channels:
                    high = (_pcm(channel) >> 16).astype("<i2")
                    file.write(high.tobytes() + bytes(2 * SILENCE))
            if bits > 16:
                with _chunk(file, b"sm24"):
                    for channel in channels:
                        low = (_pcm(channel) >> 8 & 0xFF).astype(np.uint8)
                        file.write(low.tobytes() + bytes(SILENCE))
                    file.write(b"\0" * (sum(c.samples for c in channels) % 2))
        with _chunk(file, b"LIST", b"pdta"):
            for name, rows in records.items():
                with _chunk(file, name.encode()):
                    file.write(b"".join(_RECORDS[name].pack(*row) for row in rows))


def _too_much(what: str) -> ControlError:
    return ControlError(
        f"that is more than a SoundFont can hold ({what}); ask for fewer velocities or notes "
        "(`velocities`, `note_step`), or for 16 bits (`bits='16'`)"
    )


class _chunk:  # noqa: N801  a context manager that reads as a word
    """A chunk of a RIFF file; its length is written once it is known."""

    def __init__(self, file: BinaryIO, name: bytes, form: bytes = b"") -> None:
        self._file, self._head, self._form = file, name, form
        self._start = 0

    def __enter__(self) -> None:
        self._file.write(_CHUNK.pack(self._head, 0))
        self._start = self._file.tell()
        self._file.write(self._form)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            return
        end = self._file.tell()
        self._file.seek(self._start - 4)
        self._file.write(struct.pack("<I", end - self._start))
        self._file.seek(end)
        self._file.write(b"\0" * ((end - self._start) % 2))


def _text(text: str, longest: int) -> bytes:
    return text.encode("ascii", "replace")[:longest]


def _pcm(channel: Channel) -> NDArray[np.int32]:
    """[N], in the upper bits."""
    with channel.path.open("rb") as file:  # by its bytes: names need not be text
        audio = soundfile.read(file, dtype="int32", always_2d=True)[0]
    column: NDArray[np.int32] = audio[:, channel.channel]
    return column


_Rows = list[tuple[int | bytes, ...]]


def _records(
    channels: Sequence[Channel], instruments: Sequence[Instrument], presets: Sequence[Preset]
) -> dict[str, _Rows]:
    rows: dict[str, _Rows] = {name: [] for name in _RECORDS}
    for preset in presets:
        head = (_text(preset.name, 19), preset.number, preset.bank, len(rows["pbag"]), 0, 0, 0)
        rows["phdr"].append(head)
        _add_zone(rows, "p", Zone(generators=[(INSTRUMENT, preset.instrument)]))
    rows["phdr"].append((b"EOP", 0, 0, len(rows["pbag"]), 0, 0, 0))
    for instrument in instruments:
        rows["inst"].append((_text(instrument.name, 19), len(rows["ibag"])))
        for zone in instrument.zones:
            _add_zone(rows, "i", zone)
    rows["inst"].append((b"EOI", len(rows["ibag"])))
    for level in ("p", "i"):  # the zone, modulator and generator that end the last ones
        rows[f"{level}bag"].append((len(rows[f"{level}gen"]), len(rows[f"{level}mod"])))
        rows[f"{level}mod"].append((0, 0, 0, 0, 0))
        rows[f"{level}gen"].append((0, 0))
    start = 0
    for channel in channels:
        first, stop = channel.loop or (0, 0)
        end = start + channel.samples
        loop = (start + first, start + stop) if channel.loop else (start, end)
        where = (start, end, *loop, channel.sample_rate)
        what = (channel.key, 0, channel.link, channel.kind)
        rows["shdr"].append((_text(channel.name, 19), *where, *what))
        start = end + SILENCE
    rows["shdr"].append((b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0))
    return rows


def _add_zone(rows: dict[str, _Rows], level: str, zone: Zone) -> None:
    rows[f"{level}bag"].append((len(rows[f"{level}gen"]), len(rows[f"{level}mod"])))
    for number, value in zone.generators:
        rows[f"{level}gen"].append((number, _amount(value)))
    rows[f"{level}mod"].extend(tuple(modulator) for modulator in zone.modulators)


def _amount(value: int | tuple[int, int]) -> int:
    return value[0] | value[1] << 8 if isinstance(value, tuple) else value & 0xFFFF


def read_soundfont(path: Path) -> Iterator[tuple[str, bytes, bytes]]:
    """Each sample of a font: its name and its 16 upper and 8 lower bits, the latter if it has them.

    What a player relies on is checked on the way. Raises MessinaError where it is not so.
    """
    with path.open("rb") as file:
        places = _places(file, path.stat().st_size)
        rows = {
            name: list(record.iter_unpack(_at(file, places[name])))
            for name, record in _RECORDS.items()
        }
        _check_zones(rows, "phdr", "p", last=INSTRUMENT, count=len(rows["inst"]) - 1)
        _check_zones(rows, "inst", "i", last=SAMPLE, count=len(rows["shdr"]) - 1)
        whole = places["smpl"][1] // 2
        if "sm24" in places:
            _expect(places["sm24"][1] == whole + whole % 2, "not all samples have 24 bits")
        for name, start, end, first, stop, _, _, _, link, _ in rows["shdr"][:-1]:
            _expect(0 <= start <= first < stop <= end <= whole - SILENCE, "a sample is not in it")
            _expect(link < len(rows["shdr"]) - 1, "a channel is linked to none")
            high = _part(file, places["smpl"], start, end + SILENCE, 2)
            _expect(not any(high[-2 * SILENCE :]), "there is no silence behind a sample")
            low = _part(file, places["sm24"], start, end, 1) if "sm24" in places else b""
            yield name.split(b"\0")[0].decode(), high[: -2 * SILENCE], low


def _places(file: BinaryIO, size: int) -> dict[str, tuple[int, int]]:
    """Where the chunks within the lists are, and how long."""
    places: dict[str, tuple[int, int]] = {}
    head, length = _CHUNK.unpack(file.read(8))
    _expect((head, length, file.read(4)) == (b"RIFF", size - 8, b"sfbk"), "it is no SoundFont")
    while file.tell() < size:
        head, length = _CHUNK.unpack(file.read(8))
        _expect(head == b"LIST" and file.tell() + length <= size, "a list is not whole")
        end = file.tell() + length
        file.seek(4, 1)
        while file.tell() < end:
            name, length = _CHUNK.unpack(file.read(8))
            places[name.decode("ascii")] = (file.tell(), length)
            _expect(length % 2 == 0, f"{name!r} is of odd length")
            file.seek(length + length % 2, 1)
        _expect(file.tell() == end, "a list is not whole")
    missing = {"ifil", "isng", "INAM", "smpl", *_RECORDS} - set(places)
    _expect(not missing, f"{', '.join(sorted(missing))} is missing")
    return places


def _at(file: BinaryIO, place: tuple[int, int]) -> bytes:
    file.seek(place[0])
    return file.read(place[1])


def _part(file: BinaryIO, place: tuple[int, int], start: int, stop: int, width: int) -> bytes:
    return _at(file, (place[0] + width * start, width * (stop - start)))


def _check_zones(
    rows: Mapping[str, Sequence[tuple[int, ...]]], head: str, level: str, *, last: int, count: int
) -> None:
    """Runs rise, ranges come first, what is played last, and every value is a legal one."""
    bags, generators = rows[f"{level}bag"], rows[f"{level}gen"]
    where = 3 if head == "phdr" else 1
    starts = [row[where] for row in rows[head]]
    _expect(starts == sorted(starts) and starts[-1] == len(bags) - 1, "zones are not in order")
    runs = [bag[0] for bag in bags]
    _expect(runs == sorted(runs) and runs[-1] == len(generators) - 1, "runs are not in order")
    for i, start in enumerate(runs[:-1]):
        numbers = [number for number, _ in generators[start : runs[i + 1]]]
        _expect(last not in numbers[:-1], "something comes behind what is played")
        ranges = [n for n in numbers if n in (KEY_RANGE, VELOCITY_RANGE)]
        _expect(numbers[: len(ranges)] == sorted(ranges), "ranges do not come first")
        for number, amount in generators[start : runs[i + 1]]:
            low, high = LEGAL[number]
            if number in (KEY_RANGE, VELOCITY_RANGE):
                _expect(amount & 0xFF <= amount >> 8 <= high, "a range is upside down")
            else:
                signed = amount - 65_536 if low < 0 and amount > 32_767 else amount
                most = count - 1 if number == last else high
                _expect(low <= signed <= most, f"generator {number} is {signed}")


def _expect(so: bool, otherwise: str) -> None:
    if not so:
        raise MessinaError(otherwise)
