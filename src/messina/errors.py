"""Everything Messina raises on purpose.

    MessinaError              anything a user can meet; its text is shown as it is, exit 1
    ├── CorpusError           a folder or table of sounds cannot be used
    │   └── SoundError        one file cannot be used (named, left out, the rest goes on)
    ├── InstrumentError       a .messina file is damaged, foreign or newer than this program
    └── ControlError          a note, label, length … this instrument cannot play

A message says what we got, what is allowed and what to do, in one line.
"""

__all__ = ["ControlError", "CorpusError", "InstrumentError", "MessinaError", "SoundError"]


class MessinaError(Exception):
    """Base of all errors a user can meet."""


class CorpusError(MessinaError):
    """A folder or table of sounds cannot be used."""


class SoundError(CorpusError):
    """One file cannot be used; the message is the reason, without the file's name."""


class InstrumentError(MessinaError):
    """An instrument file is damaged, truncated, foreign or newer."""


class ControlError(MessinaError):
    """A control asks for what the instrument does not have."""
