"""A buyer that costs the machine little: one kept connection, one prepared request, so that the network is measured."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4


@dataclass
class Buyer:
    """Sends orders over a connection of its own and waits for each outcome."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    authorization: str
    body: bytes

    @classmethod
    async def connect(cls, gateway: str, authorization: str, body: dict[str, Any]) -> "Buyer":
        address = urlsplit(gateway)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        return cls(reader, writer, authorization, json.dumps(body).encode())

    async def order(self, wait: int = 10) -> tuple[int, float]:
        """Places one order; returns the status of the answer and the seconds it took."""
        head = (
            "POST /api/orders/v1/orders HTTP/1.1\r\nHost: trama\r\nContent-Type: application/json\r\n"
            f"Authorization: {self.authorization}\r\nIdempotency-Key: {uuid4()}\r\nPrefer: wait={wait}\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        started = time.perf_counter()
        self.writer.write(head.encode() + self.body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        lines = answer.decode("latin-1").lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
        await self.reader.readexactly(length)
        return int(lines[0].split()[1]), time.perf_counter() - started

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()
