"""Small files made in code, for tests of the readers: PDFs written by hand, slides, pictures, sounds."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PAGE = (595, 842)  # points

LIPSUM = (
    "A lens bends the light that goes through",
    "it towards its axis, and the rays meet at",
    "one point behind it. The distance of that",
    "point from the lens is the focal length.",
)


def write(x: float, y: float, words: str, size: float = 10, *, bold: bool = False) -> str:
    """Drawing instructions for one line; y is the baseline, counted from the top."""
    escaped = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{'F2' if bold else 'F1'} {size} Tf {x} {PAGE[1] - y} Td ({escaped}) Tj ET\n"


def write_chinese(x: float, y: float, words: str, size: float = 10) -> str:
    return f"BT /F3 {size} Tf {x} {PAGE[1] - y} Td <{words.encode('utf-16-be').hex()}> Tj ET\n"


def paragraph(x: float, y: float, lines: Sequence[str], size: float = 10, *, leading: float = 1.2) -> str:
    return "".join(write(x, y + index * leading * size, line, size) for index, line in enumerate(lines))


def rule(x0: float, y: float, x1: float) -> str:
    return f"0.7 w {x0} {PAGE[1] - y} m {x1} {PAGE[1] - y} l S\n"


def drawing(x: float, y: float, width: float, height: float) -> str:
    """A box with its diagonals, y downwards."""
    top, bottom = PAGE[1] - y, PAGE[1] - y - height
    return (
        f"1 w {x} {bottom} {width} {height} re S {x} {bottom} m {x + width} {top} l S "
        f"{x} {top} m {x + width} {bottom} l S\n"
    )


def image(x: float, y: float, width: float, height: float) -> str:
    return f"q {width} 0 0 {height} {x} {PAGE[1] - y - height} cm /Im Do Q\n"


def pdf(*pages: str, jpeg: bytes | None = None, title: str = "", locked: bool = False, rotate: int = 0) -> bytes:
    """A PDF of hand-written pages; `jpeg` is what image() shows, `locked` asks for a password."""
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        5: b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        6: b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 8 0 R /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        7: f"<< /Title ({title}) >>".encode("latin-1"),
        8: b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>",
    }
    xobject = b""
    if jpeg is not None:
        width, height = Image.open(io.BytesIO(jpeg)).size
        head = f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB "
        head += f"/BitsPerComponent 8 /Filter /DCTDecode /Length {len(jpeg)} >>"
        objects[9] = head.encode() + b"\nstream\n" + jpeg + b"\nendstream"
        xobject = b"/XObject << /Im 9 0 R >>"
    if locked:  # neither the owner's nor the user's mark fits the empty password
        marks = f"/O <{'11' * 32}> /U <{'22' * 32}>"
        objects[10] = f"<< /Filter /Standard /V 1 /R 2 /P -44 {marks} >>".encode()
    kids = []
    for number, content in enumerate(pages):
        stream = zlib.compress(content.encode("cp1252"))
        objects[20 + 2 * number] = (
            f"<< /Filter /FlateDecode /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream"
        )
        objects[21 + 2 * number] = (
            f"<< /Type /Page /Parent 2 0 R /Rotate {rotate} /MediaBox [0 0 {PAGE[0]} {PAGE[1]}] "
            f"/Contents {20 + 2 * number} 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >> ".encode()
            + xobject
            + b" >> >>"
        )
        kids.append(f"{21 + 2 * number} 0 R")
    objects[2] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    return _with_index(objects, b" /Encrypt 10 0 R /ID [<00> <00>]" if locked else b"")


def _with_index(objects: dict[int, bytes], more: bytes) -> bytes:
    out, places = b"%PDF-1.6\n", {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start, last = len(out), max(objects)
    out += f"xref\n0 {last + 1}\n0000000000 65535 f \n".encode()
    for number in range(1, last + 1):
        out += f"{places[number]:010} 00000 n \n".encode() if number in places else b"0000000000 65535 f \n"
    out += f"trailer << /Size {last + 1} /Root 1 0 R /Info 7 0 R".encode() + more
    return out + f" >>\nstartxref\n{start}\n%%EOF\n".encode()


def picture(
    words: Sequence[str] = (),
    *,
    size: tuple[int, int] = (640, 360),
    format: str = "PNG",
    font_size: int = 36,
    **options: Any,
) -> bytes:
    """A white picture with lines of text, encoded."""
    canvas = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=font_size)
    for index, line in enumerate(words):
        draw.text((30, 30 + index * 1.6 * font_size), line, fill="black", font=font)
    out = io.BytesIO()
    canvas.save(out, format=format, **options)
    return out.getvalue()


def heic() -> bytes:
    """A phone's photo, 64 by 32 pixels: red, and blue on the right. Kept as bytes, for what we install only decodes."""
    return base64.b64decode(
        "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJp"
        "bG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAACQAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAAB"
        "AAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEA"
        "AQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAA"
        "FGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAIAAAAAEAAAAAAAAAAv///+AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhp"
        "cG1hAAAAAAAAAAEAAQWBAgMFhAAAACxtZGF0AAAAICgBrxmA70mlv//f4x/19q/4pshf/7OOd9FbH+73A21v"
    )


def pages(*lines: str) -> bytes:
    """A TIFF of several pages, a line on each."""
    images = [Image.open(io.BytesIO(picture([line]))) for line in lines]
    out = io.BytesIO()
    images[0].save(out, format="TIFF", save_all=True, append_images=images[1:], compression="tiff_deflate")
    return out.getvalue()


def tone(seconds: float, rate: int = 16_000, channels: int = 1, loudness: float = 0.5) -> np.ndarray:
    """A sine of 440 Hz as 16-bit samples, shape (n, channels)."""
    wave = loudness * 32767 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    return np.repeat(wave.astype("<i2")[:, None], channels, axis=1)


def wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def encoded(samples: np.ndarray, rate: int, *, format: str, codec: str) -> bytes:
    """Samples of one channel in a container, as a browser or a phone records them."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=format) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples.T.copy(), format="s16", layout="mono")
        frame.sample_rate = rate
        for piece in (frame, None):
            for packet in stream.encode(piece):
                container.mux(packet)
    return out.getvalue()


def slides(path, build) -> None:
    """A PPTX file: `build` gets an empty presentation of python-pptx."""
    from pptx import Presentation

    presentation = Presentation()
    build(presentation)
    presentation.save(str(path))
