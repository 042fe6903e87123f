"""The page's table of what a file's manifest can hold, written from the one that Python has.

    python -m messina.play.bounds > src/messina/play/web/engine/bounds.js

writes it anew; a test holds the two together.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

import msgspec

from messina.instrument.container import FORMAT_VERSION, LARGEST_HEADER, MOST_ARRAYS
from messina.instrument.file import ARRAY_BOUNDS, LOUDEST_DB, MOST_SHIFT_DB
from messina.instrument.manifest import Manifest
from messina.instrument.network import NetworkConfig
from messina.recipe import Recipe
from messina.sequences.model import EventsManifest
from messina.sequences.network import NetworkSizes
from messina.texture.model import NetworkShape, TextureManifest

__all__ = ["bounds_module"]

_HEAD: Final = """\
/* What a file can hold, as JSON Schema of the manifest and bounds of arrays. Written by the Python
 * module play/bounds from the types that Python reads with; do not edit. */
"""
_MANIFESTS: Final = {
    "MANIFEST": Manifest,
    "EVENTS": EventsManifest,
    "TEXTURE": TextureManifest,
    "RECIPE": Recipe,
}
_WORDS: Final = ("title", "description", "default")
"""Of a schema, what nothing is checked by."""


def bounds_module() -> str:
    """The text of engine/bounds.js."""
    definitions: dict[str, Any] = {}
    for manifest in _MANIFESTS.values():
        definitions |= msgspec.json.schema(manifest)["$defs"]
    # Files name all sizes; the page has no defaults.
    for sizes_of in (NetworkConfig, NetworkSizes, NetworkShape):
        sizes = definitions[sizes_of.__name__]
        sizes["required"] = list(sizes["properties"])
    numbers = {
        "LARGEST_HEADER": LARGEST_HEADER,
        "MOST_ARRAYS": MOST_ARRAYS,
        "FORMAT_VERSION": FORMAT_VERSION,
        "LOUDEST_DB": LOUDEST_DB,
        "MOST_SHIFT_DB": MOST_SHIFT_DB,
    }
    lines = [f"export const {name} = {json.dumps(value)};" for name, value in numbers.items()]
    lines += ["", "/** Least and most of the numbers of an array. */", "export const ARRAYS = {"]
    lines += [f'  "{name}": {json.dumps(bounds)},' for name, bounds in ARRAY_BOUNDS.items()]
    lines += ["};", "", "/**", " * Schemas by name; they refer to each other.", " *"]
    lines += [' * @type {Record<string, import("./checking.js").Schema>}', " */"]
    lines += ["export const SCHEMAS = {"]
    for name, schema in definitions.items():
        lines += _lines(name, _bare(schema))
    lines += ["};", ""]
    lines += [
        f'export const {name} = {{ $ref: "#/$defs/{manifest.__name__}" }};'
        for name, manifest in _MANIFESTS.items()
    ]
    return _HEAD + "\n" + "\n".join(lines) + "\n"


def _bare(schema: Any) -> Any:
    """A schema without its words."""
    if isinstance(schema, dict):
        return {
            key: {name: _bare(own) for name, own in value.items()}
            if key == "properties"
            else _bare(value)
            for key, value in schema.items()
            if key not in _WORDS
        }
    return [_bare(item) for item in schema] if isinstance(schema, list) else schema


def _lines(name: str, schema: dict[str, Any]) -> list[str]:
    properties = schema.pop("properties")
    rest = ", ".join(f'"{key}": {json.dumps(value)}' for key, value in schema.items())
    inside = [f'      "{key}": {json.dumps(value)},' for key, value in properties.items()]
    return [f'  "{name}": {{', f"    {rest},", '    "properties": {', *inside, "    },", "  },"]


if __name__ == "__main__":
    sys.stdout.write(bounds_module())
