"""What is counted, and that the operators' page tells all of it and nothing else."""

import re
from importlib import import_module

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from domain.enums import EvaluationFailureCode
from domain.errors import InvalidInput, LeaseLost, ProviderUnavailable, StorageUnavailable
from resolvers.metrics import failure_outcome
from schema.metrics import OUTCOMES
from server.settings import PROJECT

PAGE = PROJECT / "docs" / "metrics.md"
PREFIXES = ("intrvu_", "gen_ai_")
LABELS = {
    "code", "database", "engine", "error_type", "event", "fate", "gen_ai_provider_name", "gen_ai_request_model",
    "gen_ai_token_type", "kind", "method", "mutation", "outcome", "python", "reason", "route", "status", "step", "task",
    "type", "version",
}  # fmt: skip


def declared() -> list[MetricWrapperBase]:
    """What every folder counts."""
    for module in PROJECT.glob("[a-z]*/metrics.py"):
        import_module(f"{module.parent.name}.metrics")
    return [
        collector
        for collector in set(REGISTRY._collector_to_names)
        if isinstance(collector, MetricWrapperBase) and collector._name.startswith(PREFIXES)
    ]


def name_of(collector: MetricWrapperBase) -> str:
    return collector._name + ("_total" if collector._type == "counter" else "")


def test_the_page_lists_every_metric_with_its_type():
    listed = dict(re.findall(r"^\| `((?:intrvu|gen_ai)_\w+)` \| (\w+) \|", PAGE.read_text(), re.MULTILINE))

    assert listed == {name_of(collector): collector._type for collector in declared()}


def test_names_follow_prometheus_conventions():
    for collector in declared():
        if collector._type == "histogram":
            assert collector._name.endswith(("_seconds", "_jobs")), collector._name
        assert collector._documentation.endswith("."), collector._name


def test_every_label_is_of_a_closed_set():
    assert {label for collector in declared() for label in collector._labelnames} == LABELS


def test_an_operations_outcome_is_ok_or_one_of_the_contracts_codes():
    assert {
        "OK",
        "INTERNAL",
        "UNAUTHENTICATED",
        "NOT_FOUND",
        "BAD_USER_INPUT",
        "LIMIT_EXCEEDED",
        "RATE_LIMITED",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "QUOTA_EXCEEDED",
        "IDEMPOTENCY_CONFLICT",
        "PROVIDER_UNAVAILABLE",
        "STORAGE_UNAVAILABLE",
    } == OUTCOMES


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (InvalidInput("x"), "invalid_input"),
        (ProviderUnavailable("x", retry_after_seconds=1), "provider_unavailable"),
        (StorageUnavailable("x"), "storage_unavailable"),
        (LeaseLost("x"), "fault"),
        (KeyError("x"), "fault"),
        (KeyboardInterrupt(), "cancelled"),
    ],
)
def test_why_a_challenge_was_not_generated_is_one_of_few_words(error, outcome):
    assert failure_outcome(error) == outcome


def test_failure_codes_are_few():
    assert len(EvaluationFailureCode) < 10
