"""The latents of a folder's sounds as a table, for whatever you analyse with.

python latents_to_csv.py INSTRUMENT FOLDER OUT.csv
"""

import csv
import sys
from pathlib import Path

import messina

if len(sys.argv) != 4:
    sys.exit(__doc__)

instrument = messina.Instrument.load(sys.argv[1])
corpus = messina.Corpus.from_folder(sys.argv[2])
with Path(sys.argv[3]).open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    axes = [f"z{axis}" for axis in range(instrument.network.config.latent)]
    table.writerow(["name", "label", "note", "loudness_db", *axes])
    for sound in corpus:
        own = instrument.encode(sound.audio, sample_rate=44_100, note=sound.note)
        table.writerow([sound.name, own.label, own.note, own.loudness_db, *own.z.tolist()])
