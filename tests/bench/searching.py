"""The server with Python's own search for garbage: `python -m tests.bench.searching serve`."""

import sys

from app.cli import main
from app.commands import garbage

if __name__ == "__main__":
    garbage.NEW_OBJECTS = 700
    main(sys.argv[1:])
