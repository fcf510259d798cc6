"""What members look for."""

from demo import examples
from demo.calling import ask, find
from demo.people import Users
from demo.progress import Tally


def load_wants(users: Users) -> Tally:
    """Each member's wants; those that are there already are left alone."""
    tally, slug = Tally(), users.slug
    for entry in examples.entries(slug, "wants"):
        member = users.user(entry["member"])
        want_id = str(examples.identity(slug, "want", f"{entry['member']}/{entry['text']}"))
        if find(member, f"/api/catalog/v1/wants/{want_id}") is not None:
            tally.known += 1
            continue
        told = {name: value for name, value in entry.items() if name != "member"}
        ask(member, "POST", "/api/catalog/v1/wants", {"id": want_id, **told})
        tally.new += 1
    return tally
