"""The page as one file: opens by double-click, without a server and without a network.

Its ES modules are linked into one script. From file:// no module can import another, and an audio
worklet cannot either way import from a page. Each module becomes a function that returns what it
exports, the imported ones first; a module's body stays as it is, but for its comments. Only the
forms that the page is written in are known: named imports from relative paths, exports of
declarations (of one name each, or `const { … } =`), re-exports; anything else is a mistake of ours.

Styles, scripts, the sound kernel and the instrument are all inside; the content policy lets the
page load nothing else, and run only scripts whose digests it names. Each file is a block of base64,
compressed, all modules together one, for most are needed by several threads; a few lines of script
unpack them, put the scripts together and begin the page's own.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messina.atomic import replacing
from messina.errors import InstrumentError
from messina.instrument.container import read_bytes
from messina.play.catalogue import WEB, FileKind, as_the_page_reads, kind_of, player_kind
from messina.text import well_formed

__all__ = ["link", "write_page"]

_IMPORT: Final = re.compile(r'^import\s+(?:\{([^}]*)\}\s+from\s+)?"([^"]+)";?[ \t]*$', re.MULTILINE)
_REEXPORT: Final = re.compile(r'^export\s+\{([^}]*)\}\s+from\s+"([^"]+)";?[ \t]*$', re.MULTILINE)
_DECLARATION: Final = re.compile(
    r"^export\s+((?:async\s+)?function\*?|class|const|let)\s+(\w+)", re.MULTILINE
)
_TAKEN_APART: Final = re.compile(r"^export\s+const\s+\{([^}]*)\}\s*=", re.MULTILINE)
_LIST: Final = re.compile(r"^export\s+\{([^}]*)\};?[ \t]*$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*(?:[^*]|\*(?!/))*\*/|//.*)[ \t]*\n", re.MULTILINE)
"""Comments on lines of their own, which nobody reads in a page that is one file."""
_REMARK: Final = re.compile(r"""(?<=[;,{])[ \t]+//[ \t][^"'`\n]*$""", re.MULTILINE)
"""Comments behind code, but for those with a quote in them: they may be the end of a string."""
_LEFT: Final = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def link(sources: Mapping[str, str], entry: str) -> str:
    """One script, without imports, that does what `entry` does. sources: text by path.

    >>> link({"a.js": 'import { b } from "./b.js";\\nb();', "b.js": "export const b = 1;"}, "a.js")
    ... # doctest: +ELLIPSIS
    '"use strict";\\nconst $0 = ...
    """
    modules, (needed,) = _linked(sources, [entry])
    return _joined(modules, needed)


def _linked(
    sources: Mapping[str, str], entries: Sequence[str]
) -> tuple[list[str], list[list[int]]]:
    """Modules as functions, each once, and for each entry which of them its script is made of."""
    every: list[str] = []
    needed = []
    for entry in entries:
        own: list[str] = []
        _visit(sources, entry, own, ())
        every += [path for path in own if path not in every]
        needed.append([every.index(path) for path in own])
    names = {path: f"${index}" for index, path in enumerate(every)}
    return [_wrapped(path, sources[path], names) for path in every], needed


def _joined(modules: Sequence[str], needed: Sequence[int]) -> str:
    """The script; the page puts it together likewise."""
    return "\n".join(['"use strict";', *(modules[index] for index in needed)])


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

    body = _IMPORT.sub(imported, _REMARK.sub("", _COMMENT.sub("", source)))
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


_MAIN: Final = "main.js"
_KERNEL: Final = "engine/kernel/kernel.wasm"
_MODULES: Final = "modules"
_BESIDE: Final = (
    "engine/worklet.js",
    "engine/offline-worker.js",
    "play/tap-worklet.js",
    "engine/texture/feed-worklet.js",
    "engine/texture/worker.js",
)
"""Scripts that run in threads of their own, each with all that it imports."""

# Pages from file:// have no origin, and chromium then lets worklets be loaded from data only.
_BEGIN: Final = """
const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
function unpacked(id) {
  const packed = new Blob([bytesOf(document.getElementById(id).textContent)]);
  return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip")));
}
async function begin({ choices, kernel, modules, scripts }) {
  if (!("DecompressionStream" in globalThis)) {
    throw new Error("This browser is too old to open this page. " +
      "Firefox 114, Safari 16.4, Chrome 97 and all that came after them can.");
  }
  const parts = (await unpacked(modules).text()).split("\\0");
  const [main, ...beside] = Object.entries(scripts).map(([path, needed]) =>
    [path, ['"use strict";', ...needed.map((index) => parts[index])].join("\\n")]);
  const files = Object.fromEntries(beside.map(([path, text]) =>
    [path, "data:text/javascript;charset=utf-8," + encodeURIComponent(text)]));
  globalThis.messinaPage = {
    choices: choices.map((one) => ({ ...one, load: () => unpacked(one.id).arrayBuffer() })),
    engine: {
      wasmBytes: await unpacked(kernel).arrayBuffer(),
      workletUrl: files["engine/worklet.js"],
      rendererUrl: files["engine/offline-worker.js"],
    },
    files: (path) => files[path],
  };
  const page = document.createElement("script");
  page.type = "module";
  page.textContent = main[1];
  document.body.append(page);
}
const say = ({ message }) => { document.getElementById("opening").textContent = message; };
"""


_PACKED: Final = re.compile(
    r'<script type="application/octet-stream" id="([^"]+)">([^<]*)</script>'
)


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """A file in the page that can be chosen there."""

    name: str
    kind: FileKind
    data: bytes
    parts: tuple[str, ...] = ()


def write_page(
    instrument_path: Path,
    out_path: Path,
    *,
    name: str | None = None,
    band: Mapping[str, Path] | None = None,
) -> None:
    """Writes the page with an instrument in it, or with what plays on by itself.

    name: shown on it, the file's own unless given. band: who plays the parts of a score, "" all
    others. Raises InstrumentError when a file cannot be read, OSError when the page cannot be
    written.
    """
    choices = [_choice(instrument_path, name or well_formed(instrument_path.stem))]
    choices += [
        _choice(path, well_formed(path.stem), parts=(part,)) for part, path in (band or {}).items()
    ]
    page = _page(choices)
    with replacing(out_path, check=lambda aside: _check_page(aside, choices)) as aside:
        aside.write_text(page, encoding="utf-8")


def _check_page(path: Path, choices: Sequence[_Choice]) -> None:
    """Unpacks the files in a page as the page itself will. Raises InstrumentError."""
    inside = dict(_PACKED.findall(path.read_text(encoding="utf-8")))
    for i, choice in enumerate(choices):
        try:
            data = gzip.decompress(base64.b64decode(inside[_id(i)], validate=True))
        except (KeyError, ValueError, EOFError, OSError) as error:
            raise InstrumentError(f"the page lacks {choice.name}") from error
        if kind_of(data) != choice.kind:
            raise InstrumentError(f"the page holds {choice.name} as something else")


def _choice(path: Path, name: str, *, parts: tuple[str, ...] = ()) -> _Choice:
    data = read_bytes(path)
    try:
        data = as_the_page_reads(data)
        kind = player_kind(data) if parts else kind_of(data)
        return _Choice(name=name, kind=kind, data=data, parts=parts)
    except InstrumentError as error:
        raise InstrumentError(f"{path}: {error}") from None


def _page(choices: Sequence[_Choice]) -> str:
    index = _text("index.html")
    style = "\n".join(_text(path) for path in re.findall(r'href="(style/[^"]+)"', index))
    modules, needed = _linked(_sources(), [_MAIN, *_BESIDE])
    files = {
        **{_id(i): choice.data for i, choice in enumerate(choices)},
        _KERNEL: (WEB / _KERNEL).read_bytes(),
        _MODULES: "\0".join(modules).encode(),
    }
    main = _digest(_joined(modules, needed[0]))
    begin = _beginning(choices, dict(zip([_MAIN, *_BESIDE], needed, strict=True)))
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(begin)}' '{main}' data: 'wasm-unsafe-eval'",
            "worker-src data:",
            f"style-src '{_digest(style)}'",
            "img-src data: blob:",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    icon = base64.b64encode(_text("icon.svg").encode()).decode()
    body = re.sub(r'^<link rel="stylesheet".*\n', "", index, flags=re.MULTILINE)
    body = re.sub(r'^<script type="module".*\n', "", body, flags=re.MULTILINE)
    body = body.replace('href="icon.svg"', f'href="data:image/svg+xml;base64,{icon}"')
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{style}</style>\n'
    )
    # The policy has to stand before anything it is about.
    body = body.replace('<meta charset="utf-8">\n', f'<meta charset="utf-8">\n{head}', 1)
    blocks = "".join(_block(path, data) for path, data in files.items())
    return body.replace("</body>", f"{blocks}<script>{begin}</script>\n</body>", 1)


def _sources() -> dict[str, str]:
    """The page's modules by path."""
    return {
        path.relative_to(WEB).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(WEB.rglob("*.js"))
    }


def _id(choice: int) -> str:
    return f"file {choice}"


def _beginning(choices: Sequence[_Choice], scripts: Mapping[str, Sequence[int]]) -> str:
    """What stands in the page as it is: unpacks everything else and begins it."""
    rows = [
        {"id": _id(i), "name": choice.name, "kind": choice.kind, "parts": choice.parts}
        for i, choice in enumerate(choices)
    ]
    inside = {"choices": rows, "kernel": _KERNEL, "modules": _MODULES, "scripts": scripts}
    words = json.dumps(inside).replace("<", r"\u003c")  # nothing the HTML parser would read
    return f"{_BEGIN}begin({words}).catch(say);\n"


def _block(path: str, data: bytes) -> str:
    """A file of the page, which only its own script reads."""
    packed = base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()
    return f'<script type="application/octet-stream" id="{path}">{packed}</script>\n'


def _text(path: str) -> str:
    return (WEB / path).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
