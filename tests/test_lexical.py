import sqlite3

import pytest

from knowledge.lexical import as_written, content_words, fts_query, fts_text, words


def test_lens_and_lenses_are_one_word():
    assert words("lens lenses") == [words("lens")[0]] * 2


def test_chinese_becomes_overlapping_pairs():
    assert words("凸透镜 focal") == ["凸透", "透镜", words("focal")[0]]


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("what is the f-number?", ["number"]),
        ("explain this", []),
        ("why?", []),
        ("Snell's law", ["snell", "law"]),
        ("什么是焦距？", ["焦距"]),
    ],
)
def test_content_words_say_what_a_question_is_about(question, about):
    assert content_words(question) == about


@pytest.mark.parametrize("asked", ['"quotes"', "a AND b", "NEAR(x)", "col:um", "x*", "焦", "-minus", "'; DROP TABLE t"])
def test_no_question_breaks_the_keyword_query(asked):
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5 (words)")
    db.execute("INSERT INTO t VALUES (?)", (fts_text("focal 焦距 quotes minus"),))
    wanted = content_words(asked)
    if wanted:
        db.execute("SELECT rowid FROM t WHERE words MATCH ?", (fts_query(wanted),)).fetchall()


def test_a_single_chinese_character_finds_the_words_it_begins():
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5 (words)")
    db.execute("INSERT INTO t VALUES (?)", (fts_text("凸透镜"),))
    assert db.execute("SELECT 1 FROM t WHERE words MATCH ?", (fts_query(["透"]),)).fetchall()


def test_traditional_and_simplified_characters_find_each_other():
    assert words("顏色") == words("颜色")


def test_words_are_told_as_they_are_written_and_overlapping_pairs_as_one():
    text = "What do Lenses’ foci do in 平面镜和凸透镜?"
    assert as_written(text, words("lens 平面镜 透镜")) == ["lenses", "平面镜", "透镜"]
    assert as_written("光和镜", ["光和"]) == ["光和"] and as_written("镜面镜面", ["镜面"]) == ["镜面"]
    assert as_written(text, []) == []
