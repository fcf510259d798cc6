"""What members owe the network for belonging, and what they paid of it."""

from datetime import date

from demo import examples
from demo.calling import User, ask, each, find
from demo.people import member_of
from demo.progress import Tally

MEMBERS = "/api/members/v1"


def load_plans(slug: str, treasurer: User, today: date) -> Tally:
    """A plan for each kind of member, from the year before on, and the exemptions that the assembly granted."""
    tally = Tally()
    plan = examples.plan(slug, "dues") or {}
    for entry in plan["plans"]:
        plan_id = _plan_of(slug, entry["key"])
        if find(treasurer, f"{MEMBERS}/dues/plans/{plan_id}") is not None:
            tally.known += 1
            continue
        body = {
            "id": plan_id,
            "name": entry["name"],
            "texts": entry["texts"],
            "kinds": entry["kinds"],
            "rhythm": "annual",
            "pro_rata": "months",
            "starts_on": str(examples.day(plan["since"], today)),
            "price": examples.money(slug, entry["price"]),
        }
        ask(treasurer, "POST", f"{MEMBERS}/dues/plans", body)
        tally.new += 1
    for entry in plan["exemptions"]:
        _load_exemption(slug, treasurer, entry, today, tally)
    return tally


def _load_exemption(slug: str, treasurer: User, entry: examples.Entry, today: date, tally: Tally) -> None:
    exemption_id = str(examples.identity(slug, "dues exemption", f"{entry['member']}/{entry['since']}"))
    address = f"{MEMBERS}/members/{member_of(slug, entry['member'])}/dues-exemptions"
    if any(known["id"] == exemption_id for known in ask(treasurer, "GET", address)):
        tally.known += 1
        return
    body = {
        "id": exemption_id,
        "since": str(examples.day(entry["since"], today)),
        "until": str(examples.day(entry["until"], today)),
        "amount": examples.money(slug, entry["amount"]),
        "reason": entry["reason"],
    }
    ask(treasurer, "POST", address, body)
    tally.new += 1


def run(slug: str, treasurer: User, today: date) -> str:
    """Issues the invoices of the year before and of this one, each dated as it would have been; today nothing is left
    to issue."""
    plan = examples.plan(slug, "dues") or {}
    already = {invoice["issued_on"] for invoice in each(treasurer, f"{MEMBERS}/invoices")}
    issued = 0
    for text in plan["runs"]:
        on = str(examples.day(text, today))
        if on <= str(today) and all(on >= known for known in already):
            issued += len(ask(treasurer, "POST", f"{MEMBERS}/dues/runs", {"issued_on": on})["issued"])
    again = ask(treasurer, "POST", f"{MEMBERS}/dues/runs", {})
    return f"{issued} issued, {len(again['issued'])} by running once more"


def load_payments(slug: str, treasurer: User, today: date) -> Tally:
    """Payments by transfer or in cash, each for the invoice of its year."""
    tally = Tally()
    invoices = {
        (invoice["member_id"], invoice["period_start"][:4]): invoice
        for invoice in each(treasurer, f"{MEMBERS}/invoices")
    }
    for entry in (examples.plan(slug, "dues") or {})["paid"]:
        on = examples.day(entry["on"], today)
        if on > today:
            continue
        payment_id = str(examples.identity(slug, "dues payment", f"{entry['member']}/{on}"))
        if find(treasurer, f"{MEMBERS}/payments/{payment_id}") is not None:
            tally.known += 1
            continue
        member_id = member_of(slug, entry["member"])
        invoice = invoices[member_id, str(on.year)]
        amount = examples.money(slug, entry["amount"]) if "amount" in entry else invoice["open"]
        body = {"id": payment_id, "amount": amount, "paid_on": str(on), "method": entry.get("method", "transfer")}
        ask(treasurer, "POST", f"{MEMBERS}/members/{member_id}/payments", {**body, "invoice_ids": [invoice["id"]]})
        tally.new += 1
    return tally


def _plan_of(slug: str, key: str) -> str:
    return str(examples.identity(slug, "dues plan", key))
