"""A groove for as long as you like, in blocks, as a sound card would ask for them.

python groove_in_blocks.py GROOVE OUT.wav [SECONDS]
"""

import sys
from pathlib import Path

import soundfile

import messina

if not 3 <= len(sys.argv) <= 4:
    sys.exit(__doc__)

BLOCK = 512

groove = messina.Sequence.load(sys.argv[1])
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60.0
player = groove.player(seed=3)
with soundfile.SoundFile(Path(sys.argv[2]), "w", 44_100, 2, "PCM_24") as file:
    for _ in range(round(seconds * 44_100 / BLOCK)):
        file.write(player.block(BLOCK))
