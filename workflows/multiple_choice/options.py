"""The options' order, by chance. Loads no LangGraph, so that whoever checks a bank shuffles with the same code."""

from collections.abc import Iterable
from random import Random

from domain.challenge import Option

OPTION_IDS = ("a", "b", "c", "d")
"""Ids by position: they say nothing about which option is correct."""


def shuffled(correct: str, distractors: Iterable[str], random: Random) -> tuple[tuple[Option, ...], str]:
    """Four different texts as options in an order by chance, and the id of the correct one.

    Raises:
        ValueError: there are not four of them.
    """
    texts = [correct, *distractors]
    random.shuffle(texts)
    options = tuple(Option(id, text) for id, text in zip(OPTION_IDS, texts, strict=True))
    return options, next(option.id for option in options if option.text == correct)
