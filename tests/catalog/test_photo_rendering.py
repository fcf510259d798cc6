"""Pictures are judged by what they are, turned upright, made small, and freed of what the camera wrote into them."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from catalog.photos import rules
from catalog.photos.rendering import rendered
from kit.errors import DomainError, Invalid, Unsupported
from tests.catalog.pictures import halves, jpeg, opened, photo, written

RED, BLUE = (255, 0, 0), (0, 0, 255)


def near(picture: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    seen = picture.convert("RGB").getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(one - other) < 40 for one, other in zip(seen, colour, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_size_is_webp_and_no_larger_than_it_says(kind: str) -> None:
    made = rendered(written(halves(2000, 1000), kind))
    sizes = {size: opened(content) for size, content in made.files.items()}
    assert {size: (one.format, one.size) for size, one in sizes.items()} == {
        "thumb": ("WEBP", (320, 160)),
        "medium": ("WEBP", (800, 400)),
        "large": ("WEBP", (1600, 800)),
    }
    assert (made.width, made.height) == (1600, 800)
    assert all(near(one, (5, 5), RED) and near(one, (one.width - 5, 5), BLUE) for one in sizes.values())


def test_a_small_picture_is_not_made_larger() -> None:
    made = rendered(written(halves(60, 40), "PNG"))
    assert {opened(content).size for content in made.files.values()} == {(60, 40)}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_upright_as_the_phone_was_held(orientation: int) -> None:
    # Written so that, turned as its EXIF asks, it is red on the left and blue on the right.
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    upright = halves()
    made = rendered(photo(upright.transpose(undo) if undo is not None else upright, orientation))
    shown = opened(made.files["large"])
    assert (made.width, made.height) == shown.size == (60, 40)
    assert near(shown, (5, 20), RED)
    assert near(shown, (55, 20), BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_the_camera_wrote_goes_on(kind: str) -> None:
    taken = opened(jpeg(orientation=6))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = written(taken, kind, exif=taken.getexif(), icc_profile=profile, xmp=b"<x>Ana</x>")
    assert b"Telefonito" in source
    for content in rendered(source).files.values():
        shown = opened(content)
        assert (dict(shown.getexif()), shown.info.keys() & {"exif", "xmp", "icc_profile", "comment"}) == ({}, set())
        assert not any(word in content for word in (b"Telefonito", b"Ana", b"EXIF", b"XMP ", b"ICCP"))


def test_colours_of_another_profile_are_shown_as_they_were_meant() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A profile for which red is what others call blue.
    swapped = srgb.replace(b"rXYZ", b"____").replace(b"bXYZ", b"rXYZ").replace(b"____", b"bXYZ")
    made = rendered(written(halves(), "PNG", icc_profile=swapped))
    assert near(opened(made.files["large"]), (5, 5), BLUE)


def test_a_profile_that_is_nonsense_is_passed_over() -> None:
    made = rendered(written(halves(), "PNG", icc_profile=b"nonsense"))
    assert near(opened(made.files["large"]), (5, 5), RED)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_of_picture_is_taken(mode: str) -> None:
    if mode == "I;16":
        source = written(Image.new("I;16", (30, 20), 0xC000), "PNG")
    elif mode == "CMYK":
        source = written(halves().convert(mode), "JPEG")
    else:
        source = written(halves().convert(mode), "PNG")
    shown = opened(rendered(source).files["large"])
    if mode == "I;16":
        assert near(shown, (5, 5), (0xC0, 0xC0, 0xC0))
    elif mode in ("P", "RGBA", "CMYK"):
        assert near(shown, (5, 5), RED)


def test_what_is_see_through_stays_so() -> None:
    clear = halves(mode="RGBA")
    clear.putalpha(0)
    assert opened(rendered(written(clear, "PNG")).files["medium"]).getchannel("A").getextrema() == (0, 0)


def refusal(content: bytes) -> DomainError:
    with pytest.raises(DomainError) as refused:
        rendered(content)
    return refused.value


def test_the_content_says_what_it_is_and_others_are_refused_with_what_would_be_right() -> None:
    heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
    assert (type(refusal(heic)), refusal(heic).code) == (Unsupported, "photo_heic")
    others = [b"GIF89a", b"<svg xmlns=", b"%PDF-1.7", b"II*\x00", b'{"a": 1}', b"\x00\x00\x00\x18ftypavif", b"\0"]
    assert {(type(refusal(content)), refusal(content).code) for content in others} == {(Unsupported, "photo_type")}
    assert (type(refusal(b"")), refusal(b"").code) == (Invalid, "photo_empty")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_one_that_was_cut_short_is_refused(kind: str) -> None:
    whole = written(Image.effect_noise((300, 200), 50).convert("RGB"), kind)
    for length in (len(whole) // 2, 40, 20, 12):
        assert refusal(whole[:length]).code == "photo_broken"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_one_that_moves_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    moving = written(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert refusal(moving).code == "photo_moving"


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says that it is huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    error = refusal(bomb(30_000, 30_000))
    assert (error.code, error.params) == ("photo_too_many_pixels", {"most": 24, "found": 900})
    webp = bytearray(written(halves(), "WEBP", exif=b"Exif\0\0x"))
    webp[24:30] = (16_000).to_bytes(3, "little") * 2
    assert refusal(bytes(webp)).code == "photo_too_many_pixels"
    tall = bytearray(jpeg())
    place = tall.index(b"\xff\xc0") + 5
    tall[place : place + 4] = struct.pack(">HH", 65_000, 65_000)
    assert refusal(bytes(tall)).code == "photo_too_many_pixels"


def test_pixels_are_counted_up_to_the_last() -> None:
    rules.check_pixels("jpeg", 8000, 5000)
    with pytest.raises(Invalid):
        rules.check_pixels("jpeg", 8000, 5001)


SOURCES = [jpeg(30, 20, orientation=6), written(halves(30, 20), "PNG"), written(halves(30, 20, "RGBA"), "WEBP")]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SOURCES), st.data())
def test_whatever_is_sent_it_is_taken_or_refused_never_worse(source: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(source)
    for place in data.draw(st.lists(st.integers(0, len(source) - 1), max_size=6)):
        spoilt[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(source)))
    for content in (bytes(spoilt), bytes(spoilt[:cut])):
        try:
            made = rendered(content)
        except DomainError:
            continue
        assert Image.open(BytesIO(made.files["large"])).size == (made.width, made.height)
