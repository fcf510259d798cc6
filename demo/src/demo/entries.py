"""The directory's entries."""

from demo import examples
from demo.calling import User, ask, find
from demo.people import member_of
from demo.progress import Tally


def load_entities(steward: User, slug: str) -> Tally:
    """Members' profiles and some that nobody claimed yet, entered and published by the steward."""
    tally = Tally()
    for entry in examples.entries(slug, "entities"):
        entity_id = str(examples.identity(slug, "entity", entry["name"]))
        found = find(steward, f"/api/directory/v1/entities/{entity_id}")
        if found is None:
            told = {name: value for name, value in entry.items() if name != "member"}
            owner = {"owner_id": member_of(slug, entry["member"])} if "member" in entry else {}
            found = ask(steward, "POST", "/api/directory/v1/entities", {"id": entity_id, **owner, **told})
            tally.new += 1
        else:
            tally.known += 1
        if found["status"] == "draft":
            ask(steward, "POST", f"/api/directory/v1/entities/{entity_id}/publish")
    return tally


def load_collection(steward: User, content: bytes) -> str:
    """A whole file of entries; says what became of its rows."""
    kind = {"content-type": "application/geo+json"}
    report = ask(steward, "POST", "/api/directory/v1/imports", content=content, headers=kind)
    counts = ", ".join(f"{report[name]} {name}" for name in ("created", "updated", "unchanged"))
    return f"{counts}, {len(report['refused'])} refused"
