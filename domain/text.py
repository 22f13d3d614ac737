"""Text as people type it, made comparable without losing where each character came from."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """Text in NFKC without invisible format characters (zero width, bidirectional marks).

    `origins[i]` is the code point of the original that `text[i]` came from; one entry more stands for the end.
    """

    text: str
    origins: tuple[int, ...] | range

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that `text[start:end]` stands for, end exclusive."""
        if start >= end:
            return self.origins[start], self.origins[start]
        return self.origins[start], self.origins[end - 1] + 1 if end < len(self.text) else self.origins[end]


def normalise(original: str) -> NormalisedText:
    """Compose, fold compatibility forms (full-width letters, ligatures) and drop invisible characters."""
    if original.isascii():
        return NormalisedText(original, range(len(original) + 1))
    text: list[str] = []
    origins: list[int] = []
    start = 0
    while start < len(original):
        end = start + 1
        while end < len(original) and unicodedata.combining(original[end]):
            end += 1
        if unicodedata.category(original[start]) != "Cf":
            composed = unicodedata.normalize("NFKC", original[start:end])
            text.append(composed)
            origins.extend([start] * len(composed))
        start = end
    origins.append(len(original))
    return NormalisedText("".join(text), tuple(origins))
