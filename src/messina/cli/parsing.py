"""An argument parser that says what is wrong in one line and guesses what was meant."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NoReturn, TypeAlias

from messina.cli.output import note_line
from messina.text import nearest

__all__ = ["USAGE_EXIT", "OptionGroup", "Parser", "Run", "UsageError", "Verbs", "add_verb", "parse"]

Run: TypeAlias = Callable[[argparse.Namespace], int]
Verbs: TypeAlias = "argparse._SubParsersAction[Parser]"

USAGE_EXIT: Final = 2


class UsageError(Exception):
    """Options that are fine one by one do not go together; the message says why."""


class Parser(argparse.ArgumentParser):
    """Exits with 2 and one line, instead of the whole usage, when it is used wrongly."""

    def error(self, message: str) -> NoReturn:
        """Prints the message in one line and exits with 2."""
        note_line(f"{self.prog}: {message}; `{self.prog} --help` tells more")
        sys.exit(USAGE_EXIT)

    @property
    def long_options(self) -> list[str]:
        """All options that begin with two dashes."""
        return [option for option in self._option_string_actions if option.startswith("--")]


class OptionGroup:
    """Options of one use of a verb that has several: together in `--help`, and told apart."""

    def __init__(self, parser: Parser, title: str, about: str) -> None:
        self._group = parser.add_argument_group(title, about)
        self._actions: list[argparse.Action] = []

    def add(self, *names: str, **settings: Any) -> None:
        """An option, as `add_argument` takes it; without a default: None is not given."""
        self._actions.append(self._group.add_argument(*names, **settings))

    def given(self, arguments: argparse.Namespace) -> list[str]:
        """Those of its options that the command line has."""
        found = [each for each in self._actions if getattr(arguments, each.dest) is not None]
        return [each.option_strings[0] for each in found]


def add_verb(
    verbs: Verbs, name: str, *, does: str, run: Run, examples: Iterable[str], more: str = ""
) -> Parser:
    """A verb's parser: `does` is its line in the list of verbs, `more` stands under it."""
    parser = verbs.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.{more and chr(10) * 2 + more}",
        epilog="\n".join(["examples:", *(f"  {line}" for line in examples)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    return parser


def parse(parser: Parser, verbs: Verbs, words: Sequence[str]) -> argparse.Namespace:
    """The parsed command line; misspelt verbs and options are named with their nearest."""
    if words and not words[0].startswith("-"):
        if words[0] not in verbs.choices:
            parser.error(_unknown("verb", words[0], verbs.choices, choices=True))
        _refuse_unknown_options(verbs.choices[words[0]], words[1:])
    arguments, left = parser.parse_known_args(words)
    if left:
        verb = verbs.choices.get(words[0], parser)
        option = next((word for word in left if word.startswith("-")), None)
        unexpected = f"unexpected: {' '.join(left)}"
        verb.error(unexpected if option is None else _unknown("option", option, ()))
    return arguments


def _refuse_unknown_options(parser: Parser, words: Sequence[str]) -> None:
    """Before argparse complains of what seems missing only because its name is misspelt."""
    for word in words:
        if word == "--":
            return
        option = word.partition("=")[0]
        if option.startswith("--") and option not in parser.long_options:
            parser.error(_unknown("option", option, parser.long_options))


def _unknown(kind: str, word: str, known: Iterable[str], *, choices: bool = False) -> str:
    known = list(known)
    near = nearest(word, known)
    if near is not None:
        return f"there is no {kind} {word}; did you mean {near}?"
    return f"there is no {kind} {word}" + (f", only {', '.join(known)}" if choices else "")
