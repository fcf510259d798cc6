"""Which containers are out with whom."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_OUT = text("""
SELECT l.name, o.member_id, -sum(f.quantity) AS went_out, coalesce(sum(b.quantity), 0) AS came_back
FROM lots AS l JOIN lot_flows AS f ON f.lot_id = l.id AND f.kind = 'packed' JOIN lot_lines AS o ON o.line_id = f.line_id
LEFT JOIN LATERAL (SELECT sum(r.quantity) AS quantity FROM lot_flows AS r WHERE r.returns = f.id) AS b ON true
WHERE l.container AND (CAST(:members AS uuid[]) IS NULL OR o.member_id = ANY(CAST(:members AS uuid[])))
  AND (CAST(:name AS text) IS NULL OR (l.name, o.member_id) > (CAST(:name AS text), CAST(:member_id AS uuid)))
GROUP BY l.name, o.member_id
HAVING NOT :only_out OR -sum(f.quantity) > coalesce(sum(b.quantity), 0)
ORDER BY l.name, o.member_id LIMIT :limit
""")


async def out_with_members(
    connection: AsyncConnection,
    members: Collection[UUID] | None,
    *,
    only_out: bool,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Any]:
    """Containers by name and member: how many went out and how many came back. ``members`` None: everybody's."""
    name, member_id = after or (None, None)
    params = {
        "members": None if members is None else list(members),
        "only_out": only_out,
        "name": name,
        "member_id": member_id,
        "limit": limit,
    }
    return list(await connection.execute(_OUT, params))
