"""What plays on by itself: structure above, sound below; block by block, for as long as asked."""

from messina.sequences.player import Player, Wish, blocks_of
from messina.sequences.sequence import Sequence

__all__ = ["Player", "Sequence", "Wish", "blocks_of"]
