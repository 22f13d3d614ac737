"""Wording in English by which questions and options give themselves away: word lists and patterns, no judgement."""

import re
from typing import Final

from domain.wording import prose, root, words

DISTINCTIVE_LETTERS: Final = 5
"""Letters from which on a word of a question is one that people look for in the options."""

_CERTAIN = re.compile(
    r"\b(?:always|never|completely|entirely|totally|absolutely|invariably|impossible|guaranteed"
    r"|(?:in|under) (?:all|any|every|no) (?:cases?|circumstances?))\b",
    re.IGNORECASE,
)
_SWEEPING = re.compile(r"(?<![.\w])(?:all|every|only|none)\b(?! but\b)", re.IGNORECASE)
_HEDGE = re.compile(r"\b(?:almost|nearly|hardly|not|at|after)\s+$", re.IGNORECASE)
_OF_THE_ABOVE = re.compile(
    r"\b(?:all|none|both|neither|either|any|each|two|some) (?:of )?the (?:above|below|preceding|following)\b(?!-)",
    re.IGNORECASE,
)
_OF_THE_OPTIONS = re.compile(
    r"\W*(?:all|none|both|neither|either|any)(?: of)?(?: (?:the|these|those))?(?: (?:other|given|listed))?"
    r" (?:these|those|options?|answers?|choices?|alternatives?|statements?)(?: (?:is|are) \w+)?\W*",
    re.IGNORECASE,
)
_NUMERAL = r"\(?(?:[A-E]|I{1,3}|IV|V)\)?"
_JOINED = r"(?:, ?| ?& ?|,? (?:and|or|nor) )"
_LABELS = re.compile(
    rf"\W*(?:(?i:both|either|neither|only) )?(?:{_NUMERAL}(?:{_JOINED}{_NUMERAL})+"
    rf"|(?i:options?|answers?|statements?) (?:{_NUMERAL}|\(?\d\)?)(?:{_JOINED}(?:{_NUMERAL}|\(?\d\)?))+"
    rf"|\(\d\)(?:{_JOINED}\(\d\))+)(?: only)?\W*",
)
_TELLING_LABEL = re.compile(r"\b(?:[B-E]|II|III|IV|V)\b")
"""Labels that are no words by themselves, as A and I are."""

_INTERROGATIVE = re.compile(r"\b(?:which|what|who|whom)\b", re.IGNORECASE)
_SUBCLAUSE = re.compile(
    r"[,;] (?:and|but|or|so|given)\b|\b(?:that|who|whose|whom|if|when|while|because|although|though|since|unless|until"
    r"|once|so|as|without|where|whether|which|for which)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:is|are|was|were|be|do|does|did|can|could|will|would|should|shall|may|might|must|has|have|had)"
    r"(?: \S+){0,5}? (?P<after>not)\b"
    r"|\b(?P<alone>cannot|never|except|neither|\w+n['’]t)\b"
    r"|\b(?P<degree>least) (?:likely|suitable|appropriate|useful|helpful|effective|relevant|important|plausible)\b",
    re.IGNORECASE,
)
_EMPHASISED = re.compile(r"(\*\*|__|\*|_)(?=\S)(?:[^\s*_]+\s+){0,2}[^\s*_]+\1|<(b|u|em|strong)>[^<]{1,30}</\2>")
_UNFOCUSED = re.compile(
    r"\b(?:which|what)(?: one)? of (?:the following|these|the below)(?: \w+){0,3}? (?:is|are)(?: \w+)?"
    r" (?:true|false|correct|incorrect|right|wrong)\b",
    re.IGNORECASE,
)
_COMPLETED = re.compile(r"(?:[:…]|\.\.\.|\b(?:is|are|by|to|because|of|an?|the))\s*$|_{2,}", re.IGNORECASE)
_FOLLOWED = re.compile(
    r"\W*(?:choose|select|pick|name|identify|find|give|determine|estimate|calculate|compute|rank)\b", re.IGNORECASE
)
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐‑](?=[^\W\d_])")
_ARTICLES: Final = frozenset({"a", "an", "the"})
_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        """
        about above after again against along among another around because before being below between could during
        either every first following further having least might never other should since their there these thing things
        those through under until where which while whose within without would
        answer apply better cause caused causes change changes choice correct describe describes explain explains given
        happen happens later likely means needed option options question reason result right statement statements still
        takes therefore using wrong
        """,
    )
)
"""Grammar, and the words in which any question is asked."""


