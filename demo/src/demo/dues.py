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
        plan_id = str(examples.identity(slug, "dues plan", entry["key"]))
        if find(treasurer, f"{MEMBERS}/dues/plans/{plan_id}") is not None:
            tally.known += 1
            continue
        told = {name: entry[name] for name in ("name", "kinds")}
        starts = str(examples.day("Y-1:01-01", today))
        body = {
            "id": plan_id,
            **told,
            "every": "annual",
            "amount": examples.money(slug, entry["amount"]),
            "starts_on": starts,
        }
        ask(treasurer, "POST", f"{MEMBERS}/dues/plans", body)
        tally.new += 1
    return tally


def run(treasurer: User, today: date) -> str:
    """Issues what is due until today, and then once more: the second time nothing is left to issue."""
    first = ask(treasurer, "POST", f"{MEMBERS}/dues/runs", {"until": str(today)})
    again = ask(treasurer, "POST", f"{MEMBERS}/dues/runs", {"until": str(today)})
    return f"{first['issued']} issued, {again['issued']} by a second run"


def load_payments(slug: str, treasurer: User, today: date) -> Tally:
    """Payments by transfer or in cash, each for the invoice of its year."""
    tally = Tally()
    for entry in (examples.plan(slug, "dues") or {})["paid"]:
        on = examples.day(entry["on"], today)
        if on > today:
            continue
        payment_id = str(examples.identity(slug, "dues payment", f"{entry['member']}/{entry['on']}"))
        if find(treasurer, f"{MEMBERS}/payments/{payment_id}") is not None:
            tally.known += 1
            continue
        member_id = member_of(slug, entry["member"])
        found = each(treasurer, f"{MEMBERS}/invoices?member_id={member_id}")
        invoice = next(one for one in found if one["period_starts"][:4] == str(on.year))
        amount = examples.money(slug, entry["amount"]) if "amount" in entry else invoice["open"]
        body = {"id": payment_id, "amount": amount, "paid_on": str(on), "method": entry.get("method", "transfer")}
        ask(treasurer, "POST", f"{MEMBERS}/members/{member_id}/payments", {**body, "invoice_ids": [invoice["id"]]})
        tally.new += 1
    return tally
