"""The teacher's API: drops of files, what is refused, what is told on the way, and who may do any of it."""

from __future__ import annotations

import errno
import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from chatbot.course_reading import CourseRead
from knowledge.checking import verify
from knowledge.errors import WeightsMissing
from tests.fakes import tone
from tests.material import LIPSUM, paragraph, pdf
from tests.small_course import make_small_course
from tests.teaching_app import signed_in, teaching_app, teaching_parts
from ui import frame
from ui.api.teaching import is_upload
from ui.guard import MOST_BODY_BYTES
from ui.teaching import incoming
from ui.teaching.facts import KNOWN, SENTENCES, warnings_in_words
from ui.teaching.page import prepared_text
from ui.words import words_in

ROOT = Path(__file__).parents[1]
HERE = "http://127.0.0.1:7860"
OURS = {"origin": HERE, "sec-fetch-site": "same-origin"}
LENSES = b"# Lenses\n\nA lens bends light towards its axis.\n"


@pytest.fixture
def parts(tmp_path):
    parts = teaching_parts(tmp_path)
    yield parts
    parts.library.close()


@pytest.fixture
def app(parts):
    app = teaching_app(parts)
    yield app
    app.state.bench.close()


@pytest.fixture
def client(app):
    return TestClient(app, base_url=HERE, headers=OURS, client=("127.0.0.1", 50_000), cookies=signed_in(app))


@pytest.fixture
def course(client, parts):
    assert client.post("/api/teach/courses", json={"name": "optics", "title": "Light"}).status_code == 201
    return parts.library.open("optics")


@pytest.fixture
def bench(app):
    return app.state.bench


def open_drop(client, course="optics", **body) -> str:
    return client.post(f"/api/teach/courses/{course}/drops", json=body).json()["id"]


def put(client, drop: str, path: str, body=LENSES, course="optics", **options):
    return client.put(f"/api/teach/courses/{course}/drops/{drop}/file", params={"path": path}, content=body, **options)


def start(client, drop: str, course="optics"):
    return client.post(f"/api/teach/courses/{course}/drops/{drop}/start")


def wait_for(seen, patience_s: float = 30.0):
    until = time.monotonic() + patience_s
    while not (found := seen()):
        assert time.monotonic() < until, "what was waited for did not happen"
        time.sleep(0.02)
    return found


def finished(bench, drop: str, course="optics"):
    return wait_for(lambda: next((job for job in bench.look(course).jobs if job.id == drop and job.over), None))


def add(client, bench, files: dict[str, bytes], **body):
    """Drops these files and waits until they were read; gives the job."""
    drop = open_drop(client, **body)
    for path, content in files.items():
        assert put(client, drop, path, content).status_code == 201
    assert start(client, drop).status_code == 202
    return finished(bench, drop)


def statuses(job) -> dict[str, str]:
    return {file.path: file.status for file in job.files.values()}


# -- courses


def test_a_course_is_created_with_name_title_and_language(client, parts):
    made = client.post("/api/teach/courses", json={"name": "光学", "title": "光与透镜", "language": "zh"})
    assert made.status_code == 201 and made.json() == {"name": "光学", "title": "光与透镜"}
    course = parts.library.open("光学")
    assert (course.title, course.language, course.embedder) == ("光与透镜", "zh", "fake")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("optics", 409, "course_exists"), ("../x", 422, "course_name_invalid"), ("a/b", 422, "course_name_invalid")],
)
def test_a_name_that_is_taken_or_leads_elsewhere_is_refused(client, course, name, status, code):
    refused = client.post("/api/teach/courses", json={"name": name})
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_course_is_removed_only_by_typing_its_name(client, course, parts):
    refused = client.request("DELETE", "/api/teach/courses/optics", json={"confirm": "Optics"})
    assert (refused.status_code, refused.json()["code"]) == (422, "removal_not_confirmed")
    assert parts.library.names() == ["optics"]
    assert client.request("DELETE", "/api/teach/courses/optics", json={"confirm": "optics"}).status_code == 204
    assert parts.library.names() == [] and not course.folder.exists()


