"""Typed, spoken and shown questions on real weights (profile tiny), through the command line and through HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from knowledge.sound import decode_sound
from tests.conftest import GOLDEN

pytestmark = pytest.mark.weights
COURSEMATE = Path(sys.executable).with_name("coursemate")


@pytest.fixture(scope="module")
def home(sample_library) -> Path:
    return sample_library.folder.parent


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(COURSEMATE), *arguments],
        env={**os.environ, "COURSEMATE_HOME": str(home), "COURSEMATE_PROFILE": "tiny", **environment},
        capture_output=True,
        text=True,
        timeout=180,
    )


CONTRACT = {"status", "answer", "citations", "heard", "seen", "timings"}
TIMINGS = {
    "transcribe_ms", "look_ms", "retrieve_ms", "first_token_ms", "first_sound_ms", "total_ms", "prompt_tokens",
    "answer_tokens", "tokens_per_s",
}  # fmt: skip


def holds(answer: dict, sample_library) -> None:
    """The contract of an answer: its keys, and quotes that stand word for word in their document."""
    assert set(answer) >= CONTRACT and set(answer["timings"]) == TIMINGS
    assert answer["status"] in ("answered", "not_found") and answer["answer"]
    course = sample_library.open("sample")
    for citation in answer["citations"]:
        assert any(citation["quote"] in passage.text for passage in course.chunks(citation["document"]))
        assert f"[{citation['n']}]" in answer["answer"]


def test_a_typed_question_on_the_command_line(home, sample_library):
    done = run(home, "ask", "sample", "What is the critical angle of glass?", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    holds(answer, sample_library)
    assert answer["heard"] is None and answer["seen"] is None
    assert answer["timings"]["prompt_tokens"] < 900


def test_a_spoken_question_on_the_command_line_answered_aloud(home, sample_library, tmp_path):
    sound = GOLDEN / "law-of-reflection.wav"
    out = tmp_path / "answer.wav"
    done = run(home, "ask", "--audio", str(sound), "--speak", str(out), "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    holds(answer, sample_library)
    assert "law of reflection" in answer["heard"].lower()
    if answer["status"] == "answered":
        assert decode_sound(out.read_bytes(), longest_s=600).duration_s > 0.5
        assert answer["timings"]["first_sound_ms"] is not None


def test_a_picture_question_on_the_command_line(home, sample_library):
    done = run(home, "ask", "sample", "explain this", "--image", str(GOLDEN / "index-table-photo.jpg"), "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    holds(answer, sample_library)
    assert answer["seen"] and answer["timings"]["look_ms"] is not None


def test_search_prints_the_contract(home):
    done = run(home, "search", "sample", "why is the sky dark between two rainbows", "-k", "3", "--json")
    found = json.loads(done.stdout)
    assert set(found) == {"query", "passages", "ms"} and len(found["passages"]) == 3
    assert set(found["passages"][0]) == {"rank", "score", "document", "locator", "text"}
    assert "mini-lecture.mp3" in {passage["document"] for passage in found["passages"]}
    lecture = next(p for p in found["passages"] if p["document"] == "mini-lecture.mp3")
    assert 0 <= lecture["locator"]["start_s"] < lecture["locator"]["end_s"] <= 130


def test_search_says_why_when_asked(home):
    found = json.loads(run(home, "search", "sample", "Snell's law", "-k", "2", "--json", "--why").stdout)
    assert found["evidence"] in ("strong", "fair", "weak")
    assert set(found["passages"][0]["why"]) == {"ranks", "words"}


def test_the_course_list_prints_the_contract(home):
    [course] = json.loads(run(home, "course", "list", "--json").stdout)
    assert set(course) == {"name", "title", "language", "documents", "chunks", "figures"}
    assert (course["name"], course["documents"]) == ("sample", 6) and course["figures"] >= 10


def test_adding_prints_a_line_of_json_for_every_file(home, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    (given / "prisms.md").write_text("# Prisms\n\nA prism parts white light into its colours.\n")
    (given / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")

    def lines(*arguments: str) -> tuple[int, dict[str, dict]]:
        done = run(home, "course", "add", "added", str(given), "--json", *arguments)
        return done.returncode, {line["document"]: line for line in map(json.loads, done.stdout.splitlines())}

    status, first = lines()
    assert status == 1 and first["broken.pdf"]["status"] == "failed" and "broken.pdf" in first["broken.pdf"]["error"]
    assert set(first["prisms.md"]) == {"document", "status", "pages", "chunks", "figures", "warnings", "seconds"}
    assert first["prisms.md"]["status"] == "added" and first["prisms.md"]["chunks"] == 1
    (given / "broken.pdf").unlink()
    (given / "prisms.md").rename(given / "colours.md")
    status, second = lines()
    assert (status, second["colours.md"]["status"], set(second)) == (0, "unchanged", {"colours.md"})
    (given / "colours.md").rename(tmp_path / "colours.md")
    (given / "other.md").write_text("# Mirrors\n\nA mirror turns light back.\n")
    status, third = lines("--sync")
    assert {name: line["status"] for name, line in third.items()} == {"other.md": "added", "colours.md": "removed"}
    assert run(home, "course", "verify", "added").returncode == 0
    assert run(home, "course", "repair", "added").returncode == 0
    assert run(home, "course", "remove", "added").returncode == 0


def test_eval_prints_recall_and_rank(home, tmp_path):
    golden = tmp_path / "golden.jsonl"
    golden.write_text(
        json.dumps({"question": "who invented the kaleidoscope", "relevant": []})
        + "\n"
        + json.dumps({"question": "万花筒是谁发明的？", "relevant": [{"document": "光的反射与平面镜.md"}]}),
        encoding="utf-8",
    )
    done = run(home, "eval", "sample", str(golden), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["all"]["hit@3"] == 1.0


@pytest.fixture(scope="module")
def server(home):
    """`coursemate serve` as a process of its own on a free port, with its engines loaded."""
    process = subprocess.Popen(
        [str(COURSEMATE), "serve", "--port", "0"],
        env={**os.environ, "COURSEMATE_HOME": str(home), "COURSEMATE_PROFILE": "tiny"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+:\d+", line)))
        assert any("Everything is loaded" in line for line in process.stderr)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def ask(server: str, *, files=None, **form: str) -> dict[str, list[dict]]:
    """The events of one turn by name."""
    events: dict[str, list[dict]] = {}
    with httpx.stream("POST", f"{server}/api/ask", data={"course": "sample", **form}, files=files, timeout=180) as told:
        assert told.status_code == 200, told.read()
        name = ""
        for line in told.iter_lines():
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
            elif line.startswith("data:"):
                events.setdefault(name, []).append(json.loads(line.removeprefix("data:")))
    assert "error" not in events, events["error"]
    return events


def test_a_typed_question_over_http(server, sample_library):
    events = ask(server, question="What is the critical angle of glass?")
    assert len(events["found"]) == 1
    assert events["done"][0]["status"] in ("answered", "not_found")


def test_a_spoken_question_over_http(server):
    sound = (GOLDEN / "optical-fibre.wav").read_bytes()
    events = ask(server, files={"audio": ("question.wav", sound, "audio/wav")})
    assert "fibre" in events["heard"][0]["text"].lower() or "fiber" in events["heard"][0]["text"].lower()


def test_a_picture_question_over_http(server):
    picture = (GOLDEN / "fovea-photo.jpg").read_bytes()
    events = ask(server, question="explain this", files={"image": ("photo.jpg", picture, "image/jpeg")})
    assert "fovea" in events["looked"][0]["text"].lower()


@pytest.mark.parametrize(
    ("form", "files", "code"),
    [
        ({"question": ""}, None, "question_empty"),
        ({"question": "a" * 10_000}, None, "question_too_long"),
        ({"question": "\x07\x08"}, None, "question_empty"),
        ({"question": "x"}, {"audio": ("a.wav", b"no sound at all", "audio/wav")}, "sound_unreadable"),
        ({"question": "x"}, {"image": ("a.png", b"\x89PNG\r\n\x1a\nbroken", "image/png")}, "picture_unreadable"),
    ],
)
def test_bad_input_over_http_is_a_clear_error_and_never_an_answer(server, form, files, code):
    told = httpx.post(f"{server}/api/ask", data={"course": "sample", **form}, files=files, timeout=60)
    assert code in told.text and "event: done" not in told.text


def test_the_port_taken_is_said_with_the_remedy(server, home):
    port = server.rpartition(":")[2]
    done = run(home, "serve", "--port", port)
    assert done.returncode == 1
    assert f"--port {int(port) + 1}" in done.stderr and "Traceback" not in done.stderr
