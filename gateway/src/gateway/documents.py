"""The joined OpenAPI document, as the deployed pieces describe themselves now."""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

import structlog

from gateway.call import Call
from gateway.fetching import fetch
from gateway.joining import joined
from gateway.upstream.failures import UpstreamError
from gateway.upstream.pool import Pool

log = structlog.get_logger()

#: Seconds that a document holds, and that it holds while a piece has not shown its own.
FRESH = 60.0
INCOMPLETE = 2.0
PATIENCE = 5.0


class Documents:
    """Asks the pieces again when the document is old. A piece that is down is shown as it was seen last."""

    def __init__(self, pools: Mapping[str, Pool], own: dict[str, Any]) -> None:
        self._pools = pools
        self._own = own
        self._seen: dict[str, dict[str, Any]] = {}
        self._body = b""
        self._etag = b""
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def answer(self, call: Call) -> None:
        """The document with its ETag; 304 to who has it already."""
        async with self._asking:
            if time.monotonic() > self._until:
                await self._refresh()
        headers = [
            (b"content-type", b"application/json"),
            (b"etag", self._etag),
            (b"cache-control", b"no-cache"),
        ]
        if self._etag in (call.header(b"if-none-match") or b""):
            await call.answer(304, headers, b"")
        else:
            await call.answer(200, headers, self._body)

    async def _refresh(self) -> None:
        shown = await asyncio.gather(*(self._ask(piece, pool) for piece, pool in self._pools.items()))
        self._until = time.monotonic() + (FRESH if all(shown) else INCOMPLETE)
        documents = {piece: self._seen[piece] for piece in self._pools if piece in self._seen}
        self._body = json.dumps(joined(documents, self._own), ensure_ascii=False, separators=(",", ":")).encode()
        self._etag = b'"%b"' % hashlib.sha256(self._body).hexdigest()[:32].encode()

    async def _ask(self, piece: str, pool: Pool) -> bool:
        try:
            status, body = await fetch(pool, b"/openapi.json", PATIENCE)
            document = json.loads(body) if status == 200 else None
        except (UpstreamError, ValueError) as error:
            log.warning("document_missing", piece=piece, error=type(error).__name__)
            return False
        if not isinstance(document, dict):
            return False
        self._seen[piece] = document
        return True
