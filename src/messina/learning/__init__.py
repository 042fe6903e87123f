"""Learning: from a corpus to an instrument. The only part, with the baselines, that needs torch."""

from messina.learning.session import learn
from messina.progress import LearningState

__all__ = ["LearningState", "learn"]
