"""Finding the stretches of an answer that talk to the grader instead of answering.

A flagged sentence earns nothing, so an honest one must not be flagged: "we give each tenant a score" and "I would
ignore the cache criteria" describe a system. What is flagged is an order (a clause that begins with the verb, or
"you must …"), about this grading: its rubric, earlier instructions, this answer's marks.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace

from loguru import logger

from domain.challenge import AnswerPart
from domain.grading import GradingTask, Span
from domain.text import normalise

# White space is bounded, so that no answer makes a search slow.
_GAP = r"\s{1,8}"
_SENTENCE = r"(?:^|[.!?;\n>*#•\-])[ \t]{0,8}"
_CLAUSE = r"(?:^|[.!?;:,\n–—>*#•\-])[ \t]{0,8}"
_LEAD = rf"(?:(?:and|so|then|but|now|also|instead|therefore|just|simply|please|kindly|ok|okay){_GAP}){{0,3}}"
_ASKED = (
    rf"(?:please|kindly|you{_GAP}(?:must|should|shall|have{_GAP}to|need{_GAP}to|are{_GAP}to)"
    rf"|(?:want|need|like|ask|tell|order|instruct|command|require|beg)(?:ing|ed)?{_GAP}you{_GAP}to)"
)
_ORDER = (
    rf"(?:{_CLAUSE}{_LEAD}(?:{_ASKED}{_GAP})?|\b{_ASKED}{_GAP})(?:(?:now|please|just|simply|also|always){_GAP}){{0,2}}"
)

_WORDING = r"(?:instructions?|prompts?|rules?|guidelines?|directions?|criteria|commands?|messages?|context)"
_EARLIER = r"(?:previous|prior|preceding|above|earlier|foregoing|original|initial|system|your)"
_GRADING = r"(?:grading|scoring|marking|evaluation|assessment|rating)"
_OURS = (
    rf"(?:{_EARLIER}{_GAP}(?:\w+{_GAP})?{_WORDING}"
    rf"|(?:all|any|the|these|those){_GAP}{_WORDING}{_GAP}(?:above|before|(?:that{_GAP})?you\b|given{_GAP}to{_GAP}you)"
    rf"|(?:{_GRADING}{_GAP})?rubrics?"
    rf"|(?:the|all|everything|anything){_GAP}(?:of{_GAP}the{_GAP})?above\b"
    rf"|{_GRADING}{_GAP}(?:{_WORDING}|scheme|scale))"
)
_FULL = r"(?:full|max(?:imum|imal)?|perfect|top|highest|best)"
_MARKS = r"(?:scores?|marks?|points?|grades?|levels?|ratings?|credits?)"
_HUNDRED = (
    rf"(?:(?:a{_GAP})?100(?:{_GAP}(?:points?|marks?|percent)|\s?%)?"
    rf"(?=\s{{0,8}}(?:[.!,;)/]|$|please\b|out{_GAP}of\b|for{_GAP}(?:me|this|my)\b)))"
)
_RESULT = rf"(?:{_FULL}{_GAP}(?:possible{_GAP})?{_MARKS}|{_HUNDRED}|(?:level{_GAP})?5/5|10/10|level{_GAP}(?:5|five)\b)"
_OF_GRADING = r"(?:criteri(?:on|a)|dimensions?|questions?|parts?)"
_ANSWER = rf"(?:(?:this|my|the){_GAP}(?:answer|response|submission|solution))"
_GRADER = rf"(?:(?:ai|llm){_GAP})?(?:grader|evaluator|examiner|judge|assessor)"


def _order(what: str) -> re.Pattern[str]:
    return re.compile(rf"{_ORDER}(?P<found>{what})", re.IGNORECASE)


def _plain(what: str) -> re.Pattern[str]:
    """At the beginning of a sentence: after a colon or a quotation mark, a prompt may be quoted."""
    return re.compile(rf"{_SENTENCE}{_LEAD}(?P<found>{what})", re.IGNORECASE)


def _anywhere(what: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<found>{what})", re.IGNORECASE)


_PATTERNS = (
    _order(rf"(?:ignore|disregard|forget|override|bypass|skip|overlook)\b[^.!?\n]{{0,40}}?\b{_OURS}"),
    _order(
        rf"(?:give|award|assign|grant|rate|score|mark|grade){_GAP}(?:me|us|{_ANSWER}|(?:every|each|all){_GAP}(?:the{_GAP})?"
        rf"{_OF_GRADING})\b[^.!?\n]{{0,40}}?(?<!\w){_RESULT}"
    ),
    _order(rf"(?:give|award|assign|grant){_GAP}(?:(?:it|this){_GAP})?(?:an?{_GAP}|the{_GAP})?{_RESULT}"),
    _anywhere(
        rf"\b(?:this|my){_GAP}(?:answer|response|submission)\b[^.!?\n]{{0,20}}?"
        rf"\b(?:deserves?|earns?|gets?|has|merits?|receives?|scores?|worth|given|awarded){_GAP}(?:\w+{_GAP})?{_RESULT}"
    ),
    _anywhere(
        rf"\b(?:full|perfect|maximum){_GAP}(?:marks?|points|credits?|scores?)\b[^.!?\n]{{0,20}}\b(?:for{_GAP}(?:me|us|{_ANSWER}|(?:all|every|each){_GAP}{_OF_GRADING})|please)\b"
    ),
    _anywhere(rf"\blevel{_GAP}(?:5|five){_GAP}(?:for|in|on){_GAP}(?:all|every|each)\b"),
    _plain(
        rf"you{_GAP}are{_GAP}(?:now{_GAP}(?:an?|the|my|in)|an?|the|my){_GAP}(?:\w+{_GAP}){{0,2}}(?:{_GRADER}|assistant|ai|model|mode)\b"
    ),
    _order(rf"(?:dear|hey|hello|hi|attention|note{_GAP}(?:to|for)(?:{_GAP}the)?)[\s,:]{{1,8}}(?:{_GRADER}|ai|llm)\b"),
    _order(rf"as{_GAP}(?:an?|the|my){_GAP}(?:{_GRADER}|ai(?:{_GAP}language{_GAP}model)?)\b[^.!?\n]{{0,40}}\byou\b"),
    _order(
        rf"(?:print|reveal|repeat|show|output|disclose)\b[^.!?\n]{{0,20}}?\b(?:the|your){_GAP}(?:\w+{_GAP})?(?:system{_GAP}prompt|rubric|model{_GAP}answers?|answer{_GAP}key)\b"
    ),
    # Capitals only: "System: PostgreSQL 18" is an honest heading.
    re.compile(
        r"(?:^|\n)[ \t#>*]{0,8}"
        r"(?P<found>(?:SYSTEM|ASSISTANT|DEVELOPER)(?:[ \t]{1,4}(?:PROMPT|MESSAGE|NOTE|OVERRIDE))?\s{0,4}:)"
    ),
    re.compile(
        r"(?:^|\n)[ \t#>*]{0,8}(?P<found>system[ \t]{1,4}(?:prompt|message|note|override)\s{0,4}:)", re.IGNORECASE
    ),
    _anywhere(
        r"(?<!\w)<\|?/?\s{0,4}(?:system|assistant|developer|im_start|im_end|im_sep|endoftext|instructions?|answer|rubric)\b[^>\n]{0,80}>"
    ),
    _anywhere(r"\[/?(?:INST|SYSTEM)\]|<</?SYS>>"),
)
_SENTENCE_END = re.compile(r"[.!?\n]")


def screened(task: GradingTask) -> GradingTask:
    """The task with the stretches marked that talk to the grader."""
    found = instructions(task.parts)
    if found:
        logger.bind(spans=len(found)).warning("evaluation_answer_instructs_grader")
    return replace(task, instructions=found)


def instructions(parts: Iterable[AnswerPart]) -> tuple[Span, ...]:
    """The sentences that give orders about grading, in code points of the parts as written.

    Found on normalised text, so that full-width letters and zero-width characters hide nothing.
    """
    return tuple(span for part in parts for span in _in_part(part))


def _in_part(part: AnswerPart) -> list[Span]:
    normalised = normalise(part.text)
    text = normalised.text
    found = [match.span("found") for pattern in _PATTERNS for match in pattern.finditer(text)]
    if not found:
        return []
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    spans = [_sentence(ends, len(text), start, end) for start, end in found]
    return [Span(part.question_id, *normalised.original_span(*span)) for span in _merged(spans)]


def _sentence(ends: list[int], length: int, start: int, end: int) -> tuple[int, int]:
    """From the end of the sentence before to the end of the one that `end` is in."""
    before, after = bisect_right(ends, start), bisect_left(ends, end)
    return ends[before - 1] if before else 0, ends[after] if after < len(ends) else length


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
