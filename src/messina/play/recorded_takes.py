"""Takes that are recorded in the page: what an instrument is to play of them.

A take is a short WAV file from the page, held in memory, listened to and forgotten. One is listened
to at a time; whoever comes meanwhile is told to try again.
"""

from __future__ import annotations

import hmac
import io
import secrets
import threading
from typing import TYPE_CHECKING, Any, Final

from messina.errors import ControlError, MessinaError, SoundError

if TYPE_CHECKING:
    from messina.instrument import Instrument

__all__ = ["KEY_HEADER", "LARGEST_TAKE", "LONGEST_TAKE_S", "TAKE_ROUTE", "BusyError", "Takes"]

TAKE_ROUTE: Final = "/take"
"""Where the page sends them, ?instrument= the route of who is to play."""

LONGEST_TAKE_S: Final = 60.0
LARGEST_TAKE: Final = 12 << 20
"""Bytes: a minute of stereo of 16 bits at 48 kHz, or of mono of 24."""
KEY_HEADER: Final = "X-Messina-Take"

_RATES: Final = (8_000, 192_000)


class BusyError(MessinaError):
    """Another take is being transcribed."""


class Takes:
    """Transcribes recorded takes for pages that know the token."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(18)
        self._listening = threading.Lock()
        self._instrument: tuple[bytes, Instrument] | None = None

    def knows(self, token: str) -> bool:
        """Whether this is the token."""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode())

    def heard(self, data: bytes, instrument: bytes) -> dict[str, Any]:
        """Transcribes a take in a WAV file, for an instrument in the bytes of its file.

        Returns:
            What `messina perform --json` says of it, and its sentences.

        Raises:
            BusyError: Another one is being transcribed.
            MessinaError: It is no take, or nothing in it can be played.
        """
        if not self._listening.acquire(blocking=False):
            raise BusyError("another take is being listened to; try again in a moment")
        try:
            return self._heard(data, instrument)
        finally:
            self._listening.release()

    def _heard(self, data: bytes, instrument: bytes) -> dict[str, Any]:
        from messina.transcription.take import transcribe

        audio = _audio(data)
        found = transcribe(audio, self._opened(instrument))
        said = [line.strip() for line in found.sentences() if "--cast" not in line]
        return {**found.as_json(), "tune": found.is_tune, "sentences": said}

    def _opened(self, data: bytes) -> Instrument:
        from messina.instrument import Instrument
        from messina.instrument.file import decode_file

        if self._instrument is None or self._instrument[0] is not data:
            self._instrument = (data, Instrument(*decode_file(data)))
        return self._instrument[1]


def _audio(data: bytes) -> Any:
    """The take as audio [N, C] at 44.1 kHz. Raises MessinaError."""
    import soundfile

    from messina.corpus.reading import prepare

    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise SoundError("the take is no WAV file; send one")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate, channels, frames = file.samplerate, file.channels, file.frames
            if not _RATES[0] <= rate <= _RATES[1] or channels > 2:
                raise SoundError(
                    f"the take has {channels} channels at {rate} Hz; "
                    f"allowed are 1 or 2 at {_RATES[0]} to {_RATES[1]} Hz"
                )
            if frames > LONGEST_TAKE_S * rate:
                raise ControlError(
                    f"the take is {frames / rate:.0f} s long; {LONGEST_TAKE_S:.0f} s are allowed"
                )
            audio = file.read(dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        raise SoundError("the take is damaged") from error
    try:
        return prepare(audio, sample_rate=rate)
    except SoundError as error:
        raise SoundError(f"the take cannot be used: {error}") from None
