"""`messina VERB …`: finds the verb, runs it, and turns what goes wrong into one line.

Exit codes: 0 done, 1 could not (one line on stderr says why), 2 used wrongly. Results go to
stdout, everything else to stderr.

Errors of the package name arguments of Python's: what it says in backticks (`force=True` replaces
it) is said in options of the command line (--force). What stands in backticks and is none of these
stays as it is.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

import messina
from messina.cli.output import be_robust, note_line, program
from messina.cli.parsing import USAGE_EXIT, Parser, UsageError, Verbs, parse
from messina.errors import MessinaError
from messina.ranges import RANGES
from messina.stopping import exit_on_sigterm, stop_at_end_of_input

__all__ = ["OPTIONS", "PHRASES", "VERBS", "in_options", "main"]

OPTIONS: Final[Mapping[str, str]] = {
    **{name: f"--{re.sub('_(s|ms|bpm|db|semitones)$', '', name)}" for name in RANGES},
    "band": "--with",
    "against": "--against",
    "bits": "--format",
    "block_s": "--block",
    "duration_s": "--duration",
    "folder": "FOLDER",
    "share": "SHARE",
    "force": "--force",
    "format": "--to",
    "heard": "--heard",
    "kind": "--as",
    "label": "--label",
    "license": "--license",
    "mended": "--mended",
    "most": "--most",
    "note_step": "--note-step",
    "out": "-o",
    "quantize": "--quantize",
    "recast": "--cast",
    "round_robin": "--round-robin",
    "seeds": "--seeds",
    "slice": "--slice",
    "velocities": "--velocities",
}
"""Options by the arguments that say the same."""

PHRASES: Final[Mapping[str, str]] = {
    "resume=None": "--force",
    "messina.blind_test": "--blind",
    "Corpus.with_labels": "messina learn --labels A,B",
    "continued": "--continue",
    "Instrument.render": "messina render FILE -o OUT without --duration",
    "Sequence.render": "messina render FILE --duration 60 -o OUT.wav",
    "Score.with_band": "--with INSTRUMENT.messina",
    "Score.after": "--from NOTES.mid",
    "LibraryIndex": "messina index LIBRARY -o FOLDER",
}
"""What is said in another way altogether."""

_QUOTED: Final = re.compile(r"`([A-Za-z_.]+)(?:=([^`]*))?`")


def in_options(text: str) -> str:
    """The text with options where it has arguments.

    >>> in_options("kit/ is there already; `force=True` replaces it, another `out` keeps it")
    'kit/ is there already; --force replaces it, another -o keeps it'
    >>> in_options("`length_s` is 30; say `kind='tune'`"), in_options("`odd`.wav: no audio")
    ('--length is 30; say --as tune', '`odd`.wav: no audio')
    """
    return _QUOTED.sub(_option, text)


def _option(found: re.Match[str]) -> str:
    quoted = found[0].strip("`")
    if quoted in PHRASES:
        return PHRASES[quoted]
    name, value = found[1], found[2]
    if name not in OPTIONS:
        return found[0]
    if value in (None, "True"):
        return OPTIONS[name]
    return f"{OPTIONS[name]} {value.strip(chr(39) + chr(34))}"


VERBS: Final = (
    "demo",
    "learn",
    "studio",
    "play",
    "ready",
    "live",
    "render",
    "resynth",
    "perform",
    "export",
    "evaluate",
    "compare",
    "info",
    "corpus",
    "index",
    "baseline",
    "install-torch",
    "install-shortcut",
)
"""In the order of the work; each has a module here, whose `add(verbs)` declares it. The module of
the verb that is asked for is the only one that is loaded."""

_FAILED = 1
_NO_MEMORY = (
    "allocate memory",  # torch on processors
    "not enough memory",
    "out of memory",  # torch on GPUs
    "failed to map segment",  # a library that does not fit
    "can't start new thread",
)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if words is None else words
    be_robust()
    if not words and not _at_a_terminal():
        _build(VERBS)[0].print_help(sys.stderr)
        return USAGE_EXIT
    if not words:
        note_line(f"{program()} --help tells what else there is")
        words = ["studio"]
    parser, verbs = _build(words[:1] if words[0] in VERBS else VERBS)
    arguments = parse(parser, verbs, words)
    try:
        with exit_on_sigterm():
            if os.environ.get("MESSINA_STOP") == "stdin":
                stop_at_end_of_input()
            code: int = arguments.run(arguments)
        sys.stdout.flush()
    except UsageError as error:
        note_line(f"messina: {error}")
        return USAGE_EXIT
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except KeyboardInterrupt:
        return _complain("stopped")
    except Exception as error:  # the last line of defence: a musician never meets a traceback
        if os.environ.get("MESSINA_DEBUG"):
            note_line(*traceback.format_exc().splitlines())
        return _complain(_sentence(error))
    return code


def _at_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _build(declared: Sequence[str]) -> tuple[Parser, Verbs]:
    """The parser of these verbs."""
    parser = Parser(
        prog="messina",
        description="A folder of sounds becomes an instrument.",
        epilog=(
            "`messina VERB --help` tells more of each. `messina` alone, at a terminal, opens the "
            "studio."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"messina {messina.__version__}")
    verbs: Verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in declared:
        import_module(f"messina.cli.{verb.replace('-', '_')}").add(verbs)
    return parser, verbs


def _complain(sentence: str) -> int:
    note_line(f"messina: {sentence}")
    return _FAILED


def _sentence(error: Exception) -> str:
    """What to tell: our own errors as they are, the system's in its words, the rest as a bug."""
    if isinstance(error, MessinaError):
        return in_options(" ".join(str(error).split()))
    if _is_memory(error):
        return "not enough memory for this; fewer or shorter sounds need less"
    if isinstance(error, OSError) and error.strerror:
        where = f"{_path_text(error.filename)}: " if error.filename else ""
        if isinstance(error, FileExistsError | NotADirectoryError):
            return f"{where}a file stands where a folder is wanted; choose another place"
        return f"{where}{error.strerror[0].lower()}{error.strerror[1:]}"
    if isinstance(error, ModuleNotFoundError) and error.name and not _is_ours(error.name):
        return f"{error.name} is not installed, and this needs it; the README tells how to get it"
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return (
        f"a mistake in Messina itself ({what}). Please report it with this line and what "
        "MESSINA_DEBUG=1 adds to it"
    )


def _is_memory(error: Exception) -> bool:
    """Whether memory was short: libraries say so in errors of many kinds."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | ImportError | OSError) and any(
        words in text for words in _NO_MEMORY
    )


def _path_text(path: object) -> str:
    """A path as errors of the system have it: text, or bytes."""
    return os.fsdecode(path) if isinstance(path, bytes | os.PathLike) else str(path)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "messina"
