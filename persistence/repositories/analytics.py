"""What a person's practice comes to, counted by the database along indexes of that person's own rows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    case,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
)

from domain.analytics import Field, Tally, Topic
from domain.days import Stretch
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain
from domain.ids import UserId
from domain.recommendation import Result
from persistence.columns import to_micros
from persistence.tables import challenges, evaluations, first_scores

_EPOCH = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_DAY_MICROS = timedelta(days=1) // _MICROSECOND
# Written out: a database that plans before it knows the parameters would not see that the partial index serves.
_COMPLETED = evaluations.c.status == literal_column("'COMPLETED'")
_C = challenges.c


class Analytics:
    """Counts of one person's practice.

    Answers count at the moment at which they were handed in. `since` leaves out what was before it; `cut` are the
    offsets from UTC that divide moments into days. Only `evaluated` and `earliest` look at repeated answers.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def earliest(self, viewer: UserId) -> datetime | None:
        """When the first answer was handed in whose evaluation completed."""
        statement = select(func.min(evaluations.c.created_at)).where(evaluations.c.user_id == viewer, _COMPLETED)
        first: datetime | None = self._connection.execute(statement).scalar_one()
        return first

    def evaluated(self, viewer: UserId, cut: Sequence[Stretch]) -> dict[date, int]:
        """How many answers of each day were evaluated, of all days; days without one are left out."""
        day = _day(evaluations.c.created_at, cut).label("day")
        days = select(day).where(evaluations.c.user_id == viewer, _COMPLETED).subquery()
        statement = select(days.c.day, func.count()).group_by(days.c.day)
        return {_date(day): amount for day, amount in self._connection.execute(statement)}

    def days(self, viewer: UserId, cut: Sequence[Stretch], since: datetime | None) -> dict[date, Tally]:
        """First completed evaluations by day."""
        placed = _answered(select(_day(_C.handed_in_at, cut).label("day"), _C.first_score), viewer, since).subquery()
        statement = select(placed.c.day, func.count(), func.sum(placed.c.first_score)).group_by(placed.c.day)
        found = self._connection.execute(statement)
        return {_date(day): Tally(answered, total) for day, answered, total in found}

    def fields(self, viewer: UserId, since: datetime | None) -> dict[Field, Tally]:
        """First completed evaluations by what was answered."""
        # What differs most comes first: SQLite sorts by these, and compares no further than it must.
        what = (_C.topic, _C.domain, _C.difficulty, _C.kind)
        statement = _answered(select(*what, func.count(), func.sum(_C.first_score)), viewer, since).group_by(*what)
        return {
            Field(ChallengeKind(kind), Domain(domain), Difficulty(difficulty), topic): Tally(answered, total)
            for topic, domain, difficulty, kind, answered, total in self._connection.execute(statement)
        }

    def dimensions(self, viewer: UserId, since: datetime | None) -> dict[Dimension, Tally]:
        """Scores of scenarios' first completed evaluations by dimension."""
        counted = [each(column) for column in first_scores.values() for each in (func.count, func.sum)]
        statement = _answered(select(*counted), viewer, since).where(_C.kind == ChallengeKind.SCENARIO)
        row = self._connection.execute(statement).one()
        found = zip(first_scores, row[::2], row[1::2], strict=True)
        return {dimension: Tally(answered, total) for dimension, answered, total in found if answered}

    def latest(self, viewer: UserId, *, of_each_topic: int) -> list[Result]:
        """The last few first completed evaluations of each topic, the newest of all first."""
        what = (_C.topic, _C.domain, _C.difficulty, _C.kind, _C.first_score, _C.handed_in_at)
        # All of it decides the order, so that answers of the same microsecond are told in the same order every time.
        newest = (_C.handed_in_at.desc(), *what[2:5])
        place = func.row_number().over(partition_by=(_C.topic, _C.domain), order_by=newest)
        placed = _answered(select(*what, place.label("place")), viewer, None).subquery()
        columns = placed.c
        statement = (
            select(*(columns[column.key] for column in what))
            .where(columns.place <= of_each_topic)
            .order_by(columns.handed_in_at.desc(), *(columns[column.key] for column in what[:5]))
        )
        return [
            Result(Topic(Domain(domain), topic), ChallengeKind(kind), Difficulty(difficulty), score, handed_in_at)
            for topic, domain, difficulty, kind, score, handed_in_at in self._connection.execute(statement)
        ]


def _answered(statement: Select[Any], viewer: UserId, since: datetime | None) -> Select[Any]:
    """Of the viewer's answered challenges; both conditions say that the partial index serves."""
    when = _C.handed_in_at.is_not(None) if since is None else _C.handed_in_at >= since
    return statement.where(_C.user_id == viewer, when)


def _day(moment: ColumnElement[Any], cut: Sequence[Stretch]) -> ColumnElement[int]:
    """The number of a moment's day, counted from 1970-01-01 in local time."""
    micros = type_coerce(moment, BigInteger)
    ahead = [literal(stretch.offset // _MICROSECOND, BigInteger) for stretch in cut]
    before = [literal(to_micros(stretch.until), BigInteger) for stretch in cut if stretch.until is not None]
    changes = [(micros < until, offset) for until, offset in zip(before, ahead, strict=False)]
    local = micros + (case(*changes, else_=ahead[-1]) if changes else ahead[-1])
    return local // literal(_DAY_MICROS, BigInteger)


def _date(day: int) -> date:
    return date.fromordinal(_EPOCH + day)
