"""Textures: long sounds as slow streams of frames, and what plays them on for ever."""
