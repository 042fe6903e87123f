"""How good is it, over several seeds? A verdict, a report, and two metrics with their spreads.

python judge.py INSTRUMENT FOLDER OUT.html [SEEDS]
"""

import sys

import messina

if not 4 <= len(sys.argv) <= 5:
    sys.exit(__doc__)

seeds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
found = messina.evaluate(sys.argv[1], sys.argv[2], out=sys.argv[3], seeds=seeds, count=32)
for clause in found.record.verdict:
    print(f"{clause.state:8} {clause.short}")
own = found.record.systems[0]
for key in ("told_apart", "coverage"):
    print(f"{key}: {own.metrics[key]:.2f} ± {own.spread.get(key, 0.0):.2f}")
