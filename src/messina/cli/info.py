"""`messina info`: what an instrument was made from and what it can play."""

from __future__ import annotations

import argparse
from pathlib import Path

from messina.cli.parsing import Verbs, add_verb

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "info",
        does="tell what an instrument was made from and can play",
        run=run,
        examples=["messina info kalimba.messina", "messina info kalimba.messina --json"],
    )
    parser.add_argument("instrument", type=Path, metavar="INSTRUMENT", help="a .messina file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(_: argparse.Namespace) -> int:
    raise NotImplementedError
