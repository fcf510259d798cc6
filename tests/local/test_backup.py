import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import nats as client
import psutil
import pytest

from embedded import nats, postgres
from local import backup, databases
from local.backup import BackupError
from local.place import Place, place_of


@pytest.fixture
def place(open_folder: Path) -> Place:
    return place_of("leon", base=open_folder / ".trama")


def fill(place: Place) -> None:
    with postgres.running(place.postgres) as server:
        databases.prepare(server, place, ["members", "directory"])
        server.execute("SET ROLE members; CREATE TABLE member AS SELECT 'Begoña' AS name", database="members")
        server.execute(
            "SET ROLE directory; CREATE EXTENSION pg_trgm; CREATE TABLE entity AS SELECT 'Ulecoop' AS name",
            database="directory",
        )


async def publish(place: Place, subject: str) -> None:
    with nats.running(place.nats, domain="leon") as broker:
        connection = await client.connect(broker.url)
        stream = connection.jetstream()
        await stream.add_stream(name="EVENTS", subjects=["leon.>"])
        await stream.publish(subject, b"said")
        await connection.close()


async def subjects(place: Place) -> list[str]:
    with nats.running(place.nats, domain="leon") as broker:
        connection = await client.connect(broker.url)
        info = await connection.jetstream().stream_info("EVENTS", subjects_filter=">")
        await connection.close()
    return list(info.state.subjects or {})


def members(place: Place) -> str:
    with postgres.running(place.postgres) as server:
        return server.execute(
            "SELECT name, tableowner FROM member, pg_tables WHERE tablename = 'member'", database="members"
        )


async def test_what_was_backed_up_comes_back_and_what_came_after_is_kept_aside(place: Place) -> None:
    fill(place)
    await publish(place, "leon.before")
    picture = place.photos / "ab" / "abc-large.webp"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a jar")
    file = backup.back_up("leon", place=place)
    picture.unlink()
    (picture.parent / "later.webp").touch()
    await publish(place, "leon.after")
    with postgres.running(place.postgres) as server:
        server.execute("UPDATE member SET name = 'somebody else'", database="members")

    backup.restore("leon", file, place=place)

    assert members(place) == "Begoña|members"
    assert await subjects(place) == ["leon.before"]
    assert [path.name for path in place.photos.rglob("*.webp")] == [picture.name]
    assert picture.read_bytes() == b"a jar"
    assert stat.S_IMODE(place.photos.stat().st_mode) == 0o700
    assert [path.name for path in place.folder.glob("photos.before-*/ab/*")] == ["later.webp"]
    assert len(list(place.folder.glob("postgres.before-*"))) == 1


async def test_a_backup_fills_a_machine_that_has_nothing(place: Place, open_folder: Path) -> None:
    fill(place)
    await publish(place, "leon.before")
    file = backup.back_up("leon", place=place)
    fresh = place_of("leon", base=open_folder / "other machine" / ".trama")

    backup.restore("leon", file, place=fresh)

    assert members(fresh) == "Begoña|members"
    assert await subjects(fresh) == ["leon.before"]


def test_a_backup_is_for_its_owners_eyes(place: Place) -> None:
    fill(place)
    assert stat.S_IMODE(backup.back_up("leon", place=place).stat().st_mode) == 0o600


def test_a_network_that_runs_is_paused_for_its_backup_and_goes_on(place: Place) -> None:
    fill(place)
    writer = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    seen = set()
    with place.locked(), postgres.running(place.postgres) as server:
        place.note_ports({"postgres": server.port})
        place.note_running({"process": os.getpid(), "gateway": "", "programs": {"members": {"pid": writer.pid}}})
        with backup.at_rest(place) as access:
            seen.add(psutil.Process(writer.pid).status())
            assert access.execute("SELECT 1") == "1"
        time.sleep(0.05)
        assert psutil.Process(writer.pid).status() != psutil.STATUS_STOPPED
    writer.kill()
    writer.wait()
    assert seen == {psutil.STATUS_STOPPED}


def test_a_backup_that_fails_lets_the_network_go_on(place: Place) -> None:
    fill(place)
    writer = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with place.locked():
        place.note_ports({"postgres": 1})
        place.note_running({"process": os.getpid(), "gateway": "", "programs": {"members": {"pid": writer.pid}}})
        with pytest.raises(BackupError, match="could not be read"):
            backup.back_up("leon", place=place)
        time.sleep(0.05)
        assert psutil.Process(writer.pid).status() != psutil.STATUS_STOPPED
    with contextlib.suppress(ProcessLookupError):
        writer.send_signal(signal.SIGKILL)
    writer.wait()


def test_a_file_that_is_no_backup_of_this_network_changes_nothing(place: Place, open_folder: Path) -> None:
    fill(place)
    other = open_folder / "other.tar"
    other.write_bytes(b"not a tar at all")
    with pytest.raises(BackupError, match="no backup"):
        backup.restore("leon", other, place=place)
    file = backup.back_up("leon", place=place)
    quito = place_of("quito", base=open_folder / ".trama")
    with pytest.raises(BackupError, match="of leon, not of quito"):
        backup.restore("quito", file, place=quito)
    assert members(place) == "Begoña|members"


def test_there_is_nothing_to_back_up_before_the_first_start(place: Place) -> None:
    with pytest.raises(BackupError, match="no data yet"):
        backup.back_up("leon", place=place)
