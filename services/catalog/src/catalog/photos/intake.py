"""How a picture comes in: made small beside the event loop, noted, written, and only then shown.

A photo's row is there before its files (``arriving``) and is shown once they are all there (``kept``). Whatever stops
this in between leaves a row that the clock cleans up, with its files; never one that is shown without them.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import structlog

from catalog.photos import repository, rules
from catalog.photos.files import Files, opened
from catalog.photos.rendering import Rendered, rendered
from catalog.photos.rules import Photo, Size
from catalog.settings import Settings
from kit.database import Database, Work
from kit.errors import Conflict, NotFound, TooLarge, Unavailable
from kit.ids import new_id

log = structlog.get_logger()

#: Pictures that may be on their way in at once; each is in memory whole.
ARRIVING = 16


class Intake:
    """Takes pictures in and gives them out, at the place that the settings name. One a process."""

    def __init__(self, settings: Settings) -> None:
        self.most_bytes = settings.max_photo
        self._files = opened(settings)
        self._threads = ThreadPoolExecutor(settings.photo_slots, thread_name_prefix="photos")
        self._arriving = 0

    @property
    def full(self) -> bool:
        return self._arriving >= ARRIVING

    def check_length(self, length: int) -> None:
        """Raises TooLarge for more bytes than are taken."""
        if length > self.most_bytes:
            raise TooLarge("photo_too_large", "A photo may have at most {most} MB", most=self.most_bytes / 1_000_000)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A place among those who are sending. Raises Unavailable where there is none, or no place for photos."""
        self._place()
        if self.full:
            raise Unavailable("busy", "Too many photos are on their way in just now; try again shortly")
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1

    def _place(self) -> Files:
        if self._files is None:
            raise Unavailable("photos_not_kept", "This network keeps no photos yet: its operator has to say where")
        return self._files

    async def take(self, database: Database, member_id: UUID, content: bytes) -> tuple[Photo, bool]:
        """The member's photo of this content, and whether it is new. Raises as ``rendered`` does, Conflict for too
        many that nothing shows, Unavailable where the files can't be written."""
        content_hash = hashlib.sha256(content).digest()
        async with database.transaction() as work:
            there = await repository.with_hash(work, member_id, content_hash)
            if there is not None and there.state == "kept" and await repository.keep(work, there.id):
                return there, False
            idle = await repository.idle_count(work, member_id)
        if there is None and idle >= rules.MOST_IDLE:
            raise Conflict("photos_idle", "{most} photos wait to be shown; use or delete some first", most=idle)
        made = await asyncio.get_running_loop().run_in_executor(self._threads, rendered, content)
        new = Photo(new_id(), member_id, content_hash, "arriving", made.width, made.height, database.clock())
        async with database.transaction() as work:
            photo = await repository.arrive(work, new)
        if photo.state != "kept":
            await self._write(photo, made)
            async with database.transaction() as work:
                await self._keep(work, photo)
        return photo, photo.id == new.id

    async def _write(self, photo: Photo, made: Rendered) -> None:
        files = self._place()
        try:
            for size, content in made.files.items():
                await asyncio.to_thread(files.put, photo.file(size), content)
        except OSError as error:
            log.error("photo_not_written", exc_info=error)
            raise _away() from error

    async def _keep(self, work: Work, photo: Photo) -> None:
        """Shows the photo. Where its member was forgotten meanwhile, its files go again."""
        if await repository.keep(work, photo.id):
            return
        files = self._place()
        for size in rules.SIZES:
            await asyncio.to_thread(files.delete, photo.file(size))
        raise NotFound("photo_not_found", "There is no such photo")

    async def read(self, photo: Photo, size: Size) -> bytes:
        """A file of a photo. Raises Unavailable where it can't be read."""
        files = self._place()
        try:
            return await asyncio.to_thread(files.get, photo.file(size))
        except OSError as error:
            log.error("photo_not_read", photo=str(photo.id), exc_info=error)
            raise _away() from error


def _away() -> Unavailable:
    return Unavailable("photos_away", "Photos can't be stored or read just now; try again shortly")
