"""What text must not carry when it is shown: raw HTML, links and images.

Clients render it as Markdown, where HTML outside code passes through unless they take care. What counts as code is read
more narrowly here than in CommonMark: what both take for code is safe, and doubt costs one text, not a page.
"""

import re

_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|\](?=[(:])")
"""Where a tag, a comment or an autolink may begin (`a < b` and `x <3` are none), and the middle of a link or image, or
of the line that says where such a one leads: `[1]: https://…`."""
_MAY_BECOME_MARKUP = re.compile(r"<(?![\s\d=])|\](?=[(:])")
"""The same where something else may follow the text."""
_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:.*?[^`])\1(?!`)")


def has_markup(text: str) -> bool:
    """Whether Markdown text has HTML, a link or an image outside its code."""
    return bool(_MARKUP.search(text) and _MARKUP.search(_outside_code(text)))


def without_markup(text: str) -> str:
    """The text, code too, with nothing in it that could become HTML, a link or an image; still legible."""
    return _MAY_BECOME_MARKUP.sub(lambda found: "‹" if found.group() == "<" else "] ", text)


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
