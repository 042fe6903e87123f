"""Variations of one sound: further and further from it.

python variations.py INSTRUMENT SOUND.wav OUT
"""

import sys
from pathlib import Path

import soundfile

import messina
from messina.audio_files import write_wav

if len(sys.argv) != 4:
    sys.exit(__doc__)

instrument, out = messina.Instrument.load(sys.argv[1]), Path(sys.argv[3])
audio, sample_rate = soundfile.read(sys.argv[2], dtype="float32")
encoding = instrument.encode(audio, sample_rate=sample_rate)
print(f"taken for {encoding.label}, note {encoding.note}, {encoding.loudness_db:.1f} dB")
for step, wildness in enumerate((0.0, 0.5, 1.0, 2.0)):
    write_wav(
        out / f"wildness {wildness}.wav", instrument.decode(encoding, wildness=wildness, seed=step)
    )
