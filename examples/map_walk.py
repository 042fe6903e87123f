"""A walk over the map, from corner to corner.

python map_walk.py INSTRUMENT OUT.wav
"""

import sys
from pathlib import Path

import numpy as np

import messina
from messina.audio_files import write_wav

if len(sys.argv) != 3:
    sys.exit(__doc__)

instrument = messina.Instrument.load(sys.argv[1])
walk = np.linspace((0.0, 0.0), (1.0, 1.0), 12)
steps = [instrument.render(at=(x, y), velocity=90, seed=i) for i, (x, y) in enumerate(walk)]
write_wav(Path(sys.argv[2]), np.concatenate([step[:11_025] for step in steps]))
