"""Sounds inside an HTML file: each once, as 16-bit FLAC.

What would make the file too large is left out, and its picture has no player.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.cards import flac_uri
from messina.report.markup import Html, render

__all__ = ["BUDGET_BYTES", "LONGEST_S", "Clips"]

Audio = NDArray[np.floating]

BUDGET_BYTES: Final = 8_000_000
"""Of the HTML file for all sounds together."""
LONGEST_S: Final = 3.0
"""A longer sound is faded out here, unless its page gives it more room."""


class Clips:
    """The sounds of a page; those added first are sure to have a place."""

    def __init__(self, *, budget_bytes: int = BUDGET_BYTES, longest_s: float = LONGEST_S) -> None:
        self._left = budget_bytes
        self.longest_s = longest_s
        self._clips: dict[str, tuple[str, str]] = {}
        self.left_out = 0

    def add(self, key: str, audio: Audio, title: str) -> str | None:
        """The identifier of a sound [N] or [N, C] in the page; None when there is no room.

        key: what it is; the same key is the same sound, and is embedded once.
        """
        if key in self._clips:
            return self._identifier(key)
        data = flac_uri(audio, longest_s=self.longest_s) if len(audio) else ""
        if not data or len(data) > self._left:
            self.left_out += 1
            return None
        self._left -= len(data)
        self._clips[key] = (title, data)
        return self._identifier(key)

    def find(self, key: str) -> str | None:
        """The identifier of a sound that has been added."""
        return self._identifier(key) if key in self._clips else None

    def html(self, title: str = "", *, hidden: bool = False) -> Html:
        """The sounds as a section; scripts play them, without scripts they show controls."""
        sounds = [(self._identifier(key), name, data) for key, (name, data) in self._clips.items()]
        return render("sounds.html", title=title, hidden=hidden, sounds=sounds)

    def _identifier(self, key: str) -> str:
        return f"sound-{list(self._clips).index(key)}"
