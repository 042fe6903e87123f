"""One label from soft to hard: eight takes in a row, in one file.

python velocity_ladder.py INSTRUMENT OUT.wav [LABEL]
"""

import sys
from pathlib import Path

import numpy as np

import messina
from messina.audio_files import write_wav

if not 3 <= len(sys.argv) <= 4:
    sys.exit(__doc__)

instrument = messina.Instrument.load(sys.argv[1])
label = sys.argv[3] if len(sys.argv) > 3 else instrument.labels[0]
takes = [
    instrument.render(label=label, velocity=velocity, seed=seed)
    for seed, velocity in enumerate(np.linspace(16, 127, 8))
]
write_wav(Path(sys.argv[2]), np.concatenate(takes))
