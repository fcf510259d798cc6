"""``python -m local.migrating``: the migrations of several pieces in one process, which imports what they need once.

On standard input is a JSON object of pieces and the addresses of their databases, which have passwords in them.
"""

import json
import sys

from kit.migrations import upgrade

if __name__ == "__main__":
    for piece, url in json.load(sys.stdin).items():
        print(piece, flush=True)
        upgrade(piece, url)
