"""The transparency report: what it says is what the ledger says."""

import hashlib
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.testing.pieces import Piece, Runner
from members.ledger import service as ledger
from members.ledger.rules import AccountKey, Owner, Transfer
from members.reports.rules.document import TransparencyReport
from tests.members.conftest import Office
from tests.members.dues import Treasury as DuesDesk
from tests.members.treasury import Treasury, refused

ADDRESS = "/v1/reports/transparency"
YEAR = {"from": "2026-01-01", "until": "2026-12-31"}


@pytest.fixture
async def treasury(office: Office) -> Treasury:
    desk = Treasury(office)
    await desk.purposes()
    return desk


async def read(treasury: Treasury, since: str = "2026-01-01", until: str = "2026-12-31") -> TransparencyReport:
    """The report, once its bytes are what the schema says."""
    answer = await treasury.get(ADDRESS, **{"from": since, "until": until})
    assert answer.status_code == 200, answer.text
    return TransparencyReport.model_validate_json(answer.content)


async def a_year(treasury: Treasury) -> None:
    """Some of everything, in January and February of 2026."""
    member_id = await treasury.office.admit(name="Familia Hernández Luna")
    await treasury.office.deposit(member_id, "80.00", paid_on="2026-01-05")
    gift = await treasury.made(
        "/v1/contributions",
        giver="Librería Sandoval",
        amount=treasury.money("300.00"),
        pledged_on="2026-01-10",
        purpose="training",
    )
    await treasury.made(
        f"/v1/contributions/{gift['id']}/receipts",
        amount=treasury.money("250.00"),
        method="transfer",
        received_on="2026-01-20",
    )
    own = await treasury.made(
        "/v1/contributions", member_id=str(member_id), amount=treasury.money("20.00"), pledged_on="2026-01-10"
    )
    await treasury.made(
        f"/v1/contributions/{own['id']}/receipts",
        amount=treasury.money("20.00"),
        method="balance",
        received_on="2026-01-21",
    )
    public = await treasury.subsidy(granted="1000.00", spend_by="2026-11-30", justify_by="2027-01-31")
    private = await treasury.subsidy(kind="private", grantor="Doña Inés", granted="200.00", purpose="web")
    await treasury.receive(public["id"], "600.00", received_on="2026-01-31")
    await treasury.receive(private["id"], "200.00", received_on="2026-02-01")
    for purpose, amount, charge, on in (
        ("training", "450.00", {"subsidy_id": public["id"]}, "2026-02-03"),
        ("training", "100.00", {"contribution_id": gift["id"]}, "2026-02-04"),
        ("web", "30.00", {}, "2026-01-31"),
    ):
        await treasury.made("/v1/spendings", **treasury.use(purpose=purpose, amount=amount, spent_on=on, **charge))


async def test_a_report_says_what_came_what_was_used_and_what_is_left(treasury: Treasury) -> None:
    await a_year(treasury)
    report = await read(treasury)
    income = {line.source: (line.expected and line.expected.minor, line.received.minor) for line in report.income}
    assert income["contributions"] == (32000, 27000)
    assert income["subsidies"] == (120000, 80000)
    (subsidies,) = [line for line in report.income if line.source == "subsidies"]
    assert {part.source: part.received.minor for part in subsidies.parts} == {"public": 60000, "private": 20000}
    assert {use.purpose: use.used.minor for use in report.uses} == {"training": 55000, "web": 3000}
    assert report.uses[0].names == {"es": "Formación", "en": "Training"}
    assert [(line.source, line.received.minor) for line in report.apart] == [("members", 6000)]
    # 80 paid in, 250 + 600 + 200 received, 580 spent; the 20 of the member's own were there already.
    assert (report.opening.total.minor, report.closing.total.minor) == (0, 55000)
    assert (report.closing.bank.minor, report.closing.cash.minor) == (47000, 8000)
    left = report.left
    assert [one.minor for one in (left.subsidies, left.earmarked, left.members, left.free)] == [
        35000, 15000, 6000, -1000,
    ]  # fmt: skip
    public, private = report.subsidies
    assert (public.granted.minor, public.received.minor, public.spent.minor, public.left.minor) == (
        100000, 60000, 45000, 55000,
    )  # fmt: skip
    assert public.spend_by == date(2026, 11, 30)
    assert (public.grantor, private.grantor) == ("Ayuntamiento de León", None)
    assert [bar.code for bar in report.chart[0].bars] == ["public", "contributions", "private"]
    assert [(bar.code, bar.share) for bar in report.chart[1].bars] == [("training", "94.8"), ("web", "5.2")]


