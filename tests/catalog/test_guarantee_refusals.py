"""What a guarantee refuses, each time with the field and the reason."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from catalog.settings import Settings
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, rows
from tests.catalog.peers import FIELD, Network, day, network, version


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("catalog", place="20.59,-100.39") as piece:
        yield piece


@pytest.fixture
async def net(piece: Piece, spy: Spy, tokens: Tokens) -> Network:
    return await network(piece, spy, tokens)


async def refused(net: Network, address: str, body: Any, headers: Headers | None = None) -> tuple[int, str, str | None]:
    """Status, problem type and pointer of the answer."""
    answer = await net.piece.client.post(f"/v1{address}", json=body, headers=headers or net.committee)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    fields = problem.get("errors") or [{}]
    code = fields[0].get("code") or problem["type"].removeprefix("urn:trama:problem:").replace("-", "_")
    return answer.status_code, code, fields[0].get("pointer")


def changed(body: Json, **more: Any) -> Json:
    return {**body, **more}


STANDARDS: list[tuple[Callable[[Json], Json], int, str, str | None]] = [
    (lambda v: changed(v, text={"en": "Only in English"}), 422, "text_missing", "/text"),
    (lambda v: changed(v, text={"es": "x", "fr": "y"}), 422, "unknown_language", "/text/fr"),
    (lambda v: changed(v, pledge={"es": "  "}), 422, "text_empty", "/pledge/es"),
    (lambda v: changed(v, checklist=[]), 422, "too_short", "/checklist"),
    (lambda v: changed(v, checklist=[v["checklist"][0]] * 2), 422, "repeated", "/checklist/1/code"),
    (lambda v: changed(v, practices=["magic"]), 422, "unknown_practice", "/practices/0"),
    (lambda v: changed(v, practices=["organic", "organic"]), 422, "repeated", "/practices/1"),
    (lambda v: changed(v, conversion_practice="in_transition"), 422, "no_conversion", "/conversion_practice"),
    (
        lambda v: changed(v, conversion_years=1, conversion_practice="organic"),
        422,
        "repeated",
        "/conversion_practice",
    ),
    (lambda v: changed(v, correction_days={"minor": 10, "major": 20}), 422, "correction_days", "/correction_days"),
    (lambda v: changed(v, committee_size=1), 422, "greater_than_equal", "/committee_size"),
    (lambda v: changed(v, validity_months=10**9), 422, "less_than_equal", "/validity_months"),
    (lambda v: changed(v, valid_from="mañana"), 422, "date_from_datetime_parsing", "/valid_from"),
    (lambda v: changed(v, text={"es": "x\u0000y"}), 422, "value_not_storable", None),
    (lambda v: changed(v, surprise=1), 422, "extra_forbidden", "/surprise"),
]


async def test_a_version_that_cannot_be_asked_of_anybody(net: Network) -> None:
    await net.did("/standards", {"code": "organic", "name": {"es": "Orgánico"}})
    for change, status, code, pointer in STANDARDS:
        found = await refused(net, "/standards/organic/versions", change(version()))
        assert found[0] == status, (code, found)
        assert (found[1], found[2]) == (code, pointer) or code == "date_from_datetime_parsing", (code, found)
    assert await rows(net.piece, "SELECT 1 FROM standard_versions") == []


async def test_who_may_keep_standards_and_when_they_change(net: Network) -> None:
    body = {"code": "organic", "name": {"es": "Orgánico"}}
    assert await refused(net, "/standards", body, net.farmer) == (403, "role_missing", None)
    steward = net.tokens.actor(roles=["steward"])
    assert (await net.post("/standards", body, steward)).status_code == 201
    assert (await net.post("/standards", body)).status_code == 201
    assert await refused(net, "/standards", {**body, "name": {"es": "Otro"}}) == (409, "code_taken", "/code")
    assert await refused(net, "/standards", {**body, "code": "Orgánico"}) == (422, "string_pattern_mismatch", "/code")
    assert await refused(net, "/standards/nada/versions", version()) == (404, "standard_not_found", None)
    address = "/standards/organic/versions"
    assert (await net.post(address, version(valid_from=day(-1)))).status_code == 201
    assert await refused(net, address, version()) == (409, "draft_waits", None)
    assert await refused(net, f"{address}/1/publish", {}) == (409, "valid_from_past", "/valid_from")
    assert await refused(net, f"{address}/2/publish", {}) == (404, "version_not_found", None)
    fresh = {**net.committee, "if-match": "*"}
    await net.piece.client.put(f"/v1{address}/1", json=version(), headers=fresh)
    await net.did(f"{address}/1/publish")
    answer = await net.piece.client.put(f"/v1{address}/1", json=version(), headers=fresh)
    assert answer.json()["type"] == "urn:trama:problem:version-published"
    await net.did(address, version())
    assert await refused(net, f"{address}/2/publish", {}) == (409, "valid_from_order", "/valid_from")


async def test_plots_are_ones_own_and_where_they_are_nobody_elses_to_know(net: Network) -> None:
    body: Json = {"name": "Abajo", "geometry": {"type": "Polygon", "coordinates": [FIELD]}}
    swapped = {**body, "geometry": {"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in FIELD]]}}
    assert await refused(net, "/plots", swapped, net.farmer) == (
        422,
        "coordinates_swapped",
        "/geometry/coordinates/0/0",
    )
    assert await refused(net, "/plots", {**body, "hectares": "2"}, net.farmer) == (422, "hectares_follow", "/hectares")
    tomorrow = {**body, "without": [{"what": "Urea", "since": day(1)}]}
    assert await refused(net, "/plots", tomorrow, net.farmer) == (422, "since", "/without/0/since")
    other = {**body, "member_id": str(net.members[1])}
    assert await refused(net, "/plots", other, net.farmer) == (404, "member_not_found", "/member_id")
    nobody = net.tokens.actor(roles=["producer"], members=[uuid4()])
    assert (await refused(net, "/plots", body, nobody))[:2] == (409, "member_not_active")
    nan = json.dumps(body).replace("20.5931", "NaN")
    sent = {**net.farmer, "content-type": "application/json"}
    answer = await net.piece.client.post("/v1/plots", content=nan, headers=sent)
    assert answer.status_code == 422, answer.text

    mine = {**body, "id": str(uuid4())}
    made = await net.did("/plots", mine, net.farmer)
    assert await net.did("/plots", mine, net.farmer) == made
    assert await refused(net, "/plots", {**mine, "name": "Arriba"}, net.farmer) == (409, "id_taken", "/id")
    address = f"/v1/plots/{made['id']}"
    client = net.piece.client
    for headers in (net.headers[1], None):
        assert (await client.get(address, headers=headers)).status_code == 404
    assert await refused(net, f"/plots/{made['id']}/publish", {}, net.headers[1]) == (404, "plot_not_found", None)
    await net.did(f"/plots/{made['id']}/publish", {}, net.farmer)
    public = (await client.get(address)).json()
    assert (public["location"], public["hectares"]) == ({"lat": 20.59, "lon": -100.39}, "16.9")
    assert "geometry" not in public
    assert "name" not in public
    [listed] = (await client.get("/v1/plots")).json()["items"]
    assert listed == public
    # Its peers know the way; after it is hidden again, nobody else knows of it.
    await net.did(f"/plots/{made['id']}/hide", {}, net.farmer)
    await net.publish_standard()
    await net.plan(await net.apply(plot_ids=[made["id"]]))
    assert "geometry" in (await client.get(address, headers=net.headers[2])).json()
    assert (await client.get(address, headers=net.headers[5])).status_code == 404


async def test_a_pledge_is_to_the_version_in_force_for_ones_own_land(net: Network) -> None:
    assert await refused(net, "/guarantee-applications", net.pledge(), net.farmer) == (
        422,
        "standard_not_found",
        "/standard",
    )
    await net.publish_standard(valid_from=day(1))
    assert (await refused(net, "/guarantee-applications", net.pledge(), net.farmer))[1] == "not_in_force"
    net.standard = "land"
    await net.publish_standard(conversion_years=2)
    plots = [(await net.plot(producer))["id"] for producer in (0, 1)]

    async def told(**more: Any) -> tuple[int, str, str | None]:
        return await refused(net, "/guarantee-applications", net.pledge(**more), net.farmer)

    assert await told(version=2) == (409, "other_version", "/version")
    assert await told() == (422, "plots_missing", "/plot_ids")
    assert await told(plot_ids=[plots[1]]) == (422, "plot_not_found", "/plot_ids/0")
    assert await told(plot_ids=[plots[0]] * 2) == (422, "repeated", "/plot_ids/1")
    assert await told(plot_ids=[plots[0]], signed_name=" ") == (422, "string_too_short", "/signed_name")
    assert await told(plot_ids=[plots[0]], products=["x"] * 101) == (422, "too_long", "/products")
    first = str(uuid4())
    made = await net.apply(id=first, plot_ids=[plots[0]])
    assert made == first == await net.apply(id=first, plot_ids=[plots[0]])
    assert await told(plot_ids=[plots[0]]) == (409, "application_waits", "/standard")
    address = f"/guarantee-applications/{first}"
    assert await refused(net, f"{address}/withdraw", {}, net.headers[1]) == (404, "application_not_found", None)
    planned = await net.plan(first)
    assert (await net.did(f"{address}/withdraw", {}, net.farmer))["state"] == "withdrawn"
    assert (await net.did(f"{address}/withdraw", {}, net.farmer))["state"] == "withdrawn"
    assert (await net.get(f"/visits/{planned}"))["state"] == "cancelled"
    plan = {"application_id": first, "planned_on": day(0), "peer_ids": [str(one) for one in net.members[1:4]]}
    assert await refused(net, "/visits", plan) == (409, "application_withdrawn", "/application_id")


async def test_at_least_three_others_visit_and_none_whom_the_visited_reviews(net: Network) -> None:
    await net.publish_standard()
    application_id = await net.apply()

    async def told(peers: list[UUID], planned: str = day(0), **more: Any) -> tuple[int, str, str | None]:
        body = {"application_id": application_id, "planned_on": planned, "peer_ids": [str(one) for one in peers]}
        return await refused(net, "/visits", {**body, **more})

    one, two, three, four = net.members[1:5]
    assert await told([one, two]) == (422, "peer_count", "/peer_ids")
    assert await told([one, two, two]) == (422, "repeated", "/peer_ids/2")
    assert await told([one, two, net.farm]) == (422, "own_visit", "/peer_ids/2")
    assert await told([one, two, uuid4()]) == (422, "no_peer", "/peer_ids/2")
    assert await told([one, two, three], day(-200)) == (422, "planned_on", "/planned_on")
    assert (await told([one, two, three], application_id=str(uuid4())))[1] == "application_not_found"
    body = {"application_id": application_id, "planned_on": day(0), "peer_ids": [str(m) for m in (one, two, three)]}
    assert await refused(net, "/visits", body, net.farmer) == (403, "role_missing", None)
    partial = {**net.tokens.actor(roles=["coordinator"], members=[net.farm]), "accept-language": "en"}
    assert await refused(net, "/visits", body, partial) == (403, "own_case", None)
    await net.plan(application_id)
    # The visited producer can't visit one of its peers within the year, before or after; another can.
    back = await net.apply(1)
    again = [net.farm, two, four]
    assert await told(again, day(200), application_id=back) == (409, "mutual_review", "/peer_ids/0")
    assert await told(again, day(-80), application_id=back) == (409, "mutual_review", "/peer_ids/0")
    await net.plan(back, (3, 4, 5))
    await net.plan(back, (0, 2, 4), planned_on=day(400))


async def test_a_report_answers_every_item_once_and_only_peers_sign_it(net: Network) -> None:
    await net.publish_standard()
    application_id = await net.apply()
    visit_id = await net.plan(application_id)
    address, peer = f"/visits/{visit_id}", net.headers[1]
    good = net.report()

    async def told(body: Json, headers: Headers = peer) -> tuple[int, str, str | None]:
        return await refused(net, f"{address}/report", body, headers)

    answers: Json = good["answers"]
    assert await told({**good, "answers": {}}) == (422, "answers_missing", "/answers")
    extra = {**answers, "moon": {"answer": "yes"}}
    assert await told({**good, "answers": extra}) == (422, "unknown_item", "/answers/moon")
    bare = {**answers, "records": {"answer": "no"}}
    assert await told({**good, "answers": bare}) == (422, "note_missing", "/answers/records/note")
    noted = {**answers, "records": {"answer": "no", "note": "Nada"}}
    assert await told({**good, "answers": noted}) == (422, "action_missing", "/answers/records/action")
    stray = {**answers, "records": {"answer": "yes", "photos": [str(uuid4())]}}
    assert (await told({**good, "answers": stray}))[2] == "/answers/records/photos/0"
    assert await told({**good, "happened_on": day(1)}) == (422, "happened_on", "/happened_on")
    assert await told({**good, "happened_on": "0001-01-01"}) == (422, "happened_on", "/happened_on")
    assert await told(good, net.farmer) == (403, "no_peer_of_visit", None)
    assert await told(good, net.headers[5]) == (404, "visit_not_found", None)
    assert await refused(net, f"{address}/sign", {}, peer) == (409, "report_missing", None)

    first = await net.did(f"{address}/report", good, peer)
    assert await net.did(f"{address}/report", good, peer) == first
    assert await told({**good, "note": "Otra cosa"}) == (409, "reported_already", None)
    assert await refused(net, f"{address}/cancel", {"reason": "Lluvia"}) == (409, "reported_already", None)
    assert await refused(net, f"{address}/sign", {}, net.farmer) == (403, "no_peer_of_visit", None)
    await net.did(f"{address}/sign", {"remark": "Vi la bodega cerrada"}, net.headers[2])
    signed = await net.did(f"{address}/sign", {"remark": "otra vez"}, net.headers[2])
    assert {peer["remark"] for peer in signed["peers"]} == {"", "Vi la bodega cerrada"}
    assert signed["state"] == "reported"
    other = await net.plan(await net.apply(4), (1, 2, 5))
    assert (await refused(net, f"/visits/{other}/report", good, peer))[1] == "id_taken"
    await net.did(f"/visits/{other}/cancel", {"reason": "Lluvia"})
    assert await refused(net, f"/visits/{other}/report", net.report(), peer) == (409, "visit_cancelled", None)
    # Called off, it stands in nobody's way.
    await net.plan(await net.apply(1), (4, 3, 5))


async def test_nobody_decides_alone_on_their_own_or_before_there_was_a_visit(net: Network) -> None:
    await net.publish_standard(conversion_years=2, conversion_practice="in_transition", visit_months=1)
    plot = await net.plot(without=[{"what": "Urea", "since": day(-400)}])
    application_id = await net.apply(plot_ids=[plot["id"]])
    address = f"/guarantee-applications/{application_id}/decisions"

    async def told(**more: Any) -> tuple[int, str, str | None]:
        return await refused(net, address, net.decision(**more))

    assert await told() == (409, "not_visited", None)
    visit_id = await net.plan(application_id)
    await net.did(f"/visits/{visit_id}/report", net.report(), net.headers[1])
    await net.did(f"/visits/{visit_id}/sign", {}, net.headers[2])
    assert await told(outcome="in_conversion", stage=1) == (409, "not_visited", None)
    await net.did(f"/visits/{visit_id}/sign", {}, net.headers[3])

    people = [str(member) for member in net.members]
    assert await told(decided_by=people[4:5]) == (422, "committee_size", "/decided_by")
    assert await told(decided_by=[people[4], people[0]]) == (422, "own_case", "/decided_by/1")
    assert await told(decided_by=[people[4], people[1]]) == (422, "visited_it", "/decided_by/1")
    assert await told(decided_by=[people[4]] * 2) == (422, "repeated", "/decided_by/1")
    assert await told(decided_by=[people[4], str(uuid4())]) == (422, "unknown_member", "/decided_by/1")
    aside = [{"member_id": people[5], "reason": "Compadre"}]
    assert await told(stood_aside=aside) == (422, "repeated", "/stood_aside/0/member_id")
    assert await told(decided_on=day(1)) == (422, "decided_on", "/decided_on")
    assert await told(decided_on=day(-1)) == (422, "decided_too_early", "/decided_on")
    assert await told(valid_until=day(1000)) == (422, "valid_until", "/valid_until")
    assert await told(valid_until=day(-1)) == (422, "valid_until", "/valid_until")
    assert await told(outcome="refused", valid_until=day(9)) == (422, "valid_until", "/valid_until")
    assert await told() == (422, "still_in_conversion", "/outcome")
    assert await told(outcome="in_conversion") == (422, "stage", "/stage")
    assert await told(outcome="in_conversion", stage=2) == (422, "stage", "/stage")
    assert await told(outcome="conditional", stage=1) == (422, "stage", "/stage")
    assert (await told(outcome="maybe"))[1:] == ("literal_error", "/outcome")
    assert await refused(net, address, net.decision(), net.farmer) == (403, "role_missing", None)
    partial = {**net.tokens.actor(roles=["coordinator"], members=[net.farm]), "accept-language": "en"}
    assert await refused(net, address, net.decision(), partial) == (403, "own_case", None)

    first = net.decision(id=str(uuid4()), outcome="in_conversion", stage=1)
    done = await net.did(address, first)
    assert await net.did(address, first) == done
    assert await refused(net, address, {**first, "reasons": "Otra"}) == (409, "id_taken", "/id")
    assert await told(outcome="refused") == (409, "decided_meanwhile", "/after")
    assert (await refused(net, f"/guarantee-applications/{application_id}/withdraw", {}, net.farmer))[
        1
    ] == "decided_already"


async def test_what_is_others_is_not_there_and_what_is_not_there_is_404(net: Network) -> None:
    await net.publish_standard()
    application_id = await net.visited(failing={"records": "Faltan"})
    [found] = (await net.get("/nonconformities"))["items"]
    stranger, unknown = net.headers[5], uuid4()
    client = net.piece.client
    for address in (
        f"/guarantee-applications/{application_id}",
        f"/nonconformities/{found['id']}",
        f"/guarantee-applications/{unknown}",
        f"/visits/{unknown}",
        f"/nonconformities/{unknown}",
        f"/plots/{unknown}",
        "/certificates/QRO-PGS-1999-0001",
        "/certificates/QRO-PGS-1999-0001/qr",
        "/standards/nada",
        f"/visits?member_id={unknown}",
    ):
        if "?" not in address:
            assert (await client.get(f"/v1{address}", headers=stranger)).status_code == 404, address
    for listing in ("/guarantee-applications", "/visits", "/nonconformities", "/plots/own"):
        assert (await net.get(listing, stranger))["items"] == [], listing
        assert (await client.get(f"/v1{listing}")).status_code == 401
        assert (await client.get(f"/v1{listing}?after=eA", headers=net.committee)).status_code == 422
    assert (await client.get(f"/v1/nonconformities?member_id={net.farm}", headers=stranger)).status_code == 404
    assert (await client.get("/v1/guarantee-board", headers=stranger)).status_code == 403
    why = {"reason": "x"}
    assert await refused(net, "/certificates/QRO-PGS-1999-0001/suspend", why) == (404, "certificate_not_found", None)
    address = f"/nonconformities/{found['id']}"
    assert await refused(net, f"{address}/close", {"text": "Ya"}, net.farmer) == (403, "role_missing", None)
    assert await refused(net, f"{address}/close", {"text": "Ya"}, stranger) == (404, "nonconformity_not_found", None)
    assert await refused(net, f"{address}/evidence", {"text": "Ya"}) == (403, "not_yours", None)
    late = {"due_on": day(10), "reason": "x"}
    assert await refused(net, f"{address}/extend", late) == (422, "due_on", "/due_on")
    new = {
        "application_id": application_id,
        "severity": "major",
        "finding": "Un bidón",
        "action": "Explicar",
        "due_on": day(-1),
    }
    assert await refused(net, "/nonconformities", new) == (422, "due_on", "/due_on")
    assert await refused(net, "/nonconformities", {**new, "item": "moon", "due_on": day(9)}) == (
        422,
        "unknown_item",
        "/item",
    )
    await net.did(f"{address}/close", {"text": "Visto"})
    assert await refused(net, f"{address}/evidence", {"text": "Ya"}, net.farmer) == (409, "closed_already", None)
    await net.decide(application_id)
    code = (await net.get("/certificates"))["items"][0]["code"]
    assert await refused(net, f"/certificates/{code}/suspend", why, net.farmer) == (403, "role_missing", None)
    assert await refused(net, f"/certificates/{code}/suspend", {"reason": " "}) == (422, "string_too_short", "/reason")
    assert await refused(net, f"/certificates/{code}/end", why, stranger) == (403, "role_missing", None)
    await net.did(f"/certificates/{code}/end", why)
    assert await refused(net, f"/certificates/{code}/suspend", why) == (409, "not_valid", None)


@pytest.mark.parametrize("value", ["here", "1,2,3", "91,0", "20.59", "a,b"])
def test_a_place_that_is_none_is_refused_at_start(value: str) -> None:
    with pytest.raises(ValueError, match="latitude"):
        Settings(network="queretaro", place=value)
    assert Settings(network="queretaro", place="20.59,-100.39").near == (-100.39, 20.59)
