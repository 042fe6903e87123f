"""Textures: long sounds as slow streams of frames, and what plays them on for ever."""

from messina.stream.model import StreamModel
from messina.stream.part import stream_from, stream_part
from messina.stream.player import StreamPlayer

__all__ = ["StreamModel", "StreamPlayer", "stream_from", "stream_part"]
