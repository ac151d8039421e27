"""The ways of tutoring with fakes for engines: ladders, limits, lessons and practice, and what is never said."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from chatbot.conversation import Answer, Done, Exchange, Found, Progress, Said, Spoke, Turn
from chatbot.learning.bank import QuestionBank
from chatbot.learning.drafts import map_of
from chatbot.learning.evidence import Observation
from chatbot.learning.path import Goal
from chatbot.learning.practice import Practice
from chatbot.learning.questions import Key, Question
from chatbot.learning.record import LearningRecord
from chatbot.learning.tracing import Tracing
from chatbot.loading import Engines
from chatbot.settings import read_settings
from chatbot.store import Store
from chatbot.tutor import Tutor
from chatbot.ways import phrases
from chatbot.ways.leaks import gives_away
from chatbot.ways.limits import Limit, Limits, read_limits, write_limits
from chatbot.ways.scene import is_next
from knowledge.adding import Tools, add
from knowledge.documents import Chunk, Document, Locator
from knowledge.errors import CourseError
from knowledge.library import Library
from knowledge.picture import decode_picture
from tests.fakes import FakeChatModel, FakeSynthesizer
from tests.test_tutor import FakeSeer, WordEmbedder
from ui.cli import WAYS as TOLD_WAYS

NOTES = """# The lens formula

For a thin lens the distances of object and image are tied to the focal length:

$$\\frac{1}{u} + \\frac{1}{v} = \\frac{1}{f}$$

**Worked example.** A converging lens with $f = 20\\ \\text{cm}$ stands $u = 60\\ \\text{cm}$ from a candle:
$1/v = 1/20 - 1/60 = 1/30$, so the sharp image is $v = 30\\ \\text{cm}$ behind the lens.

# The eye

The ciliary muscle changes the curvature of the lens. This is called accommodation.

# Homework

