"""A scale on whatever label has a pitch.

python scale.py INSTRUMENT OUT.wav
"""

import sys
from pathlib import Path

import numpy as np

import messina
from messina.audio_files import write_wav

if len(sys.argv) != 3:
    sys.exit(__doc__)

MAJOR = (0, 2, 4, 5, 7, 9, 11, 12)

instrument = messina.Instrument.load(sys.argv[1])
pitched = [label for label in instrument.manifest.responses if label.pitched]
if not pitched:
    raise SystemExit("nothing in this instrument has a pitch")
lowest = round(pitched[0].note_low)
notes = [
    instrument.render(label=pitched[0].label, note=lowest + step, length_s=0.5, velocity=90)
    for step in MAJOR
]
write_wav(Path(sys.argv[2]), np.concatenate(notes))
