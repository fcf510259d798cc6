"""What has a season is offered in it alone, by the network's own days."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.products.jobs import SEASONS
from catalog.products.rules import Window, in_season, next_change
from contracts.catalog import ProductPublished
from kit.jobs import run_once
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, Json, admit, create, product, rows, variant

WINTER = Window("11-01", "02-15")
RAINS = Window("06-15", "09-30")
ONCE = Window("2026-12-01", "2026-12-24")
LEAP = Window("02-29", "02-29")


@pytest.mark.parametrize(
    ("windows", "day", "expected"),
    [
        ((), "2026-03-01", (True, None)),
        ((WINTER,), "2026-10-31", (False, "2026-11-01")),
        ((WINTER,), "2026-11-01", (True, "2027-02-16")),
        ((WINTER,), "2027-02-15", (True, "2027-02-16")),
        ((WINTER, RAINS), "2027-02-16", (False, "2027-06-15")),
        # One goes over into the other without a day between.
        ((Window("01-01", "01-10"), Window("01-11", "01-20")), "2026-01-05", (True, "2026-01-21")),
        ((Window("01-01", "12-31"),), "2026-01-05", (True, None)),
        ((ONCE,), "2026-11-30", (False, "2026-12-01")),
        ((ONCE,), "2026-12-25", (False, None)),
        ((LEAP,), "2027-02-28", (False, "2028-02-29")),
        ((Window("02-29", "04-01"),), "2027-02-28", (False, "2027-03-01")),
        ((Window("01-31", "02-29"),), "2027-02-28", (True, "2027-03-01")),
    ],
)
def test_a_day_is_in_a_season_or_not_and_the_next_change_is_known(
    windows: tuple[Window, ...], day: str, expected: tuple[bool, str | None]
) -> None:
    today = date.fromisoformat(day)
    change = next_change(windows, today)
    assert (in_season(windows, today), change and change.isoformat()) == expected


days = st.dates(date(2024, 1, 1), date(2031, 12, 31))


@given(st.lists(st.builds(lambda a, b: Window(a.isoformat()[5:], b.isoformat()[5:]), days, days), max_size=4), days)
def test_until_the_next_change_nothing_changes_and_then_it_does(windows: list[Window], today: date) -> None:
    now, change = in_season(windows, today), next_change(windows, today)
    last = change or today + timedelta(days=800)
    each = [today + timedelta(days=count) for count in range((last - today).days)]
    assert all(in_season(windows, day) == now for day in each)
    assert change is None or in_season(windows, change) != now


async def test_out_of_season_it_is_shown_with_its_day_and_not_offered(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    piece.database.clock = lambda: datetime(2026, 10, 20, 12, tzinfo=UTC)
    winter = variant("De invierno", season=[{"start": WINTER.start, "end": WINTER.end}])
    made = await create(piece, farmer, product("Fresa", winter, variant("Seca")), publish=True)
    fresh, dried = made["variants"]

    [shown] = (await piece.client.get("/v1/products")).json()["items"]
    assert [(one["in_season"], one["season_changes_on"]) for one in shown["variants"]] == [
        (False, "2026-11-01"),
        (True, None),
    ]
    event = await spy.next(ProductPublished, UUID(made["id"]))
    assert [one.variant_id for one in event.data.variants] == [UUID(dried["id"])]
    offered = {str(row.variant_id): row.offered for row in await rows(piece, "SELECT variant_id, offered FROM stock")}
    assert offered == {fresh["id"]: False, dried["id"]: True}


async def test_at_midnight_of_the_network_the_job_puts_it_on_offer_and_takes_it_off_again(
    running: Runner, spy: Spy, farmer: Headers, farm: UUID
) -> None:
    async with running("catalog", zone="America/Mexico_City") as piece:
        await admit(spy, piece, farm, "Rancho El Mezquite")
        # Half past five in the afternoon of 31 October in Querétaro.
        piece.database.clock = lambda: datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
        season = [{"start": WINTER.start, "end": WINTER.end}]
        made = await create(piece, farmer, product("Fresa", variant("Fresca", season=season)), publish=True)
        assert (await spy.next(ProductPublished, UUID(made["id"]))).data.variants == []
        # In Greenwich it is November already, in Querétaro it is not.
        piece.database.clock = lambda: datetime(2026, 11, 1, 3, tzinfo=UTC)
        await run_once(piece.database, SEASONS)
        assert await _season(piece) == ("later", date(2026, 11, 1), False)

        piece.database.clock = lambda: datetime(2026, 11, 1, 6, 0, 30, tzinfo=UTC)
        await run_once(piece.database, SEASONS)
        await run_once(piece.database, SEASONS)
        come = await spy.next(ProductPublished, UUID(made["id"]), count=2)
        assert come.version == made["version"] + 1
        [told] = come.data.variants
        assert told.season_ends_on == date(2027, 2, 16)
        assert await _season(piece) == ("now", None, True)

        piece.database.clock = lambda: datetime(2027, 2, 16, 12, tzinfo=UTC)
        await run_once(piece.database, SEASONS)
        gone = await spy.next(ProductPublished, UUID(made["id"]), count=3)
        assert gone.data.variants == []
        assert await _season(piece) == ("later", date(2027, 11, 1), False)


async def _season(piece: Piece) -> tuple[str, date | None, bool]:
    [row] = await rows(
        piece,
        "SELECT season, next_season, offered FROM products JOIN stock USING (member_id) WHERE status = 'published'",
    )
    return row.season, row.next_season, row.offered


async def test_seasons_can_be_asked_for(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    piece.database.clock = lambda: datetime(2026, 10, 20, 12, tzinfo=UTC)
    for name, windows in {
        "Jabón": [],
        "Fresa": [WINTER],
        "Elote": [RAINS],
        "Calabaza": [Window("09-01", "11-15")],
        "Ponche": [Window("2025-12-01", "2025-12-24")],
    }.items():
        season = [{"start": window.start, "end": window.end} for window in windows]
        await create(piece, farmer, product(name, variant(season=season)), publish=True)
    both = [variant("Fresca", season=[{"start": "06-15", "end": "09-30"}]), variant("Seca")]
    await create(piece, farmer, product("Ciruela", *both), publish=True)

    async def listed(**query: str) -> list[str]:
        answer = await piece.client.get("/v1/products", params=query)
        return [one["name"] for one in answer.json()["items"]]

    assert await listed(season="now") == ["Calabaza"]
    assert await listed(season="soon") == ["Fresa"]
    assert await listed(season="later") == ["Elote", "Ponche"]
    assert await listed(season="all_year") == ["Ciruela", "Jabón"]
    assert await listed(in_season="true") == ["Calabaza", "Ciruela", "Jabón"]
    assert await listed(in_season="false") == ["Elote", "Fresa", "Ponche"]
    counted = (await piece.client.get("/v1/products/facets")).json()["by"]["season"]
    assert {one["value"]: one["count"] for one in counted} == {"all_year": 2, "now": 1, "soon": 1, "later": 2}


async def test_a_changed_season_holds_at_once(
    piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    piece.database.clock = lambda: datetime(2026, 10, 20, 12, tzinfo=UTC)
    made = await create(piece, farmer, product("Fresa"), publish=True)
    body: Json = {"variants": [{"id": made["variants"][0]["id"], "season": [{"start": "12-01", "end": "12-31"}]}]}
    answer = await piece.client.patch(f"/v1/products/{made['id']}", json=body, headers={**farmer, "if-match": "*"})

    assert answer.json()["variants"][0]["season_changes_on"] == "2026-12-01"
    assert (await spy.next(ProductPublished, UUID(made["id"]), count=2)).data.variants == []
    assert (await piece.client.get("/v1/products?in_season=true")).json()["items"] == []
    reservation = {"id": str(uuid4()), "lines": [{"variant_id": made["variants"][0]["id"], "quantity": "1"}]}
    refused = await piece.client.post("/v1/reservations", json=reservation, headers=coordinator)
    assert refused.json()["type"] == "urn:trama:problem:not-offered"
