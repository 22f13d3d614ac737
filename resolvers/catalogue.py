"""What can be practised."""

from domain.challenge import DomainInfo
from resolvers.context import Context


async def domains(context: Context) -> tuple[DomainInfo, ...]:
    """All domains with their topics, in the order of the enum."""
    _ = context.viewer
    return context.services.domains
