"""The participatory guarantee: a standard, pledges, visits by neighbours, and what the committee decided."""

from datetime import date
from typing import Any

from demo import examples
from demo.calling import User, ask, find
from demo.people import Users, member_of
from demo.progress import Tally

API = "/api/catalog/v1"


def load_standards(coordinator: User, slug: str, today: date) -> Tally:
    """What the network asks of those whom it vouches for."""
    tally, plan = Tally(), examples.plan(slug, "guarantee") or {}
    for entry in plan.get("standards", []):
        if find(coordinator, f"{API}/standards/{entry['code']}") is not None:
            tally.known += 1
            continue
        ask(coordinator, "POST", f"{API}/standards", {"code": entry["code"], "name": entry["name"]})
        ask(
            coordinator,
            "POST",
            f"{API}/standards/{entry['code']}/versions",
            {**entry["version"], "valid_from": str(today)},
        )
        ask(coordinator, "POST", f"{API}/standards/{entry['code']}/versions/1/publish")
        tally.new += 1
    return tally


def load_cases(users: Users, coordinator: User, today: date) -> Tally:
    """Each producer's way from the pledge to the decision. One that has begun is left alone."""
    tally, slug = Tally(), users.slug
    for entry in (examples.plan(slug, "guarantee") or {}).get("cases", []):
        application_id = _id(slug, "application", entry)
        if find(coordinator, f"{API}/guarantee-applications/{application_id}") is not None:
            tally.known += 1
            continue
        producer = users.user(entry["member"])
        plot = {"id": _id(slug, "plot", entry), **_dated(entry["plot"], today)}
        ask(producer, "POST", f"{API}/plots", plot)
        pledge = {"id": application_id, "plot_ids": [plot["id"]], **entry["pledge"]}
        ask(producer, "POST", f"{API}/guarantee-applications", pledge)
        _visit(users, coordinator, entry, today)
        decision = {
            "id": _id(slug, "decision", entry),
            "decided_on": str(today),
            "decided_by": [member_of(slug, name) for name in entry["committee"]],
            **entry["decision"],
        }
        ask(coordinator, "POST", f"{API}/guarantee-applications/{application_id}/decisions", decision)
        tally.new += 1
    return tally


def _visit(users: Users, coordinator: User, entry: examples.Entry, today: date) -> None:
    """Three neighbours go, one reports, all sign."""
    slug, visit_id = users.slug, _id(users.slug, "visit", entry)
    plan = {
        "id": visit_id,
        "application_id": _id(slug, "application", entry),
        "planned_on": str(today),
        "peer_ids": [member_of(slug, name) for name in entry["peers"]],
    }
    ask(coordinator, "POST", f"{API}/visits", plan)
    first, *others = entry["peers"]
    report = {"id": _id(slug, "report", entry), "happened_on": str(today), **entry["report"]}
    ask(users.user(first), "POST", f"{API}/visits/{visit_id}/report", report)
    for name in others:
        ask(users.user(name), "POST", f"{API}/visits/{visit_id}/sign", {})


def _id(slug: str, kind: str, entry: examples.Entry) -> str:
    return str(examples.identity(slug, kind, entry["member"]))


def _dated(told: Any, today: date) -> Any:
    """What is told of a plot, with days like ``Y-3:05-01`` in the years before today."""
    since = [{**one, "since": str(examples.day(one["since"], today))} for one in told["without"]]
    return {**told, "without": since}
