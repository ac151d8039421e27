"""Why a file is of no kind that is read, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from knowledge.errors import UnreadableDocument

if TYPE_CHECKING:
    from knowledge.readers import Format

_BY_NAME = {  # what the bytes do not tell
    ".mht": "web archive", ".mhtml": "web archive", ".pages": "other office", ".key": "other office", ".numbers": "other office",
    ".rar": "other archive", ".7z": "other archive", ".gz": "other archive", ".tar": "other archive", ".tgz": "other archive",
    ".bz2": "other archive", ".xz": "other archive",
}  # fmt: skip


def refusal(name: str, kind: str | None, formats: Mapping[str, Format]) -> UnreadableDocument:
    """The error to raise for a file of no kind in `formats`. `kind` is what its bytes say, if they say anything."""
    suffix = PurePosixPath(name).suffix.lower()
    if known := _known(name, kind or _BY_NAME.get(suffix)):
        return known
    label = next((format.label for format in formats.values() if suffix in format.suffixes), None)
    if label is not None:
        return UnreadableDocument(
            f"{name} is named like a {label} file, but its content is something else, or it is damaged. Export it "
            "again and add the new copy.",
            code="document_not_its_type",
            name=name,
            type=label,
        )
    labels = ", ".join(format.label for format in formats.values())
    return UnreadableDocument(
        f"{name} is of a type that cannot be read. Save it as one of these: {labels}.",
        code="document_unknown_type",
        name=name,
        choices=labels,
    )


def _known(name: str, kind: str | None) -> UnreadableDocument | None:
    """What is known and not read."""
    if kind == "empty":
        return UnreadableDocument(
            f"{name} is empty. Export or copy it again and add that.", code="document_blank", name=name
        )
    if kind == "encrypted office":
        return UnreadableDocument(
            f"{name} is protected by a password. Save a copy without the password and add that.",
            code="document_encrypted",
            name=name,
        )
    if kind == "old office":
        return UnreadableDocument(
            f"{name} is in the old Office format. Save it as .docx, .pptx, .xlsx or PDF and add that.",
            code="document_old_office",
            name=name,
        )
    if kind == "other office":
        return UnreadableDocument(
            f"{name} is in a format of another office program. Export it as PDF, .docx, .pptx or .xlsx and add that.",
            code="document_other_office",
            name=name,
        )
    if kind == "web archive":
        return UnreadableDocument(
            f"{name} is a web archive. Save the page as HTML or PDF and add that.", code="document_web_archive", name=name
        )
    if kind == "other archive":
        return UnreadableDocument(
            f"{name} is an archive other than ZIP. Unpack it and add its folder.", code="document_other_archive", name=name
        )
    return None
