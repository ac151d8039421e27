"""Folders and zips of course files: what is taken out of them, under which names, and what stays shut."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from knowledge.readers.bundle import MOST_FILES, _Allowance, course_files, holds_recording
from knowledge.readers.member_names import member_name
from tests import material


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def as_bytes(name: bytes) -> zipfile.ZipInfo:
    """A member whose name is these bytes, without the flag of UTF-8, as older programs write it."""

    class Raw(zipfile.ZipInfo):
        def _encodeFilenameFlags(self):
            return name, 0

    return Raw(name.decode("cp437"))


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def found(path: Path, name: str | None = None) -> dict[str, str | None]:
    """Names in the course, each with its content or the code of the error."""
    with course_files(path, name) as files:
        return {
            file.name: file.error.code if file.error else file.path.read_bytes().decode("latin-1") for file in files
        }


class TestFolders:
    def test_files_keep_their_paths_and_hidden_ones_stay_out(self, tmp_path):
        for name in ("b.md", "week1/a.md", ".git/config", "week1/.DS_Store", "Thumbs.db", "~$a.docx"):
            put(tmp_path, name, name)
        assert list(found(tmp_path)) == ["b.md", "week1/a.md"]

    def test_a_zip_in_a_folder_is_opened_under_its_name(self, tmp_path):
        put(tmp_path, "week2/more.zip", zipped(("a.md", "A"), ("img/b.md", "B")))
        with course_files(tmp_path) as files:
            assert [file.name for file in files] == ["week2/more/a.md", "week2/more/img/b.md"]
            assert all(file.path.as_posix().endswith(file.name) for file in files)

    def test_subtitles_stay_with_their_recording(self, tmp_path):
        for name in ("a.mp4", "a.srt", "a.en.vtt", "b.srt", "week1/a.vtt", "notes.en.md"):
            put(tmp_path, name, name)
        assert list(found(tmp_path)) == ["a.mp4", "b.srt", "notes.en.md", "week1/a.vtt"]


class TestZips:
    def test_members_are_added_under_their_inner_paths(self, tmp_path):
        path = put(tmp_path, "course.zip", zipped(("week1/a.md", "A"), ("__MACOSX/week1/._a.md", "x"), (".b", "x")))
        assert found(path) == {"week1/a.md": "A"}
        assert found(path, "upload/course.zip") == {"upload/week1/a.md": "A"}

    def test_nothing_of_it_is_left_behind(self, tmp_path):
        with course_files(put(tmp_path, "course.zip", zipped(("a.md", "A")))) as files:
            unpacked = files[0].path
        assert not unpacked.exists()

    def test_a_zip_that_is_a_format_of_its_own_stays_whole(self, tmp_path):
        path = tmp_path / "deck.zip"
        material.slides(path, lambda deck: deck.slides.add_slide(deck.slide_layouts[5]))
        assert list(found(path)) == ["deck.zip"]

    def test_a_zip_in_a_zip_is_opened_and_one_in_that_is_not(self, tmp_path):
        inner = zipped(("b.md", "B"), ("innermost.zip", zipped(("c.md", "C"))))
        path = put(tmp_path, "course.zip", zipped(("a.md", "A"), ("inner.zip", inner)))
        assert found(path) == {"a.md": "A", "inner/b.md": "B", "inner/innermost.zip": "archive_too_deep"}

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            pytest.param("第一讲/光的折射.md".encode("gbk"), "第一讲/光的折射.md", id="GBK"),
            pytest.param("朱镕基.md".encode("gbk"), "朱镕基.md", id="GBK beyond GB 2312"),
            pytest.param("第一讲.md".encode(), "第一讲.md", id="UTF-8 unsaid"),
            pytest.param("résumés.md".encode("cp437"), "résumés.md", id="CP437"),
            pytest.param(b"week1\\a.md", "week1/a.md", id="backslash"),
        ],
    )
    def test_names_are_read_as_they_were_meant(self, tmp_path, name, meant):
        path = put(tmp_path, "course.zip", zipped((as_bytes(name), "A")))
        assert found(path) == {meant: "A"}

    def test_a_name_marked_as_utf_8_is_believed(self):
        info = zipfile.ZipInfo("é语.md")
        info.flag_bits |= 0x800
        assert member_name(info) == "é语.md"

    def link() -> zipfile.ZipInfo:
        info = zipfile.ZipInfo("link.md")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        return info

    @pytest.mark.parametrize(
        ("members", "code"),
        [
            pytest.param([("../a.md", "A")], "archive_unsafe", id="out of the folder"),
            pytest.param([("/etc/a.md", "A")], "archive_unsafe", id="from the root"),
            pytest.param([("C:\\a.md", "A")], "archive_unsafe", id="a drive"),
            pytest.param([(link(), "/etc/passwd")], "archive_unsafe", id="link"),
            pytest.param([("a.md", "A"), ("A.md", "B")], "archive_unsafe", id="two that are one"),
            pytest.param([("a", "A"), ("a/b.md", "B")], "archive_unsafe", id="a file and its folder"),
            pytest.param([(f"{'a' * 256}.md", "A")], "archive_unsafe", id="a name no disk takes"),
            pytest.param([("a.md", bytes(30_000_000))], "archive_unsafe", id="bomb"),
            pytest.param([(f"{n}.md", "") for n in range(MOST_FILES + 1)], "archive_unsafe", id="many files"),
            pytest.param([("week1/", "")], "archive_empty", id="no file"),
        ],
    )
    def test_what_is_not_safe_to_unpack_stays_shut(self, tmp_path, members, code):
        path = put(tmp_path, "course.zip", zipped(*members))
        assert found(path) == {"course.zip": code}

    def test_zips_in_a_zip_share_what_it_may_unpack_to(self, tmp_path, monkeypatch):
        monkeypatch.setattr("knowledge.readers.bundle._Allowance", lambda: _Allowance(bytes=5_000))
        inner = [(f"{n}.zip", zipped(("a.md", "A" * 2_000))) for n in range(4)]
        names = found(put(tmp_path, "course.zip", zipped(*inner)))
        assert [name for name, content in names.items() if content == "archive_unsafe"] == ["2.zip", "3.zip"]

    def test_a_bomb_in_a_folder_leaves_the_others_alone(self, tmp_path):
        put(tmp_path, "bomb.zip", zipped(("a.md", bytes(30_000_000))))
        put(tmp_path, "notes.md", "A")
        assert found(tmp_path) == {"bomb.zip": "archive_unsafe", "notes.md": "A"}

    def test_members_that_share_their_bytes_are_refused(self, tmp_path):
        data = bytearray(zipped(("a.md", "A" * 100), ("b.md", "B" * 100)))
        directory = data.index(b"PK\x01\x02")
        second = data.index(b"PK\x01\x02", directory + 4)
        data[second + 42 : second + 46] = data[directory + 42 : directory + 46]  # where its header lies
        assert found(put(tmp_path, "course.zip", bytes(data))) == {"course.zip": "archive_unsafe"}

    def test_damage_is_told(self, tmp_path):
        data = bytearray(zipped(("a.md", bytes(range(256)) * 9), compression=zipfile.ZIP_STORED))
        data[200] ^= 0xFF
        assert found(put(tmp_path, "course.zip", bytes(data))) == {"course.zip": "document_damaged"}


def test_a_recording_is_seen_wherever_it_lies(tmp_path):
    notes = put(tmp_path, "notes.md", "A")
    put(tmp_path, "week1/more.zip", zipped(("lecture.mp3", "x")))
    assert not holds_recording(notes)
    assert holds_recording(tmp_path)
