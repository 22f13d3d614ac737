"""What text that a model wrote must not carry before it is shown: raw HTML, images, and characters that nobody sees.

Clients render it as Markdown, where HTML outside code passes through unless they take care. What counts as code is read
more narrowly here than in CommonMark: what both take for code is safe, and doubt costs one text, not a page.
"""

import re
import unicodedata
from typing import Final

from domain.text import is_invisible

_TAG = re.compile(r"<[A-Za-z/!?]|!\[")
"""Where a tag, a comment, an autolink or an image may begin. `a < b` and `x <3` are none."""
_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:.*?[^`])\1(?!`)")
_TYPED: Final = frozenset("\n\t")
_UNSEEN: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
"""Control characters (some databases refuse them), halves of pairs, private use, and line breaks that are none."""


def has_raw_html(text: str) -> bool:
    """Whether Markdown text has HTML, an autolink or an image outside its code."""
    return bool(_TAG.search(_outside_code(text)))


def has_unseen_characters(text: str) -> bool:
    """Whether text has control characters, or such as are shown as nothing or turn the order of what is shown."""
    return any(
        char not in _TYPED and (unicodedata.category(char) in _UNSEEN or is_invisible(char))
        for char in text
        if not char.isascii() or not char.isprintable()
    )


def _outside_code(text: str) -> str:
    """Text without what is certainly code: fences at the margin, and spans that open and close in one line.

    A backtick that is left over, or escaped, may pair with another one than is seen here: then nothing is code.
    """
    rest: list[str] = []
    closing: re.Pattern[str] | None = None
    for line in text.split("\n"):
        if closing is not None:
            closing = None if closing.fullmatch(line) else closing
        elif opened := _FENCE.fullmatch(line):
            marks = opened["marks"]
            closing = re.compile(rf" {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*")
        else:
            rest.append(_SPAN.sub(" ", line))
    outside = "\n".join(rest)
    return text if "`" in outside or "\\`" in text else outside
