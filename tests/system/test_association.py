"""A full year of an association: `NETWORK=leon make run`, seen through its gateway."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from demo.people import member_of
from tests.system.calling import Journal, Person
from tests.system.conftest import enter, with_example
from tests.system.market import amount

pytestmark = pytest.mark.system

MEMBERS = "/api/members/v1"
THIS_YEAR = datetime.now(UTC).year
LAST_YEAR = THIS_YEAR - 1


@pytest.fixture(scope="module")
def treasurer() -> Iterator[Person]:
    with with_example("leon") as gateway, httpx.Client(base_url=gateway, timeout=30, trust_env=False) as http:
        yield Person(http, Journal()).sign_in("tesorera@leon.example")


def invoices(treasurer: Person, year: int) -> list[Any]:
    found: list[Any] = treasurer.get(f"{MEMBERS}/invoices", params={"year": year, "limit": 200})["items"]
    return found


def report(treasurer: Person, year: int) -> Any:
    days = {"from": f"{year}-01-01", "until": f"{year}-12-31"}
    found = treasurer.get(f"{MEMBERS}/reports/transparency", params=days)
    return {name: value for name, value in found.items() if name != "made_at"}


def test_members_of_each_kind_are_asked_by_their_plan(treasurer: Person) -> None:
    kinds = {member["id"]: member["kind"] for member in treasurer.get(f"{MEMBERS}/members?limit=200")["items"]}
    plans = {plan["id"]: set(plan["kinds"]) for plan in treasurer.get(f"{MEMBERS}/dues/plans")}
    assert len(set(kinds.values())) == 10
    assert set().union(*plans.values()) == set(kinds.values())
    billed = [*invoices(treasurer, LAST_YEAR), *invoices(treasurer, THIS_YEAR)]
    assert {invoice["member_id"] for invoice in billed} == set(kinds)
    assert all(kinds[invoice["member_id"]] in plans[invoice["plan_id"]] for invoice in billed)


def test_the_run_issued_twice_gives_no_second_invoice(treasurer: Person) -> None:
    before = invoices(treasurer, THIS_YEAR)
    for _ in range(2):
        run = treasurer.post(f"{MEMBERS}/dues/runs", {}, expect=200)
        assert (run["issued"], run["exempt"]) == ([], [])
        assert run["already"] > 0
    assert invoices(treasurer, THIS_YEAR) == before
    periods = [(one["member_id"], one["period_start"]) for one in before]
    assert len(periods) == len(set(periods))


def test_last_year_is_paid_and_closed_and_this_year_half_paid(treasurer: Person) -> None:
    assert {invoice["status"] for invoice in invoices(treasurer, LAST_YEAR)} == {"paid"}
    closing = treasurer.get(f"{MEMBERS}/ledger/closings")["items"][0]
    assert (closing["kind"], closing["through"]) == ("closed", f"{LAST_YEAR}-12-31")
    member = f"{MEMBERS}/members/{member_of('leon', 'nuria')}"
    late = {"amount": {"amount": "1.00", "currency": "EUR"}, "method": "cash", "paid_on": f"{LAST_YEAR}-12-31"}
    refused = treasurer.post(f"{member}/payments", late, expect=409)
    assert refused["type"] == "urn:trama:problem:period-closed"
    this_year = invoices(treasurer, THIS_YEAR)
    unpaid = [invoice for invoice in this_year if amount(invoice["open"]) > 0]
    assert 0 < len(unpaid) < len(this_year)


def test_the_reports_totals_are_the_ledgers_totals(treasurer: Person) -> None:
    """Added up here once more, entry by entry, from the statements of the network's own accounts."""
    accounts = {found["name"] for found in treasurer.get(f"{MEMBERS}/ledger/accounts")["items"]}
    for year in (LAST_YEAR, THIS_YEAR):
        told = report(treasurer, year)
        proof = told["reconciliation"]
        assert proof["holds"] is True
        assert amount(proof["difference"]) == 0
        (dues,) = (line for line in told["income"] if line["source"] == "dues")
        assert "Annual dues of associations" in {part["names"]["en"] for part in dues["parts"]}
        moved: dict[str, Decimal] = {}
        for name in accounts:
            entries = treasurer.get(f"{MEMBERS}/ledger/accounts/{name}/statement", params={"limit": 200})["items"]
            in_year = [entry for entry in entries if entry["booked_on"].startswith(str(year))]
            moved[name] = sum((amount(entry["amount"]) for entry in in_year), Decimal(0))
        lines = {line["account"]: line for line in proof["accounts"] if line["opening"]["currency"] == "EUR"}
        assert {name: amount(line["closing"]) - amount(line["opening"]) for name, line in lines.items()} == {
            name: total for name, total in moved.items() if name in lines
        }
        assert all(total == 0 for name, total in moved.items() if name not in lines)
        income = sum(moved[name] for name in ("dues", "contributions", "subsidies"))
        assert amount(proof["income"]) == income
        assert amount(proof["used"]) == -sum(total for name, total in moved.items() if name.startswith("uses-"))
    proved = treasurer.get(f"{MEMBERS}/ledger/check")
    assert proved["ok"] is True


def test_two_subsidies_are_received_and_spent_against(treasurer: Person) -> None:
    found = treasurer.get(f"{MEMBERS}/subsidies")["items"]
    assert {subsidy["kind"] for subsidy in found} == {"public", "private"}
    assert all(amount(subsidy["received"]) > 0 and amount(subsidy["spent"]) > 0 for subsidy in found)


def test_the_assembly_reads_the_published_report_on_paper(treasurer: Person) -> None:
    (published,) = treasurer.get(f"{MEMBERS}/reports")["items"]
    member = treasurer.sign_in("vallinares@leon.example")
    paper = member.call("GET", f"{MEMBERS}/reports/{published['id']}", headers={"accept": "application/pdf"})
    assert paper.content.startswith(b"%PDF-")


def test_loading_the_example_again_changes_nothing(treasurer: Person) -> None:
    before = report(treasurer, LAST_YEAR), report(treasurer, THIS_YEAR)
    told = enter("leon", str(treasurer.http.base_url))
    assert next(line for line in told if line.startswith("invoices")) == "invoices: 0 issued, 0 by running once more"
    assert (report(treasurer, LAST_YEAR), report(treasurer, THIS_YEAR)) == before
