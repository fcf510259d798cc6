"""The whole of an example network, through its public API, as its people would enter it. Twice changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from demo import books, chains, cycles, dues, entries, examples, goods, occasions, people, planning, vouching, wishes
from demo.calling import CallError, User, connect, find
from demo.progress import say

type Say = Callable[[str, object], None]


def load(slug: str, gateway: str, *, admin_email: str, admin_password: str, tell: Say = say) -> None:
    """Enters the example's data for those pieces that the network runs. Raises CallError, UnknownNetworkError."""
    examples.network(slug)
    with connect(gateway) as http:
        pieces = _pieces(User(http), slug)
        staff, tally = people.load_staff(http, slug, admin_email, admin_password)
        tell("users", tally)
        today = datetime.now(ZoneInfo(examples.network(slug)["zone"])).date()
        tell("members", people.load_members(http, slug, staff, today))
        tell("deposits", people.load_deposits(slug, staff))
        if examples.plan(slug, "dues") is not None:
            tell("dues", dues.load_plans(slug, staff.treasurer, today))
            tell("invoices", dues.run(slug, staff.treasurer, today))
            tell("payments", dues.load_payments(slug, staff.treasurer, today))
        if examples.plan(slug, "books") is not None:
            tell("income and uses", books.load(slug, staff.treasurer, today))
            tell("closed until", books.close(slug, staff.treasurer, today))
        if "catalog" in pieces:
            users = people.Users(http, slug)
            tell("products", goods.load_products(users))
            tell("producers", goods.load_producers(users))
            tell("lots", chains.load_lots(users, today))
            tell("sessions", occasions.load_sessions(users, datetime.now(UTC)))
            tell("plans", planning.load_crops(users, staff.coordinator, today))
            tell("diagnoses", planning.load_diagnoses(users, today))
            tell("standards", vouching.load_standards(staff.coordinator, slug, today))
            tell("certificates", vouching.load_cases(users, staff.coordinator, today))
            tell("wants", wishes.load_wants(users))
        if pieces >= {"catalog", "orders"} and examples.cycle(slug) is not None:
            tell("pickup points", cycles.load_pickup_points(staff.coordinator, slug))
            tell("cycles", cycles.load_cycle(staff.coordinator, slug, datetime.now(UTC)))
        if "directory" in pieces:
            tell("entities", entries.load_entities(staff.coordinator, slug))
            for name, content in examples.collections(slug):
                tell(name, entries.load_collection(staff.coordinator, content))


def _pieces(anyone: User, slug: str) -> frozenset[str]:
    """The pieces that the network runs, all of which must be well."""
    health = find(anyone, "/health")
    if health["network"] != slug:
        raise CallError(f"there is the network {health['network']!r} at this address, not {slug!r}")
    return frozenset(health["pieces"])
