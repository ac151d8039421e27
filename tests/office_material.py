"""Office files, books and pages made in code, for tests of their readers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def zipped(members: Mapping[str, str | bytes], *, compressed: bool = True) -> bytes:
    """A zip of the members in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def changed(path: Path, *, replace: Mapping[str, bytes] | None = None, add: Mapping[str, str] | None = None) -> bytes:
    """A zip file with the bytes of some members replaced and others added; what it already holds is not added twice."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**members, **(replace or {}), **(add or {})})


def word(path: Path, build) -> Path:
    """A DOCX file: `build` gets an empty document of python-docx."""
    import docx

    document = docx.Document()
    build(document)
    document.save(str(path))
    return path


def put_xml(paragraph, xml: str) -> None:
    """Adds WordprocessingML or OMML to a paragraph of python-docx, as Word would have written it."""
    from docx.oxml import parse_xml

    for element in parse_xml(f"<w:p {W} {M}>{xml}</w:p>"):
        paragraph._p.append(element)


def opendocument(body: str, *, more: Mapping[str, str | bytes] | None = None, styles: str = "") -> bytes:
    """An ODT file with this in its office:text."""
    spaces = " ".join(
        f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{value}:1.0"'
        for key, value in {
            "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style", "svg": "svg-compatible",
        }.items()
    )  # fmt: skip
    content = (
        f'<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, **(more or {})})


def book(chapters: Mapping[str, str], *, more: Mapping[str, str | bytes] | None = None, title: str = "Optics") -> bytes:
    """An EPUB whose spine is the chapters in their order; each value is the inside of a body."""
    items = "".join(f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters))
    spine = "".join(f'<itemref idref="i{n}"/>' for n, _ in enumerate(chapters))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
        '<rootfile full-path="OEBPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    pages = {
        f"OEBPS/{name}": '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title/></head><body>{body}</body></html>"
        for name, body in chapters.items()
    }
    members = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OEBPS/package.opf": package}
    return zipped({**members, **pages, **(more or {})})
