"""How a task is done, by whichever process; and a process of our own that does one after the other.

`python -m messina.library.worker INDEX`: in are tasks, out their outcomes, as MessagePack.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from messina.corpus.reading import Readers
from messina.errors import MessinaError
from messina.library.analysis_pass import analyse_sounds
from messina.library.naming_pass import name_part
from messina.library.reading_pass import read_files
from messina.library.tasks import Failed, Name, Outcome, Read, Task, encoded, task_of
from messina.process_pool import answer_messages

__all__ = ["perform"]


def perform(message: bytes, out: Path) -> bytes:
    """Runs a task and returns its outcome; its shard is in the folder `out` by then."""
    try:
        return encoded(_done(task_of(message), out))
    except MessinaError as error:
        return encoded(Failed(str(error)))
    except OSError as error:
        return encoded(Failed(f"{error.filename or out}: {error.strerror or error}"))


def _done(task: Task, out: Path) -> Outcome:
    if isinstance(task, Read):
        return read_files(task, out, _readers())
    if isinstance(task, Name):
        return name_part(task, out, _readers())
    return analyse_sounds(task, out, _readers())


@cache
def _readers() -> Readers:
    """This process's decoder, started once; it ends when this process does."""
    return Readers(0, cores=1)


if __name__ == "__main__":
    folder = Path(os.fsdecode(bytes.fromhex(sys.argv[1])))
    answer_messages(lambda message: perform(message, folder))
