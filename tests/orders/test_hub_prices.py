"""The list of offers, whose prices PostgreSQL picks, shows what the rule says an order pays: over random hub offers."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from orders.cycles.rules.hubs import HubOffer, effective
from orders.cycles.service import offer_at_hubs
from tests.orders.shop import Shop, variant

ROUNDS, MOST_OFFERS = 12, 9


def drawn(chance: random.Random, variant_id: UUID, points: list[UUID], cycles: list[UUID], now: datetime) -> HubOffer:
    point, cycle = chance.choice([*points, None]), chance.choice([*cycles, None])
    if point is None and cycle is None:
        point = points[0]
    starts = now + timedelta(hours=chance.randint(-5, 1))
    ends = None if chance.random() < 0.6 else starts + timedelta(hours=chance.randint(1, 6))
    price = chance.randint(100, 99_999)
    return HubOffer(uuid4(), variant_id, point, cycle, price, (), starts, ends, chance.random() < 0.2)


async def test_the_list_shows_what_the_rule_says(shop: Shop) -> None:
    chance = random.Random(2026)
    farm = uuid4()
    product = await shop.product(farm, [variant("10.00")])
    sold = product.variants[0].variant_id
    cycle = await shop.cycle([farm], 1, fees=[])
    points, cycles = [cycle.pickup_point_id, uuid4()], [cycle.id, uuid4()]
    for _ in range(ROUNDS):
        now = datetime.now(UTC)
        offers = [drawn(chance, sold, points, cycles, now) for _ in range(chance.randint(0, MOST_OFFERS))]
        async with shop.piece.database.transaction() as work:
            known = [row.id for row in await work.connection.exec_driver_sql("SELECT id FROM hub_offer")]
            await offer_at_hubs(work, [(offer, farm) for offer in offers], known)
        # A cycle that nobody has heard of is not open, so that it keeps nothing for itself.
        only = any(
            offer.exclusive
            and offer.cycle_id in (None, cycle.id)
            and offer.valid_from <= now
            and (offer.valid_until is None or now < offer.valid_until)
            for offer in offers
        )
        holding = effective(offers, cycle.id, cycle.pickup_point_id, now)
        found = (await shop.get(f"/v1/cycles/{cycle.id}/offers", pickup_point_id=str(cycle.pickup_point_id)))["items"]
        prices = [offer["price"]["amount"] for offer in found]
        if holding is not None:
            assert prices == [f"{holding.price / 100:.2f}"]
        else:
            assert prices == ([] if only else ["10.00"])
