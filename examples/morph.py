"""From one sound to another in nine steps.

python morph.py INSTRUMENT FIRST.wav SECOND.wav OUT
"""

import sys
from pathlib import Path

import soundfile

import messina
from messina.audio_files import write_wav

if len(sys.argv) != 5:
    sys.exit(__doc__)

instrument, out = messina.Instrument.load(sys.argv[1]), Path(sys.argv[4])
first, second = (
    instrument.encode(audio, sample_rate=rate)
    for audio, rate in (soundfile.read(path, dtype="float32") for path in sys.argv[2:4])
)
for step in range(9):
    between = instrument.interpolate(first, second, step / 8)
    write_wav(out / f"{step}.wav", instrument.decode(between))
