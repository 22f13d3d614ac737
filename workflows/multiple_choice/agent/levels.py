"""What a difficulty means for a question, in people and minutes."""

from collections.abc import Mapping
from typing import Final

from domain.enums import Difficulty

LEVELS: Final[Mapping[Difficulty, str]] = {
    Difficulty.EASY: (
        "EASY: for a person with up to two years of practice. One idea decides, in a plain case with few facts. "
        "Somebody who has used the thing knows the answer within two minutes; somebody who only knows its name does "
        "not. About three in four of such people should be right."
    ),
    Difficulty.MEDIUM: (
        "MEDIUM: for a person with three to six years of practice. Two ideas meet, or one idea meets a realistic "
        "constraint, and one fact of the situation rules out the obvious reply. It takes three or four minutes. About "
        "half of such people should be right."
    ),
    Difficulty.HARD: (
        "HARD: for a senior with seven years of practice or more. Mechanisms interact, or every option would work and "
        "stated figures decide. The reflex of an experienced person is one of the distractors. It takes four to six "
        "minutes. About a third of such people should be right; nobody needs trivia, a version number or a trick of "
        "wording for it."
    ),
}
