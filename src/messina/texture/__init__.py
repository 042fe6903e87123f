"""Textures: long sounds as slow frames, and what plays them on for ever."""

from messina.texture.model import TextureModel
from messina.texture.part import texture_from, texture_part
from messina.texture.player import TexturePlayer

__all__ = ["TextureModel", "TexturePlayer", "texture_from", "texture_part"]