def test_removing_a_course_ends_what_is_added_to_it(client, course, parts):
    embedder = parts.engines.load("embedder")
    drop = open_drop(client)
    put(client, drop, "lenses.md")
    with ThreadPoolExecutor() as pool:
        with embedder.held():
            start(client, drop)
            assert embedder.at_work.wait(30)
            body = {"confirm": "optics"}
            removing = pool.submit(client.request, "DELETE", "/api/teach/courses/optics", json=body)
            time.sleep(0.2)
        assert removing.result().status_code == 204
    assert not course.folder.exists()


# -- drops


def test_a_folder_is_dropped_and_its_paths_are_kept(client, course, bench):
    files = {
        "week1/lenses.md": LENSES,
        "week1/deep/镜子.md": "# 镜子\n\n镜子反射光。\n".encode(),
        "mirror.md": b"# Mirror\n\nIt reflects.",
    }
    job = add(client, bench, files)
    assert job.status == "done"
    assert statuses(job) == dict.fromkeys(files, "added")
    assert [document.path for document in course.documents()] == sorted(files)
    assert course.file("week1/lenses.md").read_bytes() == LENSES
    assert verify(course) == []
    assert not job.incoming.folder.exists(), "what was uploaded is not kept twice"


def test_an_upload_goes_past_the_limit_of_questions_in_pieces_straight_to_the_disk(tmp_path):
    parts = teaching_parts(tmp_path, most_file_mb=100)
    app = teaching_app(parts)
    client = TestClient(app, base_url=HERE, headers=OURS, client=("127.0.0.1", 50_000), cookies=signed_in(app))
    client.post("/api/teach/courses", json={"name": "optics"})
    size, piece = MOST_BODY_BYTES + 5_000_000, b"x" * 1_000_000
    taken = put(client, open_drop(client), "lecture.bin", (piece for _ in range(size // len(piece))))
    assert taken.status_code == 201 and taken.json() == {"path": "lecture.bin", "size": size}
    [file] = [file for file in (tmp_path / "incoming").rglob("*") if file.is_file()]
    assert file.stat().st_size == size


def test_only_the_route_for_files_takes_more_than_questions_may_have():
    path = "/api/teach/courses/光学/drops/0a1b/file"
    assert is_upload({"method": "PUT", "path": path})
    assert not is_upload({"method": "POST", "path": path})
    for other in ("/api/ask", "/api/teach/courses", f"{path}/x", "/api/teach/courses/a/b/drops/0a1b/file"):
        assert not is_upload({"method": "PUT", "path": other})


@pytest.mark.parametrize("declared", [True, False], ids=["said beforehand", "found while it comes"])
def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_stays(client, course, declared, tmp_path):
    body = b"x" * 2_500_000
    refused = put(
        client,
        open_drop(client),
        "film.mp4",
        body if declared else (body[i : i + 9999] for i in range(0, len(body), 9999)),
    )
    assert refused.status_code == 413 and refused.json()["code"] == "document_too_large"
    assert "2 MB" in refused.json()["message"]
    assert [file for file in (tmp_path / "incoming").rglob("*") if file.is_file()] == []


def test_a_full_disk_is_said_and_nothing_of_the_file_stays(client, course, monkeypatch, tmp_path):
    async def full(pieces, file, too_large, most):
        file.write(b"as much as fits")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(incoming, "_write", full)
    refused = put(client, open_drop(client), "film.mp4")
    assert refused.status_code == 507 and refused.json()["code"] == "storage_full"
    assert [file for file in (tmp_path / "incoming").rglob("*") if file.is_file()] == []


def test_a_file_for_which_there_is_no_room_is_refused_before_it_is_sent(client, course, monkeypatch):
    usage = incoming.shutil.disk_usage("/")
    monkeypatch.setattr(incoming.shutil, "disk_usage", lambda folder: usage._replace(free=10))
    assert put(client, open_drop(client), "lenses.md").status_code == 507


@pytest.mark.parametrize(
    "path",
    [
        "../x.md", "a/../../x.md", "/etc/x.md", "C:/x.md", "a\\..\\x.md", "a//x.md", "./x.md", "", "a/", "a\nb.md", "a\0b.md",
        ".hidden", "a/.git/config", "~$lock.docx", "Thumbs.db", "x" * 300 + ".md", "a/" * 600 + "x.md",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_or_hides_is_refused(client, course, path, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    drop = open_drop(client)
    refused = put(client, drop, path)
    assert (refused.status_code, refused.json()["code"]) == (422, "upload_name_refused")
    assert [file for file in set(tmp_path.rglob("*")) - set(before) if file.is_file()] == []


def test_the_same_path_twice_in_a_drop_is_refused_and_the_first_stays(client, course, bench):
    drop = open_drop(client)
    put(client, drop, "lenses.md")
    refused = put(client, drop, "lenses.md", b"# Other\n\nOther words.\n")
    assert (refused.status_code, refused.json()["code"]) == (422, "upload_twice")
    start(client, drop)
    finished(bench, drop)
    assert course.file("lenses.md").read_bytes() == LENSES


def test_a_drop_without_files_is_refused_and_gone(client, course, bench):
    drop = open_drop(client)
    assert start(client, drop).json()["code"] == "drop_empty"
    assert bench.look("optics").jobs == ()


def test_to_a_drop_that_is_being_read_nothing_can_be_added(client, course, parts, bench):
    drop = open_drop(client)
    put(client, drop, "lenses.md")
    with parts.engines.load("embedder").held():
        start(client, drop)
        assert put(client, drop, "more.md").json()["code"] == "drop_closed"
    finished(bench, drop)
    assert put(client, "00", "more.md").json()["code"] == "drop_unknown"


def test_a_hostile_file_is_named_with_its_remedy_and_the_rest_is_read(client, course, bench):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"0" * 300_000_000)
    job = add(client, bench, {"bomb.zip": bomb.getvalue(), "broken.pdf": b"%PDF-1.4 and nothing", "lenses.md": LENSES})
    assert statuses(job) == {"bomb.zip": "failed", "broken.pdf": "failed", "lenses.md": "added"}
    english = client.get("/api/teach/courses/optics/list").text
    assert "bomb.zip was not unpacked" in english and "broken.pdf is damaged" in english
    chinese = client.get("/api/teach/courses/optics/list", headers={"accept-language": "zh"}).text
    assert "broken.pdf 已损坏" in chinese
    client.delete("/api/teach/courses/optics/refused", params={"document": "broken.pdf"})
    assert "broken.pdf" not in client.get("/api/teach/courses/optics/list").text


def test_what_was_refused_is_known_after_a_restart_until_it_is_added(client, course, bench, parts):
    add(client, bench, {"lenses.pdf": b"%PDF-1.4 and nothing", "lenses.md": LENSES})
    bench.close()
    again = teaching_app(parts)
    client = TestClient(again, base_url=HERE, headers=OURS, client=("127.0.0.1", 50_000), cookies=signed_in(again))
    html = client.get("/api/teach/courses/optics/list").text
    assert "Not added (1)" in html and "lenses.pdf is damaged" in html
    add(client, again.state.bench, {"lenses.pdf": pdf(paragraph(60, 80, LIPSUM))})
    assert "Not added" not in client.get("/api/teach/courses/optics/list").text
    again.state.bench.close()


def test_a_zip_is_unpacked_and_subtitles_go_with_their_recording(client, course, bench):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lenses.md", LENSES)
    subtitles = b"WEBVTT\n\n00:00.000 --> 00:01.000\nA lens bends light.\n"
    job = add(client, bench, {"week2.zip": packed.getvalue(), "talk.wav": tone(1.0).to_wav(), "talk.vtt": subtitles})
    assert statuses(job) == {"week2.zip": "taken", "week2/lenses.md": "added", "talk.wav": "added", "talk.vtt": "taken"}


def test_without_speech_recognition_recordings_are_refused_and_the_rest_is_read(client, course, bench, parts):
    parts.engines.engines["transcriber"] = WeightsMissing("Fetch them.", code="weights_missing", name="m", command="c")
    job = add(client, bench, {"talk.wav": tone(1.0).to_wav(), "lenses.md": LENSES})
    assert statuses(job) == {"talk.wav": "failed", "lenses.md": "added"}
    assert job.files["talk.wav"].error.code == "document_needs_transcriber"


def test_without_the_search_engine_the_drop_says_what_is_missing(client, course, bench, parts):
    parts.engines.engines["embedder"] = WeightsMissing("Fetch them.", code="weights_missing", name="m", command="c")
    job = add(client, bench, {"lenses.md": LENSES})
    assert job.status == "failed" and "coursemate weights pull" in job.to_json(words_in("en"))["error"]
    assert statuses(job) == {"lenses.md": "stopped"}


def test_a_fault_of_ours_ends_the_drop_with_a_sentence_and_the_next_is_read(client, course, bench, monkeypatch):
    monkeypatch.setattr("ui.teaching.bench.holds_recording", lambda folder: 1 / 0)
    job = add(client, bench, {"lenses.md": LENSES})
    assert job.status == "failed" and job.to_json(words_in("zh"))["error"].startswith("添加时出了问题")
    monkeypatch.undo()
    assert add(client, bench, {"lenses.md": LENSES}).status == "done"


# -- on the way


def test_one_drop_is_read_at_a_time_and_cancelling_keeps_what_was_read_before(client, course, parts, bench):
    embedder = parts.engines.load("embedder")
    first, second, third = (open_drop(client) for _ in range(3))
    put(client, first, "a.md")
    put(client, first, "b.md", b"# B\n\nMore on light.\n")
    put(client, second, "c.md", b"# C\n\nStill more on light.\n")
    put(client, third, "d.md", b"# D\n\nThe rest on light.\n")
    add(client, bench, {"before.md": b"# Before\n\nWhat was here before.\n"})
    with embedder.held():
        start(client, first)
        assert embedder.at_work.wait(30)
        start(client, second)
        start(client, third)
        told = {job.id: job.status for job in bench.look("optics").jobs}
        assert (told[first], told[second], told[third]) == ("running", "queued", "queued")
        assert course.chunks("before.md"), "the old passages answer meanwhile"
        assert client.delete(f"/api/teach/courses/optics/drops/{third}").status_code == 204
        assert client.delete(f"/api/teach/courses/optics/drops/{first}").status_code == 204
        assert {job.id: job.status for job in bench.look("optics").jobs}[first] == "stopping"
    assert statuses(finished(bench, first))["b.md"] == "stopped"
    assert finished(bench, second).status == "done"
    paths = [document.path for document in course.documents()]
    assert "before.md" in paths and "c.md" in paths and "b.md" not in paths and "d.md" not in paths
    assert verify(course) == []


def _events(client, enough) -> list[tuple[str, dict]]:
    """The events of the course until there are enough. The test client reads a whole response, so it ends with the bench."""
    bench = client.app.state.bench
    with ThreadPoolExecutor() as pool:
        text = pool.submit(lambda: client.get("/api/teach/courses/optics/events").text)
        wait_for(enough)
        time.sleep(0.7)  # two looks
        bench.close()
        parts = text.result().split("\n\n")
    lines = [part.split("\n") for part in parts if part.startswith("event: ")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in lines]


def test_whoever_comes_later_sees_all_that_happened(client, course, bench):
    job = add(client, bench, {"broken.pdf": b"%PDF-1.4 and nothing", "lenses.md": LENSES})
    (name, told), *_ = _events(client, lambda: True)
    assert name == "jobs"
    [seen] = told["jobs"]
    assert seen["id"] == job.id and seen["status"] == "done" and seen["seconds"] > 0
    by_path = {file["path"]: file for file in seen["files"]}
    assert by_path["lenses.md"]["status"] == "added" and by_path["lenses.md"]["chunks"] == 1
    assert "is damaged" in by_path["broken.pdf"]["error"]


def test_how_far_a_course_is_prepared_is_told_as_it_goes_on(tmp_path):
    prepared = {"optics": CourseRead(95, 40, 40)}
    parts = teaching_parts(tmp_path)
    parts.prepared = prepared
    app = teaching_app(parts)
    client = TestClient(app, base_url=HERE, headers=OURS, client=("127.0.0.1", 50_000), cookies=signed_in(app))
    client.post("/api/teach/courses", json={"name": "optics", "title": "Light"})
    with ThreadPoolExecutor() as pool:
        later = pool.submit(lambda: (time.sleep(0.5), prepared.update(optics=CourseRead(95, 95, 95))))
        events = _events(client, later.done)
    assert [told["text"] for name, told in events if name == "prepared"] == [
        words_in("en")("teach.preparing", share=42),
        words_in("en")("teach.prepared"),
    ]
    parts.library.close()


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (None, ""),
        (CourseRead(0), ""),
        (CourseRead(95), "0 %"),
        (CourseRead(95, 60, 50), "no room for more"),
        (CourseRead(95, 95, 50), "52 %"),
        (CourseRead(95, 95, 95), "Prepared"),
    ],
)
def test_what_is_said_of_a_courses_preparation(read, said):
    assert said in (text := prepared_text(read, words_in("en"))) and bool(text) == bool(said)


def test_while_a_file_is_read_its_stage_and_share_are_told(client, course, parts):
    drop = open_drop(client)
    put(client, drop, "lenses.md")
    with parts.engines.load("embedder").held():
        start(client, drop)
        assert parts.engines.load("embedder").at_work.wait(30)
        [job] = client.app.state.bench.look("optics").jobs
        told = job.step_json()
        assert told["status"] == "running" and told["left_s"] is None
        assert told["current"]["path"] == "lenses.md" and told["current"]["status"] == "reading"
        assert 0 <= told["current"]["share"] <= 1


# -- what is there


def test_a_file_of_the_same_path_replaces_the_old_one(client, course, bench):
    add(client, bench, {"lenses.md": LENSES})
    job = add(client, bench, {"lenses.md": b"# Lenses\n\nA thick lens bends light more.\n"})
    assert statuses(job) == {"lenses.md": "replaced"}
    assert "thick" in course.chunks("lenses.md")[0].text


def test_a_file_is_replaced_by_one_of_another_name_or_kind(client, course, bench):
    add(client, bench, {"week1/lenses.md": LENSES})
    add(client, bench, {"new words.md": b"# Lenses\n\nNew words on light.\n"}, replaces="week1/lenses.md")
    assert [document.path for document in course.documents()] == ["week1/lenses.md"]
    assert "New words" in course.chunks("week1/lenses.md")[0].text
    add(client, bench, {"lenses.txt": b"Plain words on light."}, replaces="week1/lenses.md")
    assert [document.path for document in course.documents()] == ["week1/lenses.txt"]


def test_a_replacement_that_cannot_be_read_leaves_the_old_file(client, course, bench):
    add(client, bench, {"lenses.md": LENSES})
    job = add(client, bench, {"lenses.pdf": b"%PDF-1.4 and nothing"}, replaces="lenses.md")
    assert statuses(job) == {"lenses.pdf": "failed"}
    assert [document.path for document in course.documents()] == ["lenses.md"]
    refused = client.post("/api/teach/courses/optics/drops", json={"replaces": "gone.md"})
    assert refused.json()["code"] == "document_unknown"


def test_a_file_is_removed(client, course, bench):
    add(client, bench, {"lenses.md": LENSES, "mirror.md": b"# Mirror\n\nIt reflects."})
    gone = client.delete("/api/teach/courses/optics/document", params={"document": "lenses.md"})
    assert gone.status_code == 204 and [document.path for document in course.documents()] == ["mirror.md"]
    again = client.delete("/api/teach/courses/optics/document", params={"document": "lenses.md"})
    assert (again.status_code, again.json()["code"]) == (404, "document_unknown")


def test_all_files_come_back_as_a_zip(client, course, bench, tmp_path):
    files = {
        "week1/lenses.md": LENSES,
        "光/镜子.md": "# 镜子\n\n镜子反射光。\n".encode(),
        "lost.md": b"# Lost\n\nIt will be lost.",
    }
    add(client, bench, files)
    course.file("lost.md").unlink()
    packed = client.get("/api/teach/courses/optics/zip")
    assert packed.headers["content-type"] == "application/zip" and "optics.zip" in packed.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == {path: files[path] for path in ("week1/lenses.md", "光/镜子.md")} | {
        "missing-files.txt": b"lost.md\n"
    }


def test_the_list_says_what_was_read_of_each_file_and_how_long_it_took(client, course, bench):
    add(client, bench, {"week1/lenses.pdf": pdf(paragraph(60, 80, LIPSUM), "")})
    html = client.get("/api/teach/courses/optics/list").text
    assert "PDF · 2 pages · 1 passage" in html and "Files (1)" in html and "week1" in html


# -- what was read


@pytest.fixture
def small(parts):
    make_small_course(parts.settings.home / "courses", "small")


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        (
            "refraction.pdf",
            ("Page 1", "api/courses/small/page?document=refraction.pdf&amp;page=1", "Light travels more slowly"),
        ),
        (
            "lenses.pptx",
            ("Slide 2", 'class="cm-slide"', "The focus is where parallel rays meet.", "Say more about: Focus"),
        ),
        ("lecture.wav", ("<audio", 'data-seek="4.00"', "A converging lens bends parallel rays")),
        ("eye.png", ("api/courses/small/picture?document=eye.png", "The eye: cornea, lens and retina.")),
        ("snell.md", ("Snell › The law", "Light &lt;b&gt;bends&lt;/b&gt;")),
    ],
)
def test_what_was_read_stands_beside_the_original(client, small, document, shown):
    html = client.get("/teach", params={"course": "small", "document": document}).text
    assert [part for part in shown if part not in html] == []


def test_a_page_of_which_nothing_was_read_says_so(client, course, bench):
    add(client, bench, {"lenses.pdf": pdf(paragraph(60, 80, LIPSUM), "")})
    html = client.get("/teach", params={"course": "optics", "document": "lenses.pdf"}).text
    assert html.index("Page 2") < html.index("Nothing was read here.")


def test_a_long_document_is_shown_in_parts(client, course, bench):
    add(client, bench, {"book.pdf": pdf(*(paragraph(60, 300, LIPSUM) for _ in range(45)))})
    for start, told, here, elsewhere in (
        (0, "1–40 of 45", "Page 40<", "Page 41<"),
        (40, "41–45 of 45", "Page 41<", "Page 40<"),
    ):
        html = client.get("/teach", params={"course": "optics", "document": "book.pdf", "start": start}).text
        assert told in html and f"<h2>{here}" in html and f"<h2>{elsewhere}" not in html


def test_pages_that_are_pictures_are_one_warning():
    warnings = [f"Page {n} is a picture; read by OCR." for n in (4, 5, 6, 9)] + ["Slide 2: odd.", "Own words."]
    assert warnings_in_words(warnings, words_in("en")) == [
        "Pages 4–6, 9 are pictures; they were read by OCR.", "Slide 2: odd.", "Own words.",
    ]  # fmt: skip
    assert warnings_in_words(warnings, words_in("zh"))[0] == "第 4–6, 9 页是图片，用文字识别读取。"


def test_the_warnings_that_are_said_in_other_words_are_those_of_the_readers():
    readers = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "knowledge" / "readers").glob("*.py"))
    readers = readers.replace("{where}", "")
    assert [sentence for sentence in (*KNOWN, *SENTENCES) if sentence not in readers] == []


