"""The command line without weights: usage, exit statuses, and failures that say what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chatbot.settings import read_settings
from knowledge.documents import Chunk, Document, Figure, Locator
from knowledge.library import Library
from ui.cli import build_parser, main

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEMATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COURSEMATE_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "home"


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["search", "x"], ["weights"], ["course", "create"], ["ask", "--audio"]])
def test_wrong_usage_exits_with_2(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve"], "coursemate weights pull"),
        (["ask", "why?"], "coursemate course add"),
        (["search", "nothing", "query"], "There is no course named 'nothing'"),
        (["course", "remove", "nothing"], "There is no course named 'nothing'"),
        (["course", "create", "../up"], "cannot be a course's name"),
        (["weights", "pull", "nothing"], "Choose one of"),
        (["weights", "verify", "tiny"], "coursemate weights pull tiny"),
        (["ask", "why?", "--audio", "/nowhere.wav"], "/nowhere.wav"),
    ],
)
def test_a_failure_is_one_sentence_with_the_remedy_and_status_1(arguments, said, capsys, home, monkeypatch):
    monkeypatch.setenv("COURSEMATE_OFFLINE", "1")
    if "--audio" in arguments:
        (home / "courses").mkdir(parents=True)
        from knowledge.library import Library

        Library(home / "courses").create("only", embedder="x", dimensions=2)
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told


def test_an_unknown_setting_is_named(capsys, monkeypatch):
    monkeypatch.setenv("COURSEMATE_PROFLIE", "tiny")
    assert main(["course", "list"]) == 1
    assert "COURSEMATE_PROFLIE" in capsys.readouterr().err


def test_a_list_without_courses_is_empty_json_and_no_failure(capsys):
    assert main(["course", "list", "--json"]) == 0
    assert capsys.readouterr().out.strip() == "[]"


def test_doctor_names_what_is_missing_and_the_command_that_brings_it(capsys):
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "MISSING  weights" in out and "coursemate weights pull" in out


def test_doctor_says_which_courses_have_figures_that_text_does_not_find(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COURSEMATE_PICTURE_EMBEDDER", str(tmp_path / "tiny-clip"))
    settings = read_settings()
    library = Library(settings.courses)
    course = library.create("optics", embedder="hash", dimensions=2)
    (tmp_path / "a.pdf").write_text("a")
    document = Document("a.pdf", "A", "pdf", "en", (), (Figure(Locator(page=1), b"image"),))
    course.store(document, tmp_path / "a.pdf", [Chunk("Light.", Locator(page=1))], np.eye(1, 2, dtype=np.float32))
    library.close()
    main(["doctor"])
    out = capsys.readouterr().out
    assert "1 of 1 figures were not embedded with tiny-clip" in out and "coursemate course embed optics" in out


def test_weights_are_listed_with_size_and_licence(capsys):
    assert main(["weights", "list", "tiny"]) == 0
    out = capsys.readouterr().out
    assert "smollm2-135m-instruct-q4_1" in out and "98 MB" in out and "Apache-2.0" in out


def test_every_command_of_the_contract_has_help():
    for command in ("serve", "doctor", "weights", "eval", "course", "search", "ask"):
        done = subprocess.run([sys.executable, "-m", "ui.cli", command, "--help"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0 and "usage: coursemate" in done.stdout


def test_the_readme_names_every_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("coursemate serve", "coursemate course add", "coursemate ask", "coursemate eval", "coursemate doctor"):
        assert command in readme
    assert build_parser().prog == "coursemate"
