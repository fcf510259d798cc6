"""Pictures as phones and programs make them, small enough to be made in a test, and their way in."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from kit.testing.pieces import Piece
from tests.catalog.conftest import Headers, Json

#: EXIF's orientation, its camera and its place.
ORIENTATION, CAMERA, GPS = 0x0112, 0x0110, 0x8825


def written(picture: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    """The picture as a file of that kind."""
    file = BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def halves(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new(mode, (width, height), "red")
    picture.paste("blue", (width // 2, 0, width, height))
    return picture


def jpeg(width: int = 60, height: int = 40, *, colour: str = "green", orientation: int | None = None) -> bytes:
    """A photo of one colour; with an orientation it also has a place and a camera."""
    return photo(Image.new("RGB", (width, height), colour), orientation)


def photo(picture: Image.Image, orientation: int | None) -> bytes:
    """The picture as a phone writes it: with its orientation, where it was taken, and by what."""
    if orientation is None:
        return written(picture, quality=95)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[CAMERA] = "Telefonito 3000"
    exif.get_ifd(GPS).update({1: "N", 2: (20.0, 35.0, 17.0), 3: "W", 4: (100.0, 23.0, 24.0)})
    return written(picture, quality=95, exif=exif, comment=b"en casa de Ana")


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


async def upload(piece: Piece, headers: Headers, content: bytes, status: int = 201, **params: str) -> Json:
    """What is answered to the picture as a request's body."""
    answer = await piece.client.post(
        "/v1/photos", content=content, headers={**headers, "content-type": "image/jpeg"}, params=params
    )
    assert answer.status_code == status, answer.text
    made: Json = answer.json()
    return made


def stored(tmp_path: Path) -> list[Path]:
    """The files of a piece that keeps its photos in ``photos`` there."""
    return sorted(path for path in (tmp_path / "photos").rglob("*") if path.is_file())
