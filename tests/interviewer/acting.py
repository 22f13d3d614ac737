"""What the provider says: questions, cases, rubrics and judgements that stand up to our checks, about nothing at all.

Its words are made of syllables, so that no two of its texts are alike. A key is told from a distractor by one word, so
that whoever is asked to solve a question, also at another provider, finds it without having written it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

from domain.enums import Dimension

Value = dict[str, Any]

KEY, LURES = "bounded", ("partial", "delayed", "guessed")
CRITERIA = {
    "technical_accuracy": 3,
    "problem_solving": 2,
    "business_impact": 2,
    "communication": 1,
}
POINTS = 2
"""Key points of a criterion."""
ENOUGH = 0.6
"""The share of a key point's words that an answer must have."""

_SYLLABLES = [first + vowel + last for first in "bdfgklmnprstv" for vowel in "aeiou" for last in "lmnrt"]
_LINE = re.compile(r"^\d+\. Topic: (.+?)\. ", re.MULTILINE)
_QUESTION = re.compile(r'<question number="(\d+)">\n(.*?)\n</question>', re.DOTALL)
_OPTION = re.compile(r"^([a-d])\) (.*)$", re.MULTILINE)
_ASKED = re.compile(r"(?:criteria, in this order: |once more: )([\w, -]+?)[.\n]")
_ALL_ASKED = re.compile(r"^- ([A-Z_]+): ([\w, -]+)$", re.MULTILINE)
_CRITERION = re.compile(r"^### (\S+): .*\n((?:- .*\n?)*)", re.MULTILINE)
_PART = re.compile(r"<<<\S+ begin \S+>>>\n(.*?)\n<<<\S+ end \S+>>>", re.DOTALL)
_WORD = re.compile(r"[\w']+")


