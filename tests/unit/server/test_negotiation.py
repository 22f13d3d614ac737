"""Which media type an answer takes."""

import pytest

from server.graphql.context import bearer_token
from server.graphql.negotiation import GRAPHQL, JSON, answer_type, wants_html

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        ("APPLICATION/JSON", JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON};q=0.9, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{GRAPHQL};q=0.5, */*;q=0.1", GRAPHQL),
        (f"*/*, {GRAPHQL};q=0.5", JSON),
        (f"*/*, {GRAPHQL}", GRAPHQL),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{JSON};q=0", None),
        (f"{JSON};q=0, {GRAPHQL};q=0, */*", None),
        (f"{JSON};q=x", None),
        (f"{JSON};q=9", JSON),
        ("text/html", None),
        ("text/event-stream", None),
        (", ,;", None),
        (BROWSER, JSON),
    ],
)
def test_the_better_weight_decides_then_the_order(accept: str | None, expected: object):
    assert answer_type(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("text/html, */*", True),
        ("application/json, text/html", False),
        ("application/json;q=0.5, text/html", True),
        ("text/html;q=0", False),
        ("*/*", False),
        (None, False),
    ],
)
def test_a_browser_is_who_likes_html_better(accept: str | None, expected: object):
    assert wants_html(accept) is expected


@pytest.mark.parametrize(
    ("authorization", "token"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("Bearer", None),
        ("Bearer  ", None),
        ("Bearer a.b.c", "a.b.c"),
        ("bearer   a.b.c ", "a.b.c"),
        ("a.b.c", "a.b.c"),
        ("Basic YQ==", "Basic YQ=="),
    ],
)
def test_a_token_is_what_follows_bearer(authorization: str | None, token: str | None):
    assert bearer_token(authorization) == token
