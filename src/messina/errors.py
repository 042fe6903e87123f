"""Everything Messina raises on purpose.

    MessinaError              anything a user can meet; its text is shown as it is, exit 1
    ├── CorpusError           a folder or table of sounds cannot be used
    │   └── SoundError        one file cannot be used (named, left out, the rest goes on)
    ├── InstrumentError       a .messina file is damaged, foreign or newer than this program
    └── ControlError          a note, label, length … this instrument cannot play

A message says what we got, what is allowed and what to do, in one line. Arguments it names stand in
backticks, as Python has them: `force=True`; the command line puts its options in their place.
"""

__all__ = ["ControlError", "CorpusError", "InstrumentError", "MessinaError", "SoundError"]


class MessinaError(Exception):
    """Base of all errors a user can meet."""


class CorpusError(MessinaError):
    """A folder or table of sounds cannot be used: nothing in it is sound, or its table is odd."""


class SoundError(CorpusError):
    """One file cannot be used; the message is the reason, without the file's name.

    Reading a folder does not raise it: the file is among those left out.
    """


class InstrumentError(MessinaError):
    """A `.messina` file is damaged, truncated, foreign, or newer than this program."""


class ControlError(MessinaError):
    """A note, label, length or other control asks for what the instrument does not have."""
