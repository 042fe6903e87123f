"""A studio as a person starts it: a process of its own, spoken to by HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np

from messina.audio_files import write_wav
from messina.units import SAMPLE_RATE


class Studio:
    """A running one, with its cookie."""

    def __init__(self, process: subprocess.Popen[str], url: str, home: Path) -> None:
        self.process = process
        self.home = home
        self.url = url
        self.port = urlsplit(url).port
        answer, _ = self.raw("GET", "/" + url.partition(f":{self.port}/")[2])
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def raw(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer, data

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What it answers; the body is JSON unless it is bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        answer, told = self.raw(method, path, data, {"Cookie": self.cookie})
        value = json.loads(told)
        if answer.status != 200:
            raise ValueError(value["error"])
        return value

    def upload(self, project: str, name: str, data: bytes) -> Any:
        return self.ask("PUT", f"/api/projects/{project}/files?name={quote(name)}", data)

    def project(self, project: str) -> dict[str, Any]:
        projects = self.ask("GET", "/api/state")["projects"]
        return next(one for one in projects if one["id"] == project)

    def job(self, project: str, verb: str, *states: str, timeout_s: float = 120) -> dict[str, Any]:
        """The newest work of this kind, once it is in one of these states."""
        end_s = time.monotonic() + timeout_s
        while True:
            job = self.project(project)["jobs"].get(verb, {"state": "none"})
            if job["state"] in states:
                return job
            assert job["state"] in ("none", "waiting", "running"), job
            assert time.monotonic() < end_s, job
            time.sleep(0.05)


@contextmanager
def studio(
    home: Path, *, python: Path | None = None, more: dict[str, str] | None = None
) -> Iterator[Studio]:
    """python: that of another environment; more: variables of this process."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **(more or {})}
    words = ["studio", "--home", str(home), "--no-open", "--port", "0"]
    process = subprocess.Popen(
        [str(python or sys.executable), "-m", "messina", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), url
        yield Studio(process, url, home)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(120)
        process.stdout.close()


def hit(frequency_hz: float, seconds: float = 0.3) -> Any:
    """A decaying tone, audio [N]."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * frequency_hz * t) * np.exp(-12 * t)).astype(np.float32)


def write_kit(folder: Path) -> list[Path]:
    """Six sounds of two labels."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for label, low_hz in (("tom", 90.0), ("bell", 900.0)):
        for number in range(3):
            path = folder / f"{label}_{number + 1}.wav"
            write_wav(path, hit(low_hz * (1 + 0.1 * number)))
            paths.append(path)
    return paths