async def test_dues_are_expected_by_their_invoices_and_received_by_their_payments(treasury: Treasury) -> None:
    dues = DuesDesk(treasury.office)
    with dues.on("2026-01-10"):
        member_id = await dues.member("2026-01-02")
        await dues.invoice(member_id, "60.00", due_on="2026-01-31")
    assert (await dues.pay(member_id, "45.00", paid_on="2026-01-20")).status_code == 201
    report = await read(treasury, "2026-01-01", "2026-01-31")
    (line,) = [line for line in report.income if line.source == "dues"]
    assert line.expected is not None
    assert (line.expected.minor, line.received.minor) == (6000, 4500)
    assert [(part.source, part.received.minor) for part in line.parts] == [("by_hand", 4500)]
    assert line.parts[0].names["en"] == "Invoices written by hand"


async def test_capital_is_apart_from_income(treasury: Treasury) -> None:
    member_id = await treasury.office.admit()
    await treasury.made("/v1/shares/values", value=treasury.money("100.00"), valid_from="2026-01-01")
    shares = {"member_id": str(member_id), "dated": "2026-01-10"}
    await treasury.made("/v1/shares/subscribe", shares=3, **shares)
    await treasury.made("/v1/shares/pay", shares=2, method="transfer", **shares)
    report = await read(treasury)
    (line,) = [line for line in report.apart if line.source == "shares"]
    assert line.expected is not None
    assert (line.expected.minor, line.received.minor, report.income_received.minor) == (30000, 20000, 0)


async def test_no_member_and_no_private_giver_is_named(treasury: Treasury) -> None:
    await a_year(treasury)
    answer = await treasury.get(ADDRESS, **YEAR)
    for name in ("Hernández", "Sandoval", "Inés", "Imprenta"):
        assert name not in answer.text


async def test_a_report_counts_what_was_booked_for_its_days_and_goes_on_where_the_one_before_ended(
    treasury: Treasury,
) -> None:
    await a_year(treasury)
    january = await read(treasury, "2026-01-01", "2026-01-31")
    february = await read(treasury, "2026-02-01", "2026-02-28")
    assert january.closing == february.opening
    assert january.used.minor == 3000
    (public, private) = february.subsidies
    assert (public.received.minor, public.received_through.minor, public.spent_through.minor) == (0, 60000, 45000)
    assert private.received.minor == 20000
    assert [one.id for one in january.subsidies] == [public.id, private.id]
    assert all(report.reconciliation.holds for report in (january, february))


async def test_nothing_at_all_is_a_report_too(treasury: Treasury) -> None:
    report = await read(treasury)
    assert [line.source for line in report.income] == ["dues", "contributions", "subsidies"]
    assert (report.used.minor, report.uses, report.chart[0].bars) == (0, [], [])
    assert report.reconciliation.holds


ACCOUNTS = ("bank", "cash", "dues", "contributions", "subsidies", "shares", "fees", "fund", "uses-training", "raffle")


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_booked_the_totals_of_the_report_are_the_ledgers(
    treasury: Treasury, piece: Piece, seed: int
) -> None:
    random = Random(seed)
    members = [await treasury.office.admit() for _ in range(2)]
    keys = [AccountKey(Owner.network(name), "MXN") for name in ACCOUNTS]
    keys += [AccountKey(Owner.member(member_id), "MXN") for member_id in members]
    first = date(2026, 1, 1)
    transfers = []
    for _ in range(60):
        debit, credit = random.sample(keys, 2)
        on = first + timedelta(days=random.randrange(90))
        amount = random.randint(1, 10**7)
        transfers.append(Transfer(uuid4(), debit, credit, amount, "test", uuid4(), beyond_limit=True, booked_on=on))
    # Community credit is in its own books, and in none of the report's.
    shared = (AccountKey(Owner.network("cash"), "TUMIN"), AccountKey(Owner.member(members[0]), "TUMIN"))
    transfers.append(Transfer(uuid4(), *shared, 777, "test", uuid4(), booked_on=first))
    async with piece.database.transaction() as work:
        await ledger.open_accounts(work, piece.app.state.settings, [*keys, *shared])
        await ledger.lock(work, [*keys, *shared])
        await ledger.book(work, transfers)
    before = None
    for start, end in ((0, 19), (20, 20), (21, 60), (61, 89)):
        since, until = first + timedelta(days=start), first + timedelta(days=end)
        report = await read(treasury, since.isoformat(), until.isoformat())
        proof = report.reconciliation
        assert (proof.holds, proof.difference.minor) == (True, 0)
        within = [t for t in transfers if t.booked_on and since <= t.booked_on <= until and t.debit.currency == "MXN"]
        for line in report.income:
            assert line.received.minor == sum(moved(t, line.accounts) for t in within)
        assert report.used.minor == -sum(moved(t, ["uses-training"]) for t in within)
        assert {one.account for one in proof.accounts} <= set(ACCOUNTS)
        if before is not None:
            assert before.closing == report.opening
        before = report


