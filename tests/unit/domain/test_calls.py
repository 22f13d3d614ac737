"""What servers say of tokens, made sense of."""

import pytest

from domain.calls import Usage


def usage(input_tokens: int, cached: int, written: int, output: int) -> Usage:
    return Usage(
        input_tokens=input_tokens, cached_input_tokens=cached, cache_write_tokens=written, output_tokens=output
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ((100, 40, 10, 7), usage(100, 40, 10, 7)),
        ((100, 400, 0, 7), usage(100, 100, 0, 7)),
        ((100, 60, 60, 7), usage(100, 60, 40, 7)),
        ((None, 5, None, None), Usage()),
        ((-1, -2, -3, -4), Usage()),
    ],
    ids=["usual", "cached counted apart", "more written than there is", "not said", "negative"],
)
def test_no_count_is_negative_and_no_part_is_more_than_the_whole(said, meant):
    input_tokens, cached, written, output = said
    assert Usage.reported(input_tokens=input_tokens, cached=cached, written=written, output=output) == meant
