"""A process for tests of the pool: gives back what it is told, dies when told to.

In: what was greeted with and then messages. Out: the number of the process, the greeting, the
message.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from messina.process_pool import answer_messages

GREETED: list[bytes] = []


def answer(message: bytes) -> bytes | None:
    if "greeted" in sys.argv and not GREETED:
        GREETED.append(message)
        return None
    if message == b"die" or (message == b"die once" and first_time()):
        os._exit(3)
    if message == b"sleep":
        time.sleep(60)
    return b"|".join([str(os.getpid()).encode(), *GREETED, message])


def first_time() -> bool:
    """Whether nobody died here before: the trace is a file in the working folder."""
    try:
        Path("died").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


if __name__ == "__main__":
    answer_messages(answer)
