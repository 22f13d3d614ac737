"""Does an answer fit its challenge? Checked before anything is stored or charged."""

from domain.challenge import ANSWER_LIMIT, ANSWER_PART_LIMIT, AnswerPart, Challenge, MultipleChoice, Scenario
from domain.enums import ChallengeKind
from domain.errors import AnswerTooLong, InvalidInput
from domain.evaluation import Answer

_ANSWER = ("input", "answer")


def check_length(answer: Answer) -> None:
    """Refuse what is too long, before anybody looks at it.

    Raises:
        AnswerTooLong: a part, or all parts together.
    """
    for place, part in enumerate(answer.parts):
        if len(part.text) > ANSWER_PART_LIMIT:
            raise AnswerTooLong(
                f"This part has {len(part.text):,} characters: shorten it to at most {ANSWER_PART_LIMIT:,}.",
                field=(*_ANSWER, "parts", str(place), "text"),
                limit=ANSWER_PART_LIMIT,
            )
    length = sum(len(part.text) for part in answer.parts)
    if length > ANSWER_LIMIT:
        raise AnswerTooLong(
            f"The answer has {length:,} characters in all parts: shorten it to at most {ANSWER_LIMIT:,}.",
            field=(*_ANSWER, "parts"),
            limit=ANSWER_LIMIT,
        )


def fitted(challenge: Challenge, answer: Answer) -> Answer:
    """The answer with its parts in the order of the questions; a question without a part has an empty one.

    Raises:
        InvalidInput: an option or a question that is not the challenge's, a part given twice, or nothing at all.
    """
    if challenge.kind is ChallengeKind.MULTIPLE_CHOICE:
        return _choice(challenge, answer)
    return _parts(challenge, answer)


def _choice(challenge: Challenge, answer: Answer) -> Answer:
    if answer.option_id is None:
        raise InvalidInput("This challenge is multiple choice: answer with an optionId, not with parts.", field=_ANSWER)
    content = challenge.content
    known = [option.id for option in content.options] if isinstance(content, MultipleChoice) else []
    if answer.option_id not in known:
        raise InvalidInput(
            f"optionId is none of this challenge's: choose one of {', '.join(known)}.", field=(*_ANSWER, "optionId")
        )
    return answer


def _parts(challenge: Challenge, answer: Answer) -> Answer:
    if answer.option_id is not None:
        raise InvalidInput("This challenge is a scenario: answer with parts, not with an optionId.", field=_ANSWER)
    content = challenge.content
    known = [question.id for question in content.questions] if isinstance(content, Scenario) else []
    texts: dict[str, str] = {}
    for place, part in enumerate(answer.parts):
        field = (*_ANSWER, "parts", str(place), "questionId")
        if part.question_id not in known:
            raise InvalidInput(
                f"questionId is none of this challenge's: choose one of {', '.join(known)}.", field=field
            )
        if part.question_id in texts:
            raise InvalidInput(f"There are two parts for {part.question_id}: join them into one.", field=field)
        texts[part.question_id] = part.text
    if not any(text.strip() for text in texts.values()):
        raise InvalidInput("The answer is empty: write something for at least one question.", field=(*_ANSWER, "parts"))
    return Answer(parts=tuple(AnswerPart(id, texts.get(id, "")) for id in known))
