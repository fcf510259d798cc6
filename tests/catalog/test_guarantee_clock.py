"""What the calendar does to certificates, deadlines and standards."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from catalog.guarantee import service as guarantee
from catalog.guarantee.jobs import jobs
from catalog.settings import Settings
from contracts.catalog import CertificateChanged, ProductPublished
from contracts.notices import CatalogNotice
from kit.jobs import run_once
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import create, product
from tests.catalog.peers import TODAY, Network, day, later, network


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("catalog") as piece:
        yield piece


@pytest.fixture
async def net(piece: Piece, spy: Spy, tokens: Tokens) -> Network:
    return await network(piece, spy, tokens)


async def tick(piece: Piece) -> None:
    """All of the guarantee's jobs, once."""
    settings: Settings = piece.app.state.settings
    for job in jobs(settings):
        assert await run_once(piece.database, job)


async def status(net: Network, code: str) -> str:
    return str((await net.get(f"/certificates/{code}"))["status"])


async def written(spy: Spy, member_id: UUID, count: int) -> list[str]:
    """The subjects of a member's letters, once there are so many."""

    async def subjects() -> list[str]:
        return [event.data.subject["en"] for event in spy.seen(CatalogNotice) if event.data.member_id == member_id]

    return await eventually(subjects, lambda found: len(found) >= count)


async def test_a_certificate_lapses_after_its_last_day_and_takes_its_word_off_the_offers(
    net: Network, spy: Spy
) -> None:
    made = await create(net.piece, net.farmer, product(practices=["organic"]), publish=True)
    await net.publish_standard()
    code = await net.certify(valid_until=day(100))
    await spy.next(ProductPublished, UUID(made["id"]), count=3)

    later(net.piece, 100)
    await tick(net.piece)
    assert await status(net, code) == "certified"
    later(net.piece, 1)
    # What is read is right before the clock came by; what was told follows with it.
    assert await status(net, code) == "lapsed"
    assert [one["code"] for one in (await net.get("/certificates?status=lapsed"))["items"]] == [code]
    assert (await net.get("/certificates?status=certified"))["items"] == []
    await tick(net.piece)
    published = await spy.next(ProductPublished, UUID(made["id"]), count=4)
    assert published.data.practices == []
    issued = UUID((await net.get(f"/certificates/{code}"))["id"])
    assert (await spy.next(CertificateChanged, issued)).data.status == "lapsed"
    await tick(net.piece)
    assert len(spy.seen(CertificateChanged, issued)) == 1

    # Renewed, it is the same number again.
    application_id = await net.apply()
    await net.make(await net.plan(application_id, planned_on=day(101)), happened_on=day(101))
    await net.decide(application_id, decided_on=day(101))
    assert [one["code"] for one in (await net.get("/certificates"))["items"]] == [code]
    assert await status(net, code) == "certified"
    again = await spy.next(ProductPublished, UUID(made["id"]), count=5)
    assert again.data.practices == ["organic"]


async def test_a_standard_is_demanded_from_its_first_day(net: Network, spy: Spy) -> None:
    made = await create(net.piece, net.farmer, product(practices=["organic"]), publish=True)
    await net.publish_standard(valid_from=day(10))
    await tick(net.piece)
    assert len(spy.seen(ProductPublished, UUID(made["id"]))) == 1
    later(net.piece, 10)
    await tick(net.piece)
    assert (await spy.next(ProductPublished, UUID(made["id"]), count=2)).data.practices == []


async def test_what_is_grave_and_not_mended_in_time_is_reminded_of_and_then_suspends(net: Network, spy: Spy) -> None:
    await net.publish_standard()
    application_id = await net.visited(failing={"soil-cover": "Desnudo"})
    await net.decide(application_id, outcome="conditional")
    [certificate] = (await net.get("/certificates"))["items"]
    [found] = (await net.get("/nonconformities"))["items"]
    letters = await written(spy, net.farm, 3)

    later(net.piece, 91)
    await tick(net.piece)
    await tick(net.piece)
    assert (await net.get(f"/nonconformities/{found['id']}"))["state"] == "overdue"
    assert (await written(spy, net.farm, 4))[len(letters) :] == [f"Overdue since {day(90)}"]
    assert await status(net, certificate["code"]) == "conditional"
    later(net.piece, 6)
    await tick(net.piece)
    assert await status(net, certificate["code"]) == "conditional"
    later(net.piece, 1)
    await tick(net.piece)
    await tick(net.piece)
    assert await status(net, certificate["code"]) == "suspended"
    assert (await written(spy, net.farm, 5))[-1] == f"Your certificate {certificate['code']} is suspended"

    extension = {"due_on": day(120), "reason": "Llovió"}
    await net.did(f"/nonconformities/{found['id']}/extend", extension)
    assert await status(net, certificate["code"]) == "conditional"
    later(net.piece, 23)
    await tick(net.piece)
    later(net.piece, 7)
    await tick(net.piece)
    assert await status(net, certificate["code"]) == "suspended"
    await net.did(f"/nonconformities/{found['id']}/close", {"text": "Visto"})
    assert await status(net, certificate["code"]) == "conditional"
    history = (await net.get(f"/certificates/{certificate['code']}"))["history"]
    assert [fact["kind"] for fact in history] == [
        "decided",
        "suspended",
        "reinstated",
        "suspended",
        "reinstated",
    ]
    # What it was worth on a day is known for ever.
    async with net.piece.database.reading() as connection:
        for days, expected in ((-1, []), (0, ["conditional"]), (98, ["conditional"])):
            on = TODAY.fromordinal(TODAY.toordinal() + days)
            then = await guarantee.certificates_at(connection, [net.farm, net.members[1]], on)
            assert [one.status for one in then[net.farm]] == expected
            assert then[net.members[1]] == []
        on = TODAY.fromordinal(TODAY.toordinal() + 135)
        [one] = (await guarantee.certificates_at(connection, [net.farm], on))[net.farm]
        assert (one.code, one.standard, one.practice, one.valid) == (certificate["code"], "organic", "organic", True)


async def test_what_is_minor_is_reminded_of_and_suspends_nobody(net: Network, spy: Spy) -> None:
    await net.publish_standard()
    await net.decide(await net.visited(failing={"records": "Faltan"}))
    later(net.piece, 300)
    await tick(net.piece)
    await tick(net.piece)
    assert f"Overdue since {day(180)}" in await written(spy, net.farm, 4)
    assert (await net.get("/certificates?status=suspended"))["items"] == []


async def test_holders_are_reminded_90_30_and_7_days_ahead_once_each(net: Network, spy: Spy) -> None:
    await net.publish_standard()
    code = await net.certify(valid_until=day(200))
    letters = len(await written(spy, net.farm, 2))
    subject = f"Your certificate {code} ends on {day(200)}"
    for ahead, expected in ((109, 0), (1, 1), (1, 1), (59, 2), (23, 3), (7, 3), (1, 4)):
        later(net.piece, ahead)
        await tick(net.piece)
        await tick(net.piece)
        found = await written(spy, net.farm, letters + expected)
        assert found[letters:] == ([subject] * min(expected, 3)) + (
            [f"Your certificate {code} has lapsed"] if expected == 4 else []
        )
