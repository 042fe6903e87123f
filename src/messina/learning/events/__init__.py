"""Learning what, how hard, when: from phrases to an event model."""

from messina.learning.events.training import learn_events

__all__ = ["learn_events"]
