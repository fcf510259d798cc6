"""What a newcomer can try: sign in as a family and order something, by curl."""

import json
from datetime import UTC, datetime

from demo import cycles, examples
from demo.calling import CallError, User, connect, find

COMMAND = """\
TOKEN=$(curl -s {gateway}/api/members/v1/token \\
    -d grant_type=password -d username={email} -d password={password} \\
    | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
curl -s {gateway}/api/orders/v1/orders \\
    -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
    -H "Idempotency-Key: $(date +%s)" -H "Prefer: wait=2" \\
    -d '{order}'; echo"""


def first_order(slug: str, gateway: str) -> str:
    """Lines to be pasted into bash. Raises CallError if the network takes no orders now, UnknownNetworkError."""
    plan = examples.cycle(slug)
    if plan is None:
        raise CallError(f"the example of {slug} takes no orders")
    wanted = plan["first_order"]
    with connect(gateway) as http:
        anyone = User(http)
        if "orders" not in find(anyone, "/health")["pieces"]:
            raise CallError("this network runs no orders piece")
        cycle = cycles.open_cycle(anyone, slug, datetime.now(UTC))
        if cycle is None:
            raise CallError("no cycle of the example is open; load it again")
        offers = cycles.offers(anyone, cycle["id"])
    names = wanted["product"], wanted["variant"]
    variant_id = next((offer["variant_id"] for offer in offers if (offer["name"], offer["variant"]) == names), None)
    if variant_id is None:
        raise CallError(f"{names[0]}, {names[1]} is not on offer any more")
    order = {
        "cycle_id": cycle["id"],
        "pickup_point_id": cycle["pickups"][0]["pickup_point_id"],
        "lines": [{"variant_id": variant_id, "quantity": wanted["quantity"]}],
    }
    email = examples.address(slug, wanted["user"])
    return COMMAND.format(gateway=gateway.rstrip("/"), email=email, password=examples.PASSWORD, order=json.dumps(order))
