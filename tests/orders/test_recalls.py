"""Who got some of a lot that is recalled is told once, and asked until they have answered."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.notices import OrdersNotice
from contracts.recalls import LotRecalled, RecallClosed, RecalledLine
from kit.ids import new_id
from kit.testing.pieces import eventually
from tests.orders.shop import Family, Shop


def got(
    family: Family, lot: str = "QRO-L-2026-0007", quantity: str = "0.5", line_id: UUID | None = None
) -> RecalledLine:
    return RecalledLine(
        order_id=uuid4(),
        line_id=line_id or uuid4(),
        member_id=family.id,
        variant_id=uuid4(),
        product="Queso fresco",
        lot=lot,
        quantity=Decimal(quantity),
        unit="KGM",
    )


def recall(*lines: RecalledLine, recall_id: UUID | None = None, part: int = 1, **changes: Any) -> LotRecalled:
    return LotRecalled.model_validate(
        {
            "recall_id": recall_id or new_id(),
            "number": "QRO-R-2026-0001",
            "part": part,
            "severity": "recall",
            "reason": "Listeria en la leche",
            "advice": "No lo comas; devuélvelo el sábado",
            "issued_at": datetime.now(UTC),
            "lines": [line.model_dump() for line in lines],
            **changes,
        }
    )


async def reached(shop: Shop, recall_id: UUID) -> list[dict[str, Any]]:
    answer = await shop.client.get(f"/v1/recalls/{recall_id}", headers=shop.coordinator)
    return list(answer.json()["members"]) if answer.status_code == 200 else []


@pytest.fixture
async def families(shop: Shop) -> tuple[Family, Family]:
    return await shop.family("Familia Ruiz"), await shop.family("Familia Soto")


async def test_each_member_is_written_to_once_and_again_only_for_what_is_new(
    shop: Shop, families: tuple[Family, Family]
) -> None:
    ruiz, soto = families
    first = recall(got(ruiz), got(ruiz, "QRO-L-2026-0008"))
    for _ in range(2):
        # The same part twice, under two ids, as if it had been published again.
        await shop.spy.publish(first, subject=new_id())
    second = recall(got(soto), recall_id=first.recall_id, part=2)
    await shop.spy.publish(second, subject=new_id())
    await eventually(lambda: reached(shop, first.recall_id), lambda found: len(found) == 2)
    again = recall(*second.lines, got(soto, "QRO-L-2026-0009"), recall_id=first.recall_id, part=3)
    await shop.spy.publish(again, subject=new_id())
    await eventually(lambda: reached(shop, first.recall_id), lambda found: sum(len(one["lines"]) for one in found) == 4)

    async def notices() -> list[OrdersNotice]:
        return [event.data for event in shop.spy.seen(OrdersNotice)]

    told = await eventually(notices, lambda found: len(found) == 3)
    assert [one.member_id for one in told] == [ruiz.id, soto.id, soto.id]
    assert told[0].subject["es"] == "Por favor no lo comas: retiro QRO-R-2026-0001"
    assert "- Queso fresco, 0.5 kg, QRO-L-2026-0008" in told[0].text["es"]
    assert "QRO-L-2026-0007" not in told[2].text["en"]


async def test_the_list_shows_first_who_has_not_answered_and_a_family_sees_itself_alone(
    shop: Shop, families: tuple[Family, Family]
) -> None:
    ruiz, soto = families
    issued = recall(got(ruiz), got(soto))
    await shop.spy.publish(issued, subject=new_id())
    await eventually(lambda: reached(shop, issued.recall_id), lambda found: len(found) == 2)
    path = f"/v1/recalls/{issued.recall_id}"
    answer = await shop.client.post(f"{path}/answers", json={"answer": "eaten"}, headers=ruiz.headers)
    assert answer.status_code == 204
    # A coordinator was told on the telephone, and then something else.
    for said in ("kept", "returned"):
        body = {"member_id": str(soto.id), "answer": said, "note": "Con todo y frasco"}
        assert (await shop.client.post(f"{path}/answers", json=body, headers=shop.coordinator)).status_code == 204
    third = await shop.family("Familia Zúñiga")
    more = recall(got(third), recall_id=issued.recall_id, part=2)
    await shop.spy.publish(more, subject=new_id())
    found = await eventually(lambda: reached(shop, issued.recall_id), lambda found: len(found) == 3)
    assert [(one["name"], one["answer"]) for one in found] == [
        ("Familia Zúñiga", None),
        ("Familia Ruiz", "eaten"),
        ("Familia Soto", "returned"),
    ]
    [listed] = (await shop.get("/v1/recalls"))["items"]
    assert (listed["reached"], listed["answered"]) == (3, 2)
    mine = await shop.get(path, ruiz.headers)
    assert [one["name"] for one in mine["members"]] == ["Familia Ruiz"]
    [own] = (await shop.get("/v1/recalls", ruiz.headers))["items"]
    assert (own["number"], own["reached"]) == ("QRO-R-2026-0001", None)
    for accept, start in (("text/csv", b"\xef\xbb\xbf"), ("application/pdf", b"%PDF")):
        answer = await shop.client.get(path, headers={**shop.coordinator, "accept": accept})
        assert (answer.status_code, answer.content[: len(start)]) == (200, start)
    assert len((await shop.client.get(path, headers={**shop.coordinator, "accept": "text/csv"})).text.splitlines()) == 4


async def test_a_recall_that_reaches_nobody_or_is_closed_is_kept(shop: Shop) -> None:
    issued = recall()
    closed = RecallClosed.model_validate(
        {**issued.model_dump(exclude={"part", "lines"}), "goods": [], "recall_id": issued.recall_id}
    )
    # The news of the end may come before that of the beginning.
    await shop.spy.publish(closed, subject=issued.recall_id, version=2)
    await shop.spy.publish(issued, subject=new_id())

    async def listed() -> list[dict[str, Any]]:
        return list((await shop.get("/v1/recalls"))["items"])

    [found] = await eventually(listed, bool)
    assert (found["reached"], found["closed_at"] is not None) == (0, True)


async def test_who_got_nothing_of_it_learns_nothing_and_answers_nothing(
    shop: Shop, families: tuple[Family, Family]
) -> None:
    ruiz, soto = families
    issued = recall(got(ruiz))
    await shop.spy.publish(issued, subject=new_id())
    await eventually(lambda: reached(shop, issued.recall_id), lambda found: len(found) == 1)
    path = f"/v1/recalls/{issued.recall_id}"
    refused = [
        (await shop.client.get(path, headers=soto.headers), 404, "recall-not-found"),
        (await shop.client.get(f"/v1/recalls/{uuid4()}", headers=shop.coordinator), 404, "recall-not-found"),
        (await shop.client.get(path), 401, "token-missing"),
        *[
            (await shop.client.post(f"{path}/answers", json=body, headers=headers), status, kind)
            for body, headers, status, kind in (
                ({"answer": "kept"}, soto.headers, 404, "recall-not-found"),
                ({"answer": "kept", "member_id": str(ruiz.id)}, soto.headers, 404, "recall-not-found"),
                ({"answer": "kept", "member_id": str(soto.id)}, shop.coordinator, 404, "recall-not-found"),
                ({"answer": "burnt"}, ruiz.headers, 422, "invalid"),
            )
        ],
    ]
    for answer, status, kind in refused:
        assert answer.status_code == status, answer.text
        assert answer.json()["type"].endswith(kind), answer.text
    assert (await reached(shop, issued.recall_id))[0]["answer"] is None
