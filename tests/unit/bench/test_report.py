"""A benchmark's table says what was met, and every benchmark can be named alone."""

from importlib import import_module

import pytest

from bench.report import Figure, table


def test_a_missed_goal_stands_out_and_a_figure_without_a_goal_claims_nothing():
    figures = [
        Figure("starting", "1.0 s", "0.5 s", "2.0 ×", "≤ 2.5 ×", met=True),
        Figure("memory", "90 MiB", goal="≤ 75 MiB", met=False),
        Figure("an event", "5 µs"),
    ]

    assert table(figures).splitlines() == [
        "| What | IntrVu | Peer | Ratio | Goal | Met |",
        "| --- | --- | --- | --- | --- | --- |",
        "| starting | 1.0 s | 0.5 s | 2.0 × | ≤ 2.5 × | yes |",
        "| memory | 90 MiB |  |  | ≤ 75 MiB | **no** |",
        "| an event | 5 µs |  |  |  |  |",
    ]


@pytest.mark.parametrize("name", ["start", "history", "quota", "subscriptions", "scaling"])
def test_a_benchmark_says_what_it_found_as_figures(name):
    assert callable(import_module(f"bench.{name}").figures)
