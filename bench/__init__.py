"""Repeatable measurements: each prints a ratio against a peer that was measured in the same run.

`python -m bench` runs all of them, `python -m bench history quota` some. Server and load get a core each; figures of
different runs, machines or benchmarks must not be compared with each other.
"""
