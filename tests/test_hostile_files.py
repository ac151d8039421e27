"""Files made to hurt their reader, written here: each is refused with a reason, or read, and the next one is unharmed."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.isolation import IsolatedReader, Limits
from tests import material

MOST_S = 25


@pytest.fixture(scope="module")
def reader():
    with IsolatedReader(Limits(memory_mb=400, seconds=20, quiet_seconds=15)) as reader:
        yield reader


def slides(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def presentation(slide: bytes) -> bytes:
    """A deck whose one slide is this XML."""
    from pptx import Presentation

    deck, out = Presentation(), io.BytesIO()
    deck.slides.add_slide(deck.slide_layouts[1])
    deck.save(out)
    with zipfile.ZipFile(out) as archive:
        return slides({n: slide if n == "ppt/slides/slide1.xml" else archive.read(n) for n in archive.namelist()})


def pdf(objects: dict[int, bytes], root: int = 1) -> bytes:
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 1\n0000000000 65535 f \n"
    table += b"".join(b"%d 1\n%010d 00000 n \n" % each for each in places.items())
    return out + table + b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, root, len(out))


def page_with(stream: bytes, *, filters: bytes = b"", more: bytes = b"") -> bytes:
    return pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << %s >> >>" % more,
            4: b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
        }
    )


def png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def deflated(byte: bytes, count: int) -> bytes:
    packer = zlib.compressobj(9)
    block = byte * 1_000_000
    return b"".join(packer.compress(block) for _ in range(count // 1_000_000)) + packer.flush()


_SLIDE = b'<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="x">%s</p:sld>'
_LAUGHS = b"<!DOCTYPE x [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(9)
) + b"]>" + _SLIDE % b"&j;"  # fmt: skip

FILES = {
    "bomb.pptx": lambda: presentation(_SLIDE % (b" " * 600_000_000)),
    "laughs.pptx": lambda: presentation(_LAUGHS),
    "deep.pptx": lambda: presentation(_SLIDE % (b"<a:p>" * 200_000 + b"</a:p>" * 200_000)),
    "outside.pptx": lambda: presentation(
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _SLIDE % b"<a:t>&a;</a:t>"
    ),
    "many.pptx": lambda: slides({"ppt/presentation.xml": b"<x/>", **{f"ppt/{n}.xml": b"" for n in range(40_000)}}),
    "pages.pdf": lambda: pdf(
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2000000000 >>"}
    ),
    "deep.pdf": lambda: pdf(
        {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
        | {n: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (n + 1) for n in range(2, 20_000)}
    ),
    "bomb.pdf": lambda: page_with(zlib.compress(deflated(b" ", 900_000_000)), filters=b"/Filter [/FlateDecode /FlateDecode]"),
    "forms.pdf": lambda: page_with(
        zlib.compress(b"q " * 20_000_000), filters=b"/Filter /FlateDecode"
    ),
    "itself.pdf": lambda: page_with(b"/F Do", more=b"/XObject << /F 4 0 R >>", filters=b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]"),
    "huge.png": lambda: png(100_000, 100_000, deflated(b"\0", 1_000_000)),
    "large.png": lambda: png(7_000, 7_000, deflated(b"\0", 148_000_000)),
    "cut.png": lambda: png(2_000, 2_000, deflated(b"\0", 1_000_000)),
    "nested.md": lambda: b">" * 20_000 + b" a\n" + b"[" * 50_000 + b"\n" + b"*a " * 50_000,
    "brackets.md": lambda: b"![" * 40_000 + b"](" * 40_000,
    "table.md": lambda: b"|a" * 3_000 + b"\n" + b"|-" * 3_000 + b"\n" + (b"|a" * 3_000 + b"\n") * 20,
    "sound.wav": lambda: b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 65535, 2**32 - 1, 0, 65535, 16),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_hurts_nothing_but_its_own_reading(reader, tmp_path, name):
    file = tmp_path / name
    file.write_bytes(FILES[name]())
    good = tmp_path / "good.md"
    good.write_text("# Lenses\n\nA lens bends light.\n")
    began = time.monotonic()
    try:
        found: Document | str = reader.read(file, transcriber=_Deaf())
    except UnreadableDocument as error:
        found = error.code
        assert name in str(error)
    assert time.monotonic() - began < MOST_S
    assert reader.spent.peak_mb < 600
    if isinstance(found, Document):
        assert not any("root:" in block.text for block in found.blocks)
    assert reader.read(good).blocks[-1].text == "A lens bends light."


@pytest.mark.parametrize("head", [b"8BPS\0\1", b"icns\0\0\1\0", b"\x12\xaf" * 3, b"DDS |\0\0\0", b"\0\0\0\x0cjP  "])
def test_exotic_pictures_are_refused_by_their_first_bytes(reader, tmp_path, head):
    file = tmp_path / "picture.png"
    file.write_bytes(head + bytes(2000))
    with pytest.raises(UnreadableDocument) as failure:
        reader.read(file)
    assert failure.value.code in ("document_not_its_type", "document_unknown_type")


def test_a_good_file_of_each_kind_is_still_read_under_tight_limits(tmp_path):
    file = Path(tmp_path / "good.pdf")
    file.write_bytes(material.pdf(material.paragraph(60, 100, material.LIPSUM)))
    with IsolatedReader(Limits(memory_mb=200)) as reader:
        assert "lens" in reader.read(file).blocks[0].text


class _Deaf:
    languages = ()
