"""The sound card and the MIDI ports of this machine (extra `live`).

The two libraries are loaded here alone, when asked for, so that everything else can be tried with
devices of one's own. Ports are opened by rtmidi2, not by mido: that would take python-rtmidi, which
has no wheels for Python 3.13 and 3.14.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from messina.errors import MessinaError
from messina.units import SAMPLE_RATE

__all__ = ["MidiInput", "describe_devices", "open_midi", "open_output"]

Mix: TypeAlias = Callable[[NDArray[np.float32]], None]
Receive: TypeAlias = Callable[[Sequence[int]], None]

_INSTALL: Final = "pip install 'messina[live]'"


class MidiInput(Protocol):
    """An open port, or all of them."""

    @property
    def names(self) -> Sequence[str]:
        """Names of the ports."""

    def close(self) -> None:
        """Closes the ports."""


def open_output(
    mix: Mix, *, device: str | None, block: int
) -> tuple[AbstractContextManager[Any], float]:
    """Opens a sound card: a stream that calls `mix` while it is entered, and its latency in s.

    device: part of the name of a sound card. Raises MessinaError.
    """
    sounddevice = _sounddevice()

    def callback(out: NDArray[np.float32], _frames: int, _time: Any, _status: Any) -> None:
        mix(out)

    try:
        stream = sounddevice.OutputStream(
            samplerate=SAMPLE_RATE,
            blocksize=block,
            device=device,
            channels=2,
            dtype="float32",
            latency="low",
            callback=callback,
        )
    except (sounddevice.PortAudioError, ValueError) as error:
        wanted = f"the sound card '{device}'" if device else "a sound card"
        raise MessinaError(
            f"{wanted} could not be opened ({_first_line(error)}); `messina live --list` names "
            "those there are, `messina play` makes sound in the browser"
        ) from None
    return stream, float(stream.latency)


def open_midi(receive: Receive, *, port: str | None) -> MidiInput:
    """Opens the port whose name has `port` in it, or all; `receive` gets each message's bytes.

    Raises MessinaError.
    """
    rtmidi2 = _rtmidi2()
    names = _ports(rtmidi2)
    chosen = [name for name in names if port is None or port.lower() in name.lower()]
    if not chosen:
        there = f"there are {', '.join(names)}" if names else "none is connected"
        wanted = f"MIDI port '{port}'" if port else "MIDI port"
        raise MessinaError(f"no {wanted}: {there}")
    return _RtMidi(rtmidi2, chosen, names, receive)


class _RtMidi:
    def __init__(
        self, rtmidi2: Any, chosen: Sequence[str], names: Sequence[str], receive: Receive
    ) -> None:
        self.names = chosen
        self._ports = []
        for name in chosen:
            midi = rtmidi2.MidiIn()
            midi.open_port(names.index(name))
            midi.callback = lambda message, _time: receive(message)
            self._ports.append(midi)

    def close(self) -> None:
        for midi in self._ports:
            midi.close_port()


def describe_devices() -> list[str]:
    """A line for each sound card and each MIDI port."""
    sounddevice = _sounddevice()
    cards = [d["name"] for d in sounddevice.query_devices() if d["max_output_channels"] >= 2]
    ports = _ports(_rtmidi2())
    return [
        *(f"sound card: {name}" for name in cards or ["none"]),
        *(f"MIDI port: {name}" for name in ports or ["none"]),
    ]


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ModuleNotFoundError:
        raise MessinaError(f"playing live needs sounddevice: {_INSTALL}") from None
    except OSError:
        raise MessinaError(
            "the library PortAudio is missing; on Debian and Ubuntu: apt install libportaudio2"
        ) from None
    return sounddevice


def _rtmidi2() -> Any:
    try:
        import rtmidi2
    except ModuleNotFoundError:
        raise MessinaError(f"playing live needs rtmidi2: {_INSTALL}") from None
    return rtmidi2


def _ports(rtmidi2: Any) -> list[str]:
    """Names of the MIDI inputs; none where the system has no MIDI."""
    try:
        return list(rtmidi2.get_in_ports())
    except RuntimeError:
        return []


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(" [")[0]
