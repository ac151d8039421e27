"""XML from strangers, parsed without entities, DTDs or the network; and the names of its elements without namespaces."""

from __future__ import annotations

import re

from lxml import etree

from knowledge.errors import UnreadableDocument

Element = etree._Element
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def parse_xml(data: bytes, *, name: str) -> Element:
    """The root of an XML part of an office file. Raises UnreadableDocument when it is damaged or declares entities.

    These formats forbid document type declarations, so one is a trap: entities that grow, or that name other files.
    """
    if _DOCTYPE.search(data[:100_000]) or b"<\0!\0D\0O\0C\0T\0Y\0P\0E" in data[:10_000]:
        raise _damaged(name)
    try:
        root = etree.fromstring(data, safe_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _damaged(name) from error
    if root is None:
        raise _damaged(name)
    return root


def safe_parser(*, encoding: str | None = None) -> etree.XMLParser:
    """A parser that resolves no entity, loads no DTD, opens no address, and keeps libxml2's limits on size and depth."""
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def tag(element: Element) -> str:
    """The element's name without its namespace; empty for what is no element."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def attribute(element: Element | None, name: str, default: str = "") -> str:
    """An attribute by its name without namespace: the strict and the usual dialects of a format differ in that alone."""
    if element is None:
        return default
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return default


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of that name, and of that the next, whatever their namespaces."""
    for name in path:
        if element is None:
            return None
        element = next((inner for inner in element if tag(inner) == name), None)
    return element


def children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [inner for inner in element if tag(inner) == name]


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is damaged inside. Open it in the program it was made with, save it anew, and add that.",
        code="document_damaged",
        name=name,
    )
