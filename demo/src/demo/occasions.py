"""Sessions of services and workshops: childcare, seats in a car, a course."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from demo import examples
from demo.calling import ask, find
from demo.goods import product_id_of, variant_of
from demo.people import Users
from demo.progress import Tally

SAME = frozenset({"minutes", "capacity", "place", "note", "rule", "closes_before", "cancel_before"})
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def load_sessions(users: Users, now: datetime) -> Tally:
    """Series and single sessions, from the next day that fits on; those that are there already are left alone."""
    tally, slug = Tally(), users.slug
    for entry in examples.entries(slug, "sessions"):
        user = users.user(entry["member"])
        session_id = str(examples.identity(slug, "session", entry["session"]))
        kind = "session-series" if "rule" in entry else "sessions"
        if find(user, f"/api/catalog/v1/{kind}/{session_id}") is not None:
            tally.known += 1
            continue
        product = product_id_of(slug, entry["member"], entry["product"])
        variant_id = variant_of(user, slug, entry["member"], entry["product"], entry["variant"])
        told: dict[str, Any] = {name: value for name, value in entry.items() if name in SAME}
        body = {"id": session_id, "variant_id": variant_id, "starts_at": _first(slug, entry, now), **told}
        ask(user, "POST", f"/api/catalog/v1/products/{product}/sessions", body)
        tally.new += 1
    return tally


def _first(slug: str, entry: examples.Entry, now: datetime) -> str:
    """The next such weekday after tomorrow, at its hour by the network's clock."""
    zone = ZoneInfo(examples.network(slug)["zone"])
    day = now.astimezone(zone).date() + timedelta(days=2 + entry.get("in_days", 0))
    while _WEEKDAYS[day.weekday()] != entry["weekday"]:
        day += timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(entry["at"]), zone).isoformat()
