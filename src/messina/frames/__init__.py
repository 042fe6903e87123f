"""Frames: analysis and synthesis of single sounds, in numpy alone."""
