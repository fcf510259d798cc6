"""What members look for is found when it is wanted and when it is offered, and both sides are told once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from catalog.wants.jobs import EXPIRE, TELL
from catalog.wants.repository import matches as repository
from catalog.wants.rules.matching import Fit
from catalog.wants.service import matching
from contracts.catalog import WantEnded, WantMatched, WantOpened
from contracts.members import MemberErased, MemberLeft
from contracts.notices import CatalogNotice
from kit.ids import new_id
from kit.jobs import run_once
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, product, rows, variant
from tests.catalog.occasions import family, later, letters, stranger

HERE = {"name": "Centro", "location": {"lat": 20.593, "lon": -100.392}}
NEAR = {"name": "La Griega", "location": {"lat": 20.66, "lon": -100.24}}


def cheese(name: str = "Queso de cabra fresco", **more: Any) -> Json:
    return product(name, variant("1 kg", price="180.00"), category="dairy", practices=["artisanal"], **more)


async def want(piece: Piece, headers: Headers, **body: Any) -> Json:
    answer = await piece.client.post("/v1/wants", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def matches(piece: Piece, headers: Headers, **params: Any) -> list[Json]:
    answer = await piece.client.get("/v1/want-matches", headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def heard(spy: Spy, piece: Piece) -> None:
    """All that was said so far was heard: what is said after it has been."""
    member_id = new_id()
    await admit(spy, piece, member_id, "Oído")


async def test_what_is_on_offer_is_found_for_a_new_want_with_the_reasons_in_words(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    made = await create(piece, farmer, cheese(place=NEAR), publish=True)
    await create(piece, farmer, product("Empanada de queso", category="bakery"), publish=True)
    _, headers = await family(spy, piece, tokens)
    body = {"text": "quesos de kabra", "category": "dairy", "place": HERE, "radius_km": 30}
    wanted = await want(piece, headers, **body, practices=["artisanal"])
    event = await spy.next(WantMatched)
    assert (event.data.want_id, event.data.product_id) == (UUID(wanted["id"]), UUID(made["id"]))
    [match] = await matches(piece, headers)
    assert match["why"] == [
        "same category: Dairy",
        "17.5 km away",
        "words in common: quesos, kabra",
        "as you ask: Artisanal",
    ]
    assert (match["score"], match["provider"]["name"]) == (96, "Rancho El Mezquite")
    spanish = (await matches(piece, {**headers, "accept-language": "es"}))[0]["why"]
    assert spanish[1:3] == ["a 17.5 km", "palabras en común: quesos, kabra"]
    [theirs] = await matches(piece, farmer, side="provider")
    assert (theirs["id"], theirs["seeker"]["name"]) == (match["id"], "Familia Hernández")
    assert await matches(piece, farmer, side="seeker") == []
    opened = await spy.next(WantOpened, UUID(wanted["id"]))
    assert "quesos" not in opened.data.model_dump_json()


async def test_a_product_that_is_published_later_is_found_too_and_what_fits_no_more_goes(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    _, headers = await family(spy, piece, tokens)
    await want(piece, headers, text="queso cabra", max_price={"amount": "190.00", "currency": "MXN"}, unit="KGM")
    made = await create(piece, farmer, cheese(), publish=True)
    first = await spy.next(WantMatched)
    address = f"/v1/products/{made['id']}"

    async def found() -> list[str]:
        return [one["product"]["id"] for one in await matches(piece, headers)]

    price = {"price": {"amount": "200.00", "currency": "MXN"}}
    await piece.client.post(f"/v1/variants/{made['variants'][0]['id']}/prices", json=price, headers=farmer)
    assert await eventually(found, lambda ids: not ids) == []
    price = {"price": {"amount": "170.00", "currency": "MXN"}}
    await piece.client.post(f"/v1/variants/{made['variants'][0]['id']}/prices", json=price, headers=farmer)
    assert await eventually(found) == [made["id"]]
    await piece.client.post(f"{address}/withdraw", headers=farmer)
    assert await eventually(found, lambda ids: not ids) == []
    await piece.client.post(f"{address}/publish", headers=farmer)
    assert await eventually(found) == [made["id"]]
    # It was said once, however often it went and came.
    assert [event.subject for event in spy.seen(WantMatched)] == [first.subject]


async def test_both_directions_find_the_same(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    texts = ["jitomate", "jitomates saladet", "gitomate", "tomatillo", "pan", "panela", "nueces", "miel de abeja"]
    names = ["Jitomate saladet", "Pan de nuez", "Panela granulada", "Miel de abeja melipona", "Tomatillos"]
    _, before = await family(spy, piece, tokens, "Antes")
    _, after = await family(spy, piece, tokens, "Después")
    for text in texts:
        await want(piece, before, text=text)
    for name in names:
        await create(piece, farmer, product(name), publish=True)
    await heard(spy, piece)
    for text in texts:
        await want(piece, after, text=text)

    async def pairs(headers: Headers) -> set[tuple[str, str]]:
        found = await matches(piece, headers, limit=100)
        return {(one["want"]["text"], one["product"]["name"]) for one in found}

    expected = {
        ("jitomate", "Jitomate saladet"),
        ("jitomates saladet", "Jitomate saladet"),
        ("gitomate", "Jitomate saladet"),
        ("tomatillo", "Tomatillos"),
        ("pan", "Pan de nuez"),
        ("panela", "Panela granulada"),
        ("nueces", "Pan de nuez"),
        ("miel de abeja", "Miel de abeja melipona"),
    }
    assert await eventually(lambda: pairs(before), lambda found: found >= expected) == expected
    assert await eventually(lambda: pairs(after), lambda found: found >= expected) == expected


async def test_a_want_and_a_product_that_come_at_the_same_moment_find_each_other(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    _, headers = await family(spy, piece, tokens)
    drafts = [await create(piece, farmer, cheese(f"Queso {word}")) for word in ("ranchero", "panela", "oaxaca")]

    async def publish(made: Json) -> None:
        await piece.client.post(f"/v1/products/{made['id']}/publish", headers=farmer)

    wants = [want(piece, headers, text=text) for text in ("ranchero", "panela", "oaxaca")]
    await asyncio.gather(*(publish(made) for made in drafts), *wants)
    assert len(await eventually(lambda: matches(piece, headers), lambda found: len(found) == 3)) == 3


async def test_a_member_gets_one_letter_however_much_was_found_and_none_twice(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    member_id, headers = await family(spy, piece, tokens)
    for number in range(12):
        await create(piece, farmer, cheese(f"Queso {number}"), publish=True)
    await want(piece, headers, text="queso")
    # The producer looks for something, too.
    await want(piece, farmer, text="gallinaza")
    other, other_headers = await family(spy, piece, tokens, "Gallinero")
    [hens] = [{**tokens.actor(roles=["producer"], members=[other]), "accept-language": "en"}]
    await create(piece, hens, product("Gallinaza composteada", category="bio_inputs"), publish=True)
    await spy.next(WantMatched, count=13)
    dismissed = (await matches(piece, other_headers))[0]
    answer = await piece.client.post(f"/v1/want-matches/{dismissed['id']}/dismiss", headers=other_headers)
    assert answer.status_code == 200
    assert await matches(piece, other_headers) == []
    for _ in range(2):
        assert await run_once(piece.database, TELL)
    await spy.next(CatalogNotice, count=2)
    await heard(spy, piece)
    assert letters(spy, member_id) == ["There is what you are looking for"]
    assert letters(spy, admitted) == ["What you are looking for, and what others are"]
    assert letters(spy, other) == []
    [letter] = [one.data for one in spy.seen(CatalogNotice) if one.data.member_id == member_id]
    assert letter.text["es"].count("queso: Queso") == 10
    assert letter.text["es"].endswith("… (+2)")


async def test_what_members_look_for_is_not_for_everyone_unless_they_say_so(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    _, headers = await family(spy, piece, tokens)
    hidden = await want(piece, headers, text="cuna para bebé", place=HERE)
    shown = await want(piece, headers, text="semilla de maíz", audience="public", place=HERE, category="plants_seed")
    assert hidden["place"] == HERE

    async def listed(who: Headers | None, **params: Any) -> list[Json]:
        items: list[Json] = (await piece.client.get("/v1/wants", headers=who, params=params)).json()["items"]
        return items

    assert [(one["id"], one["member"]) for one in await listed(None)] == [(shown["id"], None)]
    assert [one["id"] for one in await listed(farmer)] == [shown["id"], hidden["id"]]
    [seen] = await listed(farmer, q="cunas")
    assert (seen["member"]["name"], seen["place"]["location"]) == ("Familia Hernández", {"lat": 20.59, "lon": -100.39})
    assert [one["id"] for one in await listed(farmer, category="farm")] == [shown["id"]]
    assert await listed(farmer, near="19.43,-99.13") == []
    assert len(await listed(farmer, near="20.6,-100.4", limit=2)) == 2
    assert (await piece.client.get(f"/v1/wants/{hidden['id']}")).status_code == 404
    assert (await piece.client.get("/v1/wants", params={"near": "aquí"})).status_code == 422
    with piece.counted_queries() as statements:
        await listed(farmer)
    assert len(statements) == 1


async def test_a_want_is_changed_met_and_withdrawn_by_its_own_member(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    made = await create(piece, farmer, cheese(), publish=True)
    _, headers = await family(spy, piece, tokens)
    wanted = await want(piece, headers, text="queso", id=str(new_id()))
    assert await want(piece, headers, text="queso", id=wanted["id"]) == wanted
    await spy.next(WantMatched)
    address = f"/v1/wants/{wanted['id']}"
    assert (await piece.client.patch(address, json={"text": "miel"}, headers=headers)).status_code == 428
    version = {"if-match": '"1"'}
    foreign = await piece.client.patch(address, json={"text": "miel"}, headers={**farmer, **version})
    assert (foreign.status_code, foreign.json()["type"]) == (403, "urn:trama:problem:not-yours")
    changed = await piece.client.patch(
        address, json={"text": "miel", "note": "de azahar"}, headers={**headers, **version}
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert await eventually(lambda: matches(piece, headers), lambda found: not found) == []
    await piece.client.patch(address, json={"text": "queso"}, headers={**headers, "if-match": "*"})
    assert await eventually(lambda: matches(piece, headers))
    wrong = await piece.client.post(f"{address}/meet", json={"product_id": str(new_id())}, headers=headers)
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/product_id"]
    met = await piece.client.post(f"{address}/meet", json={"product_id": made["id"]}, headers=headers)
    assert (met.json()["status"], met.json()["met_by"]) == ("met", made["id"])
    assert (await piece.client.post(f"{address}/meet", json={}, headers=headers)).status_code == 200
    late = await piece.client.post(f"{address}/withdraw", headers=headers)
    assert (late.status_code, late.json()["type"]) == (409, "urn:trama:problem:want-ended")
    await spy.next(WantEnded, UUID(wanted["id"]))
    assert await matches(piece, headers) == await matches(piece, farmer) == []
    assert (await piece.client.get(address, headers=farmer)).status_code == 404


async def test_what_nobody_could_look_for_is_refused(piece: Piece, admitted: UUID, tokens: Tokens) -> None:
    _, headers = stranger(tokens)
    for body, field in (
        ({}, "/text"),
        ({"text": "a" * 201}, "/text"),
        ({"text": "queso", "category": "cheez"}, "/category"),
        ({"text": "queso", "radius_km": 0}, "/radius_km"),
        ({"text": "queso", "quantity": "1e9", "unit": "KGM"}, "/quantity"),
        ({"text": "queso", "needed_by": "ayer"}, "/needed_by"),
        ({"text": "queso", "max_price": {"amount": "-1", "currency": "MXN"}}, "/max_price/amount"),
        ({"text": "queso", "place": {"name": "x", "location": {"lat": 91, "lon": 0}}}, "/place/location/lat"),
        ({"text": "queso", "member_id": "x"}, "/member_id"),
    ):
        answer = await piece.client.post("/v1/wants", json=body, headers=headers)
        assert answer.status_code == 422, (body, answer.text)
        assert [error["pointer"] for error in answer.json()["errors"]] == [field]
    foreign = await piece.client.post("/v1/wants", json={"text": "a b", "member_id": str(new_id())}, headers=headers)
    assert foreign.status_code == 403
    assert (await piece.client.post("/v1/wants", json={"text": "que\x00so"}, headers=headers)).status_code == 422
    assert await rows(piece, "SELECT 1 FROM wants") == []


async def test_wants_end_with_their_day_with_the_membership_and_are_forgotten(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    gone, gone_headers = await family(spy, piece, tokens, "Luna")
    erased, erased_headers = await family(spy, piece, tokens, "Sol")
    await want(piece, gone_headers, text="queso")
    await want(piece, erased_headers, text="cuna", note="Para marzo, llamar a Ana", place=HERE)
    held = await piece.client.get(f"/v1/personal-data/{erased}", headers=erased_headers)
    assert held.json()["holdings"]["wants"][0]["note"] == "Para marzo, llamar a Ana"
    await spy.publish(MemberLeft(member_id=gone, kind="household", name="Luna", status="left"), subject=gone, version=2)
    await spy.publish(MemberErased(member_id=erased), subject=erased, version=2)

    async def states() -> list[tuple[str, str, str, str]]:
        found = await rows(piece, "SELECT status, text, note, place FROM wants ORDER BY created_at")
        return [tuple(row) for row in found]

    ended = [("withdrawn", "queso", "", ""), ("withdrawn", "", "", "")]
    assert await eventually(states, lambda found: found == ended) == ended
    _, headers = stranger(tokens)
    last = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    short = await want(piece, headers, text="tinaco", needed_by=last)
    later(piece, timedelta(days=3))
    assert await run_once(piece.database, EXPIRE)
    event = await spy.next(WantEnded, UUID(short["id"]))
    assert event.data.status == "expired"


async def test_matches_are_kept_once_and_no_want_gets_more_than_anyone_reads(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    _, headers = await family(spy, piece, tokens)
    wanted = UUID((await want(piece, headers, category="dairy"))["id"])
    made = [UUID((await create(piece, farmer, cheese(f"Queso {n}"), publish=True))["id"]) for n in range(3)]
    await eventually(lambda: matches(piece, headers), lambda found: len(found) == 3)
    fits = [Fit(wanted, one, new_id(), new_id(), "same", ("queso",), (), None, 90) for one in made]
    async with piece.database.transaction() as work:
        # Each a pair that there is already: written anew, and none of them new.
        assert await repository.keep(work, fits) == {}
        with piece.counted_queries() as statements:
            assert await repository.live(work, [wanted]) == {wanted: 3}
    assert len(statements) == 1
    offers = [Fit(wanted, new_id(), new_id(), new_id(), "same", (), (), None, n % 90) for n in range(200)]
    async with piece.database.transaction() as work:
        kept = await matching.few(work, offers, set())
    assert len(kept) == matching.MOST_KEPT - 3
    assert min(one.score for one in kept) >= max(one.score for one in offers if one not in kept)
