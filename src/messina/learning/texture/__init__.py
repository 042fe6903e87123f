"""Learning textures: recordings become a texture model."""

from messina.learning.texture.building import left_out_of
from messina.learning.texture.session import learn_texture_model

__all__ = ["learn_texture_model", "left_out_of"]
