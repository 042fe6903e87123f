"""Firefox and WebKit, driven by W3C WebDriver: what each speaks by itself, as it is installed.

Firefox takes the commands over a socket (Marionette), WebKitGTK's driver takes them by HTTP.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

FIREFOX: Final = shutil.which("firefox-esr") or shutil.which("firefox")
PULSEAUDIO: Final = shutil.which("pulseaudio")
WEBKIT_DRIVER: Final = shutil.which("WebKitWebDriver")
MINI_BROWSER: Final = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)
XVFB: Final = shutil.which("Xvfb")

MISSING: Final = {
    "firefox": None
    if FIREFOX and PULSEAUDIO
    else "no firefox-esr, or no pulseaudio: it sounds into a device alone",
    "webkit": None
    if WEBKIT_DRIVER and MINI_BROWSER and XVFB
    else "no webkit2gtk-driver, or no xvfb",
}
"""Why a browser cannot be driven here."""

STARTING_S: Final = 120
QUIET: Final[dict[str, Any]] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

# By command: its name over a socket, its method and path by HTTP.
COMMANDS: Final = {
    "timeouts": ("WebDriver:SetTimeouts", "POST", "/timeouts"),
    "open": ("WebDriver:Navigate", "POST", "/url"),
    "evaluate": ("WebDriver:ExecuteAsyncScript", "POST", "/execute/async"),
    "act": ("WebDriver:PerformActions", "POST", "/actions"),
    "rect": ("WebDriver:GetWindowRect", "GET", "/window/rect"),
    "resize": ("WebDriver:SetWindowRect", "POST", "/window/rect"),
    "picture": ("WebDriver:TakeScreenshot", "GET", "/screenshot"),
    "say": ("WebDriver:SendAlertText", "POST", "/alert/text"),
    "accept": ("WebDriver:AcceptAlert", "POST", "/alert/accept"),
}

Ask: TypeAlias = Callable[[str, Any], Any]
"""Sends a command and gives what came back."""


class DrivenPage:
    """The window that is looked at. Its scripts are functions, as playwright's are."""

    def __init__(
        self,
        name: str,
        ask: Ask,
        errors: Callable[[], list[str]],
        downloads: Path | None = None,
    ) -> None:
        """downloads: where the browser puts what is downloaded; None: it asks, or does not."""
        self.name = name
        self.errors = errors
        self.downloads = downloads
        self._ask = ask
        self._ask("timeouts", {"script": 90_000})

    def goto(self, address: str) -> None:
        self._ask("open", {"url": address})

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """What a function gives, or promises."""
        asking = f"""const [argument, done] = arguments;
            Promise.resolve(argument).then({script.strip()})
              .then((value) => done({{ value }}), (error) => done({{ error: `${{error}}` }}))"""
        told = self._ask("evaluate", {"script": asking, "args": [argument]})
        if told is None:  # the page was left before it could answer
            return None
        assert "error" not in told, told["error"]
        return told.get("value")

    def wait_for_timeout(self, ms: float) -> None:
        time.sleep(ms / 1000)

    def widen(self, width: int, height: int) -> int:
        """Makes the page so large, and gives how wide it became: windows have a least width."""
        for _ in range(2):
            inner = self.evaluate("() => [innerWidth, innerHeight]")
            rect = self._ask("rect", {})
            asked = {
                "width": rect["width"] + width - inner[0],
                "height": rect["height"] + height - inner[1],
            }
            self._ask("resize", asked)
            time.sleep(0.3)
        return int(self.evaluate("() => innerWidth"))

    def screenshot(self) -> bytes:
        return base64.b64decode(self._ask("picture", {"full": False}))

    def press(self, key: str, *, hold_s: float = 0.0) -> None:
        self._act(
            {"type": "key", "id": "keys"},
            {"type": "keyDown", "value": key},
            {"type": "pause", "duration": int(1000 * hold_s)},
            {"type": "keyUp", "value": key},
        )

    def type(self, text: str) -> None:
        """Presses a key for each letter, into what has the focus."""
        strokes = [
            {"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")
        ]
        self._act({"type": "key", "id": "keys"}, *strokes)

    def click(
        self, selector: str, *, text: str | None = None, height: float = 0.5, hold_s: float = 0.0
    ) -> None:
        """Presses the mouse on the first such element, at a height of it: 0 bottom, 1 top.

        text: what it says, all of it, where that is what tells it from others that are seen.
        """
        x, y = self.evaluate(
            """async ([selector, text, height]) => {
              const place = () => {
                const node = [...document.querySelectorAll(selector)].find((one) =>
                  text === null || (one.checkVisibility() && one.textContent.trim() === text));
                node.scrollIntoView({ block: "center", behavior: "instant" });
                const { left, width, bottom, height: tall } = node.getBoundingClientRect();
                return [left + width / 2, bottom - height * tall];
              };
              // what is still coming above it moves it
              for (let before = ""; ; ) {
                const now = place();
                if (`${now}` === before) return now;
                before = `${now}`;
                await new Promise((done) => setTimeout(done, 100));
              }
            }""",
            [selector, text, height],
        )
        self._act(
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}},
            {"type": "pointerMove", "x": int(x), "y": int(y), "duration": 0, "origin": "viewport"},
            {"type": "pointerDown", "button": 0},
            {"type": "pause", "duration": int(1000 * hold_s)},
            {"type": "pointerUp", "button": 0},
        )

    def downloaded(self, asking: Callable[[], None]) -> Path:
        """The file that something has the browser download, once it is whole."""
        folder = self.downloads
        assert folder is not None
        before = set(folder.glob("*"))

        def whole() -> list[Path]:
            # what is still coming has another name, beside an empty file of its own
            new = [path for path in folder.glob("*") if path not in before]
            return [] if any(p.suffix == ".part" or not p.stat().st_size for p in new) else new

        asking()
        (path,) = _awaited(whole)
        assert isinstance(path, Path)
        return path

    def answer(self, text: str | None = None) -> None:
        """Says yes to what the page asks with a dialog of the browser's, or types that first."""
        if text is not None:
            self._ask("say", {"text": text})
        self._ask("accept", {})

    def _act(self, source: dict[str, Any], *actions: dict[str, Any]) -> None:
        self._ask("act", {"actions": [source | {"actions": list(actions)}]})


