"""What is HTML, a link or an image, and what is code that looks like it."""

import pytest

from domain.markup import has_markup, without_markup


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
        "[a link](javascript:alert(1))",
        "[a link][1]\n\n[1]: javascript:alert(1)",
        "![a pixel][p]\n\n> [p]:\n> https://example.com/p.gif",
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
    assert has_markup(text)


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
        "As in [1]. Two of [a, b]; and `m[k]: v`",
    ],
)
def test_code_and_comparisons_are_no_html(text):
    assert not has_markup(text)


@pytest.mark.parametrize(
    ("text", "legible"),
    [
        ("Fine <script src=//x>", "Fine ‹script src=//x>"),
        ("<!-- a --> </b> <https://x>", "‹!-- a --> ‹/b> ‹https://x>"),
        ("![a](https://x) and [b](y)", "![a] (https://x) and [b] (y)"),
        ("[1]: https://x", "[1] : https://x"),
        ("ends in <", "ends in ‹"),
        ("`List<String>` where a < b", "`List‹String>` where a < b"),
    ],
)
def test_without_markup_a_text_is_still_legible(text, legible):
    assert without_markup(text) == legible
    assert not has_markup(legible)
