"""The application is ASGI: it runs on a server of another's making, only not as fast."""

import asyncio
import socket

import httpx
import pytest
import uvicorn

from gateway.app import Gateway
from gateway.settings import Settings
from kit.auth import TokenVerifier
from kit.testing.tokens import Tokens
from tests.gateway.upstream import Exchange, echo, upstream

ADDRESS = "/api/catalog/v1/products"


@pytest.mark.parametrize("http", ["httptools", "h11"])
async def test_plain_uvicorn_serves_it(network: str, tokens: Tokens, http: str) -> None:
    async def script(exchange: Exchange) -> None:
        if "stream" in exchange.line:
            await exchange.answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
        else:
            await echo(exchange)

    async with upstream(script) as piece:
        settings = Settings(
            network=network,
            pieces=("catalog",),
            catalog_url=piece.url,
            nats_url="nats://127.0.0.1:9",
            log_level="error",
        )
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        app = Gateway(settings, TokenVerifier(settings.token_issuer, tokens.keys))
        config = uvicorn.Config(app, loop="none", http=http, log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            assert (await client.get("/health/live")).json() == {"status": "ok"}
            for _ in range(2):
                assert (await client.post(ADDRESS, content=b"{}", headers=tokens.actor())).content == b"{}"
                assert (await client.get(ADDRESS)).json() == {"ok": True}
                assert (await client.get(f"{ADDRESS}/stream")).content == b"ab"
                assert (await client.get(ADDRESS, headers={"authorization": "Bearer x"})).status_code == 401
        server.should_exit = True
        await task
        assert piece.connections == 1
