"""What is given to public functions is held against their annotations, and told in a sentence.

Types alone are looked at here; whether a value is in its range its function knows. Two things are
taken for what they mean: text where a path is wanted, and 44100.0 where a whole number is.
"""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    ParamSpec,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["checked"]

P = ParamSpec("P")
R = TypeVar("R")

_SCALARS: Final[dict[Any, tuple[str, tuple[type, ...]]]] = {
    float: ("a number", (int, float, np.integer, np.floating)),
    int: ("a whole number", (int, np.integer)),
    bool: ("True or False", (bool, np.bool_)),
    str: ("text", (str,)),
    NoneType: ("None", (NoneType,)),
}
_MADE_BY: Final = {
    "Corpus": "messina.Corpus.from_folder(path)",
    "LibraryIndex": "messina.LibraryIndex.load(path)",
    "Instrument": "messina.Instrument.load(path)",
    "Sequence": "messina.Sequence.load(path)",
    "Recordings": "messina.read_recordings(path)",
    "Encoding": "encode of the instrument",
}
"""What makes an argument of those that are no plain values."""
_LONGEST: Final = 40


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Decorates a function to raise TypeError, with a sentence, for arguments of other types."""
    signature = inspect.signature(function)
    known: dict[str, Any] = {}

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # says which are missing or unknown
        if not known:
            known.update(_hints(function))
        for name, value in bound.arguments.items():
            if name in known:
                bound.arguments[name] = _taken(name, value, known[name])
        return function(*bound.args, **bound.kwargs)

    return called


class _Unknown:
    """An annotation whose name is imported for type checkers alone: anything will do."""

    def __class_getitem__(cls, item: object) -> type[_Unknown]:
        return cls


class _Names(dict[str, Any]):
    def __missing__(self, name: str) -> type[_Unknown]:
        return _Unknown


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Annotations by parameter, but for those that take any number of arguments."""
    parameters = inspect.signature(function).parameters.values()
    several = {p.name for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    names = _Names({**vars(builtins), **function.__globals__})
    hints = get_type_hints(function, localns=names)
    return {name: hint for name, hint in hints.items() if name not in {*several, "return"}}


def _taken(name: str, value: Any, hint: Any) -> Any:
    """The value as the function wants it. Raises TypeError for another type."""
    if _fits(value, hint):
        return value
    choices = _choices(hint)
    if Path in choices and isinstance(value, str):
        return Path(value)
    if int in choices and isinstance(value, float | np.floating) and float(value).is_integer():
        return int(value)
    raise TypeError(f"`{name}` is {_shown(value)}; wanted is {_wanted(hint)}{_way(hint)}")


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if hint in (Any, _Unknown) or hint == ArrayLike or isinstance(hint, TypeVar | str):
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if hint in _SCALARS:
        is_odd_bool = isinstance(value, bool) and hint in (int, float)
        return isinstance(value, _SCALARS[hint][1]) and not is_odd_bool
    if origin is Literal:  # which of them is for the function to say
        return isinstance(value, type(inner[0]))
    if origin is np.ndarray:
        return _is_numbers(value)
    if origin is tuple and Ellipsis not in inner:
        is_row = isinstance(value, tuple | list) and len(value) == len(inner)
        return is_row and all(map(_fits, value, inner))
    if isinstance(origin, type):
        if not isinstance(value, origin) or isinstance(value, str | bytes):
            return False
        return not (isinstance(value, tuple | list) and inner) or all(
            _fits(each, inner[0]) for each in value
        )
    if getattr(hint, "_is_protocol", False):
        wanted = [name for name in vars(hint) if name == "__call__" or name[0] != "_"]
        return all(hasattr(value, name) for name in wanted)
    return not isinstance(hint, type) or isinstance(value, hint)


def _is_numbers(value: Any) -> bool:
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        return False
    return array.dtype.kind in "fiub" and array.ndim > 0


def _shown(value: Any) -> str:
    """What was given, short."""
    kind = type(value).__name__
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} of shape {value.shape}"
    text = repr(value)
    return f"{text} ({kind})" if len(text) <= _LONGEST else f"a {kind}"


def _wanted(hint: Any) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        names = list(dict.fromkeys(map(_wanted, inner)))
        return " or ".join([*(n for n in names if n != "None"), *(n for n in names if n == "None")])
    if hint in _SCALARS:
        return _SCALARS[hint][0]
    if origin is Literal:
        return _listed(map(repr, inner))
    if origin is np.ndarray:
        return "an array of numbers"
    if origin is tuple and Ellipsis not in inner:
        return f"{len(inner)} values ({', '.join(map(_wanted, inner))})"
    if isinstance(origin, type) and inner and not issubclass(origin, Callable):  # type: ignore[arg-type]
        return f"a list, each {_wanted(inner[0])}"
    if hint is Path:
        return "a path"
    if not isinstance(hint, type) or "__call__" in vars(hint):
        return "a function"
    return f"a {hint.__name__}"


def _listed(names: Iterable[str]) -> str:
    return " or ".join(names)


def _way(hint: Any) -> str:
    """Where what is wanted comes from."""
    for one in _choices(hint):
        name = getattr(one, "__name__", "")
        if isinstance(one, type) and name in _MADE_BY:
            return f", as of {_MADE_BY[name]}"
    return ""
