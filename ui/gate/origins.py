"""On which sites a course may be embedded: a short list beside the course, empty until a teacher fills it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from knowledge.errors import CoursemateError, InvalidInput, disk_full_is_storage_full
from knowledge.library import Library

_FILE = "origins.json"
_PORTS = {"http": 80, "https": 443}


class Origins:
    """Read at every question, so that a change counts at once, whichever process makes it."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def of(self, course: str) -> tuple[str, ...]:
        """Raises CourseNotFound. A list that cannot be read lists nothing."""
        try:
            listed = json.loads((self._library.folder_of(course) / _FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
            return ()
        return tuple(origin for origin in listed if isinstance(origin, str)) if isinstance(listed, list) else ()

    def anywhere(self, origin: str) -> bool:
        """Whether any course lists the origin."""
        return any(origin in self.of(course) for course in self._library.names())

    def allows(self, course: str, origin: str) -> bool:
        try:
            return origin in self.of(course)
        except CoursemateError:
            return False

    def change(self, course: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> tuple[str, ...]:
        """The list as it then is. Raises InvalidInput for what is no origin; the file is replaced whole."""
        gone = {normal(origin) for origin in remove}
        listed = [origin for origin in dict.fromkeys((*self.of(course), *map(normal, add))) if origin not in gone]
        file = self._library.folder_of(course) / _FILE
        with disk_full_is_storage_full(file.parent):
            partial = file.with_suffix(".part")
            partial.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
            partial.replace(file)
        return tuple(listed)


def normal(origin: str) -> str:
    """The origin as browsers send it: scheme, host, and the port where it is not the usual one. No wildcards."""
    try:
        parts = urlsplit(origin.strip())
        port = parts.port
    except ValueError:
        raise _no_origin(origin) from None
    host = _ascii(parts.hostname or "")
    alone = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in _PORTS or not host or "*" in host or not alone:
        raise _no_origin(origin)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return ""


def _no_origin(origin: str) -> InvalidInput:
    return InvalidInput(
        f"{origin!r} is not the address of a site. Write it as https://moodle.school.example, without a path and without *.",
        code="origin_invalid",
        origin=origin,
    )
