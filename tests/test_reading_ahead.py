"""What is read for a question that is still being typed: guessed from its words, kept in its order, and never in the way."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from chatbot.conversation import Done, Exchange, Found, Turn
from chatbot.guessing import Lookups, likely_passages, likely_questions
from chatbot.loading import Engines
from chatbot.prompting import opening
from chatbot.reading_ahead import NOTHING_AHEAD, Ahead, laid_out, planned
from chatbot.settings import read_settings
from chatbot.stopping import Stop, stoppable
from chatbot.tutor import Tutor
from knowledge.adding import Tools, add
from knowledge.documents import Locator, Passage
from knowledge.library import Library
from knowledge.retrieval import Retriever
from tests.fakes import FakeEngines, FakeTutor, serving_settings
from tests.test_chat_model import picture, tiny_weights
from tests.test_tutor import Answers, WordEmbedder
from ui.asking import Desk, Question

NOTES = {
    "Reflection": "The law of reflection says that a ray leaves a mirror at the angle at which it came.",
    "Refraction": "The law of refraction was found by Snell. It says how far a ray turns where it enters glass.",
    "Accommodation": "The ciliary muscle makes the lens of the eye rounder. This is called accommodation.",
    "Colours": "A prism turns blue more than red, and so white becomes a band of colours.",
    "Telescopes": "A reflecting telescope gathers starlight with a curved mirror. Newton built the first of them.",
    "Shadows": "Behind an opaque thing no ray arrives from a small lamp, and a sharp shadow is seen.",
}


def words(text: str) -> int:
    return len(text.split())


def passage(name: str, text: str = "word " * 88, chunk: int = 0) -> Passage:
    return Passage(1, 0.5, f"{name}.md", name, Locator(), text.strip(), chunk_id=chunk or ord(name[0]))


A, B, C, D, E, F = map(passage, "abcdef")  # of 100 tokens each


def names(passages) -> str:
    return "".join(p.title for p in passages)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    library = Library(folder / "courses")
    course = library.create("optics", embedder="words", dimensions=256)
    for name, text in NOTES.items():
        (folder / f"{name}.md").write_text(f"# {name}\n\n{text}\n", encoding="utf-8")
        list(add(course, folder / f"{name}.md", Tools(WordEmbedder())))
    yield course
    library.close()


@pytest.fixture(scope="module")
def find(course):
    return Lookups(6).of(course, Retriever(WordEmbedder()))


# In which order passages stand


@pytest.mark.parametrize(
    ("read", "likely", "expected"),
    [
        ("", "abc", "abc"),
        ("ab", "cba", "abc"),  # what was read keeps its place
        ("abc", "bd", "abd"),  # what stands behind the last likely one is given up, at no cost
        ("abc", "def", "def"),
        ("abcde", "ef", "ef"),  # read anew: too much that is of no use would stand before it
    ],
)
def test_a_plan_goes_on_from_what_was_read(read, likely, expected):
    by_name = {p.title: p for p in (A, B, C, D, E, F)}
    plan = planned([by_name[n] for n in read], len(read), [by_name[n] for n in likely], 1000, 6, words)
    assert names(plan) == expected


def test_what_is_being_read_is_not_put_off_while_it_is_still_likely():
    assert names(planned([A, B], 1, [A, C, D, B], 1000, 6, words)) == "acdb", "it is not likely enough any more"
    assert names(planned([A, B, C], 1, [C, B, A, D], 1000, 6, words)) == "abcd"
    assert names(planned([A, B, C], 1, [C, B], 1000, 6, words)) == "cb", "what stands before it is given up"


def test_a_plan_keeps_to_its_room_and_to_the_likeliest():
    assert names(planned([A], 1, [B, C, D], 300, 6, words)) == "bcd"
    assert names(planned([B], 1, [B, C, D], 250, 6, words)) == "bc"
    assert names(planned([], 0, [B, C, D], 1000, 2, words)) == "bc"


def _laid(read, ranked, wanted, most=400):
    return laid_out(read, ranked, wanted, "dark glass", most_tokens=most, count_tokens=words)


def test_a_question_that_nothing_was_read_for_is_shown_what_it_always_was():
    assert _laid([], [A, B, C], [B, A]) == (B, A)


def test_what_was_read_stands_first_in_its_order_and_is_all_that_is_shown():
    assert names(_laid([C, B, A], [A, B, C, D], [A, B, C])) == "cba"
    assert names(_laid([C, B, A, F], [A, B, C, D], [A, B, C])) == "cba", "what is not ranked and stands last is left out"
    assert names(_laid([C, B, A, E], [A, B, C, D, E], [A, B, C])) == "cbae", "and shown where it is ranked, since it is free"
    assert names(_laid([C, B, A, E], [A, B, C, D, E], [A, B, C], most=350)) == "cba"


def test_the_best_passage_that_was_not_read_comes_last_and_only_what_bears_on_the_question():
    bearing = "Water is seen as dark glass."
    best = passage("best", " ".join([*["It goes on and on about other things."] * 20, bearing]), chunk=1)
    kept = (B, C, D)
    shown = _laid(kept, [best, B, C, D], [best, B, C])
    assert shown[:-1] == kept and shown[-1].chunk_id == 1
    assert bearing in shown[-1].text and words(shown[-1].text) < 100


def test_too_little_that_was_read_is_filled_up():
    shown = _laid([B], [A, B, C, D], [A, B, C])
    assert names(shown) == "ba" and shown[1] == A
    assert names(_laid([A, B], [A, B, C, D], [A, B, C])) == "ab", "the third is not waited for"


# What it will ask about


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("what is accomm", "what is accommodation"),
        ("what is accommodati", "what is accommodation"),
        ("the law of refl", "the law of reflection"),
        ("the law of reflection", "the law of reflection"),
        ("the law of zzz", "the law of"),  # the course has no such word
        ("the law of reflection ", "the law of reflection"),
    ],
)
def test_the_last_word_is_finished_from_the_course_s_own(course, find, typed, expected):
    assert likely_questions(typed, course, find)[0][0] == expected


@pytest.mark.parametrize("typed", ["what ", "how does", "zzz"])
def test_before_a_question_says_anything_nothing_is_guessed(course, find, typed):
    assert likely_passages(typed, course, find) == []


def test_both_of_two_words_that_it_may_become_are_looked_up(course, find):
    assert {p.title for p in likely_passages("the law of re", course, find)[:2]} == {"Reflection", "Refraction"}
    assert likely_passages("the law of refl", course, find)[0].title == "Reflection"


def test_shares_of_what_a_question_may_become_sum_to_one(course, find):
    for typed in ("the law of re", "the law", "ref"):
        assert sum(share for _, share in likely_questions(typed, course, find)) == pytest.approx(1)


def test_what_was_looked_up_is_found_anew_in_a_course_that_changed(tmp_path):
    library = Library(tmp_path / "courses")
    course = library.create("c", embedder="words", dimensions=256)
    lookups, retriever = Lookups(6), Retriever(WordEmbedder())
    assert lookups.of(course, retriever)("shadows") == ()
    (tmp_path / "notes.md").write_text("# Shadows\n\nShadows are dark.\n", encoding="utf-8")
    list(add(course, tmp_path / "notes.md", Tools(WordEmbedder())))
    assert len(lookups.of(course, retriever)("shadows")) == 1
    library.close()


# The tutor


@pytest.fixture(autouse=True)
def _in_words(monkeypatch):
    """These passages are shorter than what otherwise counts as hardly anything left."""
    monkeypatch.setattr("chatbot.reading_ahead._NEARLY", 6)


def _tutor(chat, **settings) -> Tutor:
    engines = {"embedder": WordEmbedder, "chat": lambda: chat.model, "voice": list}
    return Tutor(Engines(engines), read_settings(profile="starter", **settings))


def _type(tutor: Tutor, course, *drafts: str, history=(), ahead: Ahead = NOTHING_AHEAD) -> Ahead:
    for words_so_far in drafts:
        ahead = [ahead, *tutor.prepare(course, Turn(words_so_far), history, ahead)][-1]
    return ahead


def test_reading_ahead_reads_what_the_question_will_read(course):
    chat = Answers("A mirror sends a ray back at the angle at which it came [1].")
    tutor, question = _tutor(chat), "what is the law of reflection"
    ahead = _type(tutor, course, question)
    assert chat.model.prompts == []
    list(tutor.ask(course, Turn(question), (), ahead))
    assert [chat.model.prepared[-2], chat.model.prepared[-1]] == chat.model.prompts


@pytest.mark.parametrize(("drafts", "shown"), [((), 1), (("what is the law of reflection",), 2)])
def test_what_was_read_is_judged_at_once_and_the_rest_only_when_needed(course, monkeypatch, drafts, shown):
    """The first passage would be enough; one more that costs nothing is left with it."""
    monkeypatch.setattr("chatbot.prompting._FIRST", 5)
    monkeypatch.setattr("chatbot.prompting._WORTH", 5)
    chat = Answers("A mirror sends a ray back at the angle at which it came [1].")
    tutor = _tutor(chat)
    ahead = _type(tutor, course, *drafts)
    chat.model.prompts.clear()
    list(tutor.ask(course, Turn("what is the law of reflection"), (), ahead))
    prompts = [prompt[-1].text for prompt in chat.model.prompts]
    assert len(prompts) == 2
    assert all((prompt.count("\n[") == shown) if shown == 1 else (prompt.count("\n[") >= shown) for prompt in prompts)


def test_the_prompt_keeps_the_order_that_was_read_and_citations_name_the_right_places(course):
    chat = Answers("The law of refraction was found by Snell [1]. A ray leaves a mirror at the angle at which it came [2].")
    tutor, question = _tutor(chat), "what is the law of reflection"
    before = [p.title for p in next(e for e in tutor.ask(course, Turn(question)) if isinstance(e, Found)).passages]
    assert before[0] == "Reflection"
    ahead = _type(tutor, course, "the law of refr", question)
    events = list(tutor.ask(course, Turn(question), (), ahead))
    shown = [p.title for p in next(e for e in events if isinstance(e, Found)).passages]
    assert shown[:2] == ["Refraction", "Reflection"]
    assert chat.model.unread(ahead.opening(2)) == 0
    assert chat.model.prompts[-1][-1].text.index("Snell") < chat.model.prompts[-1][-1].text.index("a ray leaves a mirror")
    answer = next(e for e in events if isinstance(e, Done)).answer
    assert [(c.n, c.document) for c in answer.citations] == [(1, "Refraction.md"), (2, "Reflection.md")]
    assert all(c.quote in NOTES[c.document.removesuffix(".md")] for c in answer.citations)


def test_a_wrong_guess_changes_no_answer(course):
    question = "what is accommodation"
    answers = []
    for drafts in ((), ("shadows of a lamp ", "shadows of a lamp behind ")):
        chat = Answers("The ciliary muscle makes the lens rounder [1].")
        tutor = _tutor(chat, passage_tokens=64)
        answers.append(list(tutor.ask(course, Turn(question), (), _type(tutor, course, *drafts)))[-1].answer)
    assert answers[0].text == answers[1].text and answers[0].citations == answers[1].citations


def test_what_the_engine_has_forgotten_is_not_kept_in_its_order(course):
    question = "what is the law of reflection"
    ahead = _type(_tutor(Answers()), course, "the law of refr")
    assert ahead.passages[0].title == "Refraction"
    fresh = _tutor(Answers())
    found = next(e for e in fresh.ask(course, Turn(question), (), ahead) if isinstance(e, Found))
    assert found.passages[0].title == "Reflection"


def test_what_would_not_be_answered_is_judged_ahead_and_no_more(course):
    chat = Answers(sure="No")
    _type(_tutor(chat), course, "what does a prism do with white")
    assert ["Do the passages" in prompt[-1].text for prompt in chat.model.prepared] == [False, True]
    chat.model.prepared.clear()
    _type(_tutor(chat), course, "giraffes sing")
    assert chat.model.prepared == []

def test_a_question_whose_best_passage_was_read_before_anybody_asked_is_judged_with_that_alone(course, monkeypatch):
    monkeypatch.setattr("chatbot.tutor.READ", 1)
    chat = Answers("A mirror sends a ray back at the angle at which it came [1].")
    tutor, question = _tutor(chat), "what is the law of reflection"
    best = next(e for e in tutor.ask(course, Turn(question)) if isinstance(e, Found)).passages
    assert len(best) > 1
    chat.model.prompts.clear()
    chat.model.prepared.append(tuple(opening(best[:1])))
    list(tutor.ask(course, Turn(f"so {question}")))
    assert [prompt[-1].text.count("\n[") for prompt in chat.model.prompts] == [1, 1]  # judged and answered


def test_a_better_passage_that_was_read_before_anybody_asked_goes_before_what_was_read_for_drafts(course, monkeypatch):
    monkeypatch.setattr("chatbot.tutor.READ", 1)
    chat = Answers("The ciliary muscle makes the lens rounder [1].")
    tutor, question = _tutor(chat), "what is accommodation"
    best, shadows = (
        next(e for e in tutor.ask(course, Turn(asked)) if isinstance(e, Found)).passages[0] for asked in (question, "shadows")
    )
    for known, first in (((), "Shadows"), (tuple(opening([best])), "Accommodation")):
        chat.model.prompts.clear()
        chat.model.prepared[:] = [tuple(opening([shadows])), *([known] if known else [])]
        found = tutor.ask(course, Turn(question), (), Ahead((shadows,)))
        assert next(e for e in found if isinstance(e, Found)).passages[0].title == first


def test_before_the_first_word_only_what_is_always_the_same_is_read(course):
    chat = Answers()
    _type(_tutor(chat), course, "")
    assert [message.role for message in chat.model.prepared[0]][:1] == ["system"]


def test_the_turn_before_a_follow_up_stands_behind_the_passages_so_that_these_are_found_read(course):
    history = (Exchange("What is the law of reflection?", "It leaves as it came."),)
    chat = Answers()
    tutor = _tutor(chat)
    ahead = _type(tutor, course, "wha", "what about refr", history=history)
    passages, _, behind = chat.model.prepared[-1][-1].text.partition("</passages>")
    assert "leaves as it came" in behind
    assert "leaves as it came" not in passages
    chat.model.prompts.clear()
    list(tutor.ask(course, Turn("what about refraction?"), history, ahead))
    assert all("leaves as it came" in prompt[-1].text for prompt in chat.model.prompts)
    assert chat.model.prompts[0][-1].text.startswith(passages[:200])
    chat.model.prepared.clear()
    _type(tutor, course, "how does a prism make colours", history=history)
    assert not any("leaves as it came" in prompt[-1].text for prompt in chat.model.prepared), "it stands alone"


def test_nothing_is_read_ahead_behind_a_picture_that_the_model_was_shown(course):
    history = (Exchange("What is the law of reflection?", "It leaves as it came.", picture=picture()),)
    chat = Answers()
    chat.model.sees = True
    _type(_tutor(chat), course, "what about refr", history=history)
    assert chat.model.prepared == []


def test_a_draft_that_was_stopped_still_tells_what_it_was_about_to_read(course):
    chat = Answers()
    stop = Stop()
    stop.set()
    chat.model.prepare = lambda messages, options=(): None  # as an engine does whose turn was stopped
    with stoppable(stop):
        ahead = _type(_tutor(chat), course, "the law of refl")
    assert ahead.passages[0].title == "Reflection" and ahead.read_by(chat.model) == ()


# The desk


class _Store:
    """Every conversation is whoever's asks."""

    def belongs(self, conversation: str, course: str, owner: str) -> bool:
        return bool(conversation)

    def history(self, conversation: str) -> tuple:
        return ()

    def append(self, *_: object) -> int:
        return 1

    def begin(self, *_: object) -> str:
        return "new"