def moved(transfer: Transfer, accounts: list[str]) -> int:
    """What a transfer changes on these accounts together."""
    signs = (transfer.credit.owner.name in accounts) - (transfer.debit.owner.name in accounts)
    return signs * transfer.amount


async def test_a_published_report_stays_as_it_was_byte_by_byte(treasury: Treasury, piece: Piece) -> None:
    await a_year(treasury)
    days = {"from": "2026-01-01", "until": "2026-01-31"}
    report_id = str(uuid4())
    made = await treasury.made(ADDRESS, id=report_id, **days)
    assert (made["from"], made["until"], made["id"]) == ("2026-01-01", "2026-01-31", report_id)
    await treasury.made("/v1/spendings", **treasury.use(amount="5.00", spent_on="2026-01-30"))
    assert (await read(treasury, since=days["from"], until=days["until"])).used.minor == 3500
    kept = await treasury.get(f"/v1/reports/{report_id}")
    assert hashlib.sha256(kept.content).hexdigest() == made["digest"]
    assert kept.headers["content-digest"].startswith("sha-256=:")
    assert TransparencyReport.model_validate_json(kept.content).used.minor == 3000
    again = await treasury.made(ADDRESS, id=report_id, **days)
    assert again == made
    later = await treasury.made(ADDRESS, **days)
    assert later["digest"] != made["digest"]
    listed = (await treasury.get("/v1/reports", limit=1)).json()
    assert [one["id"] for one in listed["items"]] == [later["id"]]
    rest = (await treasury.get("/v1/reports", after=listed["next"])).json()
    assert [one["id"] for one in rest["items"]] == [report_id]
    for change in ("UPDATE published_reports SET until = '2026-02-01'", "DELETE FROM published_reports"):
        with pytest.raises(IntegrityError):
            async with piece.database.transaction() as work:
                await work.execute(text(change))


async def test_members_read_and_the_treasurer_publishes(treasury: Treasury, office: Office) -> None:
    member_id: UUID = await office.admit()
    made = await treasury.made(ADDRESS, **{"from": "2026-01-01", "until": "2026-01-31"})
    client, mine = office.piece.client, office.of(member_id)
    for address in (f"{ADDRESS}?from=2026-01-01&until=2026-12-31", "/v1/reports", f"/v1/reports/{made['id']}"):
        assert (await client.get(address, headers=mine)).status_code == 200
        assert (await client.get(address)).status_code == 401
    sent = await client.post(ADDRESS, json={"from": "2026-01-01", "until": "2026-01-31"}, headers=mine)
    assert sent.status_code == 403
    assert (await treasury.get(f"/v1/reports/{uuid4()}")).status_code == 404


async def test_a_network_may_show_its_reports_to_anyone(running: Runner, tokens: object, office: Office) -> None:
    async with running("members", currency="EUR", public_reports=True) as open_piece:
        desk = Treasury(Office(open_piece, office.tokens), "EUR")
        made = await desk.made(ADDRESS, **{"from": "2026-01-01", "until": "2026-01-31"})
        for address in ("/v1/reports", f"/v1/reports/{made['id']}"):
            assert (await open_piece.client.get(address)).status_code == 200
        live = await open_piece.client.get(f"{ADDRESS}?from=2026-01-01&until=2026-01-31")
        assert live.status_code == 401


async def test_days_that_can_not_be_are_refused_by_name(treasury: Treasury) -> None:
    turned = {"from": "2026-02-01", "until": "2026-01-31"}
    refused(await treasury.get(ADDRESS, **turned), 422, "until-before-from", "/until")
    refused(await treasury.post(ADDRESS, **turned), 422, "until-before-from", "/until")
    coming = {"from": "2026-02-01", "until": "2100-01-31"}
    assert (await treasury.get(ADDRESS, **coming)).status_code == 200
    refused(await treasury.post(ADDRESS, **coming), 422, "not-over", "/until")
    for wrong in ({"from": "2026-02-30", "until": "2026-03-01"}, {"from": "2026-02-01"}):
        assert (await treasury.get(ADDRESS, **wrong)).status_code == 422
        assert (await treasury.post(ADDRESS, **wrong)).status_code == 422
    taken = await treasury.made(ADDRESS, **{"from": "2026-01-01", "until": "2026-01-31"})
    other = {"id": taken["id"], "from": "2026-01-01", "until": "2026-01-30"}
    refused(await treasury.post(ADDRESS, **other), 409, "id-taken", "/id")


async def test_a_report_costs_the_same_statements_however_much_is_in_it(treasury: Treasury, piece: Piece) -> None:
    counts = set()
    for _ in range(2):
        await a_year(treasury)
        with piece.counted_queries() as statements:
            await read(treasury)
        counts.add(len(statements))
    assert len(counts) == 1
