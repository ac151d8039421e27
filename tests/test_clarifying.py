from types import SimpleNamespace

import pytest

from chatbot.clarifying import names_nothing
from knowledge.topics import topics


@pytest.mark.parametrize(
    "question",
    [
        "explain this", "Explain this!", "what does this mean?", "What is this?", "help", "Help me please", "why?", "Why", "how?", "What?",
        "what's that?", "I don't understand this", "I don’t understand", "can you explain this to me", "explain this formula", "tell me more",
        "how does this work?", "what does the figure on this page show?", "hello", "???", "help me with this problem",
        "解释一下", "这是什么意思？", "这是什么", "为什么？", "为什么呢", "请解释一下这个", "帮帮我", "我不懂", "看不懂", "这道题怎么做？", "这句话是什么意思",
        "能不能再讲一遍？", "这张图是什么意思", "explain 这个", "你好",
    ],
)  # fmt: skip
def test_a_question_that_only_points_names_nothing(question):
    assert names_nothing(question)


@pytest.mark.parametrize(
    "question",
    [
        "why does a diamond sparkle?", "explain refraction", "what is light?", "this lens?", "What is π?", "∫", "E=mc²", "what does page 3 say",
        "What is the mean?", "explain the mean", "What is a graph?", "explain the formula", "table", "Что это значит?", "これは何ですか", "ciliary",
        "how do I get the work done?", "什么是解释？", "什么是说明文", "什么是光", "光为什么会弯曲？", "解释一下折射", "这个透镜是什么？", "焦距", "图", "helium", "who?", "1.3",
    ],
)  # fmt: skip
def test_a_question_that_may_name_something_does_not(question):
    assert not names_nothing(question)


@pytest.mark.parametrize(
    ("heading", "topic"),
    [("1 Light in straight lines", "Light in straight lines"), ("2.3 Lenses", "Lenses"), ("IV. Optics", "Optics"), ("1. 反射定律", "反射定律"), ("第一章 光的反射", "光的反射"),
     ("3D printing", "3D printing"), ("10 ways to look", "10 ways to look"), ("2. 10 ways to look", "10 ways to look")],
)  # fmt: skip
def test_a_topic_is_a_heading_without_its_number(heading, topic):
    course = SimpleNamespace(documents=lambda: [SimpleNamespace(path="a.md")], chunks=lambda path: [SimpleNamespace(trail=("Physics", heading))])
    assert topics(course, 3) == [topic]
