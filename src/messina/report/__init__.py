"""How good an instrument is, said in words, metrics, pictures and sounds.

measuring     from Python as the command line does: evaluate, compare, the blind test
evaluation    all of it in one run
comparison    two instruments side by side, and their page
seed_runs     one instrument and seed measured, beside what is measured once for all
sequence_evaluation  what plays on, beside its recordings

subject       what is measured, the sounds it was learnt from, found again, and what with
playback      sounds it never heard, played back, beside the frames alone
controllability    how it answers to velocity, note, layer and repetition
systems       new sounds by the instrument and by the baselines
likeness      how surely a classifier tells them from real ones, and what that means
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
from messina.report.evaluation import Evaluation, evaluate
from messina.report.page import write_report
from messina.report.subject import RealSounds, find_real_sounds
from messina.report.systems import BASELINES, Baseline, SystemSounds

__all__ = [
    "BASELINES",
    "Baseline",
    "Comparison",
    "Evaluation",
    "RealSounds",
    "SystemSounds",
    "common_sounds",
    "compare",
    "evaluate",
    "find_real_sounds",
    "write_report",
]
