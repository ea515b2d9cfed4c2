"""What is made of a picture that somebody sends, and what is refused."""

import io
import struct
import zlib

import pytest
from PIL import Image

from coaching.errors import BadInput
from server.portraits import LARGEST_BYTES, LARGEST_IN_MAIL, SIDE, mail_portrait, portrait_of

pytestmark = pytest.mark.unit

_ORIENTATION, _CAMERA, _GPS = 0x0112, 0x0110, 0x8825
_SECRET = "Telefoon van Anna"


def _picture(form: str, size: tuple[int, int] = (900, 600), **how: object) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def _png_of(wide: int, high: int, rows: bytes = b"") -> bytes:
    """A PNG that says how large it is, whatever follows."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_picture_becomes_a_small_square_jpeg(form: str) -> None:
    made = Image.open(io.BytesIO(portrait_of(_picture(form))))

    assert (made.format, made.size, made.mode) == ("JPEG", (SIDE, SIDE), "RGB")


def test_nothing_that_stood_beside_the_picture_is_kept() -> None:
    exif = Image.Exif()
    exif[_CAMERA] = _SECRET
    exif.get_ifd(_GPS)[1] = "N"
    sent = _picture("JPEG", exif=exif, comment=_SECRET.encode(), icc_profile=b"x" * 200)
    assert _SECRET.encode() in sent

    made = portrait_of(sent)

    assert _SECRET.encode() not in made
    read = Image.open(io.BytesIO(made))
    assert not read.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(read.info)


def test_picture_stands_as_it_was_held() -> None:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6  # turn a quarter to the right to see it upright

    made = Image.open(io.BytesIO(portrait_of(_picture("JPEG", (600, 600), exif=exif))))

    red, _, blue = made.getpixel((SIDE // 2, 20))
    assert red > blue  # what was left is above now
    red, _, blue = made.getpixel((SIDE // 2, SIDE - 20))
    assert blue > red


def test_what_can_be_seen_through_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(out, "PNG")

    made = Image.open(io.BytesIO(portrait_of(out.getvalue())))

    assert made.getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "photo_bad"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_bad"),
        (b"GIF89a" + b"\x00" * 40, "photo_bad"),
        (b"%PDF-1.7", "photo_bad"),
        (_picture("JPEG")[:900], "photo_bad"),
        (_picture("BMP"), "photo_bad"),
        (_png_of(60_000, 60_000, b"\x00" * 100), "photo_large"),
        (_png_of(10_000, 5_001), "photo_large"),
        (_png_of(0, 100), "photo_bad"),
        (_png_of(500, 500, b"\x00" * 40), "photo_bad"),
        (b"\x00" * (LARGEST_BYTES + 1), "photo_large"),
    ],
    ids=[
        "nothing",
        "svg",
        "gif",
        "pdf",
        "broken off",
        "bmp",
        "bomb of 3.6 billion pixels",
        "just over 50 million pixels",
        "no width",
        "rows missing",
        "over 8 MB",
    ],
)
def test_what_is_no_picture_for_us_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        portrait_of(content)


def test_portrait_for_a_mail_is_the_same_picture_and_small() -> None:
    made = mail_portrait(portrait_of(_picture("JPEG")))
    small = Image.open(io.BytesIO(made))

    assert (small.format, small.size) == ("JPEG", (192, 192))
    red, _, blue = small.convert("RGB").getpixel((20, 96))  # type: ignore[misc]  # of one band it is a number
    assert (red > 200, blue < 60) == (True, True)
    assert len(made) <= LARGEST_IN_MAIL


def test_portrait_with_as_much_detail_as_can_be_fits_in_a_mail() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((SIDE, SIDE), 200) for _ in range(3)])
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)

    assert 0 < len(mail_portrait(out.getvalue())) <= LARGEST_IN_MAIL


@pytest.mark.parametrize("kept", [b"", b"no picture", _picture("JPEG")[:200]])
def test_portrait_that_cannot_be_read_leaves_the_mail_without(kept: bytes) -> None:
    assert mail_portrait(kept) == b""
