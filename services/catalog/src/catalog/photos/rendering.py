"""From what was uploaded to the sizes that are kept: upright, in sRGB, without a word of what the camera knew.

Only pixels go on; EXIF with its place and time, XMP, comments, thumbnails and colour profiles stay behind.
"""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from catalog.photos import rules
from catalog.photos.rules import SIZES, Kind, Size
from kit.errors import DomainError

#: Of 100. More costs bytes on bad connections and shows no difference on a phone.
QUALITY = 80
_ORIENTATION = 0x0112
#: What the eight values of EXIF's orientation ask for (JEITA CP-3451, 4.6.4).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# By themselves, and not through Image.open: nothing else is ever tried, and we count the pixels ourselves.
_READERS: dict[Kind, type[ImageFile.ImageFile]] = {"jpeg": JpegImageFile, "png": PngImageFile, "webp": WebPImageFile}
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True)
class Rendered:
    """The files of a photo, and the width and height of the largest."""

    width: int
    height: int
    files: dict[Size, bytes]


def rendered(content: bytes) -> Rendered:
    """The sizes of a picture, as WebP. Blocks for up to a second or two.

    Raises Invalid or Unsupported for what is no picture that can be taken.
    """
    kind = rules.kind_of(content)
    if kind == "webp":
        rules.check_webp(content)
    try:
        picture = _upright(_READERS[kind](BytesIO(content)), kind)
    except DomainError:
        raise
    except Exception as error:
        # A decoder that is fed nonsense fails in whatever way it likes.
        raise rules.broken() from error
    width, height = picture.size
    files: dict[Size, bytes] = {}
    for size in reversed(SIZES):
        picture.thumbnail((SIZES[size], SIZES[size]), Image.Resampling.LANCZOS)
        files[size] = _written(picture)
    return Rendered(width, height, files)


def _upright(opened: ImageFile.ImageFile, kind: Kind) -> Image.Image:
    """The picture as it is to be seen, not much larger than is needed."""
    rules.check_pixels(kind, *opened.size)
    if getattr(opened, "n_frames", 1) > 1:
        raise rules.moving()
    profile = opened.info.get("icc_profile")
    most = SIZES["large"]
    # A JPEG's decoder can leave out what would be thrown away: half, a quarter or an eighth of each side.
    opened.draft(None, (most, most))
    opened.load()
    turn = _UPRIGHT.get(_orientation(opened))
    picture = _plain(opened)
    picture.thumbnail((most, most), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture = _in_srgb(picture, profile)
    return picture.transpose(turn) if turn is not None else picture


def _orientation(opened: ImageFile.ImageFile) -> int:
    try:
        return int(opened.getexif().get(_ORIENTATION, 1))
    except Exception:
        # Cameras and programs write all sorts of EXIF; a picture is as good without it.
        return 1


def _plain(opened: Image.Image) -> Image.Image:
    """In a mode that can be made smaller without harm."""
    if opened.mode.startswith("I"):
        # 16 bits of grey, which convert() would cut off at 255.
        return opened.convert("I").point(lambda value: value / 257).convert("L")
    if opened.mode in ("L", "RGB", "RGBA", "CMYK"):
        return opened
    if opened.mode in ("LA", "PA") or "transparency" in opened.info:
        return opened.convert("RGBA")
    return opened.convert("L" if opened.mode == "1" else "RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """In the colours that every screen takes a picture without a profile to be in."""
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, given, _SRGB, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert(mode)


def _written(picture: Image.Image) -> bytes:
    """Its pixels alone: what else Pillow has carried along is not told."""
    picture.info.clear()
    written = BytesIO()
    picture.save(written, "WEBP", quality=QUALITY, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return written.getvalue()
