"""A lapsed guarantee leaves every offer of an open cycle: both pieces, by their events."""

import pytest

from catalog.guarantee.jobs import jobs
from catalog.settings import Settings
from kit.jobs import run_once
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import create, product
from tests.catalog.peers import Network, day, later, network
from tests.orders.shop import Shop


@pytest.fixture
async def net(piece: Piece, spy: Spy, tokens: Tokens) -> Network:
    return await network(piece, spy, tokens)


async def test_what_an_open_cycle_offers_shows_a_word_as_long_as_its_certificate_holds(
    net: Network, spy: Spy, tokens: Tokens, running: Runner
) -> None:
    await create(net.piece, net.farmer, product(practices=["organic", "artisanal"]), publish=True)
    await net.publish_standard()
    async with running("orders") as orders:
        shop = Shop(orders, spy, tokens, tokens.actor(roles=["coordinator"]))
        cycle = await shop.cycle([net.farm], offers=1)

        async def offered() -> list[str]:
            [offer] = await shop.offers(cycle.id)
            return list(offer["practices"])

        async def becomes(practices: list[str]) -> None:
            assert await eventually(offered, lambda found: found == practices) == practices

        await becomes(["artisanal"])
        code = await net.certify(valid_until=day(30))
        await becomes(["organic", "artisanal"])
        await net.did(f"/certificates/{code}/suspend", {"reason": "El vecino fumigó"})
        await becomes(["artisanal"])
        await net.did(f"/certificates/{code}/reinstate", {"reason": "Análisis limpio"})
        await becomes(["organic", "artisanal"])
        # Its last day is over: the run of the first minute takes it off.
        later(net.piece, 31)
        settings: Settings = net.piece.app.state.settings
        assert await run_once(net.piece.database, jobs(settings)[0])
        await becomes(["artisanal"])
        # The goods themselves are still there to be ordered.
        assert len(await shop.offers(cycle.id)) == 1
