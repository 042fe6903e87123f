"""What plays on by itself: structure above, sound below; block by block, for as long as asked."""

from messina.sequences.sequence import Player, PlayOptions, Sequence, blocks_of

__all__ = ["PlayOptions", "Player", "Sequence", "blocks_of"]
