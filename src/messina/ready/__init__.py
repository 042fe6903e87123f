"""Ready-made instruments: to be played before anything is learnt.

They were learnt by scripts/ready-made: most from procedural sounds, made from nothing, two from
recordings whose licences allow that (CC0, MIT; FluidR3-LICENSE.txt is that of the second). No
recording is in them. SHA256SUMS says which files that gave.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messina.errors import MessinaError
from messina.text import did_you_mean

__all__ = ["LICENSE", "READY", "ReadyMade", "ready_made"]

LICENSE: Final = "MIT, like Messina itself; what you play is yours"


@dataclass(frozen=True, kw_only=True)
class ReadyMade:
    """One instrument that comes with the program."""

    name: str
    about: str
    """What it plays."""
    origin: str
    """What it was learnt from."""
    license: str = LICENSE

    @property
    def path(self) -> Path:
        """Where its file lies."""
        return Path(__file__).with_name(f"{self.name}.messina")


READY: Final = {
    each.name: each
    for each in (
        ReadyMade(
            name="drums",
            about="kick, snare, tom, hats, clap",
            origin="90 hits of six drums made from nothing: sines, modes and noise",
        ),
        ReadyMade(
            name="mallets",
            about="marimba and kalimba",
            origin="58 notes of struck bars and tines made from nothing: modes that ring out",
        ),
        ReadyMade(
            name="plucks",
            about="sine, saw, square and FM tones that ring out",
            origin="54 plucked waveforms made from nothing: harmonics and two FM operators",
        ),
        ReadyMade(
            name="organ",
            about="pipes that sound for as long as the key is down",
            origin="54 held notes of two stops made from nothing: harmonics that rise one by one, "
            "and breath",
        ),
        ReadyMade(
            name="tabla",
            about="ghe, ke, na, tun and other strokes of a tabla",
            origin="26 strokes of a tabla, recorded by dio_333 (freesound.org), as they come with "
            "Sonic Pi",
            license="CC0, like the recordings; what you play is yours",
        ),
        ReadyMade(
            name="vibes",
            about="vibraphone",
            origin="39 notes of the vibraphone of the FluidR3 GM SoundFont by Frank Wen",
            license="MIT, as FluidR3 is, copyright 2000-2002, 2008 Frank Wen; what you play is "
            "yours",
        ),
    )
}


def ready_made(name: str) -> ReadyMade:
    """The ready-made instrument of this name. Raises MessinaError, naming those that there are."""
    if name in READY:
        return READY[name]
    raise MessinaError(
        f"no ready-made instrument is called {name}; {did_you_mean(name, READY)}"
        f"there are {', '.join(READY)}"
    )
