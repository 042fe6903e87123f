"""Recipes in the WAV files that verbs write, and `render --recipe`, which follows one again."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from messina.cli.parsing import UsageError
from messina.errors import MessinaError, SoundError
from messina.ranges import RANGES

if TYPE_CHECKING:
    from messina.instrument.page_sound import Shape
    from messina.recipe import Asked, Ingredient, Recipe

__all__ = [
    "follow",
    "info_of",
    "ingredient",
    "ingredients",
    "instrument_digest",
    "known_recipe",
    "shape_of",
]

_TEXTS: Final = ("label",)
_NUMBERS: Final = (*RANGES, "duration")
_LISTS: Final = ("at",)
_PAGE_NAMES: Final = {"tune": "tune_semitones", "level": "level_db"}
_OF_THE_PAGE: Final = frozenset(
    ("note", "velocity", "brightness", "decay", "attack", "tune", "width", "level")
)
_FILES: Final = {
    "like": "--like",
    "morph": "--morph",
    "prime": "--from",
    "groove": "--groove",
    "band": "--with",
}
"""Options of render that name files, by what the parser calls them."""


def info_of(
    arguments: argparse.Namespace,
    *,
    by: Literal["render", "perform", "resynth"],
    digest: str,
    seed: int,
    asked: Mapping[str, Any],
    made_from: Mapping[str, Sequence[Ingredient]] | None = None,
) -> dict[str, str]:
    """The texts of a file that a verb writes: its recipe.

    asked: values of controls by name; those that are None are left out.
    """
    import messina
    from messina.recipe import COMMENT, Recipe, comment_of

    recipe = Recipe(
        recipe=1,
        by=by,
        program=messina.__version__,
        instrument=_name(arguments.instrument),
        digest=digest,
        seed=seed,
        asked={name: _plain(value) for name, value in asked.items() if value is not None},
        made_from={name: list(files) for name, files in (made_from or {}).items() if files},
        rate=arguments.rate,
        format=arguments.format,
    )
    return {COMMENT: comment_of(recipe)}


def _plain(value: Any) -> Asked:
    plain: Asked = [float(each) for each in value] if isinstance(value, tuple) else value
    return plain


def _name(path: Path) -> str:
    from messina.text import printable

    return printable(path.stem)


def ingredient(path: Path, *, said: str = "") -> Ingredient:
    """Name and digest of a file that a sound is made from. said: what stands before its name."""
    from messina.recipe import Ingredient
    from messina.text import printable

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Ingredient(name=printable(f"{said}{path.name}"), digest=digest)


def ingredients(arguments: argparse.Namespace) -> dict[str, list[Ingredient]]:
    """The files that render was given beside the instrument, by option."""
    given: dict[str, list[Ingredient]] = {}
    for name, option in _FILES.items():
        value = getattr(arguments, name)
        if value is None:
            continue
        if name == "band":
            given[option] = [_of_band(words) for words in value]
        else:
            given[option] = [ingredient(path) for path in _paths(value)]
    return given


def _of_band(words: str) -> Ingredient:
    part, equals, path = words.rpartition("=")
    return ingredient(Path(path), said=part + equals)


def _paths(value: Path | list[Path]) -> list[Path]:
    return value if isinstance(value, list) else [value]


def instrument_digest(path: Path) -> str:
    """The digest of what an instrument's file holds. Raises InstrumentError."""
    from messina.instrument.container import contents_digest

    return contents_digest(_as_now(path))


def _is_of(recipe: Recipe, path: Path) -> bool:
    """Whether a sound was made with an instrument; older recipes know its whole file alone."""
    from messina.instrument.container import contents_digest

    data = _as_now(path)
    return recipe.digest in (contents_digest(data), hashlib.sha256(data).hexdigest())


def _as_now(path: Path) -> bytes:
    """An instrument's file as this version has it. Raises InstrumentError."""
    from messina.instrument.container import FORMAT_VERSION, decode_parts, read_bytes

    data = read_bytes(path)
    if any(part.version != FORMAT_VERSION for part in decode_parts(data).values()):
        from messina.play.catalogue import as_the_page_reads

        data = as_the_page_reads(data)
    return data


def known_recipe(path: Path) -> Recipe:
    """The recipe in a file. Raises SoundError, which names the file, where there is none."""
    from messina.recipe import recipe_in

    try:
        recipe = recipe_in(path)
    except SoundError as error:
        raise SoundError(f"{path}: {error}") from None
    if recipe is None:
        raise SoundError(
            f"{path}: there is no recipe in it; the WAV files that Messina writes have one"
        )
    return recipe


