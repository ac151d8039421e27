"""Beginnings of prompts that are read while nobody asks, and kept in a folder."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest

from chatbot.chat_model import Message
from chatbot.chat_model.disk_prefixes import DiskPrefixes
from chatbot.chat_model.units import shared_length
from knowledge.errors import EngineFailed

LESSONS = [Message("system", f"You are a tutor of lesson {n}. " + "Light is slowed down by glass, and so it bends. " * 8) for n in range(3)]


# The folder


def data(size: int = 1000) -> np.ndarray:
    return np.arange(size, dtype=np.uint8)


def test_the_file_that_shares_most_is_found_among_many(tmp_path):
    generator = np.random.default_rng(7)
    prompts = [generator.integers(0, 4, size=generator.integers(3, 12)).tolist() for _ in range(60)]
    kept = DiskPrefixes(tmp_path, 10, "model")
    for prompt in prompts:
        kept.put(prompt, data())
    for asked in (generator.integers(0, 4, size=9).tolist() for _ in range(200)):
        assert kept.shared(asked) == max(shared_length(prompt, asked) for prompt in prompts)


def test_what_was_put_is_found_again_by_the_next_program(tmp_path):
    DiskPrefixes(tmp_path, 10, "model").put([1, 2, 3], data())
    assert DiskPrefixes(tmp_path, 10, "another model").shared([1, 2, 3]) == 0
    found = DiskPrefixes(tmp_path, 10, "model").nearest([1, 2, 9], more_than=1)
    assert found.units == [1, 2, 3]
    assert (found.data == data()).all()


def test_a_damaged_file_is_only_a_file_less(tmp_path):
    DiskPrefixes(tmp_path, 10, "model").put([1, 2, 3], data())
    file = next(tmp_path.rglob("*.npz"))
    kept = DiskPrefixes(tmp_path, 10, "model")
    file.write_bytes(b"PK damaged")
    assert kept.nearest([1, 2, 3], more_than=0) is None
    assert kept.shared([1, 2, 3]) == 0
    assert not file.exists()


def test_when_there_is_no_more_room_it_says_so_and_nothing_has_to_go(tmp_path):
    kept = DiskPrefixes(tmp_path, 1, "model")
    assert kept.has_room()
    kept.put([1], data(400_000))
    kept.put([2], data(400_000))
    assert not kept.has_room()
    assert kept.shared([1]) == kept.shared([2]) == 1


def test_only_what_is_wanted_stays(tmp_path):
    kept = DiskPrefixes(tmp_path, 10, "model")
    for n in range(3):
        kept.put([n, n], data())
    kept.keep_only({(1, 1)})
    assert [kept.shared([n, n]) for n in range(3)] == [0, 2, 0]
    assert len(list(tmp_path.rglob("*.npz"))) == 1


def test_what_a_model_has_that_was_not_used_for_long_is_removed(tmp_path):
    for model in ("old", "of yesterday", "present"):
        DiskPrefixes(tmp_path, 10, model).put([1, 2, 3], data())
    for model, days in (("old", 8), ("of yesterday", 1)):
        for file in (tmp_path / model, *(tmp_path / model).iterdir()):
            os.utime(file, (time.time() - days * 86400,) * 2)
    (tmp_path / "a file").touch()
    DiskPrefixes(tmp_path, 10, "present").remove_forsaken()
    assert {found.name for found in tmp_path.iterdir()} == {"of yesterday", "present", "a file"}
    assert DiskPrefixes(tmp_path, 10, "present").shared([1, 2, 3]) == 3


# The engine


@pytest.fixture
def model(monkeypatch) -> Iterator:
    pytest.importorskip("llama_cpp")
    from chatbot.chat_model import llama

    monkeypatch.setattr(llama, "_QUIET_S", 0.0)
    loaded = open_model()
    yield loaded
    loaded.close()


def open_model():
    from chatbot.chat_model.llama import LlamaChatModel
    from tests.test_chat_model import tiny_weights

    return LlamaChatModel(tiny_weights(), context_tokens=1024, students=2)


def beginnings() -> list[list[Message]]:
    return [[lesson, Message("user", "Passages")] for lesson in LESSONS]


@pytest.mark.weights
def test_a_question_finds_its_beginning_read_after_a_restart(model, tmp_path):
    assert list(model.keep(beginnings(), tmp_path, 100)) == [True] * 3
    model.close()
    again = open_model()
    question = [LESSONS[1], Message("user", "Passages. Why does light bend?")]
    assert again.unread(question) > 100
    again.recall(tmp_path, 100)
    assert again.unread(question) < 24
    assert sum(again.judge(question, ("Yes", "No")).values()) == pytest.approx(1)
    assert list(again.keep(beginnings(), tmp_path, 100)) == [True] * 3
    again.close()


@pytest.mark.weights
def test_what_is_kept_says_what_reading_it_says(model, tmp_path):
    question = [LESSONS[0], Message("user", "Passages. Does glass slow light down?")]
    read = model.judge(question, ("Yes", "No"))
    model.close()
    again = open_model()
    list(again.keep(beginnings(), tmp_path, 100))
    assert again.judge(question, ("Yes", "No"))["Yes"] == pytest.approx(read["Yes"], abs=0.02)
    again.close()


@pytest.mark.weights
def test_what_the_course_lost_is_removed(model, tmp_path):
    list(model.keep(beginnings(), tmp_path, 100))
    list(model.keep(beginnings()[:1], tmp_path, 100))
    assert len(list(tmp_path.rglob("*.npz"))) == 1


@pytest.mark.weights
def test_a_folder_that_was_removed_is_begun_anew(model, tmp_path):
    list(model.keep(beginnings(), tmp_path / "read", 100))
    shutil.rmtree(tmp_path / "read")
    assert list(model.keep(beginnings(), tmp_path / "read", 100)) == [True] * 3
    assert len(list(tmp_path.rglob("*.npz"))) == 3


@pytest.mark.weights
def test_a_full_folder_is_told_and_never_overrun(model, tmp_path):
    told = list(model.keep([[lesson, Message("user", f"{n} " * 60)] for n in range(4) for lesson in LESSONS], tmp_path, 20))
    assert told[0]
    assert not told[-1]
    assert sum(file.stat().st_size for file in tmp_path.rglob("*.npz")) <= 20_000_000


@pytest.mark.weights
def test_a_question_is_answered_while_a_course_is_read(model, tmp_path):
    many = [[lesson, Message("user", f"{n} " * 80)] for n in range(40) for lesson in LESSONS]
    told: list[bool] = []

    def read() -> None:
        with suppress(EngineFailed):  # closed before it had read all
            told.extend(model.keep(many, tmp_path, 2000))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    wait_for(lambda: any(tmp_path.rglob("*.npz")))
    began = len(list(tmp_path.rglob("*.npz")))
    assert "".join(model.stream([Message("user", "Say something about light.")]))
    assert len(list(tmp_path.rglob("*.npz"))) - began <= 2  # it did not go on reading meanwhile
    model.close()
    reader.join(20)
    assert not reader.is_alive()
    assert len(told) < len(many)


@pytest.mark.weights
def test_it_waits_until_nobody_has_asked_for_a_while(model, tmp_path, monkeypatch):
    from chatbot.chat_model import llama

    monkeypatch.setattr(llama, "_QUIET_S", 3.0)
    model.judge([Message("user", "Yes or No?")], ("Yes", "No"))
    asked = time.monotonic()
    assert next(model.keep(beginnings(), tmp_path, 100))
    assert time.monotonic() - asked >= 3.0


@pytest.mark.weights
def test_stopping_ends_it_and_keeps_what_was_read(model, tmp_path):
    from chatbot.stopping import Stop, stoppable

    stop = Stop()
    with stoppable(stop):
        for n, _ in enumerate(model.keep(beginnings(), tmp_path, 100), start=1):
            if n == 2:
                stop.set()
    assert n == 2
    assert len(list(tmp_path.rglob("*.npz"))) == 2


def wait_for(true, timeout_s: float = 20.0) -> None:
    until = time.monotonic() + timeout_s
    while not true() and time.monotonic() < until:
        time.sleep(0.005)
    assert true()
