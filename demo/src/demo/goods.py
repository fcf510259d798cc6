"""What the members offer."""

from typing import Any

import httpx

from demo import examples
from demo.calling import User, ask, find
from demo.people import member_of, sign_in_as
from demo.progress import Tally

#: What a variant's entry has under the API's own names.
SAME = frozenset(
    {"name", "unit", "case_size", "step", "minimum", "variable_weight", "credit_share", "net_content", "season"}
)
#: What a product's entry may have beside what each has.
MORE = frozenset({"translations", "allergens", "conservation"})


def load_products(http: httpx.Client, slug: str) -> Tally:
    """Products with their stock, each entered and published by the member that makes it."""
    tally = Tally()
    producers: dict[str, User] = {}
    for entry in examples.entries(slug, "products"):
        user = entry["member"]
        if user not in producers:
            producers[user] = sign_in_as(http, slug, user)
        product_id = examples.identity(slug, "product", f"{user}/{entry['name']}")
        found = find(producers[user], f"/api/catalog/v1/products/{product_id}")
        if found is None:
            found = ask(producers[user], "POST", "/api/catalog/v1/products", _product(slug, str(product_id), entry))
            tally.new += 1
        else:
            tally.known += 1
        if found["status"] == "draft":
            ask(producers[user], "POST", f"/api/catalog/v1/products/{product_id}/publish")
    return tally


def load_producers(http: httpx.Client, slug: str) -> Tally:
    """What producers tell of themselves, each in its own name."""
    tally = Tally()
    for entry in examples.entries(slug, "producers"):
        producer = sign_in_as(http, slug, entry["member"])
        page = f"/api/catalog/v1/producers/{member_of(slug, entry['member'])}"
        found = find(producer, page)
        if found is not None and found["story"] == entry["story"]:
            tally.known += 1
            continue
        told = {name: value for name, value in entry.items() if name != "member"}
        ask(producer, "PUT", page, told, headers={"if-match": "*"})
        tally.new += 1
    return tally


def _product(slug: str, product_id: str, entry: examples.Entry) -> dict[str, Any]:
    told = {name: entry[name] for name in ("name", "description", "category", "practices")}
    told |= {name: entry[name] for name in MORE & entry.keys()}
    variants = [_variant(slug, variant) for variant in entry["variants"]]
    return {"id": product_id, "kind": entry.get("kind", "good"), **told, "variants": variants}


def _variant(slug: str, entry: examples.Entry) -> dict[str, Any]:
    tracked = {"policy": "tracked", "on_hand": entry["stock"]} if "stock" in entry else {"policy": "on_demand"}
    told = {name: value for name, value in entry.items() if name in SAME}
    if (deposit := entry.get("deposit")) is not None:
        told["deposit"] = {"name": deposit["name"], "price": examples.money(slug, deposit["price"])}
    return {**told, "price": examples.money(slug, entry["price"]), "stock": tracked}
