"""Learning textures: recordings become a stream model."""

from messina.learning.stream.building import left_out_of
from messina.learning.stream.session import learn_stream

__all__ = ["learn_stream", "left_out_of"]
