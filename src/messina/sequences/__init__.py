"""What plays on by itself: structure above, sound below; block by block, for as long as asked."""
