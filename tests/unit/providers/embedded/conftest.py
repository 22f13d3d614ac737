import pytest

from providers.embedded.grader import EmbeddedGrader
from tests.factories import corpus_of


@pytest.fixture(scope="session")
def grader() -> EmbeddedGrader:
    return EmbeddedGrader(corpus_of())
