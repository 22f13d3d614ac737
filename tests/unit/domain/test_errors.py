"""The tree at the top of domain/errors.py is the tree of the classes."""

import inspect
import re

from domain import errors


def documented() -> dict[str, str | None]:
    """Each class of the drawing with the one that it hangs from."""
    parents: dict[str, str | None] = {}
    branch: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        drawn = re.match(r"(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+)(?:\s{2,}|$)", line)
        if drawn:
            depth = len(drawn["indent"]) // 4
            branch[depth:] = [drawn["name"]]
            parents[drawn["name"]] = branch[depth - 1] if depth else None
    return parents


def defined() -> dict[str, str | None]:
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]
    return {kind.__name__: kind.__bases__[0].__name__ if kind is not errors.IntrvuError else None for kind in classes}


def test_the_drawing_names_every_class_under_its_parent() -> None:
    assert documented() == defined()
    assert documented()["IntrvuError"] is None


def test_every_class_says_when_it_happens() -> None:
    assert all(
        vars(kind).get("__doc__")
        for kind in vars(errors).values()
        if inspect.isclass(kind) and kind.__module__ == errors.__name__
    )


def test_an_error_shows_its_message_and_keeps_its_field() -> None:
    error = errors.AnswerTooLong("Shorten it.", field=("input", "answer"), limit=20_000)

    assert (str(error), error.field, error.limit) == ("Shorten it.", ("input", "answer"), 20_000)
    assert errors.IdempotencyConflict("Used.").field == ()
