"""Sounds made from nothing, that the network is pretrained on before it meets a folder."""

from messina.learning.pretraining.sounds import ProceduralSound, procedural_sounds

__all__ = ["ProceduralSound", "procedural_sounds"]
