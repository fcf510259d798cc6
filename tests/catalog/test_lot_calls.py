"""The calls about lots one by one: what each answers and what it refuses."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from catalog.lots.repository.traces import BACK, FORWARD
from catalog.lots.service import tracing
from contracts.members import MemberErased
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.chain import TODAY, Maker
from tests.catalog.conftest import Headers, Json, create, product
from tests.catalog.peers import network
from tests.load.chains import fill, made

MILK = {"unit": "LTR", "kg_per_unit": "1.03"}


@pytest.fixture
def maker(piece: Piece, farmer: Headers, admitted: UUID) -> Maker:
    return Maker(piece, farmer, admitted)


@pytest.fixture
def coop(piece: Piece, coordinator: Headers) -> Maker:
    return Maker(piece, coordinator)


async def test_what_can_be_said_later_is_changed_by_who_read_it_last(maker: Maker) -> None:
    lot = await maker.lot("Miel", "10", code="A")
    path = f"/v1/lots/{lot['id']}"
    answer = await maker.piece.client.get(path, headers=maker.headers)
    tag = {"If-Match": answer.headers["etag"]}
    body = {"best_before": "2030-01-31", "note": "De azahar"}
    changed = await maker.send("PATCH", path, body, 200, **tag)
    assert (changed["best_before"], changed["note"], changed["code"]) == ("2030-01-31", "De azahar", "A")
    await maker.send("PATCH", path, {"note": ""}, 412, **tag)
    await maker.send("PATCH", path, {"note": ""}, 428)
    await maker.send("PATCH", path, {"balance": "99"}, 422, **{"If-Match": "*"})
    assert (await maker.send("PATCH", path, {"code": None}, 200, **{"If-Match": "*"}))["code"] is None


async def test_each_call_says_which_field_is_wrong(maker: Maker, spy: Spy) -> None:
    lot = await maker.lot("Leche", "10", **MILK)
    other, jars = await maker.lot("Leche", "10", unit="LTR"), await maker.lot("Frasco", "3", "H87")
    empty = await maker.lot("Leche", "1", **MILK)
    await maker.do(empty, "lose", {"cause": "spilled"})
    path = f"/v1/lots/{lot['id']}"
    before = (TODAY - timedelta(days=1)).isoformat()
    one = {"lot_id": lot["id"]}

    def making(**more: Any) -> Json:
        cheese = {"name": "Queso", "quantity": "1", "unit": "KGM", **more.pop("output", {})}
        return {"inputs": [one], "outputs": [cheese], "losses": [{"name": "filtering"}], **more}

    for where, body, problem in (
        (f"{path}/split", {"parts": [{"quantity": "6"}, {"quantity": "5"}]}, (409, "not-enough-in-lot", "/parts")),
        (f"{path}/split", {"parts": []}, (422, "invalid", "/parts")),
        (
            f"/v1/lots/{jars['id']}/split",
            {"parts": [{"quantity": "0.5"}]},
            (422, "pieces-are-whole", "/parts/0/quantity"),
        ),
        (f"{path}/lose", {"quantity": "11", "cause": "pests"}, (409, "not-enough-in-lot", "/quantity")),
        (f"{path}/lose", {"quantity": "1", "cause": "magic"}, (422, "invalid", "/cause")),
        (f"{path}/lose", {"cause": "pests", "on": before}, (422, "before-the-lot", "/on")),
        (f"/v1/lots/{empty['id']}/lose", {"cause": "pests"}, (409, "lot-empty", None)),
        (f"{path}/correct", {"counted": "-1"}, (422, "invalid", "/counted")),
        (f"{path}/deliver", {}, (422, "goes-nowhere", "/place")),
        (f"{path}/deliver", {"member_id": str(uuid4())}, (422, "unknown-member", "/member_id")),
        (f"{path}/deliver", {"member_id": str(uuid4()), "to_network": True}, (422, "network-or-member", "/member_id")),
        (f"{path}/return", {"quantity": "1"}, (409, "not-so-much-out", "/quantity")),
        (f"/v1/lots/{other['id']}/compost", {}, (422, "weight-unknown", "/made")),
        (f"/v1/lots/{uuid4()}/lose", {"cause": "pests"}, (404, "lot-not-found", None)),
        ("/v1/lots/merge", {"lots": [one, {"lot_id": other["id"]}]}, (422, "not-one-thing", "/lots/1/lot_id")),
        ("/v1/lots/merge", {"lots": [one, one]}, (422, "lot-twice", "/lots/1/lot_id")),
        ("/v1/lots/merge", {"lots": [one, {"lot_id": empty["id"]}]}, (409, "lot-empty", "/lots/1")),
        ("/v1/lots/merge", {"lots": [one, {"lot_id": str(uuid4())}]}, (404, "lot-not-found", "/lots/1/lot_id")),
        ("/v1/transformations", making(recipe_id=str(uuid4())), (422, "recipe-unknown", "/recipe_id")),
        (
            "/v1/transformations",
            making(inputs=[{**one, "quantity": "10.5"}]),
            (409, "not-enough-in-lot", "/inputs/0/quantity"),
        ),
        ("/v1/transformations", making(output={"unit": None}), (422, "unit-missing", "/outputs/0/unit")),
        ("/v1/transformations", making(output={"stock": True}), (422, "stock-without-variant", "/outputs/0/stock")),
        (
            "/v1/transformations",
            making(output={"best_before": "2001-01-01"}),
            (422, "already-past", "/outputs/0/best_before"),
        ),
        ("/v1/transformations", making(outputs=[]), (422, "invalid", "/outputs")),
        ("/v1/transformations", making(losses=[{"name": "magic"}]), (422, "invalid", "/losses/0/name")),
    ):
        assert await maker.refused(where, body) == problem, (where, body)
    assert (await maker.get(path))["balance"] == "10"


async def test_a_lot_is_called_by_its_number_too(maker: Maker) -> None:
    lot = await maker.lot("Miel", "10", place="Apiario")
    split = await maker.send("POST", f"/v1/lots/{lot['number']}/split", {"parts": [{"quantity": "4"}]})
    assert [one["balance"] for one in split["lots"]] == ["6", "4"]
    changed = await maker.send("PATCH", f"/v1/lots/{lot['number'].lower()}", {"code": "A"}, 200, **{"If-Match": "*"})
    assert (changed["id"], changed["code"]) == (lot["id"], "A")
    await maker.send("POST", "/v1/lots/QRO-L-1999-0001/lose", {"cause": "pests"}, 404)
    mead = await maker.transform(
        [(lot, "1")], [{"name": "Hidromiel", "quantity": "1", "unit": "KGM"}], on=lot["made_on"]
    )
    assert mead["made_lots"]["Hidromiel"]["place"] == "Apiario"


async def test_a_count_that_finds_what_the_books_say_notes_nothing(maker: Maker) -> None:
    lot = await maker.lot("Miel", "10")
    assert (await maker.do(lot, "correct", {"counted": "10"}))["event_id"] is None
    assert [
        step["kind"] for step in (await maker.get(f"/v1/lots/{lot['id']}/trace", direction="forward"))["steps"]
    ] == ["harvested"]


async def test_recipes_are_for_all_to_use_and_for_their_owner_to_retire(
    maker: Maker, coop: Maker, tokens: Tokens, spy: Spy
) -> None:
    body = {"name": "Queso", "input": "Leche", "input_unit": "LTR", "output": "Queso", "output_unit": "KGM"}
    mine = await maker.send("POST", "/v1/recipes", {**body, "least": "0.1", "most": "0.12"})
    same = {**body, "id": mine["id"], "least": "0.1", "most": "0.12"}
    assert (await maker.send("POST", "/v1/recipes", same))["id"] == mine["id"]
    ours = await coop.send("POST", "/v1/recipes", {**body, "least": "0.09", "most": "0.2"})
    assert (mine["member_id"], ours["member_id"]) == (str(maker.member_id), None)
    assert await coop.refused("/v1/recipes", same) == (409, "id-taken", None)
    assert await maker.refused("/v1/recipes", {**body, "least": "0.2", "most": "0.1"}) == (
        422,
        "range-reversed",
        "/most",
    )
    assert await maker.refused("/v1/recipes", {**body, "least": "0", "most": "0.1"}) == (422, "invalid", "/least")
    first = await maker.get("/v1/recipes", limit="1")
    assert [one["id"] for one in first["items"]] == [mine["id"]]
    assert [one["id"] for one in (await maker.get("/v1/recipes", after=first["next"]))["items"]] == [ours["id"]]
    await maker.send("DELETE", f"/v1/recipes/{ours['id']}", expect=403)
    await maker.send("DELETE", f"/v1/recipes/{uuid4()}", expect=404)
    await maker.send("DELETE", f"/v1/recipes/{mine['id']}", expect=204)
    assert [one["id"] for one in (await maker.get("/v1/recipes"))["items"]] == [ours["id"]]


async def test_lots_are_found_by_what_they_are_and_where(maker: Maker, coop: Maker, tokens: Tokens) -> None:
    honey = await maker.lot("Miel", "10", place="Bodega")
    await maker.do(await maker.lot("Miel", "5"), "lose", {"cause": "stolen"})
    ours = await coop.lot("Frascos", "40", "H87", for_network=True, kind="received", container=True)

    async def found(who: Maker, **asked: str) -> list[str]:
        return [lot["id"] for lot in (await who.get("/v1/lots", **asked))["items"]]

    assert await found(maker, place="Bodega") == [honey["id"]]
    assert await found(maker, name="Miel", left="true") == [honey["id"]]
    assert ours["id"] in await found(coop)
    assert ours["id"] not in await found(maker)
    assert await found(coop, member_id=str(maker.member_id), left="true") == [honey["id"]]
    await maker.get("/v1/lots", 404, member_id=str(uuid4()))
    await maker.get("/v1/lots/QRO-L-1999-0001", 404)
    await maker.get("/v1/lots", 422, after="nonsense")


async def test_the_origin_of_what_its_maker_has_not_shown_to_anybody_is_not_public(maker: Maker) -> None:
    hidden = await maker.lot("Ensayo", "10")
    made = await create(maker.piece, maker.headers, product("Miel"), publish=True)
    shown = await maker.lot(None, "10", None, variant_id=made["variants"][0]["id"], place="Apiario")
    anyone = Maker(maker.piece, {})
    await anyone.get(f"/v1/lots/{hidden['number']}/origin", 404)
    origin = await anyone.get(f"/v1/lots/{shown['number']}/origin")
    [lot] = origin["lots"]
    assert (lot["name"], lot["producer"], lot["place"], lot["practices"]) == (
        "Miel",
        "Rancho El Mezquite",
        "Apiario",
        ["agroecological"],
    )
    assert (lot["harvested_on"], lot["first"], lot["share"]) == (TODAY.isoformat(), True, "100")


async def test_a_harvest_names_its_plot_and_the_certificate_of_that_day(piece: Piece, spy: Spy, tokens: Tokens) -> None:
    net = await network(piece, spy, tokens)
    await net.publish_standard()
    secret, shown = await net.plot(), await net.plot(name="La loma", published=True)
    farm, neighbour = Maker(piece, net.farmer, net.farm), Maker(piece, net.headers[1], net.members[1])
    before = await farm.lot("Jitomate", "5", plot_id=secret["id"])
    code = await net.certify()
    after = await farm.lot("Jitomate", "5", plot_id=shown["id"])
    made = await farm.transform(
        [(after, None)], [{"name": "Puré", "quantity": "2", "unit": "KGM"}], losses=[{"name": "evaporation"}]
    )
    assert [lot["certificates"] for lot in (before, after, made["made_lots"]["Puré"])] == [[], [code], [code]]
    both = await farm.send(
        "POST",
        "/v1/lots/merge",
        {"lots": [{"lot_id": before["id"]}, {"lot_id": (await farm.lot("Jitomate", "1"))["id"]}]},
    )
    assert both["lots"][-1]["certificates"] == []
    wrong = {"name": "Jitomate", "quantity": "1", "unit": "KGM", "plot_id": shown["id"]}
    assert await neighbour.refused("/v1/lots", wrong) == (422, "plot-unknown", "/plot_id")
    fruit = await create(piece, net.farmer, product("Jitomate"), publish=True)
    on_offer = {"unit": None, "variant_id": fruit["variants"][0]["id"]}
    plots = []
    for plot in (secret, shown):
        lot = await farm.lot(None, "1", plot_id=plot["id"], **on_offer)
        plots.append((await neighbour.get(f"/v1/lots/{lot['number']}/origin"))["lots"][0]["plot"])
    assert plots == [None, "La loma"]


async def test_a_mass_balance_is_a_spreadsheet_too_and_for_whom_it_concerns(maker: Maker, coop: Maker) -> None:
    lot = await maker.lot("=Miel", "10")
    await maker.do(lot, "lose", {"quantity": "2", "cause": "sampled"})
    day = TODAY.isoformat()
    params = {"from": day, "until": day}
    headers = {**coop.headers, "accept": "text/csv", "accept-language": "es"}
    answer = await maker.piece.client.get("/v1/mass-balance", params=params, headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
        ["Producto", "Unidad", "Sentido", "Qué pasó", "Cantidad"],
        ["'=Miel", "KGM", "", "Al inicio", "0"],
        ["'=Miel", "KGM", "Entrada", "Cosechado", "10"],
        ["'=Miel", "KGM", "Salida", "Perdido: muestra", "2"],
        ["'=Miel", "KGM", "", "Al final", "8"],
        ["'=Miel", "KGM", "", "Diferencia", "0"],
    ]
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    ask = maker.piece.client.get
    for query, status in (
        ({"from": day, "until": yesterday, "member_id": str(maker.member_id)}, 422),
        (params, 403),
        ({**params, "member_id": str(uuid4())}, 403),
        ({"from": day}, 422),
        ({"from": "ayer", "until": day}, 422),
    ):
        assert (await ask("/v1/mass-balance", params=query, headers=maker.headers)).status_code == status, query
    assert (
        await ask("/v1/mass-balance", params=params, headers={**coop.headers, "accept": "image/png"})
    ).status_code == 406
    assert (await coop.balance(product="Cera"))["items"] == []
    assert [line["name"] for line in (await coop.balance(product="=Miel"))["items"]] == ["=Miel"]


async def test_a_balance_of_one_place_shows_what_came_and_what_left(maker: Maker) -> None:
    lot = await maker.lot("Miel", "10", place="Apiario")
    await maker.do(lot, "deliver", {"quantity": "7", "place": "Bodega"})
    for place, came_in, went_out, closing in (
        ("Apiario", {"harvested": "10"}, {"delivered": "7"}, "3"),
        ("Bodega", {"delivered": "7"}, {}, "7"),
    ):
        found = await maker.balance(place=place)
        [line] = found["items"]
        assert (line["came_in"], line["went_out"], line["closing"], line["difference"]) == (
            came_in,
            went_out,
            closing,
            "0",
        )
        assert found["chain"]["difference"] == "0"
    assert (await maker.balance(place="Bodega"))["chain"]["unweighed"] == "-7"


async def test_what_a_member_wrote_beside_its_lots_goes_with_it_and_the_chain_stays(maker: Maker, spy: Spy) -> None:
    lot = await maker.lot("Miel", "10", note="De doña Mari", code="MARI-1")
    await maker.do(lot, "lose", {"quantity": "1", "cause": "given_away", "note": "A mi comadre"})
    told = (await maker.get(f"/v1/personal-data/{maker.member_id}"))["holdings"]
    assert [len(told[name]) for name in ("lots", "lot_events", "lot_flows")] == [1, 2, 2]
    assert maker.member_id
    await spy.publish(MemberErased(member_id=maker.member_id), subject=maker.member_id, version=9)

    async def left() -> Any:
        return (await maker.get(f"/v1/personal-data/{maker.member_id}"))["holdings"]

    told = await eventually(left, lambda seen: seen["lots"][0]["note"] == "")
    assert (told["lots"][0]["code"], told["lots"][0]["balance"]) == (None, "9.000")
    assert {event["note"] for event in told["lot_events"]} == {""}


async def test_a_trace_that_is_too_long_says_so(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    lot = await maker.lot("Miel", "10")
    await maker.do(lot, "split", {"parts": [{"quantity": "1"}] * 5})
    monkeypatch.setattr(tracing, "MOST_LOTS", 3)
    found = await maker.get(f"/v1/lots/{lot['id']}/trace", direction="forward")
    assert (found["complete"], len(found["lots"])) == (False, 3)


async def test_a_trace_costs_what_it_finds_and_not_what_there_is(piece: Piece, coordinator: Headers) -> None:
    """By the plan and by blocks: no table is read through, and the same answer touches as many blocks among three
    times as many flows."""
    blocks: dict[str, list[int]] = {"back": [], "forward": []}
    statements: list[int] = []
    for flows in (5_350, 16_050):
        rows = made(flows)
        connection = await asyncpg.connect(piece.database_url)
        await connection.execute("TRUNCATE lots, lot_events, lot_flows, lot_lines, lot_losses, lot_deliveries CASCADE")
        await fill(connection, rows)
        can, portion, _ = rows.starts[len(rows.starts) // 2]
        for name, query, start, lots in (("back", BACK, portion, 16), ("forward", FORWARD, can, 31)):
            sql = query.replace(":lots", f"'{{{start}}}'").replace(":containers", "false").replace(":most", "5001")
            assert len(await connection.fetch(sql)) == lots
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {sql}"))
            assert "Seq Scan" not in plan, plan
            blocks[name].append(int(plan.split("shared hit=")[1].split()[0]))
        await connection.close()
        with piece.counted_queries() as counted:
            answer = await piece.client.get(f"/v1/lots/{can}/trace?direction=forward", headers=coordinator)
        assert len(answer.json()["lots"]) == 31
        assert len(answer.json()["lines"]) == 40
        statements.append(len(counted))
    assert all(large <= small * 1.5 for small, large in blocks.values()), blocks
    assert statements[0] == statements[1] <= 10
