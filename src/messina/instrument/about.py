"""Words about an instrument: provenance and licence of its sounds.

It lies in the header of a `.messina` file beside what the program wrote, outside of the digest, so
that it can be changed without another file being another instrument.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from messina.errors import InstrumentError
from messina.instrument.container import KEY, LARGEST_HEADER, METADATA

__all__ = ["LONGEST", "About", "read_about", "with_about"]

LONGEST: Final = 2_000
"""Characters of each text."""

_ABOUT: Final = "about"
_Text = Annotated[str, msgspec.Meta(max_length=LONGEST)]


class About(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person says of an instrument: provenance of its sounds, and their licence."""

    name: _Text = ""
    origin: _Text = ""
    """Where the sounds came from."""
    license: _Text = ""


def read_about(data: bytes) -> About:
    """The words about an instrument in a file's bytes. Raises InstrumentError where it is none."""
    envelope = _envelope(_header(data))
    try:
        return msgspec.convert(envelope.get(_ABOUT, {}), About)
    except msgspec.ValidationError:
        return About()  # another program's, or nonsense: the instrument plays all the same


def with_about(data: bytes, about: About) -> bytes:
    """An instrument file's bytes with other words about it.

    Raises InstrumentError where it is none.
    """
    header = _header(data)
    envelope = _envelope(header)
    envelope[_ABOUT] = msgspec.to_builtins(about)
    header[METADATA] = {**header[METADATA], KEY: msgspec.json.encode(envelope).decode()}
    text = msgspec.json.encode(header)
    text += b" " * (-len(text) % 8)  # what follows stays aligned
    if len(text) > LARGEST_HEADER:
        raise InstrumentError("there is no room for that much text in the file")
    return len(text).to_bytes(8, "little") + text + data[8 + _length(data) :]


def _length(data: bytes) -> int:
    return int.from_bytes(data[:8], "little")


def _header(data: bytes) -> dict[str, dict[str, object]]:
    length = _length(data)
    if length > LARGEST_HEADER or len(data) < 8 + length:
        raise InstrumentError("not an instrument file, or cut short")
    try:
        return msgspec.json.decode(data[8 : 8 + length], type=dict[str, dict[str, object]])
    except (msgspec.DecodeError, RecursionError):
        raise InstrumentError("not an instrument file, or a damaged one") from None


def _envelope(header: dict[str, dict[str, object]]) -> dict[str, object]:
    text = header.get(METADATA, {}).get(KEY)
    try:
        return msgspec.json.decode(str(text), type=dict[str, object])
    except (msgspec.DecodeError, RecursionError):
        raise InstrumentError("not an instrument file, or a damaged one") from None
