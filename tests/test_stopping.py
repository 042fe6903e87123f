from __future__ import annotations

import os
import subprocess
import sys

STOPS = """
import time
from messina.stopping import stop_at_end_of_input, stop_on_signals
with stop_on_signals() as stop:
    stop_at_end_of_input()
    print("ready", flush=True)
    while not stop.asked:
        time.sleep(0.05)
print("asked")
"""
TELLS = """
import sys, time
from messina.cli.output import Progress
print("ready", flush=True)
sys.stdin.read()
with Progress() as progress:
    progress.count("learning", 1, 2)
sys.exit(7)
"""


def test_the_end_of_the_input_is_a_wish_to_stop() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STOPS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.stdout.readline() == "asked\n"
        assert process.wait(120) == 0


def test_progress_that_nobody_reads_ends_nothing_that_is_stopped_by_its_input() -> None:
    environment = {**os.environ, "MESSINA_PROGRESS": "json", "MESSINA_STOP": "stdin"}
    with subprocess.Popen(
        [sys.executable, "-c", TELLS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        process.stderr.close()
        process.stdin.close()
        assert process.wait(120) == 7