def follow(arguments: argparse.Namespace, option_strings: Iterable[str]) -> Recipe:
    """Sets all arguments as the recipe of `--recipe` has them, and returns it.

    Of a sound of the page only what files are like: `shape_of` says the rest. option_strings: what
    else the command line has of sounds and pieces. Raises MessinaError where the recipe is for
    another instrument or file, or cannot be followed here.
    """
    path: Path = arguments.recipe
    others = set(option_strings) - set(_FILES.values())
    others |= {
        f"--{name}"
        for name, first in (("seed", 0), ("wildness", 1.0), ("rate", 44_100), ("format", "24"))
        if getattr(arguments, name) != first
    }
    if others:
        raise UsageError(f"--recipe says how it is made; leave out {', '.join(sorted(others))}")
    recipe = known_recipe(path)
    _check_maker(recipe, arguments)
    _check_files(recipe, arguments)
    arguments.seed, arguments.rate, arguments.format = recipe.seed, recipe.rate, recipe.format
    if recipe.by != "page":
        for name, value in recipe.asked.items():
            setattr(arguments, name, _checked(path, name, value))
    return recipe


def shape_of(recipe: Recipe, path: Path) -> Shape:
    """What the page did to the sound of a file. Raises SoundError for what it does not do."""
    from messina.instrument.page_sound import Shape

    given: dict[str, float] = {}
    for name, value in recipe.asked.items():
        low, high = RANGES.get(_PAGE_NAMES.get(name, name), (0.0, -1.0))
        if value is None or (name in _TEXTS and isinstance(value, str)):
            continue
        if name == "wildness" and value == 0:
            continue
        if name not in _OF_THE_PAGE or not isinstance(value, int | float):
            raise _unknown(path, name)
        if not low <= value <= high:
            raise _unknown(path, name)
        given[name] = float(value)
    return Shape(**given)


def _check_maker(recipe: Recipe, arguments: argparse.Namespace) -> None:
    path, instrument = arguments.recipe, arguments.instrument
    if recipe.by == "page" and recipe.sound is None:
        raise MessinaError(_not_whole(recipe, path))
    if recipe.by not in ("render", "pack", "page"):
        raise MessinaError(
            f"{path} was made by `messina {recipe.by}`; --recipe is for what render made"
        )
    if not _is_of(recipe, instrument):
        raise MessinaError(
            f"{path} was made with {recipe.instrument}, and {instrument} is another instrument, "
            "or another version of it"
        )


def _not_whole(recipe: Recipe, path: Path) -> str:
    """Why what the page recorded is not made again, and what is known of it."""
    from messina.text import counted

    if not recipe.notes:
        return (
            f"{path} was made in the page of more than one sound; --recipe makes single ones again"
        )
    which = "its notes" if len(recipe.played) == recipe.notes else "the first of its notes"
    return (
        f"{path} is a recording of {counted(recipe.notes, 'note')} in the page. Its recipe holds "
        f"when {which} were struck, how hard and with which seeds, but not how they were bent, "
        "pressed and shaped, so it is not made again; "
        f"`messina info {path} --json` tells what it holds"
    )


def _check_files(recipe: Recipe, arguments: argparse.Namespace) -> None:
    """The files it was made from have to be given again, the same ones."""
    given = ingredients(arguments)
    for option, files in recipe.made_from.items():
        names = " ".join(file.name for file in files)
        if option not in given:
            raise UsageError(f"{arguments.recipe} was made from {names}; add {option} {names}")
        if [file.digest for file in given[option]] != [file.digest for file in files]:
            raise MessinaError(f"{option}: these are not the same files as {names}")
    for option in given.keys() - recipe.made_from.keys():
        raise UsageError(f"--recipe says how it is made; leave out {option}")


def _checked(path: Path, name: str, value: Asked) -> Any:
    """The value of a control as the parser would have it. Raises SoundError."""
    if name in _TEXTS and isinstance(value, str):
        return value
    if name in _NUMBERS and isinstance(value, int | float):
        return float(value)
    if name in _LISTS and isinstance(value, list):
        return tuple(value)
    raise _unknown(path, name)


def _unknown(path: Path, name: str) -> SoundError:
    return SoundError(
        f"{path}: its recipe cannot be used: it asks for {name!r} in a way unknown here"
    )
