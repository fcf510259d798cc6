"""No photo is shown without its files, none outlives what shows it or whoever it is of, and no file is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.photos import files as photo_files
from catalog.photos import jobs, service
from catalog.photos.files import Folder
from contracts.members import MemberErased
from kit.database import utc_now
from kit.errors import Invalid
from kit.ids import new_id
from kit.jobs import run_once
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, rows
from tests.catalog.pictures import jpeg, stored, upload


@pytest.fixture
async def piece(spy: Spy, running: Runner, tmp_path: Path) -> AsyncIterator[Piece]:
    async with running("catalog", photos=str(tmp_path / "photos")) as piece:
        yield piece


async def later(piece: Piece, **time: float) -> None:
    """So much later the clock's work is done."""
    piece.database.clock = lambda: utc_now() + timedelta(**time)
    for job in jobs.jobs(piece.app.state.settings):
        assert await run_once(piece.database, job)


async def test_a_photo_whose_files_could_not_be_written_is_never_shown_and_can_be_sent_again(
    piece: Piece, farmer: Headers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Folder.put

    def full_disk(folder: Folder, name: str, content: bytes) -> None:
        if name.endswith("thumb.webp"):
            raise OSError(28, "No space left on device")
        put(folder, name, content)

    monkeypatch.setattr(photo_files.Folder, "put", full_disk)
    refused = await upload(piece, farmer, jpeg(), status=503)
    assert refused["type"] == "urn:trama:problem:photos-away"
    [row] = await rows(piece, "SELECT id, state FROM photos")
    assert row.state == "arriving"
    assert (await piece.client.get(f"/v1/photos/{row.id}/large")).status_code == 404
    assert (await piece.client.get("/v1/photos", headers=farmer)).json()["items"] == []
    await later(piece, minutes=50)
    assert len(stored(tmp_path)) == 2

    monkeypatch.undo()
    piece.database.clock = utc_now
    made = await upload(piece, farmer, jpeg(), status=200)
    assert made["id"] == str(row.id)
    assert (await piece.client.get(made["sizes"]["thumb"])).status_code == 200


async def test_an_upload_that_was_broken_off_is_cleaned_up_after_an_hour(
    piece: Piece, farmer: Headers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_folder: Folder, name: str, _content: bytes) -> None:
        raise OSError(name)

    made = await upload(piece, farmer, jpeg())
    with monkeypatch.context() as patched:
        patched.setattr(photo_files.Folder, "put", dies)
        await upload(piece, farmer, jpeg(30, 30), status=503)
    await later(piece, minutes=70)
    assert [str(row.id) for row in await rows(piece, "SELECT id FROM photos")] == [made["id"]]
    assert len(stored(tmp_path)) == 3


async def test_what_nothing_shows_is_forgotten_after_a_day_files_and_all(
    piece: Piece, farmer: Headers, farm: UUID, tmp_path: Path
) -> None:
    idle, shown = await upload(piece, farmer, jpeg()), await upload(piece, farmer, jpeg(colour="red"))
    thing = new_id()
    async with piece.database.transaction() as work:
        await service.check(work, farm, [UUID(shown["id"])])
        await service.show(work, {thing: [UUID(shown["id"])]})
    await later(piece, hours=23)
    assert len(stored(tmp_path)) == 6
    await later(piece, hours=25)
    assert len(stored(tmp_path)) == 3
    assert (await piece.client.get(idle["sizes"]["thumb"])).status_code == 404
    assert (await piece.client.get(shown["sizes"]["thumb"])).status_code == 200

    # Taken off, it has a day again.
    async with piece.database.transaction() as work:
        await service.show(work, {thing: []})
    await later(piece, hours=48)
    assert len(stored(tmp_path)) == 3
    await later(piece, hours=50)
    assert stored(tmp_path) == []
    assert await rows(piece, "SELECT 1 FROM photos") == []


async def test_one_that_is_shown_cannot_be_deleted_and_the_database_holds_it(
    piece: Piece, farmer: Headers, coordinator: Headers, tokens: Tokens, tmp_path: Path
) -> None:
    made = await upload(piece, farmer, jpeg())
    photo_id, thing = UUID(made["id"]), new_id()
    async with piece.database.transaction() as work:
        await service.show(work, {thing: [photo_id]})
    refused = await piece.client.delete(f"/v1/photos/{photo_id}", headers=farmer)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:trama:problem:photo-in-use")
    for statement in ("UPDATE photos SET state = 'gone'", "DELETE FROM photos"):
        with pytest.raises(IntegrityError):
            async with piece.database.transaction() as work:
                await work.execute(text(statement))

    async with piece.database.transaction() as work:
        await service.show(work, {thing: []})
    stranger = tokens.actor(members=[new_id()])
    assert (await piece.client.delete(f"/v1/photos/{photo_id}", headers=stranger)).status_code == 404
    assert (await piece.client.delete(f"/v1/photos/{photo_id}", headers=farmer)).status_code == 204
    assert (await piece.client.get(made["sizes"]["large"])).status_code == 404
    assert (await piece.client.delete(f"/v1/photos/{photo_id}", headers=farmer)).status_code == 404
    again = await upload(piece, farmer, jpeg())
    assert again["id"] != made["id"]
    await later(piece, minutes=2)
    assert [path.name.split("-", 1)[1] for path in stored(tmp_path)] == [
        f"{again['id']}-{size}.webp" for size in ("large", "medium", "thumb")
    ]


async def test_who_begins_to_show_a_photo_while_it_is_let_go_is_told_or_keeps_it(
    piece: Piece, farmer: Headers, farm: UUID
) -> None:
    made = await upload(piece, farmer, jpeg())
    photo_id = UUID(made["id"])

    async def begin() -> None:
        async with piece.database.transaction() as work:
            await service.check(work, farm, [photo_id])
            await service.show(work, {new_id(): [photo_id]})

    # Checked first: the job passes it over.
    async with piece.database.transaction() as work:
        await service.check(work, farm, [photo_id])
        await later(piece, hours=25)
    assert (await piece.client.get(made["sizes"]["thumb"])).status_code == 200
    # Let go first: who comes second waits, and is told that there is no such photo.
    async with piece.database.transaction() as work:
        await service.let_idle_go(work)
        second = asyncio.create_task(begin())
        _, waiting = await asyncio.wait([second], timeout=0.3)
        assert waiting
    with pytest.raises(Invalid):
        await second


async def test_an_erased_members_photos_are_gone_from_everywhere(
    piece: Piece, spy: Spy, farmer: Headers, farm: UUID, tmp_path: Path
) -> None:
    made = await upload(piece, farmer, jpeg())
    async with piece.database.transaction() as work:
        await service.show(work, {new_id(): [UUID(made["id"])]})
    told = (await piece.client.get(f"/v1/personal-data/{farm}", headers=farmer)).json()["holdings"]
    assert ([one["id"] for one in told["photos"]], len(told["photo_uses"])) == ([made["id"]], 1)

    await spy.publish(MemberErased(member_id=farm), subject=farm, version=9)

    async def hidden() -> bool:
        return (await piece.client.get(made["sizes"]["thumb"])).status_code == 404

    await eventually(hidden)
    await later(piece, minutes=2)
    assert stored(tmp_path) == []
    assert await rows(piece, "SELECT 1 FROM photos") == []


@pytest.mark.parametrize("deleted", [True, False], ids=["files deleted by then", "only hidden by then"])
async def test_a_member_who_is_erased_during_an_upload_leaves_no_file(
    piece: Piece, farmer: Headers, farm: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, deleted: bool
) -> None:
    put, loop = Folder.put, asyncio.get_running_loop()

    async def erase() -> None:
        async with piece.database.transaction() as work:
            await service.forget(work, [farm])
        if deleted:
            await later(piece, minutes=2)

    def meanwhile(folder: Folder, name: str, content: bytes) -> None:
        if name.endswith("medium.webp"):
            asyncio.run_coroutine_threadsafe(erase(), loop).result(10)
        put(folder, name, content)

    monkeypatch.setattr(photo_files.Folder, "put", meanwhile)
    await upload(piece, farmer, jpeg(), status=404)
    assert stored(tmp_path) == []
    await later(piece, minutes=2)
    assert await rows(piece, "SELECT 1 FROM photos") == []
