"""The example networks' data: JSON files in data/<network>/, and how their things get the same ids every time."""

import json
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

#: All ids of example data are derived from this one, so that a thing that is loaded twice is the same thing.
EXAMPLES = UUID("0195a7c4-6e00-7c3a-9f5d-7472616d6131")
PASSWORD = "trama-demo"  # noqa: S105 - known to everybody, it is printed in the README
DATA = files(__package__) / "data"

type Entry = dict[str, Any]


class UnknownNetworkError(Exception):
    """There are no example data for this network."""


def slugs() -> list[str]:
    """Networks that there are example data for."""
    return sorted(folder.name for folder in DATA.iterdir() if (folder / "network.json").is_file())


@cache
def network(slug: str) -> Entry:
    """A network's own facts: mail domain, currency, zone, users. Raises UnknownNetworkError."""
    if slug not in slugs():
        raise UnknownNetworkError(f"no example data for {slug!r}; there are {', '.join(slugs())}")
    found: Entry = json.loads((DATA / slug / "network.json").read_text("utf-8"))
    return found


def entries(slug: str, name: str) -> list[Entry]:
    """The list in data/<slug>/<name>.json; empty if the network has none."""
    file = DATA / slug / f"{name}.json"
    found: list[Entry] = json.loads(file.read_text("utf-8")) if file.is_file() else []
    return found


def plan(slug: str, name: str) -> Entry | None:
    """The object in data/<slug>/<name>.json, such as ``cycle``, ``dues`` or ``books``, or None."""
    file = DATA / slug / f"{name}.json"
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def cycle(slug: str) -> Entry | None:
    """The plan of the example's order cycle, or None."""
    return plan(slug, "cycle")


def day(text: str, today: date) -> date:
    """A day of the example, such as ``Y-1:03-15``: 15 March of the year before the load."""
    year, _, month_day = text.partition(":")
    return date.fromisoformat(f"{today.year + int(year.removeprefix('Y') or 0)}-{month_day}")


def collections(slug: str) -> list[tuple[str, bytes]]:
    """The GeoJSON files that the network's directory takes in, each with its name."""
    return [(name, (DATA / name).read_bytes()) for name in network(slug).get("imports", [])]


def identity(slug: str, kind: str, key: str) -> UUID:
    """The id of a thing of an example network, the same on every machine and at every load."""
    return uuid5(EXAMPLES, f"{slug}/{kind}/{key}")


def address(slug: str, user: str) -> str:
    """The e-mail address that an example user signs in with."""
    return f"{user}@{network(slug)['mail']}"


def money(slug: str, amount: str) -> dict[str, str]:
    """An amount of the network's currency, as the API takes it."""
    return {"amount": amount, "currency": network(slug)["currency"]}
