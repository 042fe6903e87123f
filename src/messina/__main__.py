"""`python -m messina` is the command `messina`."""

import sys

from messina.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
