"""The peer of the history page: FastAPI over SQLModel, as their tutorials teach it; `plain`, and with `eager` loading.

Both serve the very JSON that the GraphQL query asks for, to whoever the token speaks for.
"""

import json
import os
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from jose import JWTError, jwk, jwt
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, col, create_engine, select

from auth.development import ISSUER, DevelopmentIssuer

DATA_DIR = Path(os.environ["INTRVU_DATA_DIR"])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ORDER = ("TECHNICAL_ACCURACY", "PROBLEM_SOLVING", "COMMUNICATION", "BUSINESS_IMPACT")
PAGE, LATEST = 20, 5


class User(SQLModel, table=True):
    __tablename__ = "users"

    id: str = Field(primary_key=True)
    issuer: str
    subject: str


class Score(SQLModel, table=True):
    __tablename__ = "dimension_scores"

    evaluation_id: str = Field(primary_key=True, foreign_key="evaluations.id")
    dimension: str = Field(primary_key=True)
    weight: float
    score: float
    confidence: float
    rationale: str


class Evaluation(SQLModel, table=True):
    __tablename__ = "evaluations"

    id: str = Field(primary_key=True)
    challenge_id: str = Field(foreign_key="challenges.id")
    status: str
    overall_score: float | None
    created_at: int
    scores: list[Score] = Relationship()


class Challenge(SQLModel, table=True):
    __tablename__ = "challenges"

    id: str = Field(primary_key=True)
    user_id: str
    kind: str
    domain: str
    topic: str
    difficulty: str
    title: str
    tags: str
    suggested_minutes: int
    created_at: int
    evaluations: list[Evaluation] = Relationship(sa_relationship_kwargs={"order_by": "Evaluation.created_at.desc()"})


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ScoreShown(Shape):
    dimension: str
    score: float


class EvaluationShown(Shape):
    id: str
    status: str
    overall_score: float | None
    created_at: str
    dimension_scores: list[ScoreShown]


class EvaluationsShown(Shape):
    nodes: list[EvaluationShown]


class ChallengeShown(Shape):
    id: str
    kind: str
    domain: str
    topic: str
    difficulty: str
    title: str
    tags: list[str]
    suggested_minutes: int
    created_at: str
    evaluations: EvaluationsShown


class PageInfoShown(Shape):
    has_next_page: bool
    end_cursor: str | None


class HistoryShown(Shape):
    nodes: list[ChallengeShown]
    page_info: PageInfoShown


engine = create_engine(f"sqlite:///{DATA_DIR / 'intrvu.db'}", connect_args={"check_same_thread": False})
public_key = jwk.construct(DevelopmentIssuer.open(DATA_DIR).public_key_pem, "RS256")  # built once, as ours is


def session() -> Any:  # noqa: ANN401 - FastAPI's way of closing what it hands out
    with Session(engine) as opened:
        yield opened


def signed_in(opened: Annotated[Session, Depends(session)], authorization: Annotated[str, Header()]) -> User:
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), public_key, algorithms=["RS256"], issuer=ISSUER)
    except JWTError as exc:
        raise HTTPException(401) from exc
    user = opened.exec(select(User).where(User.issuer == claims["iss"], User.subject == claims["sub"])).first()
    if user is None:
        raise HTTPException(401)
    return user


def application(*options: Any) -> FastAPI:  # noqa: ANN401 - SQLAlchemy's loader options
    app = FastAPI()

    @app.get("/ready")
    def ready() -> str:
        return "ready"

    @app.get("/history", response_model=HistoryShown)
    def history(
        opened: Annotated[Session, Depends(session)], viewer: Annotated[User, Depends(signed_in)]
    ) -> HistoryShown:
        newest = (
            select(Challenge)
            .where(Challenge.user_id == viewer.id)
            .order_by(col(Challenge.created_at).desc(), col(Challenge.id).desc())
            .limit(PAGE + 1)
            .options(*options)
        )
        rows = list(opened.exec(newest))
        shown = rows[:PAGE]
        return HistoryShown(
            nodes=[_challenge(row) for row in shown],
            page_info=PageInfoShown(
                has_next_page=len(rows) > PAGE,
                end_cursor=_cursor(shown[-1]) if shown else None,
            ),
        )

    return app


def _challenge(row: Challenge) -> ChallengeShown:
    return ChallengeShown(
        id=_id("Challenge", row.id),
        kind=row.kind,
        domain=row.domain,
        topic=row.topic,
        difficulty=row.difficulty,
        title=row.title,
        tags=json.loads(row.tags),
        suggested_minutes=row.suggested_minutes,
        created_at=_moment(row.created_at),
        evaluations=EvaluationsShown(nodes=[_evaluation(answer) for answer in row.evaluations[:LATEST]]),
    )


def _evaluation(row: Evaluation) -> EvaluationShown:
    return EvaluationShown(
        id=_id("Evaluation", row.id),
        status=row.status,
        overall_score=row.overall_score,
        created_at=_moment(row.created_at),
        dimension_scores=[
            ScoreShown(dimension=score.dimension, score=score.score)
            for score in sorted(row.scores, key=lambda score: ORDER.index(score.dimension))
        ],
    )


def _id(kind: str, id: str) -> str:
    return b64encode(f"{kind}:{id}".encode()).decode()


def _cursor(row: Challenge) -> str:
    return urlsafe_b64encode(f"history|{row.created_at}|{row.id}".encode()).decode().rstrip("=")


def _moment(micros: int) -> str:
    return (EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")


plain = application()
# SQLModel types a relationship as what an instance holds.
_evaluations: Any = Challenge.evaluations
_scores: Any = Evaluation.scores
eager = application(selectinload(_evaluations).selectinload(_scores))