def test_words_of_files_cannot_act_on_the_page(client, course, bench):
    add(
        client,
        bench,
        {"<img src=x onerror=alert(1)>.md": b"# <script>alert(1)</script>\n\n<script>alert(2)</script> words.\n"},
    )
    name = course.documents()[0].path
    for html in (
        client.get("/api/teach/courses/optics/list").text,
        client.get("/teach", params={"course": "optics", "document": name}).text,
    ):
        assert "<script>alert" not in html and "<img src=x" not in html


# -- who may


STATE_CHANGING = [
    ("POST", "/api/teach/courses"),
    ("DELETE", "/api/teach/courses/optics"),
    ("POST", "/api/teach/courses/optics/drops"),
    ("PUT", "/api/teach/courses/optics/drops/00/file?path=a.md"),
    ("POST", "/api/teach/courses/optics/drops/00/start"),
    ("DELETE", "/api/teach/courses/optics/drops/00"),
    ("DELETE", "/api/teach/courses/optics/document?document=a.md"),
    ("DELETE", "/api/teach/courses/optics/refused?document=a.md"),
    ("PUT", "/api/teach/courses/optics/limits"),
]


def test_the_table_below_names_every_route_that_changes_something(app):
    paths = app.openapi()["paths"]
    routes = {(method.upper(), path) for path, methods in paths.items() if "/teach" in path for method in methods}
    tried = {
        (method, path.partition("?")[0].replace("/optics", "/{course}").replace("/00", "/{drop}"))
        for method, path in STATE_CHANGING
    }
    assert {route for route in routes if route[0] != "GET"} == tried


