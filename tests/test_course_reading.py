"""Courses are read before anybody asks about them."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest

from chatbot.conversation import Exchange
from chatbot.course_reading import CourseRead, CourseReader, beginnings, read_course, shelf_of
from chatbot.prompting import answering_rules, build_messages, judging_rules
from knowledge.documents import Chunk, Document, Locator
from knowledge.errors import CourseDamaged
from knowledge.library import Library
from knowledge.standing import standing_alone
from tests.fakes import FakeChatModel
from ui.cli import main

TEXTS = ("Light bends towards the normal in glass.", "It is slowed down there.", "A prism makes colours of it.")


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "courses")
    yield library
    library.close()


def store(library: Library, name: str, texts=TEXTS):
    course = library.open(name) if name in library.names() else library.create(name, embedder="fake", dimensions=4)
    file = library.folder / "notes.md"
    file.write_text("\n".join(texts))
    chunks = [Chunk(text, Locator(page=n), ("Light",)) for n, text in enumerate(texts, start=1)]
    course.store(Document("notes.md", "Notes", "markdown", "en", ()), file, chunks, np.eye(4, dtype=np.float32)[[0] * len(texts)])
    return course


def wait_for(true, timeout_s: float = 20.0) -> None:
    until = time.monotonic() + timeout_s
    while not true() and time.monotonic() < until:
        time.sleep(0.005)
    assert true()


def test_every_prompt_with_a_passage_first_begins_as_one_that_was_read(library):
    course = store(library, "optics")
    read = list(beginnings(course))
    passages = standing_alone(course, course.chunks("notes.md"))
    assert len(read) == 2 * len(passages) == 6
    assert passages[1].text.startswith("Light bends")  # "It is slowed down there" stands with what it speaks of
    earlier = (Exchange("What is light?", "A wave [1]."),)
    for rules, begun in ((answering_rules("en"), read[:3]), (judging_rules(), read[3:])):
        for messages, passage in zip(begun, passages, strict=True):
            for history in ((), earlier):
                asked = build_messages("Why?", (passage,), history, rules=rules)
                assert asked[:-1] == messages[:-1]
                assert asked[-1].text.startswith(messages[-1].text) and asked[-1].text.endswith("Question: Why?")


def test_how_far_it_is_is_told(library):
    course = store(library, "optics")
    chat = FakeChatModel()
    told = list(read_course(course, chat, 100))
    assert told == [CourseRead(6, n, n) for n in range(1, 7)]
    assert shelf_of(course).parent == course.folder
    assert len(chat.kept[shelf_of(course)]) == 6


def test_all_courses_are_read_and_again_what_changed(library, monkeypatch):
    monkeypatch.setattr("chatbot.course_reading._LOOK_S", 0.01)
    courses = [store(library, name) for name in ("optics", "sound")]
    chat = FakeChatModel()
    reader = CourseReader(library, SimpleNamespace(load=lambda role: chat), 100)
    reader.start()
    try:
        wait_for(lambda: reader.states.get("sound") == CourseRead(6, 6, 6))
        store(library, "optics", [*TEXTS, "A lens gathers it."])
        wait_for(lambda: reader.states["optics"] == CourseRead(8, 8, 8))
        assert len(chat.kept[shelf_of(courses[1])]) == 6  # what did not change is not looked at again
    finally:
        reader.close()


def test_a_damaged_course_keeps_no_other_from_being_read(library, monkeypatch):
    for name in ("optics", "sound"):
        store(library, name)
    opened = library.open

    def refusing(name):
        if name == "optics":
            raise CourseDamaged("damaged", code="course_damaged", course=name)
        return opened(name)

    monkeypatch.setattr(library, "open", refusing)
    reader = CourseReader(library, SimpleNamespace(load=lambda role: FakeChatModel()), 100)
    reader.start()
    try:
        wait_for(lambda: reader.states.get("sound") == CourseRead(6, 6, 6))
    finally:
        reader.close()


def test_nothing_is_read_where_the_settings_leave_no_room(library):
    store(library, "optics")
    reader = CourseReader(library, SimpleNamespace(load=lambda role: pytest.fail("the model was asked for")), 0)
    reader.start()
    reader.close()
    assert reader.states == {}


@pytest.mark.parametrize(("room", "status", "said"), [(100, 0, "has read optics"), (0, 1, "course_cache_mb")])
def test_the_command_reads_a_course_at_once_or_says_what_is_in_the_way(tmp_path, monkeypatch, capsys, room, status, said):
    monkeypatch.setenv("COURSEMATE_HOME", str(tmp_path))
    monkeypatch.setenv("COURSEMATE_COURSE_CACHE_MB", str(room))
    monkeypatch.setattr("ui.commands.courses.build_engines", lambda settings: SimpleNamespace(load=lambda role: FakeChatModel()))
    library = Library(tmp_path / "courses")
    store(library, "optics")
    library.close()
    assert main(["course", "read", "optics"]) == status
    assert said in capsys.readouterr().err
