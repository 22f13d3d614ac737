"""What can be asked. Every root field is nullable, so that one failure never blanks its neighbours."""

from typing import Annotated

import strawberry

import resolvers.analytics
import resolvers.catalogue
import resolvers.challenges
import resolvers.evaluations
import resolvers.history
import resolvers.quota
from domain.history import HistoryFilter as DomainHistoryFilter
from schema import ids
from schema.analytics import Analytics
from schema.catalogue import DomainInfo, Recommendation
from schema.challenges import EVALUATIONS_SHOWN, Challenge
from schema.connections import HISTORY, After, Connection, First, connection, page_request
from schema.enums import AnalyticsRange
from schema.evaluations import Evaluation
from schema.history import along, rows
from schema.info import Info, signed_in
from schema.inputs import HistoryFilter
from schema.lookahead import wish
from schema.nodes import Node
from schema.quota import Quota
from schema.users import User

Filter = Annotated[
    HistoryFilter | None, strawberry.argument(description="Narrows the list; all of it when it is left out.")
]
Range = Annotated[
    AnalyticsRange | None, strawberry.argument(description="How far back to look; null means the default.")
]


@strawberry.type(description="Everything that can be read. The viewer is whoever the token speaks for.")
class Query:
    """Needs a signed-in viewer everywhere."""

    @strawberry.field(description="Whatever of the viewer's has this id; null when it is unknown or somebody else's.")
    async def node(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID, strawberry.argument(description="The global id of a User, Challenge or Evaluation.")
        ],
    ) -> Node | None:
        context = signed_in(info)
        asked = ids.read(id, field="id")
        if asked.user is not None:
            return User.of(context.viewer) if asked.user == context.viewer.id else None
        if asked.challenge is not None:
            challenge = await resolvers.challenges.get(context, asked.challenge)
            return None if challenge is None else Challenge.of(challenge)
        if asked.evaluation is not None:
            return Evaluation.maybe(await resolvers.evaluations.get(context, asked.evaluation))
        return None

    @strawberry.field(description="The person who is signed in.")
    def viewer(self, info: Info) -> User | None:
        return User.of(info.context.viewer)

    @strawberry.field(description="One challenge of the viewer's; null when it is unknown or somebody else's.")
    async def challenge(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The challenge's global id.")],
    ) -> Challenge | None:
        context = signed_in(info)
        asked = ids.read(id, field="id").challenge
        challenge = None if asked is None else await resolvers.challenges.get(context, asked)
        return None if challenge is None else Challenge.of(challenge)

    @strawberry.field(description="One evaluation of the viewer's; null when it is unknown or somebody else's.")
    async def evaluation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The evaluation's global id.")],
    ) -> Evaluation | None:
        context = signed_in(info)
        asked = ids.read(id, field="id").evaluation
        return None if asked is None else Evaluation.maybe(await resolvers.evaluations.get(context, asked))

    @strawberry.field(description="The viewer's challenges, newest first.")
    async def history(
        self,
        info: Info,
        first: First = 20,
        after: After = strawberry.UNSET,
        filter: Filter = strawberry.UNSET,
    ) -> Connection[Challenge] | None:
        context = signed_in(info)
        request = page_request(HISTORY, first, after, default=20)
        wanted = filter.to_domain() if isinstance(filter, HistoryFilter) else DomainHistoryFilter()
        asked = wish(info._raw_info, default=EVALUATIONS_SHOWN)  # noqa: SLF001 - there is no public name
        page = await resolvers.history.page(context, filter=wanted, request=request, along=along(asked))
        return connection(HISTORY, rows(page, asked, context), lambda: resolvers.history.count(context, filter=wanted))

    @strawberry.field(description="What is left of the viewer's UTC day.")
    async def quota(self, info: Info) -> Quota | None:
        return Quota.of(await resolvers.quota.get(signed_in(info)))

    @strawberry.field(description="How the viewer's practice is going.")
    async def analytics(self, info: Info, range: Range = AnalyticsRange.LAST_30_DAYS) -> Analytics | None:
        context = signed_in(info)
        return Analytics.of(await resolvers.analytics.get(context, range or AnalyticsRange.LAST_30_DAYS))

    @strawberry.field(description="All domains with their topics.")
    async def domains(self, info: Info) -> list[DomainInfo] | None:
        return [DomainInfo.of(domain) for domain in await resolvers.catalogue.domains(signed_in(info))]

    @strawberry.field(
        description=(
            "What the viewer should practise next, and why: what is weakest, was left longest or was never tried, by "
            "the latest answers and the preferences. It can be sent to generateChallenge as it is, and stays the same "
            "all day for the same answers. Null when there is nothing to recommend."
        )
    )
    async def recommended_practice(self, info: Info) -> Recommendation | None:
        return Recommendation.maybe(await resolvers.analytics.recommended(signed_in(info)))
