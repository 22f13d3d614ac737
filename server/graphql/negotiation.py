"""Which media type an answer takes (RFC 9110, section 12.5.1; GraphQL over HTTP, section 4)."""

from typing import Final

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
HTML: Final = "text/html"


def answer_type(accept: str | None) -> str | None:
    """The better of JSON and GRAPHQL for an Accept header; None if it takes neither.

    The weight decides, then the order in which the header names them; JSON where it names neither (`*/*`, no header).
    """
    if accept is None or not accept.strip():
        return JSON
    ranges = _ranges(accept)
    best = max((JSON, GRAPHQL), key=lambda media_type: _preference(ranges, media_type))
    return best if _preference(ranges, best)[0] > 0 else None


def wants_html(accept: str | None) -> bool:
    """Whether a browser is asking: HTML is named, and more welcome than JSON."""
    ranges = _ranges(accept or "")
    html = next((weight for name, weight in ranges if name == HTML), 0.0)
    weight, named, _ = max(_preference(ranges, JSON), _preference(ranges, GRAPHQL))
    return html > weight or (0 < html == weight and not named)


def _preference(ranges: list[tuple[str, float]], media_type: str) -> tuple[float, int, int]:
    """Weight, whether it is named, and how early; the most specific range that covers it counts."""
    names = [name for name, _ in ranges]
    for covering in (media_type, "application/*", "*/*"):
        if covering in names:
            at = names.index(covering)
            return ranges[at][1], int(covering == media_type), -at
    return 0.0, 0, 0


def _ranges(accept: str) -> list[tuple[str, float]]:
    ranges: list[tuple[str, float]] = []
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            ranges.append((name, _weight(parameters)))
    return ranges


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
