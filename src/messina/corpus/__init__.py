"""Files → sounds: read, aligned, named, described, split."""

from messina.corpus.analysing import analyse_all, each_frames
from messina.corpus.corpus import Corpus
from messina.corpus.reading import read_audio
from messina.corpus.recordings import NamedRecording, Recordings, read_recordings
from messina.corpus.slicing import Slicing
from messina.corpus.sound import DescribedSound, LeftOut, Sound
from messina.corpus.table import TABLE_NAME

__all__ = [
    "TABLE_NAME",
    "Corpus",
    "DescribedSound",
    "LeftOut",
    "NamedRecording",
    "Recordings",
    "Slicing",
    "Sound",
    "analyse_all",
    "each_frames",
    "read_audio",
    "read_recordings",
]
