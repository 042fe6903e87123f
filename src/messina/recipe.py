"""The recipe of a sound, kept in the very file: which instrument made it, and how.

It stands as JSON at the end of the file's comment (RIFF LIST INFO, ICMT). With the same instrument,
version and controls the same sound comes out, sample for sample. A file may come from anywhere: a
recipe has bounds, and is never more than numbers and names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from messina.errors import SoundError
from messina.riff import info_in
from messina.text import counted, printable

__all__ = [
    "COMMENT",
    "LONGEST",
    "MOST_PLAYED",
    "WORD",
    "Asked",
    "Ingredient",
    "Point",
    "Recipe",
    "comment_of",
    "described",
    "recipe_in",
]

COMMENT: Final = "ICMT"
"""Where in LIST INFO it stands."""

WORD: Final = "Messina recipe "
LONGEST: Final = 32_768  # characters
MOST_PLAYED: Final = 500  # notes of a recording that are told

Text: TypeAlias = Annotated[str, Meta(max_length=200)]
Number: TypeAlias = Annotated[float, Meta(ge=-1e6, le=1e6)]
Level: TypeAlias = Annotated[float, Meta(ge=-250.0, le=60.0)]
Positive: TypeAlias = Annotated[float, Meta(ge=1e-6, le=1e6)]
Digest: TypeAlias = Annotated[str, Meta(min_length=64, max_length=64)]
Contents: TypeAlias = Annotated[str, Meta(min_length=32, max_length=64)]
Index: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
Asked: TypeAlias = Number | Text | Annotated[list[Number], Meta(max_length=4)] | None
"""What a control was set to."""
Seconds: TypeAlias = Annotated[float, Meta(ge=0.0, le=86_400.0)]
Seed: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Hit: TypeAlias = tuple[Seconds, Seconds | None, Index, Number | None, Number | None, Seed]
"""A note of a recording: when it begins and ends, its label, note, velocity and seed; None: it ends
by itself, has no pitch, is as hard as it was learnt."""


class Ingredient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that a sound was made from, beside the instrument."""

    name: Text
    digest: Digest


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A point among an instrument's sounds, as the page has it (engine/index.js, Sound)."""

    z: Annotated[list[Number], Meta(max_length=512)]
    label: Index
    note: Number | None
    loudness: Level
    brightness: Positive
    decay: Positive
    gain: Level | None = None
    length: Positive | None = None
    higher: Number | None = None
    tilt: Number | None = None
    model: Index | None = None
    labels: Annotated[list[tuple[Index, Number]], Meta(max_length=64)] | None = None


class Recipe(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Everything needed to make a file again."""

    recipe: Literal[1]
    """The version of this form."""
    by: Literal["render", "perform", "resynth", "page", "pack"]
    program: Annotated[str, Meta(max_length=40)] = ""
    """The version of Messina, where it is known: the page does not say."""
    instrument: Text
    digest: Contents
    """Of what the instrument's file holds, but for the words of people about it; 64 characters are
    of an older recipe, SHA-256 of the whole file."""
    seed: Seed
    asked: Annotated[dict[Text, Asked], Meta(max_length=32)]
    """Controls by name; what is left out is as it is first."""
    made_from: Annotated[dict[Text, list[Ingredient]], Meta(max_length=8)] = {}
    """Other files, by the option they were given with."""
    rate: Literal[44_100, 48_000] = 44_100
    format: Literal["16", "24", "float"] = "24"
    sound: Point | None = None
    """Of the page."""
    played: Annotated[list[Hit], Meta(max_length=MOST_PLAYED)] = []
    """The first notes of a recording, or of a stem of one …"""
    notes: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """… and how many there were. How they were bent, pressed and shaped is not told."""


def comment_of(recipe: Recipe, *, before: str = "") -> str:
    """The comment a file has, with words for people before it."""
    return f"{before}{WORD}{msgspec.json.encode(recipe).decode()}"


def recipe_in(path: Path) -> Recipe | None:
    """The recipe in a WAV file; None: it has none.

    Raises SoundError for one that cannot be used, OSError as reading does.
    """
    if path.exists() and not path.is_file():
        raise SoundError("not a file (a folder, a device or a pipe)")
    _, found, text = info_in(path).get(COMMENT, "").partition(WORD)
    if not found:
        return None
    if len(text) > LONGEST:
        raise SoundError(f"its recipe has {len(text)} characters; {LONGEST} are allowed")
    try:
        return msgspec.json.decode(text.encode(), type=Recipe)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SoundError(f"its recipe cannot be used: {printable(str(error))}") from None


def described(recipe: Recipe) -> list[str]:
    """A recipe in lines of text, for people."""
    asked = _listed({name: value for name, value in recipe.asked.items() if value is not None})
    version = f" (Messina {printable(recipe.program)})" if recipe.program else ""
    return [
        f"made by {recipe.by} with {printable(recipe.instrument)}{version}",
        f"seed {recipe.seed}" + (f", {asked}" if asked else ""),
        *(
            f"{printable(option)}: {', '.join(printable(one.name) for one in files)}"
            for option, files in recipe.made_from.items()
        ),
        *(
            [f"recording of {counted(recipe.notes, 'note')}{_beginning(recipe)}"]
            * bool(recipe.notes)
        ),
        f"instrument {recipe.digest}",
    ]


def _beginning(recipe: Recipe) -> str:
    kept = len(recipe.played)
    return "" if kept == recipe.notes else f", of which the first {kept} are told"


def _listed(asked: Mapping[str, Asked]) -> str:
    return ", ".join(f"{printable(name)} {_said(value)}" for name, value in asked.items())


def _said(value: Asked) -> str:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return " ".join(f"{number:g}" for number in value)
    return f"{value:g}"
