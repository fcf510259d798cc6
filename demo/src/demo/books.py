"""What the network is given, and what it is used for."""

from datetime import date
from typing import Any

from demo import examples
from demo.calling import User, ask, find
from demo.people import member_of
from demo.progress import Tally

MEMBERS = "/api/members/v1"


def load(slug: str, treasurer: User, today: date) -> Tally:
    """Purposes, contributions, subsidies with what came of them, and spendings; nothing that lies ahead."""
    tally = Tally()
    plan = examples.plan(slug, "books") or {}
    for purpose in plan["purposes"]:
        _once(treasurer, f"purposes/{purpose['code']}", "purposes", purpose, tally)
    for given in plan["contributions"]:
        _load_contribution(slug, treasurer, given, today, tally)
    for subsidy in plan["subsidies"]:
        _load_subsidy(slug, treasurer, subsidy, today, tally)
    for spending in plan["spendings"]:
        _load_spending(slug, treasurer, spending, today, tally)
    return tally


def close(slug: str, treasurer: User, today: date) -> str:
    """Closes the books of the year that is over, and publishes its report. The day until which they are closed."""
    through = examples.day((examples.plan(slug, "books") or {})["close"], today)
    known = ask(treasurer, "GET", f"{MEMBERS}/ledger/closings")
    if all(closing["through"] < str(through) for closing in known["items"]):
        ask(treasurer, "POST", f"{MEMBERS}/ledger/closings", {"through": str(through)})
    report_id = str(examples.identity(slug, "report", str(through.year)))
    if find(treasurer, f"{MEMBERS}/reports/{report_id}") is None:
        days = {"from": f"{through.year}-01-01", "until": str(through)}
        ask(treasurer, "POST", f"{MEMBERS}/reports/transparency", {"id": report_id, **days})
    return str(through)


def _load_contribution(slug: str, treasurer: User, given: examples.Entry, today: date, tally: Tally) -> None:
    contribution_id = str(examples.identity(slug, "contribution", given["key"]))
    who = {"member_id": member_of(slug, given["member"])} if "member" in given else {"giver": given["giver"]}
    told: dict[str, Any] = {name: given[name] for name in ("anonymous", "purpose") if name in given}
    body: dict[str, Any] = {"id": contribution_id, **who, **told, "amount": examples.money(slug, given["amount"])}
    pledged = examples.day(given["pledged"], today)
    if pledged > today:
        return
    address = f"contributions/{contribution_id}"
    found = _once(treasurer, address, "contributions", {**body, "pledged_on": str(pledged)}, tally)
    _receive(slug=slug, treasurer=treasurer, address=address, found=found, received=given["received"], today=today)


def _load_subsidy(slug: str, treasurer: User, subsidy: examples.Entry, today: date, tally: Tally) -> None:
    subsidy_id = str(examples.identity(slug, "subsidy", subsidy["key"]))
    granted_on = examples.day(subsidy["granted_on"], today)
    if granted_on > today:
        return
    told: dict[str, Any] = {
        name: subsidy[name]
        for name in ("kind", "grantor", "named", "programme", "reference", "purpose")
        if name in subsidy
    }
    body = {
        "id": subsidy_id,
        **told,
        "granted": examples.money(slug, subsidy["granted"]),
        "granted_on": str(granted_on),
        "spend_by": str(examples.day(subsidy["spend_by"], today)),
        "justify_by": str(examples.day(subsidy["justify_by"], today)),
        "instalments": [
            {"due_on": str(examples.day(part["on"], today)), "amount": examples.money(slug, part["amount"])}
            for part in subsidy["instalments"]
        ],
        "conditions": [
            {"text": condition["text"], "due_on": str(examples.day(condition["on"], today))}
            for condition in subsidy["conditions"]
        ],
    }
    address = f"subsidies/{subsidy_id}"
    found = _once(treasurer, address, "subsidies", body, tally)
    _receive(slug=slug, treasurer=treasurer, address=address, found=found, received=subsidy["received"], today=today)


def _receive(
    *, slug: str, treasurer: User, address: str, found: Any, received: list[examples.Entry], today: date
) -> None:
    known = {receipt["received_on"] for receipt in found.get("receipts", [])}
    for part in received:
        on = examples.day(part["on"], today)
        if on <= today and str(on) not in known:
            body = {
                "id": str(examples.identity(slug, "receipt", f"{address}/{part['on']}")),
                "amount": examples.money(slug, part["amount"]),
                "received_on": str(on),
                "method": part.get("method", "transfer"),
            }
            ask(treasurer, "POST", f"{MEMBERS}/{address}/receipts", body)


def _load_spending(slug: str, treasurer: User, spending: examples.Entry, today: date, tally: Tally) -> None:
    spent_on = examples.day(spending["on"], today)
    if spent_on > today:
        return
    spending_id = str(examples.identity(slug, "spending", f"{spending['payee']}/{spending['document']}"))
    told = {name: spending[name] for name in ("document", "payee", "purpose", "text")}
    charged = {
        f"{kind}_id": str(examples.identity(slug, kind, spending[kind]))
        for kind in ("subsidy", "contribution")
        if kind in spending
    }
    amount = examples.money(slug, spending["amount"])
    body = {"id": spending_id, **told, **charged, "amount": amount, "spent_on": str(spent_on), "paid_from": "bank"}
    _once(treasurer, f"spendings/{spending_id}", "spendings", body, tally)


def _once(treasurer: User, address: str, collection: str, body: object, tally: Tally) -> Any:
    """What is at the address, entered if it is not there yet."""
    found = find(treasurer, f"{MEMBERS}/{address}")
    if found is not None:
        tally.known += 1
        return found
    tally.new += 1
    return ask(treasurer, "POST", f"{MEMBERS}/{collection}", body)
