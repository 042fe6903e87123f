"""What people said in the blind test of an instrument.

    projects/ID/heard/N.json

Answers to an instrument that was learnt anew since are kept, but no longer count.
"""

from __future__ import annotations

import functools
import secrets
from pathlib import Path
from typing import Final

import msgspec

from messina.atomic import replacing
from messina.corpus.folders import file_digest
from messina.errors import MessinaError
from messina.report.blind import Answers, added, heard_text, read_answers

__all__ = ["answers_about", "heard_so_far", "take_answers"]

MOST: Final = 200


def take_answers(folder: Path, instrument: Path, given: object) -> None:
    """Keeps what the page of a blind test sent. Raises MessinaError for what is none, or is odd."""
    try:
        answers = msgspec.convert(given, Answers)
    except msgspec.ValidationError as error:
        raise MessinaError(f"not the answers to a blind test ({error})") from None
    if len(list(folder.glob("*.json"))) >= MOST:
        raise MessinaError(f"{MOST} listeners have been heard; that is enough")
    digest = file_digest(instrument)
    with replacing(
        folder / f"{secrets.token_hex(6)}.json",
        check=functools.partial(read_answers, digest=digest),
    ) as aside:
        aside.write_bytes(msgspec.json.encode(answers))


def answers_about(folder: Path, instrument: Path) -> list[Path]:
    """The files of answers that are about an instrument as it is."""
    digest = file_digest(instrument)
    return [path for path in sorted(folder.glob("*.json")) if _read(path, digest)]


def heard_so_far(folder: Path, instrument: Path) -> str:
    """The share of right answers with its interval, in words; "" when nobody has answered."""
    digest = file_digest(instrument)
    answers = [_read(path, digest) for path in folder.glob("*.json")]
    row = added([one for one in answers if one is not None])
    if not row.trials:
        return ""
    by = "one listener" if row.listeners == 1 else f"{row.listeners} listeners"
    return f"{heard_text(row)}, {by}"


def _read(path: Path, digest: str) -> Answers | None:
    try:
        return read_answers(path, digest=digest)
    except MessinaError:
        return None
