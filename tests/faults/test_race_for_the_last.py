"""Two hundred buyers race for the last ten: exactly ten are confirmed, and the others are told why."""

import asyncio

import pytest

from local import stack
from tests.faults import books
from tests.market import Market

pytestmark = [pytest.mark.faults, pytest.mark.system]

BUYERS, LAST = 200, 10


async def test_two_hundred_buyers_of_the_last_ten_get_exactly_ten(network: stack.Stack, market: Market) -> None:
    await market.open(families=20, deposit="500.00", on_hand=str(LAST))
    buyers = [market.families[number % 20] for number in range(BUYERS)]
    answers = await asyncio.gather(*(market.order(family, wait=10) for family in buyers))
    confirmed: dict[str, int] = {}
    for family, answer in zip(buyers, answers, strict=True):
        if answer.status_code == 201:
            confirmed[family.member_id] = confirmed.get(family.member_id, 0) + 1
        else:
            assert answer.status_code == 409, answer.text
            problem = answer.json()
            assert problem["order_id"]
            assert problem["reasons"]
    assert sum(confirmed.values()) == LAST
    await books.agree(market, confirmed)
