"""Links the page's ES modules into one script, for a page that is one file.

From file:// no module can import another, and an audio worklet cannot either way import from a
page. Each module becomes a function that returns what it exports, the imported ones first; a
module's body stays as it is, but for comments on lines of their own. Only the forms that the page
is written in are known: named imports from relative paths, exports of declarations (of one name
each, or `const { … } =`), re-exports; anything else is a mistake of ours.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Final

__all__ = ["link"]

_IMPORT: Final = re.compile(r'^import\s+(?:\{([^}]*)\}\s+from\s+)?"([^"]+)";?[ \t]*$', re.MULTILINE)
_REEXPORT: Final = re.compile(r'^export\s+\{([^}]*)\}\s+from\s+"([^"]+)";?[ \t]*$', re.MULTILINE)
_DECLARATION: Final = re.compile(
    r"^export\s+((?:async\s+)?function\*?|class|const|let)\s+(\w+)", re.MULTILINE
)
_TAKEN_APART: Final = re.compile(r"^export\s+const\s+\{([^}]*)\}\s*=", re.MULTILINE)
_LIST: Final = re.compile(r"^export\s+\{([^}]*)\};?[ \t]*$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*(?:[^*]|\*(?!/))*\*/|//.*)[ \t]*\n", re.MULTILINE)
"""Comments on lines of their own, which nobody reads in a page that is one file."""
_LEFT: Final = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def link(sources: Mapping[str, str], entry: str) -> str:
    """One script, without imports, that does what `entry` does. sources: text by path.

    >>> link({"a.js": 'import { b } from "./b.js";\\nb();', "b.js": "export const b = 1;"}, "a.js")
    ... # doctest: +ELLIPSIS
    '"use strict";\\nconst $0 = ...
    """
    order: list[str] = []
    _visit(sources, entry, order, ())
    names = {path: f"${index}" for index, path in enumerate(order)}
    return "\n".join(['"use strict";', *(_wrapped(path, sources[path], names) for path in order)])


def _visit(sources: Mapping[str, str], path: str, order: list[str], above: tuple[str, ...]) -> None:
    """Appends to `order` what `path` needs, then itself."""
    if path in above:
        raise ValueError(f"{path} imports itself by way of {' → '.join(above)}")
    if path in order:
        return
    for pattern in (_IMPORT, _REEXPORT):
        for match in pattern.finditer(sources[path]):
            _visit(sources, _resolved(path, match[2]), order, (*above, path))
    order.append(path)


def _resolved(path: str, specifier: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), specifier))


def _wrapped(path: str, source: str, names: Mapping[str, str]) -> str:
    exported: dict[str, str] = {}  # what others call it → the expression

    def imported(match: re.Match[str]) -> str:
        if match[1] is None:
            return ""
        parts = ", ".join(f"{a}: {b}" if a != b else a for a, b in _pairs(match[1]))
        return f"const {{ {parts} }} = {names[_resolved(path, match[2])]};"

    def passed_on(match: re.Match[str]) -> str:
        module = names[_resolved(path, match[2])]
        exported.update({outer: f"{module}.{inner}" for inner, outer in _pairs(match[1])})
        return ""

    def declared(match: re.Match[str]) -> str:
        exported[match[2]] = match[2]
        return f"{match[1]} {match[2]}"

    def taken_apart(match: re.Match[str]) -> str:
        exported.update({name: name for _, name in _pairs(match[1].replace(":", " as "))})
        return f"const {{{match[1]}}} ="

    def listed(match: re.Match[str]) -> str:
        exported.update({outer: inner for inner, outer in _pairs(match[1])})
        return ""

    body = _IMPORT.sub(imported, _COMMENT.sub("", source))
    body = _REEXPORT.sub(passed_on, body)
    body = _DECLARATION.sub(declared, body)
    body = _TAKEN_APART.sub(taken_apart, body)
    body = _LIST.sub(listed, body)
    if left := _LEFT.search(body):
        raise ValueError(f"{path}: `{left[0]}` is a form of import or export not known here")
    given = ", ".join(f"{outer}: {inner}" for outer, inner in exported.items())
    return f"const {names[path]} = (() => {{\n{body}\nreturn {{ {given} }};\n}})();"


def _pairs(names: str) -> list[tuple[str, str]]:
    """(inner, outer) of `a, b as c`."""
    pairs = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        inner, _, outer = name.partition(" as ")
        pairs.append((inner.strip(), (outer or inner).strip()))
    return pairs
