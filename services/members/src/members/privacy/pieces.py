"""What the network's other pieces keep of a member, asked of each in the name of whoever asks us."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import httpx

from kit.errors import Unavailable
from members.privacy.archive import Holdings

#: Seconds that a piece may take to collect what it has.
PATIENCE = 20.0


async def ask_all(addresses: Mapping[str, str], member_id: UUID, authorization: str) -> dict[str, Holdings]:
    """Each piece's answer, by its name. Raises Unavailable if one does not give it: half an archive would mislead."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        asked = (_ask(client, piece, url, member_id, authorization) for piece, url in addresses.items())
        return dict(zip(addresses, await asyncio.gather(*asked), strict=True))


async def _ask(client: httpx.AsyncClient, piece: str, url: str, member_id: UUID, authorization: str) -> Holdings:
    try:
        answer = await client.get(
            f"{url.rstrip('/')}/v1/personal-data/{member_id}", headers={"authorization": authorization}
        )
        answer.raise_for_status()
        holdings: Holdings = answer.json()["holdings"]
    except (httpx.HTTPError, KeyError, ValueError) as error:
        raise Unavailable(
            "piece_away", "The {piece} piece does not answer; without it the archive is not whole", piece=piece
        ) from error
    return holdings
