"""Where goods come from: lots that producers receive or harvest, and what they make of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from demo import examples
from demo.calling import ask, find
from demo.goods import variant_of
from demo.people import Users, member_of
from demo.progress import Tally

#: What an entry has under the API's own names.
SAME = frozenset({"name", "quantity", "unit", "kg_per_unit", "code", "place", "byproduct", "note"})


@dataclass
class Chain:
    """The lots so far, by the names that the example gives them."""

    users: Users
    today: date
    lots: dict[str, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.users.slug


def load_lots(users: Users, today: date) -> Tally:
    """Each step of the example's chains, by who took it. Lots that are there already are left alone."""
    tally, chain, slug = Tally(), Chain(users, today), users.slug
    for entry in examples.entries(slug, "lots"):
        user = users.user(entry["member"])
        if "inputs" not in entry:
            lot_id = str(examples.identity(slug, "lot", entry["lot"]))
            chain.lots[entry["lot"]] = lot_id
            if find(user, f"/api/catalog/v1/lots/{lot_id}") is not None:
                tally.known += 1
                continue
            ask(user, "POST", "/api/catalog/v1/lots", {"id": lot_id, **_received(chain, entry)})
            tally.new += 1
            continue
        made = ask(user, "POST", "/api/catalog/v1/transformations", _transformation(chain, entry))
        names = [output["lot"] for output in entry["outputs"]]
        taken = {chain.lots[name] for name, _ in entry["inputs"]}
        new = [lot["id"] for lot in made["lots"] if lot["id"] not in taken]
        chain.lots |= dict(zip(names, new, strict=True))
    return tally


def _thing(chain: Chain, entry: examples.Entry, maker: str) -> dict[str, Any]:
    """What a lot is of: a variant by product and name, or something by its name alone."""
    told = {name: value for name, value in entry.items() if name in SAME}
    if "product" in entry:
        told["variant_id"] = variant_of(chain.users.user(maker), chain.slug, maker, entry["product"], entry["variant"])
    if "keeps_days" in entry:
        told["best_before"] = str(chain.today + timedelta(days=entry["keeps_days"]))
    return told


def _on(chain: Chain, entry: examples.Entry) -> dict[str, str]:
    return {"on": str(chain.today - timedelta(days=entry["days_ago"]))}


def _received(chain: Chain, entry: examples.Entry) -> dict[str, Any]:
    holder: str = entry["member"]
    maker: str = entry.get("from", holder)
    told = {**_thing(chain, entry, maker), **_on(chain, entry), "member_id": member_of(chain.slug, holder)}
    if maker != holder:
        told |= {"kind": "received", "producer_id": member_of(chain.slug, maker)}
    return told


def _transformation(chain: Chain, entry: examples.Entry) -> dict[str, Any]:
    outputs = [_thing(chain, output, entry["member"]) for output in entry["outputs"]]
    return {
        "id": str(examples.identity(chain.slug, "transformation", entry["transformation"])),
        **_on(chain, entry),
        "inputs": [
            {"lot_id": chain.lots[name], **({} if quantity is None else {"quantity": quantity})}
            for name, quantity in entry["inputs"]
        ],
        "outputs": outputs,
        "losses": entry.get("losses", []),
        "note": entry.get("note", ""),
    }
