"""EPUB -> Document: the chapters in the order of the book's spine, each read as the web page that it is.

A book with copy protection is refused: what is locked is not ours to open.
"""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urlsplit

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.picture import MOST_BYTES
from knowledge.readers import Source
from knowledge.readers.archives import SafeArchive, open_archive
from knowledge.readers.gathering import Gathering
from knowledge.readers.markup import Element, attribute, parse_xml, tag
from knowledge.readers.plain_text import decoded
from knowledge.readers.web import parse_page, take_page

_SMALLEST = 48  # pixels a side: smaller pictures are ornaments
_FONTS_ALONE = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # veiled fonts lock no words
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read_ebook(source: Source) -> Document:
    """Reads an EPUB. Raises UnreadableDocument, also when the book is copy-protected."""
    with open_archive(source.path, name=source.name) as archive:
        _check_protection(archive)
        package = _package_path(archive)
        root = parse_xml(_without_doctype(archive.read(package)), name=source.name)
        found = Gathering(source, smallest=_SMALLEST)
        pages = _spine(root, posixpath.dirname(package))
        missing = 0
        for number, page in enumerate(pages, 1):
            if page not in archive:
                missing += 1
                continue
            found.open_picture = lambda address, page=page: _picture(archive, page, address, found)
            found.heading = None
            take_page(parse_page(decoded(archive.read(page), name=source.name), name=source.name), found)
            source.progress(number / len(pages))
        if missing:
            found.warnings.append(f"{missing} of its {len(pages)} chapters are missing in the file.")
        return found.document("ebook", title=_title(root), nothing="The book holds no text.")


def _check_protection(archive: SafeArchive) -> None:
    locked = any(name in archive for name in ("META-INF/rights.xml", "META-INF/sinf.xml", "META-INF/license.lcpl"))
    if "META-INF/encryption.xml" in archive and not locked:
        root = parse_xml(archive.read("META-INF/encryption.xml"), name=archive.name)
        methods = [e for e in root.iter() if tag(e) == "EncryptionMethod" and tag(e.getparent()) == "EncryptedData"]
        locked = any(attribute(method, "Algorithm") not in _FONTS_ALONE for method in methods)
    if locked:
        raise UnreadableDocument(
            f"{archive.name} is copy-protected and cannot be read here. Ask the publisher for a copy without protection, "
            "or for a PDF.",
            code="document_protected",
            name=archive.name,
        )


def _package_path(archive: SafeArchive) -> str:
    """Where the book's own list of its parts stands."""
    path = ""
    if "META-INF/container.xml" in archive:
        root = parse_xml(_without_doctype(archive.read("META-INF/container.xml")), name=archive.name)
        path = next((attribute(e, "full-path") for e in root.iter() if tag(e) == "rootfile"), "")
    if path not in archive:
        path = next((name for name in archive.names() if name.endswith(".opf")), "")
    if not path:
        raise UnreadableDocument(
            f"{archive.name} is no complete EPUB: the list of its chapters is missing. Get another copy and add that.",
            code="document_damaged",
            name=archive.name,
        )
    return path


def _spine(root: Element, folder: str) -> list[str]:
    """The paths of the chapters in reading order; the book's table of contents is none."""
    items = {
        attribute(item, "id"): item
        for item in root.iter()
        if tag(item) == "item" and "nav" not in attribute(item, "properties").split()
    }
    order = [attribute(e, "idref") for e in root.iter() if tag(e) == "itemref"]
    chosen = [items[key] for key in order if key in items]
    chosen = chosen or [item for item in items.values() if attribute(item, "media-type") in _PAGES]
    return [posixpath.normpath(posixpath.join(folder, unquote(attribute(item, "href")))) for item in chosen]


def _title(root: Element) -> str:
    return next(("".join(e.itertext()).strip() for e in root.iter() if tag(e) == "title"), "")


def _picture(archive: SafeArchive, page: str, address: str, found: Gathering) -> bytes:
    """A picture inside the book, from where the page points. Raises UnreadableDocument."""
    parts = urlsplit(address)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    if parts.scheme or parts.netloc or path not in archive:
        raise found.left_out(address, "it is not inside the book, and nothing is fetched")
    if archive.size(path) > MOST_BYTES:
        raise found.left_out(address, f"it is larger than {MOST_BYTES // 1_000_000} MB")
    return archive.read(path)


def _without_doctype(data: bytes) -> bytes:
    """Old books name the DTD of their package; without it the parser has nothing to look for."""
    start = data.find(b"<!DOCTYPE")
    end = data.find(b">", start)
    return data[:start] + data[end + 1 :] if 0 <= start < end and b"[" not in data[start:end] else data
