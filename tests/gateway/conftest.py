"""The gateway on a real socket, served by its own server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from gateway.app import Gateway
from gateway.server import Server, server
from gateway.settings import Settings
from kit.auth import TokenVerifier
from kit.testing.tokens import Tokens


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]] | None:
    """The event loop that the gateway has where it runs."""
    return {"uvloop": uvloop.new_event_loop} if Path(__file__).parent in item.path.parents else None


@dataclass(frozen=True)
class Running:
    app: Gateway
    server: Server
    port: int
    client: httpx.AsyncClient

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def raw(self, request: bytes, *, wait: float = 0.3) -> bytes:
        """Everything that is answered to these bytes until the connection closes or is silent for a while."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            answer = b""
            while True:
                try:
                    async with asyncio.timeout(wait):
                        part = await reader.read(65_536)
                except TimeoutError:
                    return answer
                if not part:
                    return answer
                answer += part
        finally:
            writer.close()


type Start = Callable[..., AbstractAsyncContextManager[Running]]


@asynccontextmanager
async def serving(settings: Settings, tokens: Tokens) -> AsyncIterator[Running]:
    app = Gateway(settings, TokenVerifier(settings.token_issuer, tokens.keys))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    # From now on who connects waits until the server has begun.
    listening.listen()
    port = listening.getsockname()[1]
    running = server(app, settings, host="127.0.0.1", port=port, loop="none")
    task = asyncio.create_task(running.serve(sockets=[listening]))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
            yield Running(app, running, port, client)
    finally:
        running.should_exit = True
        await task


@pytest.fixture
def starting(network: str, tokens: Tokens) -> Start:
    """``async with starting(catalog_url=…) as gateway``: settings by name. Deploys catalog alone unless told."""

    def start(**settings: Any) -> AbstractAsyncContextManager[Running]:
        # Port 9 (discard) answers nobody: without NATS, and with a catalog that is down.
        chosen = {"pieces": ("catalog",), "nats_url": "nats://127.0.0.1:9", "catalog_url": "http://127.0.0.1:9"}
        return serving(Settings(network=network, log_level="error", **{**chosen, **settings}), tokens)

    return start
