"""Feedback as stored events: at most one of a section in 100 ms, nothing lost, order kept."""

from itertools import groupby, pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.enums import FeedbackSection
from domain.evaluation import FeedbackDelta
from workflows.evaluation.pieces import INTERVAL_SECONDS, Coalescer

SUMMARY, STRENGTHS, IMPROVEMENTS = FeedbackSection


class Recording:
    """A store with a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.stored: list[tuple[float, FeedbackDelta]] = []
        self.pieces = Coalescer(self._store, lambda: self.now)

    async def _store(self, delta: FeedbackDelta) -> None:
        self.stored.append((self.now, delta))

    async def add(self, section: FeedbackSection, text: str, *, after_seconds: float = 0.0) -> None:
        self.now += after_seconds
        await self.pieces.add(FeedbackDelta(section, text))

    @property
    def texts(self) -> list[tuple[FeedbackSection, str]]:
        return [(delta.section, delta.text) for _, delta in self.stored]


async def test_pieces_within_100_ms_become_one_event() -> None:
    recording = Recording()
    for text in "abcd":
        await recording.add(SUMMARY, text, after_seconds=0.02)
    assert recording.texts == []

    await recording.add(SUMMARY, "e", after_seconds=0.05)

    assert recording.texts == [(SUMMARY, "abcde")]


async def test_a_new_section_stores_what_waits_of_the_old_one() -> None:
    recording = Recording()
    await recording.add(SUMMARY, "a")

    await recording.add(STRENGTHS, "b")

    assert recording.texts == [(SUMMARY, "a")]
    await recording.pieces.flush()
    assert recording.texts == [(SUMMARY, "a"), (STRENGTHS, "b")]


async def test_another_attempt_is_never_joined_with_the_one_before() -> None:
    recording = Recording()
    for rewrite in (0, 0, 1, 1):
        await recording.pieces.add(FeedbackDelta(SUMMARY, "a", rewrite))
    await recording.pieces.flush()

    assert [delta for _, delta in recording.stored] == [FeedbackDelta(SUMMARY, "aa"), FeedbackDelta(SUMMARY, "aa", 1)]


async def test_what_waits_is_stored_when_its_time_has_come_although_nothing_follows() -> None:
    recording = Recording()
    await recording.add(SUMMARY, "a")
    await recording.pieces.tick()
    assert recording.texts == []

    recording.now += INTERVAL_SECONDS
    await recording.pieces.tick()
    await recording.pieces.tick()

    assert recording.texts == [(SUMMARY, "a")]


async def test_flushing_without_pieces_or_again_stores_nothing() -> None:
    recording = Recording()
    await recording.pieces.flush()
    await recording.add(SUMMARY, "a")
    await recording.pieces.flush()
    await recording.pieces.flush()

    assert recording.texts == [(SUMMARY, "a")]


PIECES = st.lists(
    st.tuples(st.sampled_from(list(FeedbackSection)), st.text(min_size=1, max_size=3), st.floats(0, 0.3)), max_size=40
)


@given(PIECES)
async def test_nothing_is_lost_the_order_is_kept_and_one_section_has_one_event_in_100_ms(
    pieces: list[tuple[FeedbackSection, str, float]],
) -> None:
    recording = Recording()
    for section, text, after_seconds in pieces:
        await recording.add(section, text, after_seconds=after_seconds)
    streamed = [*recording.stored]
    await recording.pieces.flush()

    def joined(texts: list[tuple[FeedbackSection, str]]) -> list[tuple[FeedbackSection, str]]:
        return [
            (section, "".join(text for _, text in group))
            for section, group in groupby(texts, key=lambda piece: piece[0])
        ]

    assert joined(recording.texts) == joined([(section, text) for section, text, _ in pieces])
    for (earlier, first), (later, second) in pairwise(streamed):
        changed = first.section is not second.section
        # What waits when a section ends is stored at once, so the bound is for events that a section's own clock sent.
        assert changed or later - earlier >= INTERVAL_SECONDS - 1e-9 or _ended(recording, second)


def _ended(recording: Recording, delta: FeedbackDelta) -> bool:
    """Whether that event was the last of its run of a section."""
    deltas = [stored for _, stored in recording.stored]
    place = next(place for place, stored in enumerate(deltas) if stored is delta)
    return place + 1 == len(deltas) or deltas[place + 1].section is not delta.section
