"""Where photos' files lie: a folder, or a bucket of an S3-compatible store. Calls block, so they are made in threads."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from catalog.photos.rules import MEDIA_TYPE
from catalog.settings import Settings


class Files(Protocol):
    """Whole files by name. Raises OSError where they can't be reached."""

    def put(self, name: str, content: bytes) -> None:
        """The file is there whole, or not at all; lasting when this returns."""
        ...

    def get(self, name: str) -> bytes:
        """Raises FileNotFoundError if there is none."""
        ...

    def delete(self, name: str) -> None:
        """Afterwards there is none, whether there was or not."""
        ...


@dataclass(frozen=True)
class Folder:
    """Files on a disk of this machine, for our own account's eyes."""

    root: Path

    def put(self, name: str, content: bytes) -> None:
        file = self.root / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=file.parent, prefix=_unfinished(file))
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(handle)
            Path(unfinished).replace(file)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
        self._sync(file.parent)

    def get(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def delete(self, name: str) -> None:
        file = self.root / name
        for left in file.parent.glob(f"{_unfinished(file)}*"):
            left.unlink(missing_ok=True)
        file.unlink(missing_ok=True)

    @staticmethod
    def _sync(folder: Path) -> None:
        """A new name is lasting when its folder is."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unfinished(file: Path) -> str:
    return f".{file.name}."


@dataclass(frozen=True)
class Bucket:
    """Files in a bucket. obstore is called without asyncio: its own threads must not touch Python while a process ends."""

    store: S3Store

    def put(self, name: str, content: bytes) -> None:
        with _as_os_error():
            obstore.put(self.store, name, content, attributes={"Content-Type": MEDIA_TYPE}, use_multipart=False)

    def get(self, name: str) -> bytes:
        with _as_os_error():
            return bytes(obstore.get(self.store, name).bytes())

    def delete(self, name: str) -> None:
        with _as_os_error(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self.store, name)


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        # Its message names addresses and keys: for the log, which shows causes.
        raise OSError("the S3 store did not do as asked") from error


def opened(settings: Settings) -> Files | None:
    """The place that TRAMA_PHOTOS names; None if it names none. Raises OSError for a folder that can't be made."""
    if not settings.photos:
        return None
    place = urlsplit(settings.photos)
    if place.scheme != "s3":
        root = Path(settings.photos)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return Folder(root)
    endpoint = settings.photos_endpoint
    store = S3Store(
        place.netloc,
        prefix=place.path.strip("/") or None,
        config={
            "access_key_id": settings.photos_key.get_secret_value(),
            "secret_access_key": settings.photos_secret.get_secret_value(),
            "region": settings.photos_region,
            **({"endpoint": endpoint} if endpoint else {}),
        },
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=15),
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
    )
    return Bucket(store)
