"""What is HTML and what is code that looks like it; and characters that nobody sees."""

import pytest

from domain.markup import has_raw_html, has_unseen_characters


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "Read <b>this</b>.",
        "Line<br/>break",
        "</div>",
        "<!-- a comment -->",
        "<?php echo 1 ?>",
        "<https://example.com>",
        "![a pixel](https://example.com/p.gif)",
        "A type List<String> outside code",
        "`code` and <i>not</i> code",
        "```\ncode\n```\n<b>after it</b>",
        "text ``` <b>no fence begins within a line</b>",
        "~~~\ncode\n~~~\n<b>after</b>",
        "````\n```\n````\n<b>after</b>",
        r"\` <b>an escaped mark opens nothing</b> `",
        "`opened\nand closed` <b>in another line</b> `",
        "a ` left over\n\n`<b>`",
        "`` two against one ` <b>x</b> `",
        "``` info with a ` mark\n<b>is no fence</b>\n```",
        "- ```\n<b>a list's fence ends with the list</b>",
    ],
)
def test_html_outside_code_is_found(text):
    assert has_raw_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Is a < b, and b <3?",
        "x <= y and y >= z; 1<2",
        "`List<String>` and `<div>`",
        "``a ` <b> ` mark``",
        "```html\n<div>\n</div>\n```\nWhat is shown?",
        "~~~\n<div> ` \n~~~",
        "```\n<never closed>",
        "A link to [nothing] (really)!",
        "Wow! [x]",
    ],
)
def test_code_and_comparisons_are_no_html(text):
    assert not has_raw_html(text)


@pytest.mark.parametrize(
    "char",
    ["\0", "\x1b", "\r", "\x7f", "\x85", "\xad", "\u200b", "\u202e", "\u2066", "\ufeff", "\u2028", "\ufe0f", "\ud800"],
    ids=ascii,
)
def test_characters_that_nobody_sees_are_found(char):
    assert has_unseen_characters(f"be{char}fore")


def test_what_people_type_is_seen():
    assert not has_unseen_characters("Größe ≥ 3 µs\n\tdef f(x):  # 検索 – “ok”, ру́сский, 5\u00a0%")
