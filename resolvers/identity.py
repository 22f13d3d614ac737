"""From a verified token to a person."""

from domain.ids import UserId
from domain.user import Principal, User
from resolvers.context import Services


async def recognise(services: Services, principal: Principal) -> User:
    """The person that a token speaks for, made at first sight. Reads only, unless the token tells something new."""
    user = await services.database.read(lambda work: work.users.find(principal))
    if user is not None and principal.email in {None, user.email} and principal.name in {None, user.name}:
        return user
    fresh_id = UserId(services.new_id())
    return await services.database.write(lambda work: work.users.meet(principal, fresh_id=fresh_id, now=work.now))
