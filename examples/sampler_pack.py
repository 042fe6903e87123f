"""A pack for a sampler, and the page that plays anywhere.

python sampler_pack.py INSTRUMENT OUT
"""

import sys
from pathlib import Path

import messina

if len(sys.argv) != 3:
    sys.exit(__doc__)

out = Path(sys.argv[2])
pack = messina.export(sys.argv[1], out / "pack", format="sfz", velocities=3, round_robin=2)
page = messina.export(sys.argv[1], out / "page.html", format="web")
print(f"{pack.sounds} sounds of {pack.labels} labels in {pack.path}; {page.path}")