def _desk(course, **settings) -> Desk:
    library = SimpleNamespace(open=lambda name: course)
    engines = FakeEngines(embedder=None, chat=None)
    settings = serving_settings(**settings)
    return Desk(tutor=FakeTutor((A,)), library=library, store=_Store(), engines=engines, settings=settings)


@pytest.fixture
def desk(course):
    return _desk(course)


def _draft(desk: Desk, question: Question) -> None:
    """Drafts it, and returns when what is read ahead is known."""
    told, known = threading.Event(), len(desk.tutor.prepared)
    prepare = desk.tutor.prepare

    def watched(*arguments):
        yield from prepare(*arguments)
        told.set()

    desk.tutor.prepare = watched
    desk.draft(question)
    assert told.wait(30) and len(desk.tutor.prepared) == known + 1
    desk.tutor.prepare = prepare


def _asked(desk: Desk, question: Question) -> str:
    for _ in desk.begin(question).batches(30):
        pass
    return names(desk.tutor.aheads[-1].passages)


def test_what_was_read_goes_from_draft_to_draft_to_question(desk):
    _draft(desk, Question("optics", "why", conversation="mine", draft="box"))
    _draft(desk, Question("optics", "why does", conversation="mine", draft="box"))
    assert _asked(desk, Question("optics", "why does it", conversation="mine", draft="box")) == "aa"
    assert _asked(desk, Question("optics", "and then", conversation="mine", draft="box")) == "", "it served one question"


