"""How good an instrument is, said in words, metrics, pictures and sounds.

measuring     from Python as the command line does: evaluate, compare, the blind test
evaluation    all of it in one run
comparison    two instruments side by side, and their page
trial         one instrument tried, on a bench that is measured once
sequence_evaluation  what plays on, beside its recordings

subject       what is measured, the sounds it was learnt from, found again, and what with
playback      sounds it never heard, played back, beside the frames alone
controllability    how it answers to velocity, note, layer and repetition
contenders    new sounds by the instrument and by its opponents
likeness      how surely they are told from real ones, and what that means
scores        the metrics of new sounds beside the real ones', and their references

record        what a run found, as it is written to JSON
findings      what the verdict rests on, of one seed or several, and when a metric is good
verdict       all metrics in plain words

page          the reports, of panels, tables and drawings
blind         a test for people, and its page: which is the recording
sound_players sounds and their spectrograms inside an HTML file
markup        text, numbers and charts as HTML and SVG
"""

from messina.report.comparison import Comparison, common_sounds, compare
from messina.report.contenders import OPPONENTS, Contender, Opponent
from messina.report.evaluation import Evaluation, evaluate
from messina.report.page import write_report
from messina.report.subject import RealSounds, find_real_sounds

__all__ = [
    "OPPONENTS",
    "Comparison",
    "Contender",
    "Evaluation",
    "Opponent",
    "RealSounds",
    "common_sounds",
    "compare",
    "evaluate",
    "find_real_sounds",
    "write_report",
]
