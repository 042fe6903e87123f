"""The page as one file: opens by double-click, without a server and without a network.

Styles, scripts, the sound kernel and the instrument are all inside; the content policy lets the
page load nothing else. The instrument is a block of base64 that only its own script reads.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from messina.atomic import replacing
from messina.instrument.file import read_file
from messina.play.linking import link
from messina.play.shelf import WEB
from messina.play.slimming import slim_style

__all__ = ["write_page"]

_MAIN: Final = "main.js"
_ENGINE_WORKLET: Final = "engine/worklet.js"
_KERNEL: Final = "engine/kernel/kernel.wasm"
_WORKLETS: Final = (_ENGINE_WORKLET, "play/tap-worklet.js")

# Pages from file:// have no origin, and chromium then lets worklets be loaded from data only.
_PRELUDE: Final = """
const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
const inside = __INSIDE__;
const head = "data:text/javascript;charset=utf-8,";
const files = (path) => head + encodeURIComponent(document.getElementById(path).textContent);
globalThis.messinaPage = {
  name: inside.name,
  instrument: async () => bytesOf(document.getElementById("instrument").textContent),
  engine: { wasmBytes: bytesOf(inside.kernel), workletUrl: files("__WORKLET__") },
  files,
};
"""


def write_page(instrument_path: Path, out_path: Path, *, name: str | None = None) -> None:
    """Writes the page with an instrument in it. name: shown on it, the file's own unless given.

    Raises InstrumentError when the instrument cannot be read, OSError when the page cannot be
    written.
    """
    read_file(instrument_path)
    page = _page(instrument_path.read_bytes(), name or instrument_path.stem)
    with replacing(out_path) as aside:
        aside.write_text(page, encoding="utf-8")


def _page(instrument: bytes, name: str) -> str:
    style = "\n".join(
        slim_style(_text(path)) for path in re.findall(r'href="(style/[^"]+)"', _text("index.html"))
    )
    sources = _sources()
    script = _script(name, sources)
    worklets = "".join(
        f'<script type="text/plain" id="{path}">{_inert(link(sources, path))}</script>\n'
        for path in _WORKLETS
    )
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(script)}' data: 'wasm-unsafe-eval'",
            "worker-src data:",
            f"style-src '{_digest(style)}'",
            "img-src data: blob:",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    icon = base64.b64encode(_text("icon.svg").encode()).decode()
    body = re.sub(r'^<link rel="stylesheet".*\n', "", _text("index.html"), flags=re.MULTILINE)
    body = re.sub(r'^<script type="module".*\n', "", body, flags=re.MULTILINE)
    body = body.replace('href="icon.svg"', f'href="data:image/svg+xml;base64,{icon}"')
    data = base64.b64encode(instrument).decode()
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{style}</style>\n'
    )
    # The policy has to stand before anything it is about.
    body = body.replace('<meta charset="utf-8">\n', f'<meta charset="utf-8">\n{head}', 1)
    last = (
        f'<script type="application/octet-stream" id="instrument">{data}</script>\n{worklets}'
        f'<script type="module">{script}</script>\n</body>'
    )
    return body.replace("</body>", last, 1)


def _sources() -> dict[str, str]:
    """The page's modules by path."""
    return {
        path.relative_to(WEB).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(WEB.rglob("*.js"))
    }


def _script(name: str, sources: Mapping[str, str]) -> str:
    """Everything that runs on the page itself; what runs beside it stands in blocks of its own."""
    kernel = base64.b64encode((WEB / _KERNEL).read_bytes()).decode()
    script = _PRELUDE.replace("__WORKLET__", _ENGINE_WORKLET)
    script = script.replace("__INSIDE__", json.dumps({"name": name, "kernel": kernel}))
    return _inert(script + link(sources, _MAIN))


def _inert(script: str) -> str:
    """A script without what looks like its end, or like a comment, to the HTML parser."""
    return script.replace("</", r"<\/").replace("<!--", r"<\!--")


def _text(path: str) -> str:
    return (WEB / path).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
