"""From a standard to a certificate, as the people of a network do it."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts.catalog import CertificateChanged, CertificateIssued, ProductPublished
from contracts.members import MemberChanged, MemberErased, MemberLeft, MemberStatus
from contracts.notices import CatalogNotice
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import create, product
from tests.catalog.peers import TODAY, Network, day, network, version
from tests.catalog.pictures import jpeg


@pytest.fixture
async def piece(spy: Spy, running: Runner, tmp_path: Path) -> AsyncIterator[Piece]:
    async with running(
        "catalog", public_url="https://coope.example", place="20.59,-100.39", photos=str(tmp_path)
    ) as piece:
        yield piece


@pytest.fixture
async def net(piece: Piece, spy: Spy, tokens: Tokens) -> Network:
    return await network(piece, spy, tokens)


async def test_the_whole_way_from_a_standard_to_a_certificate(net: Network, spy: Spy) -> None:
    await net.publish_standard(conversion_years=2, conversion_practice="in_transition")
    plot = await net.plot(without=[{"what": "Plaguicidas de síntesis", "since": "2020-05-01"}])
    assert plot["hectares"] == "16.8911"
    application_id = await net.apply(plot_ids=[plot["id"]])
    assert (await net.get(f"/guarantee-applications/{application_id}"))["state"] == "pledged"
    visit_id = await net.plan(application_id)

    [owed] = (await net.get("/visits?owed=true", net.headers[2]))["items"]
    assert (owed["id"], owed["state"]) == (visit_id, "planned")
    read = await net.get(f"/visits/{visit_id}", net.headers[2])
    assert read["plots"][0]["geometry"] == plot["geometry"]
    assert [item["code"] for item in read["version"]["checklist"]] == ["no-synthetics", "soil-cover", "records"]

    complete = await net.make(visit_id)
    assert (complete["state"], [peer["signed"] for peer in complete["peers"]]) == ("complete", [True] * 3)
    assert (await net.get("/visits?owed=true", net.headers[2]))["items"] == []
    late = await net.get("/visits?owed=true&side=peer", net.headers[3])
    assert late == {"items": [], "next": None}
    file = await net.decide(application_id, stood_aside=[{"member_id": str(net.members[1]), "reason": "Visitó"}])
    assert file["state"] == "decided"
    assert file["decisions"][0]["stood_aside"] == [{"member_id": str(net.members[1]), "reason": "Visitó"}]

    code = f"QRO-PGS-{TODAY.year}-0001"
    public = (await net.piece.client.get(f"/v1/certificates/{code}")).json()
    assert (public["status"], public["valid"], public["practices"]) == ("certified", True, ["organic"])
    assert public["address"] == f"https://coope.example/api/catalog/v1/certificates/{code}"
    assert public["member"] == {"id": str(net.farm), "name": "Rancho 0"}
    assert [fact["outcome"] for fact in public["history"]] == ["certified"]
    event = await spy.next(CertificateIssued, UUID(public["id"]))
    assert (event.version, event.data.code, event.data.practices) == (1, code, ["organic"])
    assert event.data.valid_until is not None
    assert str(event.data.valid_until) == public["valid_until"]


async def test_those_concerned_are_written_to(net: Network, spy: Spy) -> None:
    await net.publish_standard()
    await net.visited(failing={"records": "Faltan las de marzo"})

    async def letters() -> list[tuple[UUID, str]]:
        return [(event.data.member_id, event.data.subject["es"]) for event in spy.seen(CatalogNotice)]

    told = await eventually(letters, lambda found: len(found) == 5)
    assert (net.farm, f"Tus pares te visitan el {day(0)}") in told
    assert {who for who, subject in told if subject.startswith("Visitas a Rancho 0")} == set(net.members[1:4])
    assert (net.farm, f"Algo por corregir hasta el {day(180)}") in told


async def shown(spy: Spy, product_id: str, practices: list[str], count: int) -> None:
    event = await spy.next(ProductPublished, UUID(product_id), count=count)
    assert event.data.practices == practices


async def test_a_required_word_is_shown_with_a_valid_certificate_alone_and_follows_it_at_once(
    net: Network, spy: Spy
) -> None:
    made = await create(net.piece, net.farmer, product(practices=["organic", "artisanal"]), publish=True)
    address = f"/v1/products/{made['id']}"
    await shown(spy, made["id"], ["organic", "artisanal"], 1)

    await net.publish_standard()
    await shown(spy, made["id"], ["artisanal"], 2)
    assert (await net.piece.client.get(address)).json()["practices"] == ["artisanal"]
    listed = (await net.piece.client.get("/v1/products?practice=organic")).json()["items"]
    assert listed == []

    code = await net.certify()
    await shown(spy, made["id"], ["organic", "artisanal"], 3)
    await net.did(f"/certificates/{code}/suspend", {"reason": "El vecino fumigó"})
    await shown(spy, made["id"], ["artisanal"], 4)
    page = (await net.piece.client.get(f"/v1/certificates/{code}")).json()
    assert (page["status"], page["valid"]) == ("suspended", False)
    changed = await spy.next(CertificateChanged, UUID(page["id"]))
    assert (changed.version, changed.data.status) == (2, "suspended")

    await net.did(f"/certificates/{code}/reinstate", {"reason": "Análisis limpio"})
    await shown(spy, made["id"], ["organic", "artisanal"], 5)
    await net.did(f"/certificates/{code}/end", {"reason": "Ya no vendo"}, net.farmer)
    await shown(spy, made["id"], ["artisanal"], 6)
    # Neither a reinstatement nor time brings it back; a new decision does, under the same number.
    again = await net.post(f"/certificates/{code}/reinstate", {"reason": "Otra vez"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:not-suspended")
    assert await net.certify() == code
    await shown(spy, made["id"], ["organic", "artisanal"], 7)


async def test_a_conditional_certificate_keeps_the_word_and_one_in_conversion_has_its_own(
    net: Network, spy: Spy
) -> None:
    made = await create(net.piece, net.farmer, product(practices=["organic", "artisanal"]), publish=True)
    await net.publish_standard(conversion_years=3, conversion_practice="in_transition")
    await shown(spy, made["id"], ["artisanal"], 2)
    plot = await net.plot(without=[{"what": "Herbicidas", "since": day(-400)}])
    application_id = await net.apply(plot_ids=[plot["id"]])
    await net.make(await net.plan(application_id))
    await net.decide(application_id, outcome="in_conversion", stage=1)
    await shown(spy, made["id"], ["in_transition", "artisanal"], 3)
    [one] = (await net.get("/certificates?status=in_conversion"))["items"]
    assert (one["stage"], one["valid"], one["practices"]) == (1, True, ["in_transition"])


async def test_what_a_network_does_not_demand_anybody_may_say(net: Network, spy: Spy) -> None:
    made = await create(net.piece, net.farmer, product(practices=["organic"]), publish=True)
    await net.publish_standard(required=False)
    assert (await net.piece.client.get(f"/v1/products/{made['id']}")).json()["practices"] == ["organic"]
    assert len(spy.seen(ProductPublished, UUID(made["id"]))) == 1


async def test_who_is_admitted_later_may_not_show_it_either(net: Network, spy: Spy) -> None:
    await net.publish_standard()
    newcomer = await network(net.piece, spy, net.tokens, producers=7)
    made = await create(net.piece, newcomer.farmer, product(practices=["organic"]))

    async def withheld() -> list[str]:
        read = (await net.piece.client.get(f"/v1/products/{made['id']}", headers=newcomer.farmer)).json()
        return list(read["withheld_practices"])

    assert await eventually(withheld) == ["organic"]


@pytest.mark.parametrize(("status", "fact"), [("suspended", MemberChanged), ("left", MemberLeft)])
async def test_a_members_standing_is_its_certificates(
    net: Network, spy: Spy, status: MemberStatus, fact: type[MemberChanged | MemberLeft]
) -> None:
    await net.publish_standard()
    code = await net.certify()
    again = await net.apply()
    news = fact(member_id=net.farm, kind="producer", name="Rancho 0", status=status)
    await spy.publish(news, subject=net.farm, version=2)

    async def standing() -> str:
        return str((await net.get(f"/certificates/{code}"))["status"])

    await eventually(standing, lambda found: found == ("suspended" if status == "suspended" else "ended"))
    await net.make(await net.plan(again), happened_on=day(0))
    decision = net.decision()
    refused = await net.post(f"/guarantee-applications/{again}/decisions", decision)
    assert refused.json()["type"] == "urn:trama:problem:member-not-active"
    back = MemberChanged(member_id=net.farm, kind="producer", name="Rancho Cero", status="active")
    await spy.publish(back, subject=net.farm, version=3)
    if status == "suspended":
        assert await eventually(standing, lambda found: found == "certified") == "certified"
        last = await spy.next(CertificateChanged, count=2)
        assert last.data.member_name == "Rancho Cero"


async def test_an_erased_member_has_a_certificate_without_a_name_and_no_land(net: Network, spy: Spy) -> None:
    await net.publish_standard()
    await net.plot(published=True)
    code = await net.certify(reasons="Cumple")
    kept = (await net.get(f"/personal-data/{net.farm}", net.farmer))["holdings"]
    assert len(kept["plots"]) == len(kept["certificates"]) == len(kept["visits"]) == 1
    assert len(kept["visit_peers"]) == 3
    await spy.publish(MemberErased(member_id=net.farm), subject=net.farm, version=9)
    issued = (await net.get(f"/certificates/{code}"))["id"]
    event = await spy.next(CertificateChanged, UUID(issued))
    assert (event.data.status, event.data.member_name) == ("ended", "—")
    assert (await net.get("/plots"))["items"] == []
    kept = (await net.get(f"/personal-data/{net.farm}", net.farmer))["holdings"]
    assert (kept["plots"][0]["geometry"], kept["guarantee_applications"][0]["signed_name"]) == ({}, "")


async def test_what_fails_on_a_visit_is_to_be_mended_and_closed_before_it_is_certified(net: Network) -> None:
    await net.publish_standard()
    application_id = await net.visited(failing={"soil-cover": "Suelo desnudo en la ladera"})
    [found] = (await net.get("/nonconformities?state=open", net.farmer))["items"]
    assert (found["severity"], found["item"], found["due_on"]) == ("major", "soil-cover", day(90))
    refused = await net.post(f"/guarantee-applications/{application_id}/decisions", net.decision())
    assert refused.json()["type"] == "urn:trama:problem:nonconformities-open"
    assert refused.json()["nonconformity_ids"] == [found["id"]]
    await net.decide(application_id, outcome="conditional", reasons="Sembrar cobertura")

    evidence = {"id": str(uuid4()), "text": "Sembré avena"}
    await net.did(f"/nonconformities/{found['id']}/evidence", evidence, net.farmer)
    told = await net.did(f"/nonconformities/{found['id']}/evidence", evidence, net.farmer)
    assert [entry["kind"] for entry in told["entries"]] == ["evidence"]
    closed = await net.did(f"/nonconformities/{found['id']}/close", {"text": "Visto en fotos"})
    assert (closed["state"], len(closed["entries"])) == ("closed", 2)
    before = (await net.get(f"/guarantee-applications/{application_id}"))["decisions"][0]["id"]
    file = await net.decide(application_id, after=before)
    assert [one["outcome"] for one in file["decisions"]] == ["conditional", "certified"]


async def test_the_board_says_what_waits_for_whom(net: Network) -> None:
    await net.publish_standard()
    for producer in (0, 4, 5):
        await net.apply(producer)
    board = await net.get("/guarantee-board")
    assert [one["member"]["name"] for one in board["to_plan"]] == ["Rancho 0", "Rancho 4", "Rancho 5"]
    visit_id = await net.plan(board["to_plan"][0]["id"])
    await net.did(f"/visits/{visit_id}/report", net.report(failing={"records": "No hay"}), net.headers[1])
    board = await net.get("/guarantee-board")
    [visit] = board["to_visit"]
    assert {peer["name"] for peer in visit["waits_for"]} == {"Rancho 2", "Rancho 3"}
    for peer in (2, 3):
        await net.did(f"/visits/{visit_id}/sign", {"remark": "De acuerdo"}, net.headers[peer])
    board = await net.get("/guarantee-board")
    assert [one["member"]["name"] for one in board["to_decide"]] == ["Rancho 0"]
    assert [one["item"] for one in board["to_mend"]] == ["records"]
    assert (len(board["to_plan"]), board["to_visit"], board["to_renew"]) == (2, [], [])
    await net.decide(board["to_decide"][0]["id"], valid_until=day(30))
    assert [one["member"]["name"] for one in (await net.get("/guarantee-board"))["to_renew"]] == ["Rancho 0"]


async def test_a_list_makes_as_many_queries_for_ten_as_for_one(net: Network) -> None:
    await net.publish_standard()
    await net.visited()
    addresses = [
        "/standards",
        "/guarantee-applications",
        "/visits",
        "/nonconformities",
        "/certificates",
        "/guarantee-board",
        "/plots/own",
    ]
    costs: list[list[int]] = []
    for more in ((), (4, 5)):
        for producer in more:
            await net.plan(await net.apply(producer))
            await net.plot(producer)
        costs.append([])
        for address in addresses:
            with net.piece.counted_queries() as statements:
                await net.get(address)
            costs[-1].append(len(statements))
    assert costs[0] == costs[1]


async def test_everybody_reads_a_standard_and_its_keepers_its_drafts(net: Network) -> None:
    await net.publish_standard()
    body = version(valid_from=day(30), required=False)
    draft = await net.did("/standards/organic/versions", body)
    assert (draft["number"], draft["published"]) == (2, False)
    [public] = (await net.piece.client.get("/v1/standards")).json()["items"]
    assert [one["number"] for one in public["versions"]] == [1]
    assert public["in_force"]["number"] == 1
    assert [one["number"] for one in (await net.get("/standards/organic"))["versions"]] == [1, 2]
    assert (await net.piece.client.get("/v1/standards/organic/versions/2")).status_code == 404

    stale = {**net.committee, "if-match": '"7"'}
    client = net.piece.client
    address = "/v1/standards/organic/versions/2"
    assert (await client.put(address, json=body, headers=stale)).status_code == 412
    fresh = {**net.committee, "if-match": '"1"'}
    changed = await client.put(address, json={**body, "committee_size": 5}, headers=fresh)
    assert (changed.json()["committee_size"], changed.headers["etag"]) == (5, '"2"')
    assert (await net.did("/standards/organic/versions/2/publish"))["published"]
    # The first goes on until the second begins.
    assert (await client.get("/v1/standards/organic")).json()["in_force"]["number"] == 1


async def test_reports_and_evidence_show_photos_of_who_took_them(net: Network) -> None:
    await net.publish_standard()
    application_id = await net.apply()
    visit_id = await net.plan(application_id)

    async def photo(producer: int, colour: str) -> str:
        headers = {**net.headers[producer], "content-type": "image/jpeg"}
        answer = await net.piece.client.post("/v1/photos", content=jpeg(colour=colour), headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    theirs, mine = await photo(1, "brown"), await photo(0, "green")
    failing = {"answer": "no", "note": "Faltan", "action": "Llevarlos", "photos": [theirs]}
    report = net.report()
    report["answers"]["records"] = failing
    await net.did(f"/visits/{visit_id}/report", report, net.headers[1])
    await net.did(f"/visits/{visit_id}/sign", {}, net.headers[2])
    read = await net.did(f"/visits/{visit_id}/sign", {}, net.headers[3])
    assert read["report"]["answers"]["records"]["photos"] == [theirs]
    [found] = (await net.get("/nonconformities", net.farmer))["items"]
    address = f"/nonconformities/{found['id']}/evidence"
    refused = await net.post(address, {"text": "Aquí", "photo_ids": [theirs]}, net.farmer)
    assert refused.json()["errors"][0]["pointer"] == "/photo_ids/0"
    told = await net.did(address, {"text": "Aquí", "photo_ids": [mine]}, net.farmer)
    assert told["entries"][0]["photo_ids"] == [mine]
