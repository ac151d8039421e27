"""What passes between the two processes: frames of JSON and bytes, and the nouns as JSON. Nothing is ever unpickled.

What comes from the reading process is untrusted: a damaged or malicious frame raises WireError, and the numbers below
bound what it can make the other side hold. A frame is two lengths, a JSON object, and the attachments its `sizes` name.
"""

from __future__ import annotations

import json
import os
import select
import struct
from collections.abc import Sequence
from dataclasses import asdict, fields
from math import isfinite
from typing import Any

from knowledge.documents import Block, Document, Figure, Locator

MOST_JSON = 64_000_000  # bytes; the text of some ten thousand pages, several times over
MOST_ATTACHED = 1_000_000_000  # bytes; four hours of sound take 460 MB
_LENGTHS = struct.Struct("<IQ")
_PIECE = 1 << 20
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")

Frame = tuple[dict[str, Any], list[bytes]]  # header and attachments


class WireError(Exception):
    """The other side sent what cannot be, or is gone."""


class Channel:
    """Frames over two file descriptors."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._held = bytearray()

    def send(self, header: dict[str, Any], attachments: Sequence[bytes | memoryview] = ()) -> None:
        """Raises WireError when nobody reads any more."""
        views = [memoryview(attachment).cast("B") for attachment in attachments]
        text = json.dumps({**header, "sizes": [len(view) for view in views]}, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )
        try:
            for view in (_LENGTHS.pack(len(text), sum(map(len, views))) + text, *views):
                _write(self._outgoing, memoryview(view))
        except OSError as error:
            raise WireError(f"cannot send: {error}") from error

    def receive(self, wait_s: float | None = None) -> Frame | None:
        """The next frame, or None when it is not complete after `wait_s` seconds. Raises WireError at the end."""
        while (frame := self._complete()) is None:
            if not select.select([self._incoming], [], [], wait_s)[0]:
                return None
            piece = os.read(self._incoming, _PIECE)
            if not piece:
                raise WireError("the other side has ended")
            self._held += piece
        return frame

    def _complete(self) -> Frame | None:
        if len(self._held) < _LENGTHS.size:
            return None
        text_size, attached = _LENGTHS.unpack_from(self._held)
        if text_size > MOST_JSON or attached > MOST_ATTACHED:
            raise WireError(f"a frame of {text_size} + {attached} bytes")
        start, end = _LENGTHS.size + text_size, _LENGTHS.size + text_size + attached
        if len(self._held) < end:
            return None
        header = self._header(self._held[_LENGTHS.size : start], attached)
        attachments = []
        for size in header["sizes"]:
            attachments.append(bytes(memoryview(self._held)[start : start + size]))
            start += size
        del self._held[:end]
        return header, attachments

    @staticmethod
    def _header(text: bytearray, attached: int) -> dict[str, Any]:
        try:
            header = json.loads(text.decode("utf-8", "surrogatepass"))
            sizes = header["sizes"]
            if all(type(size) is int and size >= 0 for size in sizes) and sum(sizes) == attached:
                return header
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise WireError(f"a frame that cannot be understood: {error}") from error
        raise WireError("a frame whose sizes do not add up")


def _write(descriptor: int, view: memoryview) -> None:
    while view:
        view = view[os.write(descriptor, view[:_PIECE]) :]


def document_to_wire(document: Document) -> tuple[dict[str, Any], list[bytes]]:
    """The document as JSON, and its figures' images."""
    value = {field.name: getattr(document, field.name) for field in fields(document)}
    value["blocks"] = [[b.text, b.locator.to_json(), b.kind, b.level] for b in document.blocks]
    value["figures"] = [[f.locator.to_json(), f.caption, f.text] for f in document.figures]
    return value, [figure.image for figure in document.figures]


def document_from_wire(value: dict[str, Any], images: Sequence[bytes], *, name: str) -> Document:
    """Builds the document anew, every value checked. Raises WireError."""
    try:
        blocks = tuple(
            Block(_text(text), _locator(locator), _text(kind), _whole(level)) for text, locator, kind, level in value["blocks"]
        )
        figures = tuple(
            Figure(_locator(locator), _image(image), _text(caption), _text(text))
            for (locator, caption, text), image in zip(value["figures"], images, strict=True)
        )
        pages, duration_s = value["pages"], value["duration_s"]
        return Document(
            path=name,
            title=_text(value["title"]),
            kind=_text(value["kind"]),
            language=_text(value["language"]),
            blocks=blocks,
            figures=figures,
            pages=None if pages is None else _whole(pages),
            duration_s=None if duration_s is None else float(duration_s),
            warnings=tuple(_text(warning) for warning in value["warnings"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"a document that cannot be: {error}") from error


def sight_to_wire(sight) -> dict[str, Any]:
    return asdict(sight)


def sight_from_wire(value: dict[str, Any]):
    from knowledge.seeing import Sight, TextBox

    return Sight(**{**value, "boxes": tuple(TextBox(**box) for box in value["boxes"])})


def transcript_to_wire(transcript) -> dict[str, Any]:
    return {"segments": [[s.start_s, s.end_s, s.text] for s in transcript.segments], "language": transcript.language}


def transcript_from_wire(value: dict[str, Any]):
    from knowledge.transcription import Segment, Transcript

    return Transcript(tuple(Segment(*segment) for segment in value["segments"]), value["language"])


def _locator(value: dict[str, Any]) -> Locator:
    numbers = {"page": int, "slide": int, "figure": int, "cell": int, "start_s": (int, float), "end_s": (int, float)}
    for key, found in value.items():
        if not isinstance(found, numbers.get(key, str)) or isinstance(found, bool):
            raise TypeError(f"{key} is {found!r}")
    return Locator(**value)


def _image(data: bytes) -> bytes:
    if not data.startswith(_PICTURES):
        raise ValueError("a figure that is neither PNG nor JPEG")
    return data


def _text(value: object) -> str:
    """A string; half a surrogate pair, which neither a database nor a browser takes, becomes a question mark."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value


def number(header: dict[str, Any], key: str) -> float:
    """A number of a header. Raises WireError when it is none."""
    value = header.get(key)
    if not isinstance(value, int | float) or not isfinite(value):
        raise WireError(f"{key} is {value!r}")
    return float(value)
