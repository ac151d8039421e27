"""Zip archives from strangers: what is refused before it is unpacked, and what comes out of the others."""

from __future__ import annotations

import io
import zipfile

import pytest

from knowledge.errors import UnreadableDocument
from knowledge.readers.archives import open_archive
from tests.office_material import zipped


def put(folder, data: bytes):
    path = folder / "course.zip"
    path.write_bytes(data)
    return path


def with_mode(mode: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("notes.md")
        info.create_system, info.external_attr = 3, mode << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def overlapping() -> bytes:
    """Two directory entries that point to one file."""
    data = zipped({"a.md": "x" * 100})
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    last = bytearray(data[end:])
    last[8:12] = (2).to_bytes(2, "little") * 2
    last[12:16] = (2 * len(entry)).to_bytes(4, "little")
    return data[:start] + entry + entry.replace(b"a.md", b"b.md") + bytes(last)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zipped({"../out.md": "x"}), id="leaves the folder"),
        pytest.param(zipped({"/etc/out.md": "x"}), id="absolute"),
        pytest.param(zipped({"C:/out.md": "x"}), id="drive"),
        pytest.param(zipped({"a\\..\\out.md": "x"}), id="backslashes"),
        pytest.param(zipped({"a/./b.md": "x"}), id="dots"),
        pytest.param(zipped({"aux.md": "x"}), id="a device of Windows"),
        pytest.param(zipped({"A.md": "x", "a.md": "y"}), id="one name twice"),
        pytest.param(with_mode(0o120777), id="link"),
        pytest.param(with_mode(0o020666), id="device"),
        pytest.param(zipped({"a.md": bytes(5_000_000)}), id="ratio"),
        pytest.param(zipped({f"{n}.md": "x" for n in range(20)}), id="too many"),
        pytest.param(zipped({"a.md": "x" * 2_000_000}, compressed=False), id="too large"),
        pytest.param(overlapping(), id="overlap"),
    ],
)
def test_what_could_do_harm_is_refused_unpacked(tmp_path, data):
    with pytest.raises(UnreadableDocument, match=r"course\.zip") as refusal:
        open_archive(put(tmp_path, data), most_bytes=1_900_000 if len(data) > 1_000_000 else 10_000_000, most_files=10)
    assert refusal.value.code == "archive_unsafe"


def test_members_are_read_and_extracted_in_place(tmp_path):
    with open_archive(put(tmp_path, zipped({"week 1: lenses/a.md": "x", "空.md": "y"}))) as archive:
        assert archive.names() == ("week 1: lenses/a.md", "空.md")
        assert archive.read("空.md") == b"y"
        assert archive.extract("week 1: lenses/a.md", tmp_path).read_bytes() == b"x"
        with pytest.raises(UnreadableDocument):
            archive.read("空.md", most_bytes=0)


def test_a_damaged_member_is_damage(tmp_path):
    data = zipped({"a.md": "some words"}, compressed=False).replace(b"some words", b"other word", 1)
    with open_archive(put(tmp_path, data)) as archive, pytest.raises(UnreadableDocument) as refusal:
        archive.read("a.md")
    assert refusal.value.code == "document_damaged"
