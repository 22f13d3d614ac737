"""`python -m bench [name …]`: measure and print."""

import sys
from importlib import import_module

from bench import processes
from bench.report import machine, table

NAMES = ("start", "history", "quota", "subscriptions", "scaling", "grading", "stock")


def main() -> None:
    """Run what is named, or all."""
    wanted = sys.argv[1:] or NAMES
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        sys.exit(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(NAMES)}.")
    processes.pin_load()
    figures = []
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures.extend(import_module(f"bench.{name}").figures())
    print(f"{machine()}\n\n{table(figures)}")


main()
