"""`python -m messina` is the command `messina`."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command line; Ctrl-C while it is still being loaded ends it in one line, too."""
    try:
        from messina.cli.main import main as run
    except KeyboardInterrupt:
        sys.stderr.write("messina: stopped\n")
        return 1
    return run()


if __name__ == "__main__":
    sys.exit(main())
