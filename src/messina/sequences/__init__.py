"""What plays on by itself: structure above, sound below; block by block, for as long as asked."""

from messina.sequences.sequence import Player, Sequence, Wish, blocks_of

__all__ = ["Player", "Sequence", "Wish", "blocks_of"]
