"""Sounds made from nothing, that the network practises on before it meets a folder."""

from messina.learning.practice.sounds import ProceduralSound, procedural_sounds

__all__ = ["ProceduralSound", "procedural_sounds"]
