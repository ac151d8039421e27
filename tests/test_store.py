import sqlite3

import pytest

from chatbot.conversation import Answer, Citation, Turn
from chatbot.store import Store, StoreDamaged
from knowledge.documents import Locator
from knowledge.picture import Picture

CITATION = Citation(1, "a.pdf", "A", Locator(page=2, heading="h"), "Light bends.", chunk_id=7)
ANSWER = Answer("answered", "Light bends [1].", "en", (CITATION,), question="why?", heard="why", notices=("no_voice",))


def test_a_conversation_comes_back_as_it_was_after_a_restart(tmp_path):
    store = Store(tmp_path / "c.sqlite")
    conversation = store.begin("optics", "en")
    picture = Picture(b"bytes", "image/png", 3, 2)
    store.append(conversation, Turn("why?", picture=picture), ANSWER)
    store.close()
    [turn] = Store(tmp_path / "c.sqlite").turns(conversation)
    assert (turn.question, turn.heard, turn.picture, turn.answer) == ("why?", "why", picture, ANSWER)
    assert turn.answer.citations[0].chunk_id == 7


def test_the_tutor_is_not_reminded_of_what_the_course_did_not_say(tmp_path):
    store = Store(tmp_path / "c.sqlite")
    conversation = store.begin("optics", "en")
    store.append(conversation, Turn("why?"), ANSWER)
    store.append(conversation, Turn("weather?"), Answer("not_found", "The course does not say.", "en", question="weather?"))
    assert [exchange.question for exchange in store.history(conversation)] == ["why?"]


def test_ids_cannot_be_guessed_and_an_unknown_one_is_an_empty_conversation(tmp_path):
    store = Store(tmp_path / "c.sqlite")
    ids = {store.begin("optics", "en") for _ in range(20)}
    assert len(ids) == 20 and min(map(len, ids)) >= 32
    assert store.turns("1") == [] and store.course("1") is None


def test_a_damaged_file_says_what_to_do(tmp_path):
    (tmp_path / "c.sqlite").write_bytes(b"no database at all, but long enough to look like one" * 10)
    with pytest.raises(StoreDamaged, match="Move that file away"):
        Store(tmp_path / "c.sqlite")


def test_a_conversation_belongs_to_one_owner_and_one_course(tmp_path):
    store = Store(tmp_path / "c.sqlite")
    mine, other = store.begin("optics", "en", "anna"), store.begin("optics", "en")
    assert store.belongs(mine, "optics", "anna") and store.belongs(other, "optics")
    assert not store.belongs(mine, "optics") and not store.belongs(mine, "music", "anna")
    assert [c.id for c in store.conversations("optics", "anna")] == [mine]


def test_conversations_of_an_earlier_version_are_still_there(tmp_path):
    old = sqlite3.connect(tmp_path / "c.sqlite")
    old.executescript(
        """CREATE TABLE conversations (id TEXT PRIMARY KEY, course TEXT NOT NULL, language TEXT NOT NULL, began REAL NOT NULL);
        INSERT INTO conversations VALUES ('x', 'optics', 'en', 1.0);"""
    )
    old.close()
    store = Store(tmp_path / "c.sqlite")
    assert store.belongs("x", "optics") and store.course("x") == "optics"
    assert store.belongs(store.begin("optics", "en", "anna"), "optics", "anna")


def test_a_question_back_keeps_its_topics_and_is_not_what_this_is_next_time(tmp_path):
    store = Store(tmp_path / "c.sqlite")
    conversation = store.begin("optics", "en")
    store.append(conversation, Turn("explain this"), Answer("unclear", "What is meant?", "en", question="explain this", topics=("Lenses",)))
    assert store.turns(conversation)[0].answer.topics == ("Lenses",)
    assert store.history(conversation) == ()
