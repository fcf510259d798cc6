"""What a photo may be, and which sizes of it are kept: true without a database, a disk or a decoder."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from kit.errors import Invalid, Unsupported

type Kind = Literal["jpeg", "png", "webp"]
type Size = Literal["thumb", "medium", "large"]
#: ``arriving``: its files are being written. ``gone``: nobody sees it any more, its files are about to be deleted.
type State = Literal["arriving", "kept", "gone"]

#: The longest side of each size, in pixels. A smaller picture is not made larger.
SIZES: dict[Size, int] = {"thumb": 320, "medium": 800, "large": 1600}
#: What is decoded at most, so that none takes more than a quarter of a gigabyte of memory: a JPEG's decoder makes it
#: small by itself, a PNG is there whole and, see-through, twice, a WebP four times.
MOST_PIXELS: dict[Kind, int] = {"jpeg": 40_000_000, "png": 24_000_000, "webp": 16_000_000}
#: Photos of a member that nothing shows.
MOST_IDLE = 200
#: A photo that nothing shows is forgotten after this long, one whose upload was broken off after this long.
IDLE = timedelta(days=1)
BROKEN_OFF = timedelta(hours=1)
MEDIA_TYPE = "image/webp"

_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"heif", b"mif1", b"msf1"})
#: The flag in a WebP file's header that says that it moves.
_MOVES = 0x02


@dataclass(frozen=True)
class Photo:
    """A picture of a member, known by what was uploaded: the same file again is the same photo."""

    id: UUID
    member_id: UUID
    #: SHA-256 of what was uploaded.
    hash: bytes
    state: State
    #: Of the largest size kept, upright.
    width: int
    height: int
    created_at: datetime

    def file(self, size: Size) -> str:
        """The name of a file of it. No two photos share one, so that forgetting one takes nothing from another."""
        return f"{self.hash.hex()[:2]}/{self.hash.hex()}-{self.id}-{size}.webp"


def address(photo_id: UUID, size: Size) -> str:
    """Where a size of a photo is served, within this service."""
    return f"/v1/photos/{photo_id}/{size}"


def addresses(photo_id: UUID) -> dict[Size, str]:
    """Where all sizes of a photo are served."""
    return {size: address(photo_id, size) for size in SIZES}


def kind_of(content: bytes) -> Kind:
    """What the content is, whatever it is called. Raises Invalid for nothing, Unsupported for anything but still
    pictures that every browser shows."""
    if not content:
        raise Invalid("photo_empty", "Send the picture itself as the request's body")
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise Unsupported(
            "photo_heic",
            "Most browsers can't show HEIC pictures; send it as JPEG (on an iPhone: Settings, Camera, Formats, "
            "Most Compatible)",
        )
    raise Unsupported("photo_type", "Send a JPEG, PNG or WebP picture as the request's body, as it is")


def check_webp(content: bytes) -> None:
    """Raises Invalid for a WebP file that moves, or is too large: its decoder takes memory for all of it at once."""
    chunk, head = content[12:16], content[20:30]
    if len(head) < 10:
        raise broken()
    if chunk == b"VP8X":
        if head[0] & _MOVES:
            raise moving()
        check_pixels("webp", int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1)
    elif chunk == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        check_pixels("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    elif chunk == b"VP8 ":
        width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
        check_pixels("webp", width & 0x3FFF, height & 0x3FFF)
    else:
        raise broken()


def check_pixels(kind: Kind, width: int, height: int) -> None:
    """Raises Invalid for more than is decoded here."""
    if width * height > MOST_PIXELS[kind]:
        raise Invalid(
            "photo_too_many_pixels",
            "At most {most} megapixels; this one has {found}",
            most=MOST_PIXELS[kind] // 1_000_000,
            found=-(-width * height // 1_000_000),
        )


def moving() -> Invalid:
    return Invalid("photo_moving", "Moving pictures are not taken; send a still one")


def broken() -> Invalid:
    return Invalid("photo_broken", "This picture is damaged or was cut short; send it again")


def check_all_there(wanted: Iterable[UUID], found: Iterable[UUID], at: str) -> None:
    """Raises Invalid for the first of the wanted photos that was not found; ``at`` is the JSON pointer of their list."""
    there = set(found)
    for place, photo_id in enumerate(wanted):
        if photo_id not in there:
            raise Invalid("unknown_photo", "There is no such photo among yours", field=f"{at}/{place}/id")
