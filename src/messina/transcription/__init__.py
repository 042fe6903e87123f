"""Takes become what was played: strokes of a beat, notes of a tune, for any instrument to play."""
