"""Finding the stretches of an answer that talk to the grader instead of answering."""

import re
from collections.abc import Iterable

from domain.challenge import AnswerPart
from domain.grading import Span
from domain.text import normalise

_AUTHORITY = r"(?:instruction|rubric|prompt|rule|guideline|criteri(?:on|a)|direction)s?"
_GRADE = r"(?:score|mark|point|grade|level|rating|credit)s?"
_BESTOW = r"(?:give|award|assign|grant|rate)\s+(?:me|this|my|it|us|the\s+answer|every|each|all)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.!?\n]{{0,40}}\b{_AUTHORITY}\b",
        rf"\b{_BESTOW}\b[^.!?\n]{{0,40}}(?:\b(?:100|full|max(?:imum)?|perfect|top|highest|5/5|10/10)\b|{_GRADE}\b)",
        rf"\b(?:full|perfect|maximum|highest|top)\s+{_GRADE}\b[^.!?\n]{{0,30}}\b(?:please|for\s+(?:me|this|my))\b",
        r"\bgive\s+(?:a\s+)?100\b",
        r"\byou\s+are\s+(?:now\s+)?(?:an?|the|my)\s+(?:\w+\s+)?(?:grader|evaluator|assistant|examiner|judge|ai|model)\b",
        r"\b(?:dear|hey|hello|attention|note\s+to(?:\s+the)?)\s+(?:grader|evaluator|examiner|judge|ai)\b",
        r"^\s*(?:system|assistant|developer)\s*:",
        r"<\|?/?\s*(?:system|assistant|im_start|im_end|instructions?)\b[^>\n]*>",
        r"\bas\s+(?:an?|the)\s+(?:ai|language\s+model|grader|evaluator)\b[^.!?\n]{0,40}\byou\b",
        r"\b(?:print|reveal|repeat|show|output)\b[^.!?\n]{0,30}\b(?:system\s+prompt|rubric|key\s+points?|model\s+answer)\b",
    )
)
_SENTENCE_END = re.compile(r"[.!?\n]")


def instructions(parts: Iterable[AnswerPart]) -> tuple[Span, ...]:
    """The sentences that give orders about grading, in code points of the parts as written.

    Found on normalised text, so that full-width letters and zero-width characters hide nothing.
    """
    return tuple(span for part in parts for span in _in_part(part))


def _in_part(part: AnswerPart) -> list[Span]:
    normalised = normalise(part.text)
    spans: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(normalised.text):
            start = max((m.end() for m in _SENTENCE_END.finditer(normalised.text, 0, match.start())), default=0)
            after = _SENTENCE_END.search(normalised.text, match.end())
            spans.append((start, after.end() if after else len(normalised.text)))
    return [Span(part.question_id, *normalised.original_span(*span)) for span in _merged(spans)]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