class Actor:
    """Says something different every time."""

    def __init__(self, random: Random | None = None) -> None:
        self._random = random or Random()
        self._parts: dict[str, Callable[[str], Value]] = {
            "candidates": self._candidates,
            "verdicts": self._verdicts,
            "situation": self._case,
            "technical_accuracy": self._rubric,
            "criteria": self._opinion,
            "summary": self._feedback,
            "dimensions": self._whole_opinion,
        }

    def perform(self, schema: Mapping[str, Any], texts: Iterable[str]) -> tuple[str, Value]:
        """An answer that fits the schema, and the property that tells which of our types it is."""
        wanted = next(name for name in self._parts if name in schema["properties"])
        return wanted, self._parts[wanted]("\n\n".join(texts))

    def word(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=2))

    def words(self, amount: int) -> str:
        return " ".join(self.word() for _ in range(amount))

    def statement(self) -> str:
        return f"The {self.words(3)} keeps every {self.words(2)} below {self.words(2)}"

    def _candidates(self, prompt: str) -> Value:
        return {"candidates": [self._candidate(topic) for topic in _LINE.findall(prompt)]}

    def _candidate(self, topic: str) -> Value:
        stem = (
            f"A {self.words(2)} team at {self.word()} runs {self._random.randint(3, 90)} {self.words(2)} nodes. After "
            f"{self.words(3)} the {self.words(2)} grows by {self._random.randint(2, 80)} GB an hour, while "
            f"{self.words(3)} waits for {self.words(3)}. Which change to the {self.words(2)} stops this?"
        )
        return {
            "topic": topic,
            "stem": stem,
            "correct": f"Give {self.word()} a {KEY} {self.word()}",
            "distractors": [
                {
                    "misconception": f"People believe that {self.words(4)}.",
                    "text": f"Give {self.word()} a {lure} {self.word()}",
                }
                for lure in LURES
            ],
            "explanation": f"What is {KEY} cannot grow. {self.statement()}.",
            "title": f"The {self.words(2)} case",
            "tags": [self.word(), self.word()],
            "suggested_minutes": 4,
        }

    def _verdicts(self, prompt: str) -> Value:
        verdicts = []
        for number, text in _QUESTION.findall(prompt):
            answer = next((label for label, option in _OPTION.findall(text) if KEY in option), "none")
            verdict = {"question": int(number), "reasoning": "Only one of them holds.", "answer": answer}
            verdicts.append({**verdict, "also_defensible": [], "confidence_percent": 95})
        return {"verdicts": verdicts}

    def _case(self, prompt: str) -> Value:
        asked = re.search(r"Number of questions: (\d+)", prompt)
        amount = int(asked[1]) if asked else 3
        return {
            "title": f"The {self.words(3)} case",
            "tags": [self.word() for _ in range(3)],
            "company": f"{self.word().title()}, {self.words(3)}",
            "role": f"Engineer of {self.words(2)}",
            "situation": f"Since {self.words(2)} the {self.words(30)} costs {self._random.randint(2, 99)} dollars.",
            "constraints": [f"No {self.words(4)}" for _ in range(4)],
            "questions": [f"What about {self.words(6)} would you {self.words(4)}?" for _ in range(amount)],
        }

    def _rubric(self, prompt: str) -> Value:
        asked = re.search(r"and (\d+) model answers", prompt)
        amount = int(asked[1]) if asked else len(re.findall(r"^\d+\. ", prompt, re.MULTILINE))
        written: Value = {name: [self._criterion() for _ in range(lines)] for name, lines in CRITERIA.items()}
        sentences = [point["text"] for name in CRITERIA for line in written[name] for point in line["key_points"]]
        answers = [". ".join(sentences[at::amount]) + "." for at in range(amount)]
        return {**written, "model_answers": answers}

    def _criterion(self) -> Value:
        return {
            "title": f"Way of {self.words(2)}",
            "importance": self._random.randint(1, 5),
            "key_points": [{"text": self.statement(), "phrasings": [self.statement()]} for _ in range(POINTS)],
            "level_0": f"Says nothing about {self.words(2)}.",
            "level_3": f"Says half about {self.words(2)}.",
            "level_5": f"Says all about {self.words(2)}.",
        }

    def _opinion(self, prompt: str) -> Value:
        asked = _ASKED.findall(prompt)[-1]
        return {"criteria": self._criteria(prompt, asked), "rationale": "The answer speaks to some of what is asked."}

    def _criteria(self, prompt: str, asked: str) -> list[Value]:
        rubric = {id: lines.splitlines() for id, lines in _CRITERION.findall(prompt)}
        sentences = [
            part for text in _PART.findall(prompt) for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()
        ]
        return [self._judged(id.strip(), rubric[id.strip()], sentences) for id in asked.split(",")]

    def _judged(self, id: str, lines: list[str], sentences: list[str]) -> Value:
        points = [line.removeprefix("- ").split(" (also:")[0] for line in lines if not line.startswith("- Level ")]
        found = [best for point in points if (best := _saying(point, sentences))]
        level = round(5 * len(found) / len(points)) if points else 0
        quotes = [{"text": sentence, "supports": True} for sentence in dict.fromkeys(found)][:3] if level else []
        verdict = "unmet" if level == 0 else "met" if level >= 4 else "partly_met"
        said = {"criterion_id": id, "quotes": quotes, "reasoning": "By what is said.", "verdict": verdict}
        return {**said, "level": level}

    def _feedback(self, _: str) -> Value:
        return {
            "summary": "You answer what is asked. Some of it could go further.",
            "strengths": ["You take the figures seriously.", "You say what you would do."],
            "improvements": [
                {"dimension": Dimension.TECHNICAL_ACCURACY.value, "text": "Say how it works inside."},
                {"dimension": Dimension.BUSINESS_IMPACT.value, "text": "Say what it is worth."},
            ],
        }

    def _whole_opinion(self, prompt: str) -> Value:
        asked = [(name, ids) for name, ids in _ALL_ASKED.findall(prompt) if name in Dimension.__members__]
        latest = dict(asked)  # the rubric comes before what is asked for
        dimensions = [
            {
                "dimension": name,
                "criteria": self._criteria(prompt, ids),
                "rationale": "The answer speaks to it in part.",
            }
            for name, ids in latest.items()
        ]
        return {"dimensions": dimensions, "feedback": self._feedback(prompt)}


def _saying(point: str, sentences: list[str]) -> str | None:
    """The sentence that says most of a key point, if one says enough."""
    wanted = {word for word in _WORD.findall(point.lower()) if len(word) > 3}
    best = max(sentences, key=lambda sentence: len(wanted & set(_WORD.findall(sentence.lower()))), default=None)
    if best is None or not wanted:
        return None
    return best if len(wanted & set(_WORD.findall(best.lower()))) / len(wanted) >= ENOUGH else None
