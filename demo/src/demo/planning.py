"""What producers plan to have in the weeks to come, and what it costs them."""

from datetime import date, timedelta
from typing import Any

from demo import examples
from demo.calling import User, ask, find
from demo.goods import product_id_of, variant_of
from demo.people import Users
from demo.progress import Tally


def load_crops(users: Users, coordinator: User, today: date) -> Tally:
    """Crops that products count with, and their producers' plans from this week on."""
    tally, slug = Tally(), users.slug
    for entry in examples.entries(slug, "crops"):
        crop_id = str(examples.identity(slug, "crop", entry["name"]))
        body = {"id": crop_id, "name": entry["name"], "unit": entry["unit"]}
        ask(coordinator, "POST", "/api/catalog/v1/crops", body)
        for plan in entry["plans"]:
            producer = users.user(plan["member"])
            plan_id = str(examples.identity(slug, "plan", f"{plan['member']}/{plan['product']}"))
            if find(producer, f"/api/catalog/v1/season-plans/{plan_id}") is not None:
                tally.known += 1
                continue
            product_id = product_id_of(slug, plan["member"], plan["product"])
            ask(producer, "PUT", f"/api/catalog/v1/products/{product_id}/crop", {"crop_id": crop_id})
            weeks = [{"week": _week(today, place), "quantity": amount} for place, amount in enumerate(plan["weeks"])]
            told = {"id": plan_id, "product_id": product_id, "weeks": weeks, "note": plan.get("note", "")}
            ask(producer, "POST", "/api/catalog/v1/season-plans", told)
            tally.new += 1
    return tally


def _week(today: date, place: int) -> str:
    year, week, _ = (today + timedelta(weeks=place)).isocalendar()
    return f"{year}-W{week:02d}"


def load_diagnoses(users: Users, today: date) -> Tally:
    """What it costs to make some products, published by their producers."""
    tally, slug = Tally(), users.slug
    for entry in examples.entries(slug, "diagnoses"):
        producer = users.user(entry["member"])
        diagnosis_id = str(examples.identity(slug, "diagnosis", f"{entry['member']}/{entry['product']}"))
        address = f"/api/catalog/v1/diagnoses/{diagnosis_id}"
        if find(producer, address) is not None:
            tally.known += 1
            continue
        product_id = product_id_of(slug, entry["member"], entry["product"])
        variant_id = variant_of(producer, slug, entry["member"], entry["product"], entry["variant"])
        body = {"id": diagnosis_id, "variant_id": variant_id, **_priced(slug, entry["told"], today)}
        ask(producer, "POST", f"/api/catalog/v1/products/{product_id}/diagnoses", body)
        ask(producer, "POST", f"{address}/publish")
        tally.new += 1
    return tally


def _priced(slug: str, told: Any, today: date) -> Any:
    """What is told, its amounts in the network's currency and its days (``Y:03-01``) in the year of today."""
    match told:
        case dict():
            return {
                name: examples.money(slug, value) if name in {"wage", "price", "value"} else _priced(slug, value, today)
                for name, value in told.items()
            }
        case list():
            return [_priced(slug, one, today) for one in told]
        case str() if told.startswith("Y"):
            return str(examples.day(told, today))
    return told
