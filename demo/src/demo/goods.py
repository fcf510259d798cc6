"""What the members offer."""

from typing import Any

from demo import examples
from demo.calling import CallError, User, ask, find
from demo.people import Users, member_of
from demo.progress import Tally

#: What a variant's entry has under the API's own names.
SAME = frozenset(
    {"name", "unit", "case_size", "step", "minimum", "variable_weight", "credit_share", "net_content", "season"}
)
#: What a product's entry may have beside what each has.
MORE = frozenset({"translations", "allergens", "conservation"})


def product_id_of(slug: str, member: str, name: str) -> str:
    """The id of the product of that name that an example member makes."""
    return str(examples.identity(slug, "product", f"{member}/{name}"))


def variant_of(user: User, slug: str, member: str, product: str, variant: str) -> str:
    """The id of a variant by its name. Raises CallError if it is not there."""
    found = find(user, f"/api/catalog/v1/products/{product_id_of(slug, member, product)}")
    for one in found["variants"] if found else ():
        if one["name"] == variant:
            return str(one["id"])
    raise CallError(f"{member} has no {product}, {variant}")


def load_products(users: Users) -> Tally:
    """Products with their stock, each entered and published by the member that makes it."""
    tally, slug = Tally(), users.slug
    for entry in examples.entries(slug, "products"):
        producer = users.user(entry["member"])
        product_id = product_id_of(slug, entry["member"], entry["name"])
        found = find(producer, f"/api/catalog/v1/products/{product_id}")
        if found is None:
            found = ask(producer, "POST", "/api/catalog/v1/products", _product(slug, product_id, entry))
            tally.new += 1
        else:
            tally.known += 1
        if found["status"] == "draft":
            ask(producer, "POST", f"/api/catalog/v1/products/{product_id}/publish")
    return tally


def load_producers(users: Users) -> Tally:
    """What producers tell of themselves, each in its own name."""
    tally, slug = Tally(), users.slug
    for entry in examples.entries(slug, "producers"):
        producer = users.user(entry["member"])
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
