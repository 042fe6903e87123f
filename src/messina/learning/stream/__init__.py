"""Learning textures: recordings become a stream model."""

from messina.learning.stream.session import learn_stream

__all__ = ["learn_stream"]