Why does the pupil of the eye become narrow in bright daylight? Explain with the iris.
"""
LENS = "A lens with f = 10 cm stands u = 15 cm from a candle. Where is the image of the lens?"
EYE = "What is it called when the ciliary muscle changes the curvature of the eye's lens?"


@pytest.fixture
def course(tmp_path):
    library = Library(tmp_path / "courses")
    course = library.create("optics", embedder="words", dimensions=256)
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    list(add(course, tmp_path / "notes.md", Tools(WordEmbedder())))
    yield course
    library.close()


@pytest.fixture
def photo():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, format="PNG")
    return decode_picture(out.getvalue())


class Talk:
    """A conversation with a tutor whose model answers each task with one text."""

    def __init__(self, course, practice: Practice | None = None, **told: str) -> None:
        tasks = {
            "Reply only Yes or No": "No", "at most eight words": "accommodation", "question back": "What changes in the eye?",
            "only the first step": "Compare it with the shape of the lens.", "how to get to": "It is called accommodation [1].",
            "You teach a student": "The ciliary muscle changes the curvature of the lens [1].",
        } | told  # fmt: skip

        def reply(messages) -> str:
            return next((said for task, said in tasks.items() if task in messages[-1].text), "It is accommodation [1].")

        self.course, self.history = course, []
        self.chat = FakeChatModel(reply)
        self.chat.sees = False
        engines = {
            "embedder": WordEmbedder,
            "chat": lambda: self.chat,
            "voice": lambda: [FakeSynthesizer()],
            "seer": FakeSeer,
        }
        self.tutor = Tutor(Engines(engines), read_settings(profile="starter"), practice=practice)
        self.events = []

    def say(self, text: str, way: str, **more) -> Answer:
        self.events = list(self.tutor.ask(self.course, Turn(text, way=way, **more), self.history))
        answer = self.events[-1].answer
        assert isinstance(self.events[-1], Done)
        if answer.status == "answered":
            self.history.append(Exchange(answer.question, answer.text, None, answer.seen or "", answer.progress))
        return answer


# -- hints


def test_the_ladder_goes_one_rung_at_a_time_and_tells_the_answer_on_the_last(course):
    talk = Talk(course)
    told = [talk.say(EYE, "hint"), *(talk.say("Next hint", "hint") for _ in range(4))]
    assert [answer.progress.step for answer in told] == [1, 2, 3, 4, 4]
    assert [answer.progress.of for answer in told] == [4] * 5
    assert not any("accommodation" in answer.text for answer in told[:3])
    assert "accommodation" in told[3].text and "last hint" in told[4].text
    assert told[1].citations[0].locator.heading == "The eye"
    assert "accommodation" not in told[1].citations[0].quote


def test_a_hint_that_gives_the_answer_away_is_replaced(course):
    leaky = {"question back": "Is it not called accommodation?", "only the first step": "Remember accommodation."}
    talk = Talk(course, **leaky)
    told = [talk.say(EYE, "hint"), talk.say("next", "hint"), talk.say("next", "hint")]
    assert not any("accommodation" in answer.text for answer in told)
    assert all(answer.text for answer in told)


@pytest.mark.parametrize("back", ["What is it called when the ciliary muscle changes the curvature of the lens?", "What makes the ciliary muscle change the curvature of the eye's lens?"])
def test_the_question_said_back_is_no_hint(course, back):
    talk = Talk(course, **{"question back": back, "only the first step": back})
    told = [talk.say(EYE, "hint"), talk.say("next", "hint"), talk.say("next", "hint")]
    assert [answer.progress.step for answer in told] == [1, 2, 3]
    assert not any("ciliary" in answer.text for answer in told) and "What exactly is asked here?" in told[0].text


def test_passages_that_hold_the_answer_are_not_told_with_a_hint(course):
    talk = Talk(course)
    talk.say(EYE, "hint")
    assert next(event for event in talk.events if isinstance(event, Found)).passages == ()
    assert "accommodation" not in str(talk.history[-1].progress.to_json())


def test_a_section_that_is_named_like_the_answer_is_not_named(course, tmp_path):
    file = tmp_path / "fermat.md"
    file.write_text("# Light\n\n## The path of least time\n\nA lifeguard runs along the beach before swimming.\n", encoding="utf-8")
    list(add(course, file, Tools(WordEmbedder())))
    talk = Talk(course, **{"at most eight words": "Fermat's principle"})  # the tutor's own words are others than the section's
    told = [talk.say("What principle is it by which a lifeguard runs along the beach before swimming?", "hint")]
    told += [talk.say("next", "hint"), talk.say("next", "hint")]
    assert told[1].citations[0].document == "fermat.md"
    for answer in told:
        assert "least time" not in answer.text + str([note.to_json() | {"title": note.title} for note in answer.citations])


def test_a_section_that_is_not_named_is_found_by_its_page(course, tmp_path):
    file = tmp_path / "colours.md"
    file.write_text("x", encoding="utf-8")
    chunk = Chunk("A prism spreads white light into all its colours.", Locator(page=6, heading="Dispersion"), ("Dispersion",))
    words = WordEmbedder().embed_passages([chunk.text])
    course.store(Document("colours.md", "Prisms", "pdf", "en", ()), file, [chunk], words)
    talk = Talk(course, **{"at most eight words": "a spectrum"})
    talk.say("What is it called when a prism spreads white light into all its colours?", "hint")
    pointer = talk.say("next", "hint")
    assert "“Prisms, p. 6”" in pointer.text and "Dispersion" not in pointer.text
    assert (pointer.citations[0].locator.page, pointer.citations[0].locator.heading) == (6, None)


def test_a_problem_with_numbers_gets_the_formula_of_the_course_and_no_value(course):
    talk = Talk(course, **{"at most eight words": "30 cm"})
    told = [talk.say(LENS, "hint"), talk.say("next hint", "hint"), talk.say("next hint", "hint")]
    assert "10 cm" in told[0].text and "\\frac{1}{v}" in told[2].text
    assert not any("30" in answer.text for answer in told)


def test_a_new_problem_begins_its_own_ladder(course):
    talk = Talk(course)
    talk.say(EYE, "hint")
    talk.say("next", "hint")
    assert talk.say(LENS, "hint").progress.step == 1


def test_a_right_attempt_ends_the_ladder_and_a_wrong_one_goes_up(course):
    talk = Talk(course, **{"at most eight words": "30 cm"})
    talk.say(LENS, "hint")
    wrong = talk.say("12 cm", "hint")
    assert wrong.text.startswith("Not yet.") and wrong.progress.step == 2
    right = talk.say("0.3 m", "hint")
    assert "that is it" in right.text and not right.progress.more


def test_going_on_with_nothing_begun_asks_for_the_question(course):
    answer = Talk(course).say("next hint", "hint")
    assert answer.progress is None and "question" in answer.text


def test_a_problem_that_the_course_does_not_touch_gets_no_ladder(course):
    assert Talk(course).say("Qui scripsit Aeneidem?", "hint").status == "not_found"


def test_a_hint_is_spoken_if_wanted(course):
    talk = Talk(course)
    talk.say(EYE, "hint", speak=True)
    assert any(isinstance(event, Spoke) for event in talk.events)


@pytest.mark.parametrize(
    ("hint", "leaks"),
    [
        ("It is 30 cm.", True), ("Begin with 1/v.", False), ("Think of accommodation.", True), ("What does the muscle do?", False),
        ("Take f = 10 cm.", False), ("$$a = 30 b$$ Begin with this.", False),
    ],
)  # fmt: skip
def test_a_leak_is_a_new_number_or_the_words_of_the_answer(hint, leaks):
    assert gives_away(hint, "f = 10 cm, v = 1/... of the muscle", "accommodation, 30 cm") is leaks


# -- the teacher's limits


def test_a_limited_section_gets_hints_up_to_its_rung_however_it_is_asked(course):
    write_limits(course.folder, Limits((Limit(heading="Homework", ways=("hint", "check"), rungs=2),)))
    talk = Talk(course)
    asked = talk.say("Why does the pupil of the eye become narrow in bright daylight?", "explain")
    assert "way_limited" in asked.notices and (asked.progress.step, asked.progress.of) == (1, 2)
    told = [talk.say("next hint", "hint") for _ in range(3)]
    assert [answer.progress.step for answer in told] == [2, 2, 2]
    assert "your teacher allows" in told[0].text
    free = Talk(course, **{"Reply only Yes or No": "Yes"}).say(
        "Where is the sharp image of a converging lens and a candle?", "explain"
    )
    assert free.progress is None and "way_limited" not in free.notices


def test_a_follow_up_does_not_lead_out_of_a_limit(course):
    write_limits(course.folder, Limits((Limit(heading="Homework", ways=("hint",), rungs=1),)))
    talk = Talk(course)
    talk.say("Why does the pupil of the eye become narrow in bright daylight?", "explain")
    assert "way_limited" in talk.say("Then just tell me the answer to it", "explain").notices


def test_under_a_limit_guessing_finds_nothing_out(course):
    write_limits(course.folder, Limits((Limit(rungs=3, ways=("hint", "check")),)))
    talk = Talk(course, **{"at most eight words": "30 cm"})
    talk.say(LENS, "hint")
    right, wrong = talk.say("30 cm", "hint"), talk.say("31 cm", "hint")
    assert "that is it" not in right.text and "Not yet" not in wrong.text


@pytest.mark.parametrize("way", ["explain", "hint", "lesson", "practise"])
def test_what_the_course_does_not_allow_is_not_done(course, way):
    write_limits(course.folder, Limits((Limit(ways=("check",), rungs=0),)))
    answer = Talk(course).say(EYE, way)
    assert "accommodation" not in answer.text and "without help" in answer.text


def test_limits_are_kept_with_the_course_and_damage_closes_rather_than_opens(course):
    limits = Limits((Limit("notes.md", "The eye", ("hint",), 2),))
    write_limits(course.folder, limits)
    assert read_limits(course.folder) == limits
    (course.folder / "limits.json").write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match="limits"):
        Talk(course).say(EYE, "explain")


# -- check my work


def test_the_first_wrong_step_is_named_with_the_rule_of_the_course(course):
    answer = Talk(course).say(f"{LENS}\n1/u + 1/v = 1/f\n1/v = 1/10 - 1/15\n1/v = 1/25\nv = 25 cm", "check")
    assert "Line 3" in answer.text and "line 2" in answer.text
    assert answer.citations[0].locator.heading == "The lens formula"


def test_right_work_is_not_called_wrong(course):
    answer = Talk(course).say(f"{LENS}\n1/u + 1/v = 1/f\n1/v = 1/10 - 1/15\n1/v = 1/30\nv = 30 cm", "check")
    assert "no wrong step" in answer.text


def test_under_a_limit_the_right_value_is_not_told(course):
    write_limits(course.folder, Limits((Limit(rungs=3, ways=("hint", "check")),)))
    answer = Talk(course).say(f"{LENS}\nm = 30/60 = 0.7", "check")
    assert "Line 1" in answer.text and "0.5" not in answer.text


def test_work_in_a_photograph_is_read(course, photo, monkeypatch):
    class Sight:
        text, has_text, unseen = "1/v = 1/10 - 1/15 = 1/30\nv = 3 cm", True, False

    monkeypatch.setattr(FakeSeer, "look", lambda self, picture: Sight)
    answer = Talk(course).say(LENS, "check", picture=photo)
    assert "Line 2" in answer.text


def test_a_sentence_is_left_to_the_model(course):
    talk = Talk(course, **{"Reply only Yes or No": "Yes"})
    answer = talk.say("The ciliary muscle changes the colour of the lens.", "check")
    assert "says otherwise" in answer.text and answer.citations
    assert (
        "nothing that the course contradicts" in Talk(course).say("The ciliary muscle changes the lens.", "check").text
    )


# -- lessons and practice


def test_a_lesson_goes_on_at_the_students_pace(course):
    talk = Talk(course)
    first = talk.say("The eye", "lesson")
    assert first.text.startswith("The eye:") and first.citations
    assert first.progress.step == 1
    end = talk.say("next", "lesson")
    assert "That was the lesson" in end.text


def test_a_lesson_on_nothing_named_offers_what_there_is(course):
    assert "- The eye" in Talk(course).say("next", "lesson").text


def test_practice_asks_one_question_and_grades_it_here(course):
    bank = QuestionBank(course.folder)
    bank.put(Question("q1", "c2", "choice", "What changes the lens?", ("the iris", "the ciliary muscle"), (1,)))
    bank.put(Question("q2", "c2", "number", "What is v?", key=Key(30.0, "cm")))
    talk = Talk(course)
    asked = talk.say("go", "practise")
    assert "B) the ciliary muscle" in asked.text and asked.progress.waiting == "q1"
    assert "q1" not in str(asked.progress.to_json())
    assert talk.say("b", "practise").text.startswith("Right.")
    assert "What is v?" in talk.say("next", "practise").text
    wrong = talk.say("3 m", "practise")
    assert "30 cm" in wrong.text
    assert "all the questions" in talk.say("next", "practise").text


def test_without_a_bank_the_courses_own_examples_are_asked(course):
    talk = Talk(course)
    assert "What is $v$?" in talk.say("go", "practise").text
    assert talk.say("30 cm", "practise").text.startswith("Right.")


# -- what all of them share


def test_every_phrase_exists_in_every_language_with_the_same_places():
    import string

    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english, chinese = phrases._PHRASES["en"], phrases._PHRASES["zh"]
    assert sorted(english) == sorted(chinese)
    assert [key for key in english if places(english[key]) != places(chinese[key])] == []


@pytest.mark.parametrize(
    "text", ["next", "Next hint", "another one", "go on!", "继续", "下一个提示", "next question, please"]
)
def test_going_on_is_understood(text):
    assert is_next(text)


@pytest.mark.parametrize("text", ["what is next to the iris?", "30 cm", "a hint of red", ""])
def test_other_words_are_not_taken_for_going_on(text):
    assert not is_next(text)


def test_progress_is_kept_with_the_conversation(tmp_path):
    store = Store(tmp_path / "store.sqlite")
    conversation = store.begin("optics", "en")
    done = Progress("hint", 2, 4, EYE, key="accommodation", asked=("a",))
    store.append(conversation, Turn(EYE, way="hint"), Answer("answered", "Think.", "en", progress=done))
    assert store.history(conversation)[0].progress == done
    store.append(conversation, Turn("b"), replace(Answer("answered", "c", "en")))
    assert store.history(conversation)[1].progress is None
    store.close()


def test_the_command_line_knows_the_same_ways():
    from chatbot.ways.limits import WAYS

    assert TOLD_WAYS == WAYS


def test_what_is_said_comes_before_its_sources(course):
    talk = Talk(course)
    talk.say(EYE, "hint")
    talk.say("next", "hint")
    kinds = [type(event).__name__ for event in talk.events]
    assert kinds == ["Found", "Said", "Cited", "Done"] and isinstance(talk.events[1], Said)


# -- practice of a learner who is known


ANN = "ann-practises-in-the-chat"


@pytest.fixture
def record(tmp_path):
    with closing(LearningRecord(tmp_path / "learning.sqlite", Tracing())) as record:
        yield record


def test_an_answer_in_the_conversation_counts_as_one_on_the_page_of_practice_does(course, record):
    bank = QuestionBank(course.folder)
    eye = next(concept.id for concept in map_of(course)[0].concepts if concept.title == "The eye")
    bank.put(Question("q1", eye, "choice", "What changes the lens?", ("the iris", "the ciliary muscle"), (1,)))
    talk = Talk(course, Practice(record))
    talk.say("go", "practise", learner=ANN)
    answer = talk.say("b", "practise", learner=ANN)
    [found] = record.evidence(ANN, "optics", eye)
    assert (found.item, found.score) == ("q1", 1.0)
    assert f"“The eye”: {round(100 * found.movement.before)} % → {round(100 * found.movement.after)} %" in answer.text
    assert record.estimates(ANN, "optics")[eye].memory.due > found.at
    [told] = record.statements(ANN, "optics")
    assert told["verb"]["display"]["en"] == "answered" and told["result"]["duration"].startswith("PT")


def test_the_same_question_again_so_soon_is_graded_and_not_counted(course, record):
    eye = map_of(course)[0].concepts[-1].id
    QuestionBank(course.folder).put(Question("q1", eye, "choice", "Which?", ("this", "that"), (1,)))
    for counted in (1, 1):
        talk = Talk(course, Practice(record))
        talk.say("go", "practise", learner=ANN)
        told = talk.say("b", "practise", learner=ANN).text
        assert told.startswith("Right.") and len(record.evidence(ANN, "optics", eye)) == counted
    assert "does not count again" in told


def test_of_nobody_in_particular_nothing_is_recorded(course, record):
    talk = Talk(course, Practice(record))
    talk.say("go", "practise")
    assert talk.say("30 cm", "practise").text.startswith("Right.")
    assert record.rows("SELECT * FROM answers") == []
    assert "cannot go to your teacher" in talk.say("I disagree: it is 20", "practise").text


def test_a_worked_example_counts_for_the_concept_at_whose_place_it_stands(course, record):
    talk = Talk(course, Practice(record))
    talk.say("go", "practise", learner=ANN)
    talk.say("30 cm", "practise", learner=ANN)
    [(concept, estimate)] = record.estimates(ANN, "optics").items()
    assert map_of(course)[0].by_id[concept].title == "The lens formula" and estimate.known > 0.2


def test_the_path_of_a_known_learner_chooses_the_next_question(course, record):
    lens, eye = (concept.id for concept in map_of(course)[0].concepts[:2])
    bank, practice, when = QuestionBank(course.folder), Practice(record), datetime.now(UTC) - timedelta(days=1)
    for n, concept in enumerate((lens, lens, eye)):
        bank.put(Question(f"q{n}", concept, "choice", f"Which {n}?", ("this", "that"), (1,)))
    assert "Which 0?" in Talk(course, practice).say("go", "practise").text
    for _ in range(6):
        record.answer(ANN, "optics", "q0", [lens], Observation(1.0, 0.5), when, response="1")
    [step] = practice.plan(ANN, course, Goal(), datetime.now(UTC))
    asked = Talk(course, practice).say("go", "practise", learner=ANN)
    assert asked.progress.waiting == step.item.id == "q2"


def test_a_student_disagrees_in_the_conversation(course, record):
    talk = Talk(course, Practice(record))
    talk.say("go", "practise", learner=ANN)
    talk.say("3 m", "practise", learner=ANN)
    assert "Say why" in talk.say("I disagree", "practise", learner=ANN).text
    assert "Your teacher will look" in talk.say("I disagree: I meant 30 cm", "practise", learner=ANN).text
    [told] = record.disagreements("optics")
    assert told["why"] == "I meant 30 cm" and told["question"].startswith("w-")


def test_a_drafted_map_is_kept_until_the_course_changes(course, tmp_path, monkeypatch):
    drafted = map_of(course)
    monkeypatch.setattr("chatbot.learning.drafts.draft_map", lambda course: pytest.fail("drafted again"))
    assert map_of(course) == drafted
    (course.folder / "map.draft.json").write_text("{", encoding="utf-8")
    monkeypatch.undo()
    assert map_of(course) == drafted
    (tmp_path / "more.md").write_text("# Mirrors\n\nA mirror throws light back.\n", encoding="utf-8")
    list(add(course, tmp_path / "more.md", Tools(WordEmbedder())))
    assert "Mirrors" in [concept.title for concept in map_of(course)[0].concepts]
