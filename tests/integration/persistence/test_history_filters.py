"""History on every database: any filters and words together, in pages of any size, while rows arrive in between."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from domain.challenge import ChallengeDraft, MultipleChoice, Option, Scenario, ScenarioContext, ScenarioQuestion
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.history import HistoryFilter
from domain.ids import ChallengeId, UserId
from domain.paging import PageRequest, Position
from persistence.database import Database, UnitOfWork
from persistence.tables import challenges
from tests.factories import meet
from tests.integration.persistence.seeds import CHOICE, DAWN, SCENARIO

_examples = count()
MICROSECOND = timedelta(microseconds=1)
# What LIKE would take for wildcards, what folding brings together, and words that begin alike.
WORDS = ("index", "Indexes", "100%", "1000", "user_id", "userXid", "ÄRGER", "a\u0308rger", "Straße")
FRAGMENTS = ("ind", "INDEX", "100%", "%", "user_id", "_", "ä", "a\u0308RGER", "STRASSE", "none-of-them")


@dataclass(frozen=True)
class Row:
    """A challenge as a person would describe it. `tag` makes its id, so that rows of one moment come in any order."""

    moment: int
    tag: int
    kind: ChallengeKind
    domain: Domain
    difficulty: Difficulty
    answered: bool
    words: tuple[str, ...]

    @property
    def created_at(self) -> datetime:
        return DAWN + self.moment * MICROSECOND

    def draft(self) -> ChallengeDraft:
        """Its words stand in the title, the topic, the tags, the question, the situation, one in each."""
        title, topic, tag, body = (*self.words, "", "", "", "")[:4]
        shown = {"title": title, "topic": topic, "tags": (tag,), "domain": self.domain, "difficulty": self.difficulty}
        if self.kind is ChallengeKind.SCENARIO:
            context = ScenarioContext("", "hidden", body, ("hidden",))
            content = Scenario(context, (ScenarioQuestion("q1", ""),), ())
            return replace(SCENARIO, content=content, **shown)
        return replace(CHOICE, content=MultipleChoice(body, (Option("a", "hidden"),)), **shown)


SOME_DOMAINS = (Domain.DATABASES, Domain.MLOPS, Domain.ALGORITHMS)
ROWS = st.lists(
    st.builds(
        Row,
        moment=st.integers(0, 3),
        tag=st.integers(0, 0xFFFF),
        kind=st.sampled_from(ChallengeKind),
        domain=st.sampled_from(SOME_DOMAINS),
        difficulty=st.sampled_from(Difficulty),
        answered=st.booleans(),
        words=st.lists(st.sampled_from(WORDS), max_size=4).map(tuple),
    ),
    max_size=12,
    unique_by=lambda row: row.tag,
)


def of_few(values: st.SearchStrategy) -> st.SearchStrategy:
    """Mostly no filter, so that something is left to page through."""
    return st.one_of(*[st.just(())] * 4, st.lists(values, min_size=1, max_size=2, unique=True).map(tuple))


MOMENTS = st.one_of(*[st.none()] * 4, st.integers(0, 4).map(lambda moment: DAWN + moment * MICROSECOND))
SEARCHES = st.one_of(
    st.none(),
    st.sampled_from(FRAGMENTS),
    st.lists(st.sampled_from(FRAGMENTS), min_size=2, max_size=2).map(" ".join),
    st.sampled_from(("  ", " index \t 100 ", "Indexes index")),
)
FILTERS = st.builds(
    HistoryFilter,
    domains=of_few(st.sampled_from(SOME_DOMAINS)),
    difficulties=of_few(st.sampled_from(Difficulty)),
    kinds=of_few(st.sampled_from(ChallengeKind)),
    answered=st.one_of(*[st.none()] * 4, st.booleans()),
    search=SEARCHES,
    created_after=MOMENTS,
    created_before=MOMENTS,
)


def matches(row: Row, filter: HistoryFilter) -> bool:
    """By hand."""

    def folded(text: str) -> str:
        return unicodedata.normalize("NFKC", text).casefold()

    return (
        (not filter.domains or row.domain in filter.domains)
        and (not filter.difficulties or row.difficulty in filter.difficulties)
        and (not filter.kinds or row.kind in filter.kinds)
        and (filter.answered is None or row.answered is filter.answered)
        and (filter.created_after is None or filter.created_after <= row.created_at)
        and (filter.created_before is None or row.created_at < filter.created_before)
        and all(any(folded(word) in folded(text) for text in row.words) for word in (filter.search or "").split())
    )


def insert(work: UnitOfWork, user_id: UserId, rows: list[Row]) -> None:
    for row in rows:
        id = ChallengeId(f"{row.tag:04x}{user_id}")
        work.challenges.add(row.draft(), id=id, user_id=user_id, now=row.created_at)
        if row.answered:
            answered = update(challenges).where(challenges.c.id == id).values(answered_at=DAWN)
            work._connection.execute(answered)


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=ROWS, later=st.lists(ROWS, max_size=4), filter=FILTERS, sizes=st.lists(st.integers(1, 4), min_size=1))
async def test_filtered_pages_have_what_matched_at_the_start_once_each_whatever_arrives_meanwhile(
    database: Database, rows: list[Row], later: list[list[Row]], filter: HistoryFilter, sizes: list[int]
) -> None:
    user_id = await meet(database, f"reader-{next(_examples)}")
    stranger = await meet(database, f"writer-{next(_examples)}")
    known = {row.tag: row for row in rows}
    await database.write(lambda work: insert(work, user_id, rows))
    await database.write(lambda work: insert(work, stranger, rows))
    arriving = iter(later)
    seen: list[int] = []
    cursor: Position | None = None
    for size in (sizes * 100)[:100]:
        request = PageRequest(size, cursor)
        page = await database.read(lambda work, request=request: work.challenges.page(user_id, filter, request))  # type: ignore[misc]  # binds this turn's
        seen += [int(challenge.id[:4], 16) for challenge in page.rows]
        if not page.has_next:
            break
        cursor = page.positions[-1]
        fresh = [row for row in next(arriving, []) if row.tag not in known]
        known.update({row.tag: row for row in fresh})
        await database.write(lambda work, fresh=fresh: insert(work, user_id, fresh))  # type: ignore[misc]  # binds this turn's

    def newest_first(tags: list[int]) -> list[int]:
        return sorted(tags, key=lambda tag: (known[tag].moment, tag), reverse=True)

    from_the_start = {row.tag for row in rows}
    assert [tag for tag in seen if tag in from_the_start] == newest_first(
        [row.tag for row in rows if matches(row, filter)]
    )
    assert len(seen) == len(set(seen))
    assert seen == newest_first(seen)
    assert all(matches(known[tag], filter) for tag in seen)
    total = await database.read(lambda work: work.challenges.count(user_id, filter))
    assert total == sum(matches(row, filter) for row in known.values())
