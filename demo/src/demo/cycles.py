"""Pickup points, and an order cycle that is open now."""

import time
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from demo import examples
from demo.calling import CallError, User, ask, each, find
from demo.people import member_of
from demo.progress import Tally

OPENS = clock(8)
#: Seconds that the offers may take to arrive in the cycle: they come by events.
PATIENCE = 30.0


def load_pickup_points(coordinator: User, slug: str) -> Tally:
    """The places where orders are handed over."""
    tally = Tally()
    for entry in _plan(slug)["pickup_points"]:
        point_id = _point(slug, entry)
        if find(coordinator, f"/api/orders/v1/pickup-points/{point_id}") is None:
            body = {"id": point_id, **{name: entry[name] for name in ("name", "address", "location")}}
            ask(coordinator, "POST", "/api/orders/v1/pickup-points", body)
            tally.new += 1
        else:
            tally.known += 1
    return tally


def load_cycle(coordinator: User, slug: str, now: datetime) -> Tally:
    """A cycle that opened yesterday, unless one of the example's is open still. Ends when all is on offer in it."""
    if open_cycle(coordinator, slug, now) is not None:
        return Tally(known=1)
    cycle = ask(coordinator, "POST", "/api/orders/v1/cycles", _cycle(slug, now))
    products = [
        one for one in each(coordinator, "/api/catalog/v1/products") if one["member_id"] in cycle["supplier_ids"]
    ]
    expected = sum(variant["in_season"] for product in products for variant in product["variants"])
    until = time.monotonic() + PATIENCE
    while len(offers(coordinator, cycle["id"])) < expected:
        if time.monotonic() > until:
            raise CallError(f"after {PATIENCE:.0f} s the cycle does not offer all of the {expected} variants on sale")
        time.sleep(0.2)
    return Tally(new=1)


def open_cycle(user: User, slug: str, now: datetime) -> Any:
    """The example's cycle that takes orders now, or None."""
    days = _plan(slug)["closes_after_days"] + 2
    today = now.astimezone(_zone(slug)).date()
    ours = {_cycle_id(slug, today - timedelta(days=day)) for day in range(days + 1)}
    found = (one for one in each(user, "/api/orders/v1/cycles") if one["id"] in ours and one["status"] == "open")
    return next(found, None)


def offers(user: User, cycle_id: str) -> list[Any]:
    """All that the cycle offers."""
    return list(each(user, f"/api/orders/v1/cycles/{cycle_id}/offers"))


def _plan(slug: str) -> examples.Entry:
    plan = examples.cycle(slug)
    if plan is None:
        raise examples.UnknownNetworkError(f"the example of {slug} has no order cycle")
    return plan


def _zone(slug: str) -> ZoneInfo:
    return ZoneInfo(examples.network(slug)["zone"])


def _point(slug: str, entry: examples.Entry) -> str:
    return str(examples.identity(slug, "pickup-point", entry["key"]))


def _cycle_id(slug: str, opens: date) -> str:
    return str(examples.identity(slug, "cycle", opens.isoformat()))


def _cycle(slug: str, now: datetime) -> dict[str, Any]:
    plan, zone = _plan(slug), _zone(slug)
    today = now.astimezone(zone).date()
    opens, closes = today - timedelta(days=1), today + timedelta(days=plan["closes_after_days"])

    def at(day: date, hour: clock) -> str:
        return datetime.combine(day, hour, zone).isoformat()

    def pickup(entry: examples.Entry) -> dict[str, str]:
        day = closes + timedelta(days=entry["after_closing_days"])
        hours = (clock.fromisoformat(entry[name]) for name in ("from", "until"))
        starts_at, ends_at = (at(day, hour) for hour in hours)
        return {"pickup_point_id": _point(slug, entry), "starts_at": starts_at, "ends_at": ends_at}

    suppliers = dict.fromkeys(product["member"] for product in examples.entries(slug, "products"))
    return {
        "id": _cycle_id(slug, opens),
        "name": plan["name"].format(opens=f"{opens:%d/%m}", closes=f"{closes:%d/%m}"),
        "opens_at": at(opens, OPENS),
        "closes_at": at(closes, clock.fromisoformat(plan["closes_at"])),
        "supplier_ids": [member_of(slug, user) for user in suppliers],
        "pickups": [pickup(entry) for entry in plan["pickup_points"]],
        "fees": plan["fees"],
    }
