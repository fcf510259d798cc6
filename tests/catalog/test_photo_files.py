"""Files are put whole, read back, and gone when they are deleted: in a folder and in an S3-compatible store alike."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from catalog.photos import jobs
from catalog.photos.files import Files, Folder, opened
from catalog.settings import Settings
from embedded.ports import LOOPBACK, free_port
from kit.jobs import run_once
from kit.testing.pieces import Runner
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, rows
from tests.catalog.pictures import jpeg

NAME = "ab/abcdef-thumb.webp"
SECRET = "a-secret-of-this-test"


def settings(place: str, **more: object) -> Settings:
    return Settings.model_validate({"network": "test", "photos": place, **more})


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A real S3-compatible server with one bucket, which refuses who has no key."""
    root = tmp_path_factory.mktemp("s3")
    (root / "coope").mkdir()
    port = free_port()
    command = [str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(root), "--vfs-cache-mode", "off"]
    command += ["--addr", f"{LOOPBACK}:{port}", "--auth-key", f"key,{SECRET}", "--config", str(root / "none.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            end = time.monotonic() + 10
            while not listens(port):
                assert time.monotonic() < end
                time.sleep(0.02)
            keys = {"photos_key": "key", "photos_secret": SECRET}
            yield settings("s3://coope/some/photos", photos_endpoint=f"http://{LOOPBACK}:{port}", **keys)
        finally:
            server.terminate()


def listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex((LOOPBACK, port)) == 0


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    chosen = settings(str(tmp_path / "deep" / "photos")) if request.param == "folder" else None
    made = opened(chosen or request.getfixturevalue("s3"))
    assert made is not None
    return made


def test_what_was_put_is_read_back_until_it_is_deleted(files: Files) -> None:
    content = bytes(range(256)) * 500
    files.put(NAME, b"an earlier try")
    files.put(NAME, content)
    assert files.get(NAME) == content
    files.delete(NAME)
    files.delete(NAME)
    with pytest.raises(FileNotFoundError):
        files.get(NAME)


def test_a_write_that_was_broken_off_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            folder.put(NAME, b"half")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    # Of a process that was killed meanwhile.
    (tmp_path / "ab" / f".{Path(NAME).name}.x1").write_bytes(b"half")
    folder.delete(NAME)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_are_for_our_own_account_alone(tmp_path: Path) -> None:
    Folder(tmp_path).put(NAME, b"content")
    assert ((tmp_path / NAME).stat().st_mode & 0o777, (tmp_path / "ab").stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_store_that_refuses_or_is_away_is_an_os_error(s3: Settings) -> None:
    wrong = opened(s3.model_copy(update={"photos_secret": SecretStr("another")}))
    away = opened(s3.model_copy(update={"photos_endpoint": f"http://{LOOPBACK}:{free_port()}"}))
    for store in (wrong, away):
        assert store is not None
        with pytest.raises(OSError, match="did not do as asked") as refused:
            store.put(NAME, b"content")
        assert not isinstance(refused.value, FileNotFoundError)
        assert SECRET not in str(refused.value)


def test_no_place_is_no_files() -> None:
    assert opened(settings("")) is None


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ("photos", {}),
        ("ftp://somewhere/photos", {}),
        ("s3:///photos", {}),
        ("s3://bucket", {}),
        ("s3://bucket", {"photos_key": "key"}),
        ("s3://bucket", {"photos_key": "key", "photos_secret": "s", "photos_endpoint": "s3.example.org"}),
    ],
)
def test_a_place_that_cannot_be_is_refused_at_the_start(place: str, more: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"write it like|TRAMA_PHOTOS_KEY"):
        settings(place, **more)


def test_a_folder_that_cannot_be_made_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        opened(settings(str(tmp_path / "file" / "photos")))


async def test_photos_in_a_bucket_come_and_go_like_those_in_a_folder(
    s3: Settings, spy: Spy, running: Runner, farmer: Headers, tmp_path: Path
) -> None:
    places = s3.model_dump(include={"photos", "photos_endpoint", "photos_key", "photos_secret"})
    async with running("catalog", **places) as piece:
        answer = await piece.client.post("/v1/photos", content=jpeg(), headers=farmer)
        assert answer.status_code == 201
        address = answer.json()["sizes"]["medium"]
        shown = await piece.client.get(address)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
        assert (await piece.client.delete(f"/v1/photos/{answer.json()['id']}", headers=farmer)).status_code == 204
        [_, delete] = jobs.jobs(piece.app.state.settings)
        assert await run_once(piece.database, delete)
        assert (await piece.client.get(address)).status_code == 404
        assert await rows(piece, "SELECT 1 FROM photos") == []
