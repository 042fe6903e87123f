"""What an instrument can be exported as: one table for the command line, the studio and the packs.

Plain facts that load nothing, for menus and helps are made of them; `messina.export` does the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["TARGETS", "Target", "named_targets"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A format of `messina export --to`."""

    name: str
    shown: str
    """What it is called on a button."""
    does: str
    """A line of the help: what comes of it, and who plays that."""
    opens: str
    """What to do with it, once it is written."""
    kind: Literal["pack", "model", "page"]
    """Finished sounds, the instrument itself for other programs, or a page that plays it."""
    suffix: str = ""
    """Of the one file it is; empty for a folder."""
    license_place: bool = False
    """Whether it can say what others may do with it."""
    extra: str = ""
    """What to install for it."""


TARGETS: Final = {
    target.name: target
    for target in (
        Target(
            name="sfz",
            shown="SFZ",
            does="a folder for sfizz, Sforzando, ARIA and other SFZ players",
            opens="load an .sfz file of it into an SFZ player",
            kind="pack",
        ),
        Target(
            name="decent",
            shown="DecentSampler",
            does="a folder for DecentSampler",
            opens="load a .dspreset file of it in DecentSampler",
            kind="pack",
        ),
        Target(
            name="sf2",
            shown="SoundFont 2",
            does="a .sf2 for FluidSynth, MuseScore, Logic and most samplers",
            opens="load it into a SoundFont player, such as FluidSynth or MuseScore",
            kind="pack",
            suffix=".sf2",
            license_place=True,
        ),
        Target(
            name="ableton",
            shown="Ableton Live",
            does="a folder with a Drum Rack and Sampler presets for Live 12",
            opens="drag it into Live's browser, under Places, and open an .adg preset of it there",
            kind="pack",
        ),
        Target(
            name="bitwig",
            shown="Bitwig",
            does="a folder of .multisample files for Bitwig Studio and Studio One",
            opens="load a .multisample file of it in Bitwig's Sampler",
            kind="pack",
            license_place=True,
        ),
        Target(
            name="mpc",
            shown="MPC",
            does="a folder with drum and keygroup programs (.xpm) for Akai MPCs",
            opens="copy it to the MPC and load an .xpm program of it",
            kind="pack",
        ),
        Target(
            name="hydrogen",
            shown="Hydrogen",
            does="a .h2drumkit for the drum machine Hydrogen",
            opens="import it in Hydrogen as a drum kit",
            kind="pack",
            suffix=".h2drumkit",
            license_place=True,
        ),
        Target(
            name="wav",
            shown="WAV files",
            does="a folder of WAV files with a table",
            opens="drag its files to where you want them; sounds.csv says what each is",
            kind="pack",
        ),
        Target(
            name="web",
            shown="Page in one file",
            does="a page in one .html file",
            opens="open it in a browser; it needs no network",
            kind="page",
            suffix=".html",
        ),
        Target(
            name="onnx",
            shown="ONNX models",
            does="a folder of ONNX models, played block by block by your own program",
            opens="its README.txt says how the models go together",
            kind="model",
            extra="train,onnx",
        ),
        Target(
            name="nn",
            shown="nn~ for Max and Pd",
            does="a .ts file for nn~ in Max and Pd",
            opens="put it where Max or Pd looks for files, and name it in an nn~ object",
            kind="model",
            suffix=".ts",
            extra="train",
        ),
    )
}


def named_targets(kind: Literal["pack", "model", "page"]) -> tuple[str, ...]:
    """The names of all targets of a kind.

    >>> named_targets("page")
    ('web',)
    """
    return tuple(target.name for target in TARGETS.values() if target.kind == kind)
