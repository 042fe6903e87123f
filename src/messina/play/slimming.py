"""The page's sources without what is there for their readers alone: comments and indentation.

No minifier: lines stay lines, names stay names. It relies on how the page is written: comments fill
their lines, and no string or template goes over the end of a line.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["slim"]

_COMMENT: Final = re.compile(
    r"^[ \t]*(?://.*|/\*(?:(?!\*/)[\s\S])*\*/[ \t]*)(?:\n|\Z)", re.MULTILINE
)
_BLANK: Final = re.compile(r"^[ \t]*\n|^[ \t]+", re.MULTILINE)


def slim(source: str) -> str:
    """A script or style sheet that does the same and weighs less.

    >>> slim("// Says hello.\\nfunction hello() {\\n  /* once */\\n\\n  alert(1); // now\\n}\\n")
    'function hello() {\\nalert(1); // now\\n}\\n'
    """
    return _BLANK.sub("", _COMMENT.sub("", source))
