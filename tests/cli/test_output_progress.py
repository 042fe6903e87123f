from __future__ import annotations

import io

import pytest

from messina.cli import output as progress_module
from messina.cli.output import Progress


class Clock:
    """A monotonic clock that the test moves on."""

    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress_module, "time", clock)
    return clock


def test_away_from_a_terminal_there_are_few_plain_lines(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress() as progress:
        for second in range(26):
            clock.now_s = 100.0 + second
            progress.count("reading", second, 100)
    printed = capsys.readouterr()
    assert printed.out == ""
    # Ten of a hundred took ten seconds, so ninety are left.
    assert printed.err.splitlines() == [
        "reading: 10 of 100, 1:30 left",
        "reading: 20 of 100, 1:20 left",
    ]


def test_a_terminal_gets_a_bar_with_the_time_left(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Progress() as progress:
        progress.at("learning", 0.0, 1.0, "on cpu", left_s=60)
        assert terminal.getvalue() == ""
        clock.now_s += 1
        progress.at("learning", 0.5, 1.0, "error 5.0 dB", left_s=30)
    assert "learning" in terminal.getvalue()
    assert "error 5.0 dB, 0:30 left" in terminal.getvalue()