@pytest.mark.parametrize(("method", "path"), STATE_CHANGING)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "http://localhost:9999", "sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {},
    ],
    ids=["another site", "another port", "another port, old browser", "no origin", "says nothing"],
)
def test_another_sites_page_can_change_nothing(app, course, parts, method, path, headers):
    stranger = TestClient(app, base_url=HERE, headers=headers, client=("127.0.0.1", 50_000), cookies=signed_in(app))
    refused = stranger.request(method, path, json={"name": "new", "confirm": "optics"})
    assert refused.status_code == 403
    # A foreign origin does not get past the border; what says nothing of where it comes from, not past the teacher's door.
    expected = "origin_refused" if "origin" in headers else "teacher_other_site"
    assert refused.json()["code"] == expected
    assert parts.library.names() == ["optics"]


@pytest.mark.parametrize(
    ("client_host", "headers"),
    [
        ("192.168.1.7", {}),
        ("192.168.1.7", {"host": "localhost:7860", "origin": "http://localhost:7860"}),
        ("127.0.0.1", {"host": "course.school.example", "origin": "http://course.school.example"}),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.9"}),
        ("127.0.0.1", {"forwarded": "for=10.0.0.9"}),
    ],
    ids=[
        "from elsewhere",
        "from elsewhere as localhost",
        "by another name",
        "through a proxy",
        "through another proxy",
    ],
)
def test_readers_elsewhere_get_a_page_that_says_why_and_no_answer_from_the_api(tmp_path, client_host, headers):
    parts = teaching_parts(tmp_path)
    parts.settings.host = "0.0.0.0"  # where the guard lets every name in
    app = teaching_app(parts)
    stranger = TestClient(app, base_url=HERE, headers={**OURS, **headers}, client=(client_host, 50_000))
    shown = stranger.get("/teach")
    assert shown.status_code == 403 and "Until a password is chosen" in shown.text and "ct-create" not in shown.text
    for path in ("optics/list", "optics/zip", "optics/events"):
        refused = stranger.get(f"/api/teach/courses/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "teacher_only_here")
    assert stranger.post("/api/teach/courses", json={"name": "x"}).status_code == 403
    assert stranger.get("/api/courses").status_code == 200, "students are not concerned"


def test_another_site_may_lead_to_the_page_but_neither_frame_it_nor_fetch_from_it(app, course):
    foreign = {"sec-fetch-site": "cross-site"}
    reader = TestClient(app, base_url=HERE, headers=foreign, client=("127.0.0.1", 50_000), cookies=signed_in(app))
    page = reader.get("/teach", headers={"sec-fetch-mode": "navigate"})
    assert page.status_code == 200 and "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"].partition("script-src")[2].partition(";")[0]
    assert reader.get("/api/teach/courses/optics/zip", headers={"sec-fetch-mode": "no-cors"}).status_code == 403


def test_without_a_course_the_student_page_leads_the_teacher_on_and_nobody_else():
    words = words_in("en")
    assert 'href="teach"' in frame.no_course_html(words, teacher=True)
    assert 'href="teach"' not in frame.no_course_html(words)
    assert 'href="teach"' in frame.header_html([], "", words, teacher=True)
    assert 'href="teach"' not in frame.header_html([], "", words)


@pytest.mark.parametrize("query", [{"course": "gone"}, {"course": "optics", "document": "gone.md"}, {"course": "../x"}])
def test_what_is_not_there_is_a_page_that_says_so(client, course, query):
    shown = client.get("/teach", params=query)
    assert shown.status_code == 404 and "<h1>That is not here</h1>" in shown.text
