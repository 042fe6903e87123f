"""What is played by hand, message by message, as `messina live` plays it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument import Instrument
from messina.instrument.touch import touch_law
from messina.play.live_player import LiveConfig, LivePlayer

BLOCK: Final = 256

Messages = Sequence[tuple[int, tuple[int, ...]]]


def heard(
    instrument: Instrument,
    messages: Messages,
    blocks: int = 120,
    *,
    config: LiveConfig | None = None,
    size: int = BLOCK,
) -> NDArray[np.float64]:
    """What sounds of messages (block, bytes), the renderer being always in time.

    size: samples of a block.
    """
    player = LivePlayer(instrument, config or LiveConfig(wildness=0.0))
    for label in instrument.labels:
        player._laws[label] = touch_law(instrument, label)
    player._laws_asked_for = True
    parts = []
    for block in range(blocks):
        for at, message in messages:
            if at == block:
                player._act(message)
        while player._render():
            pass
        parts.append(np.zeros((size, 2), np.float32))
        player.mix(parts[-1])
    return np.concatenate(parts).astype(np.float64)
