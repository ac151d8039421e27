"""Pictures from outside: what is read, what is refused, and that nothing of the original bytes is kept."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from knowledge.errors import InvalidPicture
from knowledge.picture import LONGEST_SIDE, MOST_BYTES, count_pages, decode_picture, encode_picture
from tests import material


def png_that_declares(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises any size."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_comes_out_as_png_or_jpeg(format):
    picture = decode_picture(material.picture(["Light"], format=format))
    assert (picture.width, picture.height) == (640, 360)
    assert picture.media_type in ("image/png", "image/jpeg")
    assert picture.to_image().mode == "RGB"


def test_a_phones_picture_in_two_parts_is_its_first():
    out = io.BytesIO()
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")
    first.save(out, format="MPO", save_all=True, append_images=[second])
    picture = decode_picture(out.getvalue())
    assert picture.to_image().getpixel((30, 20))[0] > 200


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(material.picture(format="JPEG")[:700], "picture_unreadable", id="truncated JPEG"),
        pytest.param(material.picture(["Light"])[:300], "picture_unreadable", id="truncated PNG"),
        pytest.param(png_that_declares(60_000, 60_000), "picture_too_large", id="decompression bomb"),
        pytest.param(png_that_declares(2**31 - 1, 2**31 - 1), "picture_too_large", id="greatest size there is"),
        pytest.param(b"This is text, whatever its name.", "picture_unreadable", id="text named .png"),
        pytest.param(b"", "picture_unreadable", id="empty file"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "picture_unreadable", id="nothing but a signature"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "picture_unreadable", id="PostScript"),
        pytest.param(b"\0" * (MOST_BYTES + 1), "picture_too_large", id="too many bytes"),
    ],
)
def test_what_is_no_good_picture_is_refused_by_name(data, code):
    with pytest.raises(InvalidPicture, match=r"holiday\.png") as refusal:
        decode_picture(data, name="holiday.png")
    assert refusal.value.code == code


def test_a_photo_of_12_megapixels_is_made_small():
    picture = decode_picture(material.picture(size=(4000, 3000), format="JPEG"))
    assert max(picture.width, picture.height) == LONGEST_SIDE
    assert picture.width / picture.height == pytest.approx(4 / 3, abs=0.01)


def test_a_photo_is_turned_upright_and_loses_its_place_and_camera():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    exif[0x010F] = "ACME Cameras"
    picture = decode_picture(material.picture(size=(400, 200), format="JPEG", exif=exif))
    assert (picture.width, picture.height) == (200, 400)
    assert b"ACME" not in picture.data
    assert not Image.open(io.BytesIO(picture.data)).getexif()


def test_transparency_becomes_white():
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, format="PNG")
    assert decode_picture(out.getvalue()).to_image().getpixel((5, 5)) == (255, 255, 255)


def test_a_moving_gif_is_its_first_frame():
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue")]
    frames[0].save(out, format="GIF", save_all=True, append_images=frames[1:])
    assert decode_picture(out.getvalue()).to_image().getpixel((5, 5))[0] > 200


def test_a_phones_photo_is_read():
    picture = decode_picture(material.heic())
    assert (picture.width, picture.height) == (64, 32)
    left, right = (picture.to_image().getpixel((x, 16)) for x in (8, 56))
    assert left[0] > 150 > left[2] and right[2] > 150 > right[0]


def test_an_avif_is_read():
    assert decode_picture(material.picture(["Light"], format="AVIF")).width == 640


def test_a_damaged_phones_photo_is_refused():
    with pytest.raises(InvalidPicture, match=r"photo\.heic"):
        decode_picture(material.heic()[:300], name="photo.heic")


def test_the_pages_of_a_tiff_are_told_apart():
    data = material.pages("One", "Two", "Three")
    assert count_pages(data) == 3
    assert decode_picture(data, page=1).data != decode_picture(data, page=3).data
    with pytest.raises(InvalidPicture):
        decode_picture(data, page=4)


def test_other_pictures_have_one_page():
    assert [count_pages(data) for data in (material.picture(), b"II*\0 damaged", b"")] == [1, 1, 1]


def test_the_data_uri_names_the_media_type():
    picture = encode_picture(Image.new("RGB", (10, 10)))
    assert picture.to_data_uri().startswith(f"data:{picture.media_type};base64,")
