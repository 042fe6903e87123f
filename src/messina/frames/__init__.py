"""Frames: analysis and synthesis of single sounds, in numpy alone."""

from messina.frames.analysis import analyse
from messina.frames.layout import Frames
from messina.frames.synthesis import Synthesiser, synthesise

__all__ = ["Frames", "Synthesiser", "analyse", "synthesise"]
