"""What a piece keeps of a member: told whole to whoever may ask (GDPR art. 15 and 20, LFPDPPP), table by table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, PlainSerializer
from sqlalchemy import BindParameter, MetaData, Select, Table, Uuid, bindparam
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import visitors

from kit.auth import ActorDep
from kit.errors import NotFound
from kit.routing import ReadDep, service_router

#: What stands where the name of somebody was who is no more to be named.
NOBODY = "—"
#: Stands for the member's id in the statements of holdings.
MEMBER: BindParameter[UUID] = bindparam("whose", type_=Uuid())


@dataclass(frozen=True)
class Holding:
    """Rows about a member, and the statement that finds them: it has the parameter ``MEMBER``."""

    name: str
    statement: Select[*tuple[Any, ...]]


#: Bytes are hashes and the like: they say nothing to a person.
Cell = Annotated[Any, PlainSerializer(lambda value: value.hex() if isinstance(value, bytes) else value)]


class PersonalData(BaseModel):
    """Everything that one piece keeps of a member."""

    member_id: UUID
    holdings: dict[str, list[dict[str, Cell]]] = Field(
        description="Rows by what they are, as they are stored", examples=[{"orders": [{"number": "O-0001"}]}]
    )


def personal_router(holdings: Sequence[Holding]) -> APIRouter:
    """``GET /v1/personal-data/{member_id}``: to the member itself and to administrators."""
    router = service_router(prefix="/v1", tags=["personal data"])

    @router.get("/personal-data/{member_id}")
    async def get_personal_data(
        member_id: UUID, connection: ReadDep, actor: ActorDep, response: Response
    ) -> PersonalData:
        """Everything that this piece keeps of a member: one's own, or any to an administrator."""
        if not actor.acts_for(member_id) and not actor.has("admin"):
            raise NotFound("member_unknown", "There is no such member")
        response.headers["cache-control"] = "no-store"
        return PersonalData(member_id=member_id, holdings=await read_all(connection, holdings, member_id))

    return router


async def read_all(
    connection: AsyncConnection, holdings: Sequence[Holding], member_id: UUID
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each holding about this member, as JSON has them."""
    found: dict[str, Any] = {}
    for holding in holdings:
        rows = await connection.execute(holding.statement, {MEMBER.key: member_id})
        found[holding.name] = [dict(row) for row in rows.mappings()]
    told: dict[str, list[dict[str, Any]]] = PersonalData(member_id=member_id, holdings=found).model_dump(mode="json")[
        "holdings"
    ]
    return told


def unaccounted(metadata: MetaData, holdings: Sequence[Holding], nobodys: Mapping[str, str]) -> set[str]:
    """Tables that are neither told of nor said, with a reason, to hold nothing about a member. A test wants none."""
    told = {table.name for holding in holdings for table in _tables(holding.statement)}
    return {table.name for table in metadata.tables.values()} - told - nobodys.keys()


def _tables(statement: Select[*tuple[Any, ...]]) -> Iterator[Table]:
    """The tables whose columns the statement answers with."""
    for column in statement.selected_columns:
        for part in visitors.iterate(column):
            table = getattr(part, "table", None)
            if isinstance(table, Table):
                yield table
