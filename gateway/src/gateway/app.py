"""The gateway as a bare ASGI application: own addresses are answered here, all others go to their piece."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest

from gateway import addresses, cors, headers
from gateway.admission import Admission, caller
from gateway.call import Call, Receive, Scope, Send
from gateway.docs import pages
from gateway.documents import Documents
from gateway.errors import HeadTooLarge, Malformed, NotAllowed
from gateway.events.endpoints import Events
from gateway.events.feed import Feed
from gateway.failing import explained
from gateway.health import Health, live
from gateway.journal import Journal, Measurements
from gateway.own_paths import own_document
from gateway.problems import problem
from gateway.proxy import PATIENCE, Allowance, Exchange, Upload, begun, carry_on, forward, whole
from gateway.settings import Settings
from gateway.upstream.failures import ClientGone, UpstreamError
from gateway.upstream.pool import Pool
from kit.auth import TokenVerifier
from kit.errors import DomainError, NotFound
from kit.language import Texts
from kit.messaging.broker import Broker
from kit.settings import PIECES

log = structlog.get_logger()

type Answerer = Callable[[Call], Awaitable[None]]

#: What a caller who left is noted as; nobody gets to see it.
GONE = 499
#: ASGI extension: the exchange that ``Gateway.begin`` has begun.
BEGUN = "gateway.begun"
#: Methods that go the short way.
SHORT = frozenset({"GET", "HEAD"})


class Gateway:
    def __init__(self, settings: Settings, verifier: TokenVerifier) -> None:
        self._settings = settings
        self._texts = Texts(["kit", "gateway"])
        self.pools = {piece: Pool(url) for piece, url in settings.addresses.items()}
        self._allowance = Allowance(settings.answer_seconds, settings.idle_seconds, settings.max_body)
        self._admission = Admission(verifier, rate=settings.rate_limit, burst=settings.rate_burst)
        self.journal = Journal(lines=settings.log_level in ("debug", "info"))
        self._broker = Broker(
            settings.nats_url.get_secret_value(),
            network=settings.network,
            stream=settings.stream,
            days=settings.stream_days,
            name="gateway",
        )
        self._feed = Feed(self._broker)
        events = Events(self._feed, most=settings.max_streams)
        self._registry = CollectorRegistry()
        self._registry.register(Measurements(self.journal, self.pools, lambda: events.streams))
        ProcessCollector(registry=self._registry)
        own = own_document(settings.network, settings.name, settings.public_url)
        #: Answered whoever asks, and not counted.
        self._plain: dict[bytes, Answerer] = {
            b"/health": Health(settings.network, self.pools).answer,
            b"/health/live": live,
            b"/metrics": self._metrics,
        }
        self._own: dict[bytes, Answerer] = {
            b"/events": events.answer,
            b"/openapi.json": Documents(self.pools, own).answer,
            **{address: page.answer for address, page in pages().items()},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._not_http(scope, receive, send)
            return
        exchange: Exchange | None = scope["extensions"].get(BEGUN) if "extensions" in scope else None
        call = Call(scope, receive, send) if exchange is None else exchange.call
        status = GONE
        try:
            if exchange is None:
                self._read(call)
                if call.path not in self._plain:
                    await self._admission.admit(call)
                await self._way(call)
            else:
                await carry_on(exchange)
            status = call.status
        except ClientGone:
            pass
        except (DomainError, UpstreamError) as error:
            # Once the answer has begun, ending here, before its end, closes the connection: the caller sees it is cut.
            status = call.status or await self._refuse(call, error)
        finally:
            self.journal.note(call, status)

    def begin(self, call: Call, otherwise: Callable[[], None]) -> bool:
        """The usual request's short way, without a task: no body, nothing to wait for, a connection that is open.

        True if the request was sent. When the answer is there whole, the call is answered; if it is not, soon, then
        ``otherwise`` is called, and ``__call__`` carries on. False if it is not such a request; nothing was done then.
        """
        try:
            self._read(call)
            address = addresses.split(call.path)
        except DomainError:
            return False
        asked, pool = call.asked, self.pools.get(address.piece)
        if pool is None or asked.content_length is not None or asked.chunked or call.method not in SHORT:
            return False
        connection = pool.take()
        if connection is None:
            return False
        if not self._admission.admit_known(call):
            pool.release(connection)
            return False
        call.piece = address.piece
        exchange = begun(call, address, pool, Upload(self._allowance), connection)
        call.scope["extensions"][BEGUN] = exchange
        connection.listen(partial(self._arrived, exchange, otherwise), PATIENCE)
        return True

    def _arrived(self, exchange: Exchange, otherwise: Callable[[], None], _in_time: bool) -> None:
        if whole(exchange):
            self.journal.note(exchange.call, exchange.call.status)
        else:
            otherwise()

    def _way(self, call: Call) -> Awaitable[None]:
        """Who answers: the gateway itself, or a piece."""
        own = self._plain.get(call.path) or self._own.get(call.path)
        if call.method == "OPTIONS" and call.asked.origin and call.header(b"access-control-request-method"):
            return call.answer(204, cors.preflight_headers(), b"")
        if own is None:
            return self._passed(call)
        if call.method not in ("GET", "HEAD"):
            raise NotAllowed("method_not_allowed", "Only GET is possible here")
        return own(call)

    def _read(self, call: Call) -> None:
        """Makes out who asks for what. Raises Malformed or HeadTooLarge."""
        scope = call.scope
        lines: headers.Headers = scope["headers"]
        asked = call.asked = headers.read(lines)
        call.added.append((b"x-request-id", asked.request_id))
        if asked.origin and self._settings.allowed_origins:
            call.added += cors.answer_headers(asked.origin, self._settings.allowed_origins)
        if sum([len(name) + len(value) for name, value in lines], len(call.query)) > self._settings.max_head:
            raise HeadTooLarge("head_too_large", "The request's headers and address are too long")
        if not asked.host and scope["http_version"] != "1.0":
            raise Malformed("host_odd", "Name one host in the Host header")
        peer = scope["client"]
        call.client, call.scheme = peer[0] if peer else "", scope["scheme"]
        if self._settings.trusted_proxies:
            call.client, call.scheme = caller(call, self._settings.trusted_proxies)

    def _passed(self, call: Call) -> Awaitable[None]:
        if call.method in ("CONNECT", "TRACE"):
            raise NotAllowed("method_not_allowed", "This method is not passed on")
        address = addresses.split(call.path)
        pool = self.pools.get(address.piece)
        if pool is None:
            if address.piece in PIECES:
                raise NotFound("piece_not_deployed", "This network does not run the piece {piece}", piece=address.piece)
            raise NotFound("no_such_address", "There is nothing here; /openapi.json says what there is")
        call.piece = address.piece
        return forward(call, address, pool, self._allowance)

    async def _refuse(self, call: Call, error: DomainError | UpstreamError) -> int:
        said = error if isinstance(error, DomainError) else explained(error, call.piece)
        status, lines, body = problem(said, self._texts, call.text(b"accept-language"), self._settings.language)
        await call.answer(status, lines, body)
        return status

    async def _not_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the background work between the server's start and its end. Other protocols are not spoken."""
        if scope["type"] != "lifespan":
            await send({"type": "websocket.close", "code": 1003})
            return
        await receive()
        work = [self._feed.run(), *(pool.watch() for pool in self.pools.values())]
        tasks = [asyncio.create_task(one) for one in work]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._broker.close()
        for pool in self.pools.values():
            pool.close()
        self.journal.flush()
        await send({"type": "lifespan.shutdown.complete"})

    async def _metrics(self, call: Call) -> None:
        await call.answer(200, [(b"content-type", CONTENT_TYPE_LATEST.encode())], generate_latest(self._registry))