@pytest.mark.parametrize(
    "other",
    [
        {"draft": "another box"},
        {"draft": ""},
        {"conversation": "another"},
        {"conversation": ""},
        {"owner": "somebody else"},
        {"course": "mechanics"},
    ],
    ids=str,
)
def test_what_was_read_for_one_conversation_never_serves_another(desk, other):
    mine = {"course": "optics", "text": "why", "conversation": "mine", "draft": "box", "owner": "me"}
    _draft(desk, Question(**mine))
    assert _asked(desk, Question(**mine | other)) == ""
    _draft(desk, Question(**mine))
    _draft(desk, Question(**mine | {"draft": "box"} | other)) if other.get("draft") != "" else None
    assert desk.tutor.prepared[-1].question == "why"


def test_a_page_that_does_not_know_its_conversation_yet_has_read_nothing_of_any(desk):
    _draft(desk, Question("optics", "why", draft="box"))
    assert _asked(desk, Question("optics", "why does it", conversation="mine", draft="box")) == "a"


def test_nothing_is_looked_up_for_a_draft_while_all_places_are_taken(course):
    desk = _desk(course, students_at_once=1)
    run = desk.begin(Question("optics", "a long answer"), key="somebody")
    next(batch for batch in run.batches(30) if batch)
    desk.draft(Question("optics", "why", draft="box"))
    assert desk.tutor.prepared == []
    told = threading.Event()
    prepare = desk.tutor.prepare
    desk.tutor.prepare = lambda *arguments: (told.set(), prepare(*arguments))[1]
    desk.stop("somebody")
    assert told.wait(60)


