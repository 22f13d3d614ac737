"""`python -m server` is `intrvu serve`."""

import sys

from server.cli import main

sys.argv.insert(1, "serve")
main()