@contextmanager
def driven(name: str) -> Iterator[DrivenPage]:
    """A window of a browser: "firefox" or "webkit"."""
    with {"firefox": _firefox, "webkit": _webkit}[name]() as page:
        yield page


@contextmanager
def _started(words: list[Any], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([*map(str, words)], stdin=subprocess.DEVNULL, **how)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _awaited(ready: Callable[[], Any]) -> Any:
    end_s = time.monotonic() + STARTING_S
    while not (value := ready()):
        assert time.monotonic() < end_s, "the browser does not start"
        time.sleep(0.05)
    return value


PREFERENCES: Final = {
    "marionette.port": 0,  # any that is free
    "media.autoplay.default": 1,  # a page has to be touched before it may sound
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "browser.download.folderList": 2,  # the folder that is named
    "browser.download.alwaysOpenPanel": False,
}
FIREFOX_ERRORS: Final = """
return Services.console.getMessageArray()
  .filter((told) => told instanceof Ci.nsIScriptError)
  .filter(({ flags }) => !(flags & Ci.nsIScriptError.warningFlag))
  .filter(({ sourceName, category }) => sourceName.startsWith("http") || category.includes("CSP"))
  .map(({ message }) => message);
"""


class _Marionette:
    """Firefox's own end: commands as JSON over a socket, each behind its length."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._count = 0
        self._read()
        self.send("WebDriver:NewSession", {})

    def _read(self) -> Any:
        digits = b""
        while not digits.endswith(b":"):
            digits += self._socket.recv(1)
        wanted = int(digits[:-1])
        data = bytearray()
        while len(data) < wanted:
            data += self._socket.recv(min(1 << 20, wanted - len(data)))
        return json.loads(data)

    def send(self, name: str, body: Any) -> Any:
        self._count += 1
        data = json.dumps([0, self._count, name, body]).encode()
        self._socket.sendall(f"{len(data)}:".encode() + data)
        _, _, error, value = self._read()
        assert error is None, error["message"]
        return value.get("value", value) if isinstance(value, dict) else value

    def ask(self, command: str, body: Any) -> Any:
        return self.send(COMMANDS[command][0], body)

    def errors(self) -> list[str]:
        self.send("Marionette:SetContext", {"value": "chrome"})
        told: list[str] = self.send("WebDriver:ExecuteScript", {"script": FIREFOX_ERRORS})
        self.send("Marionette:SetContext", {"value": "content"})
        return told


@contextmanager
def _firefox() -> Iterator[DrivenPage]:
    """Without a window, with a sound device that nobody hears."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        profile = folder / "profile"
        profile.mkdir()
        downloads = folder / "downloads"
        preferences = PREFERENCES | {"browser.download.dir": str(downloads)}
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items()]
        (profile / "user.js").write_text("\n".join(lines))
        surroundings = os.environ | {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        loading = ["--load=module-null-sink", "--load=module-native-protocol-unix"]
        pulse = [PULSEAUDIO, "--daemonize=no", "-n", "--exit-idle-time=-1", *loading]
        stack.enter_context(_started(pulse, env=surroundings, **QUIET))
        _awaited((folder / "pulse" / "native").exists)
        words = [FIREFOX, "--headless", "--marionette", "--remote-allow-system-access"]
        words += ["--no-remote", "--profile", profile]
        stack.enter_context(_started(words, env=surroundings, **QUIET))
        told = profile / "MarionetteActivePort"
        marionette = _Marionette(int(_awaited(lambda: told.exists() and told.read_text().strip())))
        yield DrivenPage("firefox", marionette.ask, marionette.errors, downloads)


class _Http:
    """The driver of WebKitGTK: commands by HTTP."""

    OPTIONS: Final = ["--automation", "--enable-write-console-messages-to-stdout=true"]

    def __init__(self, port: int, console: Path) -> None:
        self._address = f"http://127.0.0.1:{port}/session"
        self._console = console
        asked = {"binary": str(MINI_BROWSER), "args": self.OPTIONS}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": asked}}}
        self._address += "/" + self._send("POST", "", wanted)["sessionId"]

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if method == "POST" else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(
            self._address + path, data=data, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            told = json.load(error)["value"]
            raise AssertionError(f"{told['error']}: {told['message']}") from error

    def ask(self, command: str, body: Any) -> Any:
        _, method, path = COMMANDS[command]
        return self._send(method, path, body)

    def errors(self) -> list[str]:
        lines = self._console.read_text(errors="replace").splitlines()
        return [line for line in lines if "CONSOLE" in line and "ERROR" in line]

    def close(self) -> None:
        self._send("DELETE", "")


@contextmanager
def _webkit() -> Iterator[DrivenPage]:
    """On a screen that nobody sees."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        reading, writing = os.pipe()
        screen = [XVFB, "-displayfd", writing, "-screen", "0", "1800x1400x24"]
        stack.enter_context(_started(screen, pass_fds=(writing,), **QUIET))
        os.close(writing)
        with os.fdopen(reading) as told:
            display = f":{told.readline().strip()}"
        log = stack.enter_context((folder / "console").open("wb"))
        port = _free_port()
        surroundings = os.environ | {"DISPLAY": display, "HOME": str(folder)}
        words = [WEBKIT_DRIVER, f"--port={port}"]
        stack.enter_context(_started(words, env=surroundings, stdout=log, stderr=log))
        _awaited(lambda: _answers(port))
        http = _Http(port, folder / "console")
        stack.callback(http.close)
        yield DrivenPage("webkit", http.ask, http.errors)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
