"""What a corpus is made of: sounds that are used, and files that are not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import Steady, reference_of
from messina.frames.stereo import is_one_channel
from messina.units import SAMPLE_RATE

__all__ = ["Array", "DescribedSound", "LeftOut", "Sound", "content_digest"]

Array = NDArray[np.float32]


class DescribedSound(Protocol):
    """Everything known of a sound but its audio; a `Sound` is one that has it."""

    @property
    def name(self) -> str:
        """Path within its folder, with '/'."""

    @property
    def label(self) -> str:
        """The kind of sound."""

    @property
    def note(self) -> float | None:
        """MIDI note, fractions are cents; None without a pitch."""

    @property
    def velocity(self) -> float | None:
        """How hard it was struck, 1 … 127; None where that is not known."""

    @property
    def pitch_hz(self) -> float | None:
        """Measured pitch in Hz, if any."""

    @property
    def loudness_db(self) -> float:
        """RMS of its loudest 50 ms, dBFS."""

    @property
    def brightness_hz(self) -> float:
        """Energy-weighted geometric mean frequency, in Hz."""

    @property
    def decay_s(self) -> float:
        """Seconds from its peak to 40 dB below it."""

    @property
    def held_out(self) -> bool:
        """Whether it is kept away from learning."""

    @property
    def steady(self) -> Steady | None:
        """Its steady part, where it is sustained."""

    @property
    def digest(self) -> str:
        """Hash of its samples."""

    @property
    def take(self) -> str:
        """Name of the first of its near-duplicates."""

    @property
    def source(self) -> str:
        """Where label, note and velocity come from, in words."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a user should know of it."""

    @property
    def length_s(self) -> float:
        """Length in seconds."""

    @property
    def one_channel(self) -> bool:
        """Whether its channels are alike."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sound:
    """One one-shot, ready for analysis: onset at sample 0, end trimmed, its true level kept."""

    name: str
    """Path relative to the folder, with '/'; a slice of a long recording is `take1.wav#003`."""
    audio: Array  # [N, C], C is 1 or 2, 44.1 kHz
    """[N, C], C is 1 or 2, float32 at 44.1 kHz."""
    label: str
    """What the names call it: snare, marimba …; never empty."""
    note: float | None
    """MIDI note number: whole where a name says it, fractional where measured; None: no pitch."""
    velocity: float | None
    """1 … 127 where a name says it."""
    pitch_hz: float | None
    """Measured pitch; may be known where `note` is not, and the other way round."""
    loudness_db: float
    """RMS of the loudest 50 ms, dBFS."""
    brightness_hz: float
    """Energy-weighted geometric mean of the frequency."""
    decay_s: float
    """Time from the peak to 40 dB below it."""
    held_out: bool
    """Kept away from learning, to measure on."""
    steady: Steady | None = None
    """What of it goes on while its key is down, where it is sustained."""
    digest: str
    """Hash of the audio, hexadecimal."""
    take: str = ""
    """The same for all sounds that are one take at different gains: the digest of one of them."""
    source: str = ""
    """Where label, note and velocity come from, and how sure the note is."""
    remarks: tuple[str, ...] = ()
    """What was done to it that the user should know: `cut to 12 s` …"""

    @property
    def length_s(self) -> float:
        """Its length in seconds."""
        return len(self.audio) / SAMPLE_RATE

    @property
    def one_channel(self) -> bool:
        """Whether there is next to nothing to either side of the middle."""
        return is_one_channel(self.audio)

    @property
    def reference_hz(self) -> float:
        """Pitch in Hz that its frames' bands are laid out for.

        Its note's, or REFERENCE_HZ without one.
        """
        return reference_of(self.note)


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """One file, or a slice of one, that is not used, and why."""

    name: str
    """Path relative to the folder, with '/'."""
    reason: str
    """A sentence for whoever gave it."""


def content_digest(audio: Array) -> str:
    """Hash of the samples and the number of channels, 32 hexadecimal digits.

    >>> content_digest(np.zeros((4, 1), np.float32)) == content_digest(np.zeros((4, 2), np.float32))
    False
    """
    digest = hashlib.blake2b(str(audio.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(audio, np.float32).data)
    return digest.hexdigest()
