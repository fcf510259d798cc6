"""The mass balance: what came in, and what became of it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.lots.repository import balances
from catalog.lots.repository.balances import Asked
from catalog.lots.rules.balance import Balance, balanced
from kit.actor import Actor
from kit.errors import Forbidden, Invalid


async def balance(connection: AsyncConnection, actor: Actor, asked: Asked) -> Balance:
    """The balance of a period: of the whole chain for coordinators, of a member's own lots for the member.

    ``connection`` sees one instant, so that the statements agree. Raises Invalid for a period that ends before it
    begins, Forbidden for what is not one's own.
    """
    if asked.until < asked.since:
        raise Invalid("period_reversed", "Must not end before it begins", field=None)
    if not actor.has("coordinator") and (asked.member_id is None or not actor.acts_for(asked.member_id)):
        raise Forbidden("role_missing", "Only for {roles}", roles="coordinator")
    losses, partly = await balances.within(connection, asked)
    return balanced(await balances.moved(connection, asked), await balances.now(connection, asked), losses, partly)
