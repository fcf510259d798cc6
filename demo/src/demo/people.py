"""Users, members and their deposits."""

from dataclasses import dataclass, field
from datetime import date

import httpx

from demo import examples
from demo.calling import CallError, User, ask, each, sign_in
from demo.progress import Tally

#: What a member's entry has under the API's own names.
SAME = frozenset({"kind", "name", "phone", "tax_id", "representative", "language"})


@dataclass(frozen=True)
class Staff:
    """Those who enter what no member enters for itself."""

    coordinator: User
    treasurer: User


def sign_in_as(http: httpx.Client, slug: str, user: str) -> User:
    """An example user. Raises CallError if there is none with the example's password."""
    email = examples.address(slug, user)
    found = sign_in(http, email, examples.PASSWORD)
    if found is None:
        raise CallError(f"{email} can't sign in with the example's password; was this network set up otherwise?")
    return found


@dataclass
class Users:
    """The example's users, each signed in once."""

    http: httpx.Client
    slug: str
    signed_in: dict[str, User] = field(default_factory=dict)

    def user(self, name: str) -> User:
        """Raises CallError if there is none with the example's password."""
        if name not in self.signed_in:
            self.signed_in[name] = sign_in_as(self.http, self.slug, name)
        return self.signed_in[name]


def load_staff(http: httpx.Client, slug: str, admin_email: str, admin_password: str) -> tuple[Staff, Tally]:
    """The network's users who are no members. The administrator is asked only if one of them is not there yet."""
    tally = Tally()
    admin: User | None = None
    for entry in examples.network(slug)["users"]:
        email = examples.address(slug, entry["user"])
        if sign_in(http, email, examples.PASSWORD) is not None:
            tally.known += 1
            continue
        admin = admin or sign_in(http, admin_email, admin_password)
        if admin is None:
            raise CallError(f"{admin_email} can't sign in: give the administrator's password with --admin-password")
        body = {"email": email, "password": examples.PASSWORD, "name": entry["name"], "roles": entry["roles"]}
        ask(admin, "POST", "/api/members/v1/users", body)
        tally.new += 1
    return Staff(sign_in_as(http, slug, "coordinadora"), sign_in_as(http, slug, "tesorera")), tally


def load_members(http: httpx.Client, slug: str, staff: Staff, today: date) -> Tally:
    """Members, each applying for itself and admitted by the coordinator, as of the day on which it joined."""
    tally = Tally()
    standing = {member["id"]: member["status"] for member in each(staff.coordinator, "/api/members/v1/members")}
    for entry in examples.entries(slug, "members"):
        member_id = member_of(slug, entry["user"])
        if member_id not in standing:
            ask(User(http), "POST", "/api/members/v1/members", _application(slug, member_id, entry))
        if standing.get(member_id, "applied") == "applied":
            joined = (
                {"effective_on": str(min(examples.day(entry["joined"], today), today))} if "joined" in entry else {}
            )
            ask(staff.coordinator, "POST", f"/api/members/v1/members/{member_id}/admit", joined)
            tally.new += 1
        else:
            tally.known += 1
    return tally


def load_deposits(slug: str, staff: Staff) -> Tally:
    """What members paid in before their first order, booked by the treasurer."""
    tally = Tally()
    for entry in examples.entries(slug, "members"):
        if "deposit" not in entry:
            continue
        member = f"/api/members/v1/members/{member_of(slug, entry['user'])}"
        deposit_id = str(examples.identity(slug, "deposit", entry["user"]))
        if any(line["transfer_id"] == deposit_id for line in each(staff.treasurer, f"{member}/statement")):
            tally.known += 1
            continue
        body = {"amount": examples.money(slug, entry["deposit"]), "method": entry.get("method", "cash")}
        ask(staff.treasurer, "POST", f"{member}/deposits", {"id": deposit_id, **body})
        tally.new += 1
    return tally


def member_of(slug: str, user: str) -> str:
    """The id of the member that this example user acts for."""
    return str(examples.identity(slug, "member", user))


def _application(slug: str, member_id: str, entry: examples.Entry) -> examples.Entry:
    told = {name: value for name, value in entry.items() if name in SAME}
    email = examples.address(slug, entry["user"])
    return {"id": member_id, "email": email, "password": examples.PASSWORD, **told}
