"""Members upload pictures, everyone sees them, and they go with whoever they are of."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image

from catalog.photos import intake, rules, service
from catalog.photos.rendering import rendered
from catalog.settings import Settings
from kit.errors import Invalid
from kit.ids import new_id
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, rows
from tests.catalog.pictures import jpeg, opened, stored, upload, written


@pytest.fixture
async def piece(spy: Spy, running: Runner, tmp_path: Path) -> AsyncIterator[Piece]:
    async with running("catalog", photos=str(tmp_path / "photos")) as piece:
        yield piece


async def test_a_photo_is_served_in_three_sizes_to_be_kept_for_ever(
    piece: Piece, farmer: Headers, farm: UUID, tmp_path: Path
) -> None:
    made = await upload(piece, farmer, jpeg(1000, 2000, orientation=6))
    assert (made["member_id"], made["width"], made["height"]) == (str(farm), 1600, 800)
    assert (await piece.client.get(f"/v1/photos/{made['id']}")).json() == made
    for size, side in {"thumb": 320, "medium": 800, "large": 1600}.items():
        address = made["sizes"][size]
        assert address == f"/v1/photos/{made['id']}/{size}"
        answer = await piece.client.get(address)
        assert {name: answer.headers[name] for name in ("content-type", "cache-control", "x-content-type-options")} == {
            "content-type": "image/webp",
            "cache-control": "public, max-age=31536000, immutable",
            "x-content-type-options": "nosniff",
        }
        assert opened(answer.content).size == (side, side // 2)
        again = await piece.client.get(address, headers={"if-none-match": f'"other", W/{answer.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert len(stored(tmp_path)) == 3


async def test_the_same_picture_again_is_the_same_photo_of_that_member_and_another_of_another(
    piece: Piece, farmer: Headers, tokens: Tokens, tmp_path: Path
) -> None:
    first = await upload(piece, farmer, jpeg())
    assert await upload(piece, farmer, jpeg(), status=200) == first
    other = await upload(piece, tokens.actor(members=[new_id()]), jpeg())
    assert other["id"] != first["id"]
    assert len(stored(tmp_path)) == 6


async def test_who_uploads_at_the_same_moment_twice_gets_one_photo(
    piece: Piece, farmer: Headers, tmp_path: Path
) -> None:
    send = [piece.client.post("/v1/photos", content=jpeg(), headers=farmer) for _ in range(6)]
    answers = await asyncio.gather(*send)
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(stored(tmp_path)) == 3


async def test_megabytes_are_taken_at_this_address_alone_and_only_so_many(
    piece: Piece, farmer: Headers, running: Runner, tmp_path: Path
) -> None:
    large = written(Image.effect_noise((1500, 1000), 90).convert("RGB"), quality=98)
    assert 1_000_000 < len(large) < 10_000_000
    await upload(piece, farmer, large)
    refused = await piece.client.post("/v1/products", content=large, headers={**farmer, "content-type": "image/jpeg"})
    assert refused.status_code == 413
    async with running("catalog", photos=str(tmp_path / "others"), max_photo=2_500) as strict:
        await upload(strict, farmer, jpeg())
        too_large = await upload(strict, farmer, b"\xff\xd8\xff" + bytes(2_500), status=413)
        assert (too_large["type"], too_large["detail"]) == (
            "urn:trama:problem:photo-too-large",
            "A photo may have at most 0.0025 MB",
        )

        async def in_parts() -> AsyncIterator[bytes]:
            for _ in range(4):
                yield bytes(1000)

        answer = await strict.client.post("/v1/photos", content=in_parts(), headers=farmer)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


async def test_what_is_no_picture_is_refused_with_what_would_be_right(piece: Piece, farmer: Headers) -> None:
    heic = await upload(piece, farmer, b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", status=415)
    assert (heic["type"], heic["title"]) == ("urn:trama:problem:photo-heic", "Not a kind of content taken here")
    assert "JPEG" in heic["detail"]
    assert (await upload(piece, farmer, b"GIF89a", status=415))["type"] == "urn:trama:problem:photo-type"
    assert (await upload(piece, farmer, b"", status=422))["type"] == "urn:trama:problem:photo-empty"
    assert (await upload(piece, farmer, jpeg()[:300], status=422))["type"] == "urn:trama:problem:photo-broken"
    form = await piece.client.post("/v1/photos", files={"file": ("a.jpg", jpeg(), "image/jpeg")}, headers=farmer)
    assert (form.status_code, form.json()["type"]) == (415, "urn:trama:problem:photo-type")
    spanish = await piece.client.post("/v1/photos", content=b"x", headers={**farmer, "accept-language": "es"})
    assert spanish.json()["detail"].startswith("Envía una imagen JPEG")
    assert await rows(piece, "SELECT 1 FROM photos") == []


async def test_only_a_members_own_users_and_the_coordinators_upload_for_it(
    piece: Piece, farmer: Headers, coordinator: Headers, tokens: Tokens, farm: UUID
) -> None:
    assert (await piece.client.post("/v1/photos", content=jpeg())).status_code == 401
    stranger = {**tokens.actor(members=[new_id()]), "accept-language": "en"}
    assert (await upload(piece, stranger, jpeg(), 403, member_id=str(farm)))["type"].endswith("not-yours")
    both = tokens.actor(members=[farm, new_id()])
    unsaid = await upload(piece, both, jpeg(), 422)
    assert (unsaid["errors"][0]["pointer"], unsaid["errors"][0]["code"]) == ("/member_id", "member_not_said")
    made = await upload(piece, coordinator, jpeg(), member_id=str(farm))
    assert made["member_id"] == str(farm)
    odd = await piece.client.post("/v1/photos", content=jpeg(), headers=farmer, params={"member_id": "x"})
    assert odd.status_code == 422


async def test_a_member_sees_its_own_list_by_pages(piece: Piece, farmer: Headers, farm: UUID, tokens: Tokens) -> None:
    made = [await upload(piece, farmer, jpeg(20 + step, 20)) for step in range(3)]
    async with piece.database.transaction() as work:
        await service.show(work, {new_id(): [UUID(made[1]["id"])]})
    first = (await piece.client.get("/v1/photos", params={"limit": 2}, headers=farmer)).json()
    rest = (await piece.client.get("/v1/photos", params={"limit": 2, "after": first["next"]}, headers=farmer)).json()
    listed = [*first["items"], *rest["items"]]
    assert [(one["id"], one["shown"]) for one in listed] == [
        (one["id"], place == 1) for place, one in reversed(list(enumerate(made)))
    ]
    assert rest["next"] is None
    idle = (await piece.client.get("/v1/photos", params={"idle": True}, headers=farmer)).json()["items"]
    assert [one["id"] for one in idle] == [made[2]["id"], made[0]["id"]]
    stranger = tokens.actor(members=[new_id()])
    refused = await piece.client.get("/v1/photos", params={"member_id": str(farm)}, headers=stranger)
    assert refused.status_code == 403


async def test_others_are_answered_while_pictures_are_made_small_and_too_many_are_sent_away(
    spy: Spy, running: Runner, farmer: Headers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(content: bytes) -> object:
        go_on.wait(20)
        return rendered(content)

    monkeypatch.setattr(intake, "rendered", slow)
    # One connection to the database: an upload that waits must not hold it.
    async with running("catalog", photos=str(tmp_path / "photos"), database_pool=1) as piece:
        contents = [jpeg(20 + step, 20) for step in range(intake.ARRIVING)]
        sending = [asyncio.create_task(upload(piece, farmer, content)) for content in contents]

        async def all_in() -> bool:
            return bool(piece.app.state.photos.full)

        await eventually(all_in)
        busy = await upload(piece, farmer, jpeg(), status=503)
        assert busy["type"] == "urn:trama:problem:busy"
        assert (await piece.client.get("/v1/products", timeout=5)).status_code == 200
        go_on.set()
        await asyncio.gather(*sending)
        await upload(piece, farmer, jpeg())


@pytest.mark.parametrize("place", [0, 1])
async def test_only_photos_of_the_member_can_be_shown_and_the_first_wrong_one_is_named(
    piece: Piece, farmer: Headers, farm: UUID, tokens: Tokens, place: int
) -> None:
    mine = UUID((await upload(piece, farmer, jpeg()))["id"])
    others = UUID((await upload(piece, tokens.actor(members=[new_id()]), jpeg()))["id"])
    for wrong in (others, uuid4()):
        ids = [wrong, mine] if place == 0 else [mine, wrong]
        async with piece.database.transaction() as work:
            with pytest.raises(Invalid) as refused:
                await service.check(work, farm, ids)
        assert refused.value.field == f"/photos/{place}/id"


async def test_photos_that_wait_to_be_shown_are_limited(
    piece: Piece, farmer: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_IDLE", 2)
    for width in (20, 21):
        await upload(piece, farmer, jpeg(width, 20))
    refused = await upload(piece, farmer, jpeg(), status=409)
    assert refused["type"] == "urn:trama:problem:photos-idle"
    await upload(piece, farmer, jpeg(20, 20), status=200)


async def test_without_a_place_for_photos_the_rest_of_the_catalog_works(
    spy: Spy, running: Runner, farmer: Headers
) -> None:
    async with running("catalog") as piece:
        refused = await upload(piece, farmer, jpeg(), status=503)
        assert refused["type"] == "urn:trama:problem:photos-not-kept"
        assert (await piece.client.get(f"/v1/photos/{new_id()}/thumb")).status_code == 404
        assert (await piece.client.get("/v1/products")).status_code == 200


async def test_odd_addresses_are_problems(piece: Piece, farmer: Headers) -> None:
    made = await upload(piece, farmer, jpeg())
    for address, status in ((f"/v1/photos/{made['id']}/huge", 422), ("/v1/photos/x/thumb", 422)):
        assert (await piece.client.get(address)).status_code == status
    assert (await piece.client.get(f"/v1/photos/{new_id()}")).status_code == 404


def test_each_setting_has_its_limits() -> None:
    for wrong in ({"photo_slots": 0}, {"max_photo": 10}):
        with pytest.raises(ValueError, match="greater than or equal"):
            Settings.model_validate({"network": "test", **wrong})
