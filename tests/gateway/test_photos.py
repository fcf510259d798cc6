"""Pictures pass through the gateway whole, and whoever has one is not sent it again."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from PIL import Image

from kit.ids import new_id
from kit.testing.pieces import Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.pictures import jpeg, written
from tests.gateway.conftest import Start


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The piece on a socket; its lifespan runs already."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", loop="none"))
        task = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


async def test_a_photo_goes_up_and_comes_down_through_the_gateway(
    spy: Spy, running: Runner, starting: Start, tokens: Tokens, tmp_path: Path
) -> None:
    mine = tokens.actor(members=[new_id()])
    large = written(Image.effect_noise((1800, 1400), 90).convert("RGB"), quality=98)
    assert len(large) > 1_500_000
    async with (
        running("catalog", photos=str(tmp_path), max_photo=9_000_000) as piece,
        listening(piece.app) as catalog_url,
        starting(catalog_url=catalog_url) as gateway,
    ):
        answer = await gateway.client.post("/api/catalog/v1/photos", content=large, headers=mine)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"/api/catalog/v1/photos/{answer.json()['id']}"
        address = "/api/catalog" + answer.json()["sizes"]["large"]
        shown = await gateway.client.get(address)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
        assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert shown.content == (await piece.client.get(answer.json()["sizes"]["large"])).content
        again = await gateway.client.get(address, headers={"if-none-match": shown.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

        for size, status in ((9_500_000, 413), (11_000_000, 413)):
            refused = await gateway.client.post("/api/catalog/v1/photos", content=bytes(size), headers=mine)
            assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
        # And the connections are as good as before.
        assert (await gateway.client.post("/api/catalog/v1/photos", content=jpeg(), headers=mine)).status_code == 201
