"""Who may pass: tokens are checked once, requests are counted."""

import time
from ipaddress import IPv4Network, IPv6Network, ip_address
from math import ceil

from gateway.call import Call
from gateway.limits import Limiter, Verdict
from kit.auth import TokenVerifier
from kit.errors import TooManyRequests, Unauthenticated


class Admission:
    """Counts a request for its user, or, without a token, for the address it comes from."""

    def __init__(self, verifier: TokenVerifier, *, rate: float, burst: int) -> None:
        self._verifier = verifier
        self._limiter = Limiter(rate, burst)
        self._policy = b'"requests";q=%d;w=%d' % (burst, ceil(burst / rate))

    async def admit(self, call: Call) -> None:
        """Raises Unauthenticated for a bad token, TooManyRequests. Without a token the piece decides what it shows."""
        key: object = neighbourhood(call.client)
        token = _token(call)
        if token is not None:
            try:
                key = (await self._verifier.verify(token)).user_id
            except Unauthenticated:
                # Guessing costs as much as asking.
                self._count(call, key)
                raise
        verdict = self._count(call, key)
        if not verdict.allowed:
            raise self._refusal(verdict)

    def admit_known(self, call: Call) -> bool:
        """As ``admit``, without waiting: False, and nothing counted, where that would wait or refuse."""
        token = _token(call)
        if token is None:
            return self._count(call, neighbourhood(call.client)).allowed
        actor = self._verifier.remembered(token)
        return actor is not None and self._count(call, actor.user_id).allowed

    def _count(self, call: Call, key: object) -> Verdict:
        verdict = self._limiter.judge(key, time.monotonic())
        call.added.append((b"ratelimit-policy", self._policy))
        call.added.append((b"ratelimit", b'"requests";r=%d;t=%d' % (verdict.remaining, ceil(verdict.seconds))))
        return verdict

    @staticmethod
    def _refusal(verdict: Verdict) -> TooManyRequests:
        seconds = max(1, ceil(verdict.seconds))
        return TooManyRequests(
            "too_many_requests",
            "Too many requests; go on in {seconds} s",
            seconds=seconds,
            extra={"retry_after": seconds},
        )


def _token(call: Call) -> str | None:
    said = call.asked.authorization
    if said[:6].lower() != b"bearer":
        return None
    return said[6:].strip().decode("latin-1")


def neighbourhood(client: str) -> str:
    """What is counted as one caller: an IPv4 address, or the /64 that an IPv6 caller has for itself."""
    if ":" not in client:
        return client
    return ":".join(ip_address(client).exploded.split(":")[:4])


def caller(call: Call, trusted: tuple[IPv4Network | IPv6Network, ...]) -> tuple[str, str]:
    """Address and scheme of the caller. What a proxy says is believed if the proxy is trusted, hop by hop."""
    address = call.client
    if not _within(address, trusted):
        return address, call.scheme
    said_hops = b",".join(value for name, value in call.scope["headers"] if name == b"x-forwarded-for")
    for hop in reversed(said_hops.decode("latin-1").split(",")):
        try:
            address = str(ip_address(hop.strip()))
        except ValueError:
            break
        if not _within(address, trusted):
            break
    said = (call.text(b"x-forwarded-proto") or "").strip().lower()
    return address, said if said in ("http", "https") else call.scheme


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
