from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from messina.cli import info, play, studio
from messina.cli.main import VERBS, main
from messina.errors import InstrumentError


def run_messina(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "messina", *words], capture_output=True, text=True, check=False
    )


def failing_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """`messina info x`, made to raise this."""

    def run(_: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(info, "run", run)
    return lambda: main(["info", "x.messina"])


def test_help_loads_neither_numpy_nor_torch_nor_rich() -> None:
    program = (
        "import sys\nfrom messina.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'torch', 'rich', 'soundfile', 'msgspec', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
    assert all(verb in done.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([verb, "--help"])
    assert exit_.value.code == 0
    assert f"examples:\n  messina {verb}" in capsys.readouterr().out


def test_without_a_verb_at_a_terminal_the_studio_opens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []
    monkeypatch.setattr("messina.cli.main._at_a_terminal", lambda: True)
    monkeypatch.setattr(studio, "run", lambda _: ran.append("studio") or 0)
    assert main([]) == 0
    assert ran == ["studio"]
    assert "--help tells what else there is" in capsys.readouterr().err


def test_without_a_verb_the_help_is_shown_and_it_counts_as_wrong_usage() -> None:
    done = run_messina()
    assert done.returncode == 2
    assert "verbs:" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["lern", "x"], "there is no verb lern; did you mean learn?"),
        (["zzz"], "there is no verb zzz, only demo, learn, "),
        (["learn", "x", "--ouput", "y"], "there is no option --ouput; did you mean --output?"),
        (["render", "x", "--velcity=3"], "there is no option --velcity; did you mean --velocity?"),
        (["render", "x", "-o", "y", "--note", "H4"], "H4 is not a note; allowed are"),
        (["render", "x", "-o", "y", "--wildness", "3"], "3 is not allowed; allowed is 0 to 2"),
        (["render", "x", "-o", "y.wav", "--at", "0.3"], "which wants --morph A B"),
        (["render", "x", "-o", "y.wav", "--at", "0.3,1.2"], "X,Y of 0 to 1 each"),
        (
            ["render", "x", "-o", "y.wav", "--at", "0.3,1", "--like", "z.wav"],
            "goes with neither --morph nor --like",
        ),
        (["render", "x", "-o", "y.mp3"], "is not a .wav file"),
        (["render", "x", "-o", "y.wav", "-n", "2"], "-o wants a folder"),
        (["render", "x"], "required: -o/--output"),
        (["learn", "x", "-o", "y.messina", "--minutes", "0"], "allowed is more than 0"),
        (["evaluate", "x.messina", "-n", "2"], "there is no option -n; `messina evaluate --help`"),
        (["info", "x.messina", "y", "z"], "unexpected: y z; `messina info --help`"),
    ],
)
def test_wrong_usage_is_one_line_that_helps_and_exit_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(words)
    except SystemExit as exit_:
        code = exit_.code
    printed = capsys.readouterr()
    assert code == 2
    assert sentence in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InstrumentError("kit.messina: damaged;\n  learn it again"), "kit.messina: damaged; learn"),
        (PermissionError(13, "Permission denied", "out.wav"), "out.wav: permission denied"),
        (OSError(28, "No space left on device"), "no space left on device"),
        (
            FileExistsError(17, "File exists", "my.wav"),
            "my.wav: a file stands where a folder is wanted; choose another place",
        ),
        (MemoryError(), "not enough memory"),
        (
            ModuleNotFoundError("No module named 'torch'", name="torch"),
            "torch is not installed, and this",
        ),
        (KeyboardInterrupt(), "stopped"),
    ],
)
def test_whatever_goes_wrong_is_one_line_and_exit_1(
    error: BaseException,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert failing_with(error, monkeypatch)() == 1
    printed = capsys.readouterr().err
    assert printed.startswith(f"messina: {sentence}")
    assert printed.count("\n") == 1


@pytest.mark.parametrize("words", [["learn", "x", "-o", "y"], ["demo"]])
def test_learning_without_torch_says_how_to_get_it_before_any_work(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(words) == 1
    assert "install-torch brings the build for this machine" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_our_own_mistakes_ask_to_be_reported_and_show_where_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = failing_with(ValueError("shapes"), monkeypatch)
    assert run() == 1
    short = capsys.readouterr().err
    assert "a mistake in Messina itself (ValueError: shapes)" in short
    assert "MESSINA_DEBUG=1" in short
    assert "Traceback" not in short
    monkeypatch.setenv("MESSINA_DEBUG", "1")
    assert run() == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error_to_tell() -> None:
    program = (
        "import sys\nfrom messina.cli import info, main\n"
        "info.run = lambda _: [print('x' * 1000) for _ in range(1000)] and 0\n"
        "sys.exit(main.main(['info', 'x']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    import messina

    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"messina {messina.__version__}\n"


INTERRUPTED = """
import sys, time
from pathlib import Path
from messina.atomic import replacing
from messina.cli import info, play, studio
from messina.cli.main import main

def run(arguments):
    with replacing(Path(sys.argv[1])) as aside:
        aside.write_text("half")
        print(flush=True)
        time.sleep(600)

info.run = run
main(["info", "any.messina"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM cannot be caught there")
def test_sigterm_ends_any_verb_with_nothing_half_written_and_no_words(tmp_path: Path) -> None:
    words = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "out.wav")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    assert len(list(tmp_path.iterdir())) == 1
    process.terminate()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    assert said == ""
    assert list(tmp_path.iterdir()) == []


STOPPED_WHILE_LOADING = """
import sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == "messina.cli.main":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
from messina.__main__ import main
sys.exit(main())
"""


def test_ctrl_c_while_the_program_is_being_loaded_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_WHILE_LOADING], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "messina: stopped\n")


def test_port_0_is_any_that_is_free_to_the_page_as_it_is_to_the_studio(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(play, "until_interrupted", lambda: 0)
    assert main(["play", "--port", "0", "--no-open"]) == 0
    port = int(capsys.readouterr().out.strip().rstrip("/").rpartition(":")[2])
    assert port > 1023
