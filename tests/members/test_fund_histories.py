"""Random histories of the fund, many at once: its position is what its movements say, and what the ledger holds."""

import asyncio
from random import Random
from uuid import UUID

import pytest

from kit.testing.tokens import Tokens
from tests.members.conftest import Office
from tests.members.fund_desk import Desk, money

TASKS = 5
STEPS = 8


class History:
    """Some members, and what they do with the fund."""

    def __init__(self, desk: Desk, office: Office, member_ids: list[UUID], random: Random) -> None:
        self.desk = desk
        self.office = office
        self.members = member_ids
        self.random = random
        self.lent: list[str] = []
        self.notices: list[str] = []
        self.repaid: list[tuple[str, str]] = []

    async def task(self) -> None:
        for _ in range(STEPS):
            steps = [self.give, self.ask_back, self.pay_back, self.lend, self.repay, self.repay, self.bounce]
            await self.random.choice(steps)()

    def amount(self, most: int) -> str:
        return f"{self.random.randint(1200, most) / 100:.2f}"

    async def give(self) -> None:
        kind = self.random.choice(["gift", "deposit"])
        assert (await self.desk.give(self.random.choice(self.members), self.amount(90_000), kind)).status_code == 201

    async def ask_back(self) -> None:
        member_id = self.random.choice(self.members)
        body = {"member_id": str(member_id), "amount": money(self.amount(50_000))}
        answer = await self.desk.post("/v1/fund/notices", body, self.office.of(member_id))
        assert answer.status_code in (201, 409), answer.text
        self.notices += [answer.json()["id"]] if answer.is_success else []

    async def pay_back(self) -> None:
        if self.notices:
            address = f"/v1/fund/notices/{self.random.choice(self.notices)}/pay"
            answer = await self.desk.post(address, {"pay_out": "cash"}, self.desk.treasurer)
            assert answer.status_code in (200, 409), answer.text

    async def lend(self) -> None:
        asked = await self.desk.apply(self.random.choice(self.members), self.amount(90_000))
        assert asked.status_code in (201, 422), asked.text
        if asked.is_success:
            loan_id = asked.json()["id"]
            await self.desk.approve(loan_id)
            done = await self.desk.disburse(loan_id, pay_out=self.random.choice(["balance", "bank"]))
            assert done.status_code in (200, 409), done.text
            self.lent += [loan_id] if done.is_success else []

    async def repay(self) -> None:
        if self.lent:
            loan_id = self.random.choice(self.lent)
            answer = await self.desk.repay(loan_id, self.amount(30_000))
            assert answer.status_code in (201, 409, 422), answer.text
            self.repaid += [(loan_id, answer.json()["id"])] if answer.is_success else []

    async def bounce(self) -> None:
        if self.repaid:
            loan_id, repayment_id = self.random.choice(self.repaid)
            address = f"/v1/loans/{loan_id}/repayments/{repayment_id}/reverse"
            answer = await self.desk.post(address, {"reason": "Bounced"}, self.desk.treasurer)
            assert answer.status_code in (201, 409), answer.text


def cents(amount: str) -> int:
    return round(float(amount) * 100)


@pytest.mark.parametrize("seed", range(2))
async def test_after_random_histories_at_once_the_fund_is_what_its_movements_say(
    office: Office, tokens: Tokens, seed: int
) -> None:
    """balance = gifts + deposits - withdrawals - lent + principal repaid, in the position and in the ledger."""
    desk = Desk(office, tokens)
    await desk.write_terms(fund_share="100", max_amount=money("9000.00"))
    member_ids = [await office.admit() for _ in range(3)]
    await desk.give(member_ids[0], "2000.00")
    history = History(desk, office, member_ids, Random(seed))
    await asyncio.gather(*(history.task() for _ in range(TASKS)))
    found = await desk.position()
    amounts = {name: cents(value) for name, value in found.items() if isinstance(value, str) and "." in value}
    came = amounts["gifts"] + amounts["deposits"] + amounts["repaid"]
    left = amounts["withdrawals"] + amounts["lent"]
    assert (amounts["balance"], amounts["from_cycles"]) == (came - left, 0)
    assert amounts["balance"] >= 0
    assert amounts["deposits_owed"] == amounts["deposits"] - amounts["withdrawals"] >= 0
    owed = [cents((await desk.loan(loan_id))["outstanding"]["amount"]) for loan_id in history.lent]
    assert sum(owed) == amounts["outstanding"] == amounts["lent"] - amounts["repaid"]
    assert history.lent
    assert history.repaid
    assert (await office.proof())["ok"]
