"""Who may pass: tokens, limits, origins."""

import time
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as some

from gateway.limits import Limiter
from kit.testing.tokens import Tokens
from tests.gateway.conftest import Start
from tests.gateway.upstream import echo, upstream

ADDRESS = "/api/catalog/v1/products"


async def test_a_good_token_passes_and_is_passed_on(starting: Start, tokens: Tokens) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        headers = tokens.actor(roles=["coordinator"])
        for _ in range(2):
            assert (await gateway.client.get(ADDRESS, headers=headers)).status_code == 200
        assert piece.seen[1].header("authorization") == headers["authorization"]


async def test_without_a_token_the_piece_decides(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        assert (await gateway.client.get(ADDRESS)).status_code == 200
        assert (await gateway.client.get(ADDRESS, headers={"authorization": "Basic eDp5"})).status_code == 200


async def test_a_bad_token_is_a_401_in_the_callers_language_and_reaches_no_piece(
    starting: Start, tokens: Tokens, network: str
) -> None:
    stranger = Tokens(f"/networks/{network}")
    bad = {
        "garbage": "x.y.z",
        "no token": "Bearer",
        "another network's": Tokens("/networks/other").token(),
        "another key": stranger.token(),
        "expired": tokens.token(exp=int(time.time()) - 60),
    }
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        for kind, token in bad.items():
            headers = {"authorization": f"Bearer {token}", "accept-language": "en"}
            answer = await gateway.client.get(ADDRESS, headers=headers)
            assert answer.status_code == 401, kind
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.json()["title"] == "Not signed in"
        spanish = await gateway.client.get(ADDRESS, headers={"authorization": "Bearer x"})
        assert spanish.headers["content-language"] == "es"
        assert spanish.json()["title"] != "Not signed in"
        assert piece.seen == []


async def test_more_requests_than_the_limit_are_a_429_that_says_when_to_go_on(starting: Start, tokens: Tokens) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url, rate_limit=0.5, rate_burst=3) as gateway:
        passed = [await gateway.client.get(ADDRESS) for _ in range(3)]
        assert [answer.status_code for answer in passed] == [200] * 3
        assert [answer.headers["ratelimit"].split(";")[1] for answer in passed] == ["r=2", "r=1", "r=0"]
        assert passed[0].headers["ratelimit-policy"] == '"requests";q=3;w=6'
        refused = await gateway.client.get(ADDRESS)
        assert refused.status_code == 429
        assert refused.json()["type"] == "urn:trama:problem:too-many-requests"
        assert refused.headers["retry-after"] == "2"
        # A user is counted apart from the address, each user for themselves.
        one, other = uuid4(), uuid4()
        for _ in range(3):
            assert (await gateway.client.get(ADDRESS, headers=tokens.actor(user_id=one))).status_code == 200
        assert (await gateway.client.get(ADDRESS, headers=tokens.actor(user_id=one))).status_code == 429
        assert (await gateway.client.get(ADDRESS, headers=tokens.actor(user_id=other))).status_code == 200
        assert (await gateway.client.get("/health/live")).status_code == 200


@given(
    rate=some.floats(0.1, 1000),
    burst=some.integers(1, 50),
    pauses=some.lists(some.floats(0, 5), min_size=1, max_size=200),
)
def test_no_window_of_time_ever_sees_more_than_burst_and_rate_allow(
    rate: float, burst: int, pauses: list[float]
) -> None:
    limiter, now, passed = Limiter(rate, burst), 0.0, []
    for pause in pauses:
        now += pause
        verdict = limiter.judge("x", now)
        if verdict.allowed:
            passed.append(now)
        else:
            assert limiter.judge("x", now + verdict.seconds + 1e-6).allowed or verdict.seconds > 0
            break
    for start in range(len(passed)):
        for end in range(start, len(passed)):
            assert end - start + 1 <= burst + rate * (passed[end] - passed[start]) + 1e-3


@given(burst=some.integers(1, 100))
def test_a_burst_passes_whole_and_not_one_more(burst: int) -> None:
    limiter = Limiter(1.0, burst)
    verdicts = [limiter.judge("x", 5.0) for _ in range(burst + 1)]
    assert [verdict.allowed for verdict in verdicts] == [True] * burst + [False]
    assert [verdict.remaining for verdict in verdicts] == [*reversed(range(burst)), 0]


async def test_pages_of_allowed_origins_may_call_and_no_others(starting: Start) -> None:
    page = "https://coope.example"
    async with upstream(echo) as piece, starting(catalog_url=piece.url, allowed_origins=page) as gateway:
        ask = {"origin": page, "access-control-request-method": "POST"}
        preflight = await gateway.client.options(ADDRESS, headers=ask)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == page
        assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
        assert piece.seen == []
        answer = await gateway.client.get(ADDRESS, headers={"origin": page})
        assert answer.headers["access-control-allow-origin"] == page
        assert answer.headers["vary"] == "Origin"
        refused = await gateway.client.get(ADDRESS, headers={"origin": page, "authorization": "Bearer x"})
        assert refused.headers["access-control-allow-origin"] == page, "a page may read why it was refused"
        other = await gateway.client.get(ADDRESS, headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


async def test_by_default_no_page_of_another_origin_may_call(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        answer = await gateway.client.get(ADDRESS, headers={"origin": "https://coope.example"})
        assert "access-control-allow-origin" not in answer.headers
