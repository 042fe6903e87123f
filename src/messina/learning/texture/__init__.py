"""Learning textures: recordings become a texture model."""

from messina.learning.texture.building import build_model, left_out_of

__all__ = ["build_model", "left_out_of"]
