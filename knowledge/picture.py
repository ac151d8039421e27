"""A picture as a value: decoded once from untrusted bytes and re-encoded by us. Knows nothing of what it shows."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass

# Pillow loads its plug-ins late, and a format asked for before that is a KeyError: these are the ones in FORMATS
# (and MPO, a phone's JPEG with a second picture inside, which the JPEG plug-in hands on).
from PIL import (  # noqa: F401
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from knowledge.errors import InvalidPicture

# What is sniffed from the bytes and allowed; a file's name and declared type decide nothing.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_PHONE_FORMATS = ("HEIF", "AVIF")  # read by pi-heif and by Pillow's own plug-in, loaded when one comes
_PHONE_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
MOST_PIXELS = 50_000_000  # a phone's 50-megapixel photo passes; a bomb that declares more is refused unread
MOST_BYTES = 30_000_000
LONGEST_SIDE = 1600  # enough for OCR of a page, small enough for a prompt and a database


@dataclass(frozen=True, slots=True)
class Picture:
    """PNG or JPEG bytes that we encoded ourselves: upright, RGB, at most LONGEST_SIDE pixels a side."""

    data: bytes
    media_type: str
    width: int
    height: int

    def to_data_uri(self) -> str:
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"

    def to_image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.data)).convert("RGB")


def decode_picture(
    data: bytes, *, name: str = "the picture", longest_side: int = LONGEST_SIDE, page: int = 1
) -> Picture:
    """Sniffs, decodes, turns upright (EXIF) and re-encodes a picture; nothing of the original bytes is kept.

    `page` counts from 1 and tells the pages of a TIFF apart; of an animation the first picture is taken. Raises
    InvalidPicture when the bytes are no picture of FORMATS, nor a phone's HEIC or AVIF, are damaged, have no such page,
    or would unpack to more than MOST_PIXELS.
    """
    if len(data) > MOST_BYTES:
        raise InvalidPicture(
            f"{name} is larger than {MOST_BYTES // 1_000_000} MB. Send a smaller copy or a screenshot.",
            code="picture_too_large",
            name=name,
            limit=f"{MOST_BYTES // 1_000_000} MB",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = _opened(data)
            if page > 1:
                image.seek(page - 1)
            if image.width * image.height > MOST_PIXELS:
                raise _too_many_pixels(name)
            image.draft("RGB", (longest_side * 2, longest_side * 2))  # JPEG: decode at reduced size
            image.load()
            image = ImageOps.exif_transpose(image)
    except Image.DecompressionBombError as error:  # Pillow's own limit, met before ours can be asked
        raise _too_many_pixels(name) from error
    except InvalidPicture:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, RuntimeError) as error:
        raise InvalidPicture(
            f"{name} is not a picture that can be read, or it is damaged. Send a PNG, JPEG or WebP, or a screenshot.",
            code="picture_unreadable",
            name=name,
        ) from error
    return encode_picture(image, longest_side=longest_side)


def count_pages(data: bytes) -> int:
    """The pages of a TIFF; 1 for every other picture, and for what is none."""
    if not data.startswith((b"II*\0", b"MM\0*")):
        return 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is damaged more is said when it is decoded
            return max(1, Image.open(io.BytesIO(data), formats=("TIFF",)).n_frames)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return 1  # refused when it is decoded


def is_phone_picture(head: bytes) -> bool:
    """Whether a file that begins so is HEIC or AVIF, and not a film, which begins alike."""
    return head[4:8] == b"ftyp" and head[8:12] in _PHONE_BRANDS


def _opened(data: bytes) -> Image.Image:
    if not is_phone_picture(data[:12]):
        return Image.open(io.BytesIO(data), formats=FORMATS)
    # pi-heif only decodes; pillow-heif, from the same hand, brings an encoder under the GPL.
    from pi_heif import register_heif_opener
    from PIL import AvifImagePlugin  # noqa: F401

    register_heif_opener(thumbnails=False)
    return Image.open(io.BytesIO(data), formats=_PHONE_FORMATS)


def _too_many_pixels(name: str) -> InvalidPicture:
    return InvalidPicture(
        f"{name} has more than {MOST_PIXELS // 1_000_000} megapixels, too many to be read safely. Send a smaller copy or "
        "a screenshot.",
        code="picture_too_large",
        name=name,
        limit=f"{MOST_PIXELS // 1_000_000} megapixels",
    )


def encode_picture(image: Image.Image, *, longest_side: int = LONGEST_SIDE) -> Picture:
    """Encodes an image of ours: JPEG for photographs, PNG for drawings, whichever is smaller; transparency on white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.new("RGB", rgba.size, "white")
        image.paste(rgba, mask=rgba.getchannel("A"))
    image = image.convert("RGB")
    image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    encoded = []
    for format, options in (("PNG", {"compress_level": 6}), ("JPEG", {"quality": 90})):
        out = io.BytesIO()
        image.save(out, format=format, **options)
        encoded.append((len(out.getvalue()), out.getvalue(), f"image/{format.lower()}"))
    _, data, media_type = min(encoded)
    return Picture(data, media_type, image.width, image.height)
