"""From an item to a challenge: whoever wrote the item, code decides where its key stands."""

from random import Random

from domain.calls import Call
from domain.challenge import ChallengeDraft, Misconception, MultipleChoice, MultipleChoiceSolution
from domain.drafts import MultipleChoiceItem
from domain.enums import ChallengeKind
from workflows.multiple_choice.options import shuffled


def arranged(item: MultipleChoiceItem, random: Random, *, calls: tuple[Call, ...] = ()) -> ChallengeDraft:
    """The item as a challenge, its options in an order by chance.

    Raises:
        ValueError: it has not four different options.
    """
    beliefs = {wrong.text: wrong.misconception for wrong in item.distractors}
    options, correct = shuffled(item.correct, beliefs, random)
    return ChallengeDraft(
        kind=ChallengeKind.MULTIPLE_CHOICE,
        domain=item.domain,
        topic=item.topic,
        difficulty=item.difficulty,
        title=item.title,
        tags=item.tags,
        suggested_minutes=item.suggested_minutes,
        content=MultipleChoice(item.question, options),
        solution=MultipleChoiceSolution(
            correct,
            item.explanation,
            tuple(Misconception(option.id, beliefs[option.text]) for option in options if option.id != correct),
        ),
        provenance=item.provenance,
        repeated=item.repeated,
        calls=calls,
    )