def certain(text: str) -> list[str]:
    """Words that allow no exception, such as always, never and completely, in order."""
    return [match.group() for match in _CERTAIN.finditer(text)]


def sweeping(text: str) -> list[str]:
    """Words for the whole or for nothing: all, every, only, none. Not where they are hedged, or capitals as in SQL."""
    rest = _CERTAIN.sub(" ", text)
    found = [match for match in _SWEEPING.finditer(rest) if not _HEDGE.search(rest[: match.start()])]
    return [match.group() for match in found if not match.group().isupper()]


def about_other_options(option: str, stem: str) -> bool:
    """Whether an option is "all of the above" or its like, or a combination such as "both A and B".

    Labels of things in the stem (table A and table B) are names and point at no option.
    """
    if _OF_THE_ABOVE.search(option) or _OF_THE_OPTIONS.fullmatch(option):
        return True
    labels = _TELLING_LABEL.findall(option)
    named = bool(labels) and all(re.search(rf"\b{label}\b(?![.):])", stem) for label in labels)
    return bool(_LABELS.fullmatch(option)) and not named


def unfocused(question: str) -> str | None:
    """The words that ask which option is true, and of nothing in particular."""
    found = _UNFOCUSED.search(question)
    return None if found is None else found.group()


def unmarked_negation(question: str) -> str | None:
    """The word by which a question asks for the exception, unless capitals or emphasis make it stand out.

    Only in the clause that asks which or what: "why is it not used" and "which holds if it is not there" ask for no
    exception.
    """
    interrogative = _INTERROGATIVE.search(question)
    if interrogative is None:
        return None
    clause = question[interrogative.end() :]
    if end := _SUBCLAUSE.search(clause):
        clause = clause[: end.start()]
    found = _NEGATION.search(_EMPHASISED.sub(" ", clause))
    if found is None:
        return None
    word = next(group for group in found.group("after", "alone", "degree") if group)
    return None if word.isupper() else word


def to_be_completed(sentence: str) -> bool:
    """Whether a sentence without a question mark still asks: it breaks off, has a gap, or tells to choose."""
    return bool(_COMPLETED.search(sentence) or _FOLLOWED.match(sentence))


def distinctive(text: str) -> dict[str, str]:
    """The words of prose that people look for in the options, by their roots."""
    telling = (word for word in words(prose(text)) if len(word) >= DISTINCTIVE_LETTERS and word not in _COMMON)
    return {root(word): word for word in telling if word.isalpha()}


def bare(option: str) -> str:
    """An option without case, articles, hyphens and the punctuation of sentences; code stays as it is."""
    if "`" in option:
        return " ".join(option.split())
    told = (word.strip(".,;:") for word in _HYPHEN.sub(" ", option).casefold().split())
    return " ".join(word for word in told if word and word not in _ARTICLES)


def beginning(option: str) -> str | None:
    """How an option begins; None where that says nothing, as with code and figures."""
    first = option.strip()[:1]
    if not first.isalpha() or first.upper() == first.lower():
        return None
    return "begins with a capital" if first.isupper() else "begins with a small letter"


def ending(option: str) -> str | None:
    """How an option ends; None where that says nothing, as with code."""
    last = option.strip()[-1:]
    if not last or last == "`":
        return None
    return "ends with a full stop" if last == "." else "ends without a full stop"
