"""What all graph tests share: compiling takes a while, and a compiled graph keeps nothing between runs."""

import pytest

from workflows.compiled import Compiled


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    return Compiled()
