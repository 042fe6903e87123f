"""From a folder to an instrument, and from that to sounds.

python learn_and_play.py FOLDER OUT
"""

import sys
from pathlib import Path

import messina
from messina.audio_files import write_wav

if len(sys.argv) != 3:
    sys.exit(__doc__)

folder, out = map(Path, sys.argv[1:3])
corpus = messina.Corpus.from_folder(folder)
for lost in corpus.left_out:
    print(f"left out: {lost.name}: {lost.reason}")
instrument = messina.learn(corpus, minutes=1, out=out / "kit.messina")
for seed in range(8):
    write_wav(out / f"new {seed}.wav", instrument.render(seed=seed))
