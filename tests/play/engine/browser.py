"""The engine in a real browser: a page that has loaded it, and rendering through it."""

from __future__ import annotations

import atexit
import base64
import functools
import http.server
import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import messina.play

ENGINE: Final = Path(messina.play.__file__).parent / "web" / "engine"

CHROMIUM: Final = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
"""Without windows where there is one that has none: a window around each page takes a fifth more
of the processor."""
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--mute-audio",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

HANG_S: Final = 120.0
"""What no machine takes, however busy it is: who has waited so long would wait for ever."""

Audio = NDArray[np.float32]

HELPERS: Final = """
async () => {
  window.m = await import("/engine/index.js");
  window.loaded = {};
  window.context = new AudioContext({ sampleRate: m.SAMPLE_RATE });
  window.engine = await m.createEngine(context);
  engine.output.connect(context.destination);
  window.base64 = (numbers) => {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) {
      text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    }
    return btoa(text);
  };
  window.load = async (name) => {
    const data = await (await fetch(`/instruments/${name}.messina`)).arrayBuffer();
    loaded[name] = await engine.loadInstrument(data, { id: name });
  };
}
"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    """The engine's files under /engine, instruments under /instruments."""

    def __init__(self, *args: Any, folder: Path, **kwargs: Any) -> None:
        self._folder = folder
        self.extensions_map = {
            ".js": "text/javascript",
            ".wasm": "application/wasm",
            "": "text/html",
        }
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        if path.startswith("/engine/"):
            return str(ENGINE / path.removeprefix("/engine/"))
        return str(self._folder / path.removeprefix("/instruments/").strip("/"))

    def log_message(self, format: str, *args: Any) -> None:
        pass


class EnginePage:
    """A page with the engine in it. In its scripts: engine, m (the module), loaded (by name)."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def load(self, name: str) -> None:
        self.page.evaluate("(name) => load(name)", name)

    def evaluate(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def render(
        self,
        events: list[dict[str, Any]],
        seconds: float,
        *,
        level_db: float = 0.0,
        voices: int = 32,
    ) -> Audio:
        """Events, as renderOffline takes them, to audio [N, 2]; instruments by name."""
        left, right = self.page.evaluate(
            """async ([events, seconds, level, voices]) => {
                const sides = await engine.renderOffline(events, seconds, { level, voices });
                return sides.map(base64);
            }""",
            [json.loads(json.dumps(events)), seconds, level_db, voices],
        )
        return np.stack(
            [np.frombuffer(base64.b64decode(side), np.float32) for side in (left, right)], 1
        )

    def level_db(self, name: str) -> float:
        """What the engine adds to an instrument's own level."""
        return float(self.page.evaluate("(name) => loaded[name].level", name))


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Address of a server of the engine and of the instruments in the folder."""
    (folder / "page").write_text("<!doctype html><title>engine</title><link rel=icon href=data:,>")
    handler = functools.partial(_Handler, folder=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@functools.cache
def _playwright() -> Any:
    """Playwright, started once: a process may not have two at a time."""
    from playwright.sync_api import sync_playwright

    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright


@contextmanager
def browser() -> Iterator[Any]:
    chromium = _playwright().chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield chromium
    chromium.close()


def new_context(chromium: Any, **how: Any) -> Any:
    """Pages of their own, in which all that is waited for has as long as only a hang takes."""
    context = chromium.new_context(**how)
    context.set_default_timeout(1000 * HANG_S)
    return context


def until(page: Any, expression: str, *, timeout_s: float = HANG_S) -> None:
    """Waits until a JavaScript expression holds in a page."""
    # A page's policy may forbid the evaluation that playwright's own waiting needs.
    end_s = time.monotonic() + timeout_s
    while not page.evaluate(f"() => Boolean({expression})"):
        assert time.monotonic() < end_s, expression
        page.wait_for_timeout(50)


@contextmanager
def open_engine_page(folder: Path) -> Iterator[EnginePage]:
    with serving(folder) as address, browser() as chromium:
        page = new_context(chromium).new_page()
        page.goto(f"{address}/page")
        page.evaluate(HELPERS)
        yield EnginePage(page)