# The engine


@pytest.mark.weights
def test_after_enter_only_what_was_not_read_is(course):
    pytest.importorskip("llama_cpp")
    from chatbot.chat_model.llama import LlamaChatModel

    def read_after_enter(*drafts: str) -> int:
        model = LlamaChatModel(tiny_weights(), context_tokens=2048)
        engines = Engines({"embedder": WordEmbedder, "chat": lambda: model, "voice": list})
        tutor = Tutor(engines, read_settings(profile="tiny", answer_tokens=16))
        ahead = _type(tutor, course, "", *drafts)
        unread, judge, stream = [], model.judge, model.stream
        model.judge = lambda messages, options: (unread.append(model.unread(messages)), judge(messages, options))[1]
        model.stream = lambda messages, sampling: (unread.append(model.unread(messages)), stream(messages, sampling))[1]
        list(tutor.ask(course, Turn("what is the law of reflection"), (), ahead))  # so few words that it cannot take long
        model.close()
        return sum(unread[:2])  # the judgement and the answer; these weights cite nothing, so a second answer is tried

    usual = read_after_enter()
    typed = read_after_enter("what is the law of ", "what is the law of refl", "what is the law of reflectio")
    assert typed < usual / 2, "the question and what is to be done with it"
    # Of a question that was typed out before Enter at most the words that ask for the judgement, which is remembered.
    assert read_after_enter("what is the law of reflection") < typed / 2
