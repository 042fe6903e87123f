"""How good an instrument is, said in words, metrics, pictures and sounds.

real          the sounds it was learnt from, found again
playback      sounds it never heard, played back, beside the frames alone
answers       how it answers to velocity, note and repetition
layers        whether named layers play as loud as they are
contenders    new sounds by the instrument and by its opponents
sequence      what plays on, beside its recordings
sequence_page, comparison_page    the reports of what plays on and of two instruments
likeness      how surely they are told from real ones, and what that means
scores        the metrics of new sounds beside the real ones', and their references
evaluation    all of it in one run
comparison    two instruments side by side
record        what a run found, as it is written to JSON
judging       when a metric is good, fair or poor
verdict       all metrics in plain words
clips         sounds inside an HTML file
blind, blind_page    a test for people: which is the recording
mask          spectrograms inside an HTML file
markup        text and numbers as HTML
plots         charts as HTML and SVG
tables, panels, scale, page    the report itself
"""

from messina.report.comparison import Comparison, common_sounds, compare
from messina.report.contenders import OPPONENTS, Contender, Opponent
from messina.report.evaluation import Evaluation, evaluate
from messina.report.page import write_report
from messina.report.real import RealSounds, find_real_sounds

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
