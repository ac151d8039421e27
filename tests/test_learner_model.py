import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest

from chatbot.learning.evidence import CONFIDENCES, Observation, Parameters, chances, parts
from chatbot.learning.record import LearningRecord
from chatbot.learning.reviewing import Reviews, rating
from chatbot.learning.tracing import Tracing, logit
from chatbot.store import StoreDamaged

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RICH = Observation(1.0, 0.25, hints=1, attempts=2, time_ratio=0.5, confidence="sure")


def after(*answers: Observation, days: float = 0.0) -> float:
    tracing, estimate = Tracing(), Tracing().start()
    for n, seen in enumerate(answers):
        estimate, _ = tracing.trace(estimate, seen, NOW + timedelta(minutes=n))
    return tracing.known(estimate, NOW + timedelta(minutes=len(answers) - 1, days=days))


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (Observation(1.0), Observation(0.0)),
        (Observation(1.0), Observation(0.5)),
        (Observation(0.5), Observation(0.0)),
        (Observation(1.0, guess=0.0), Observation(1.0, guess=0.5)),
        (Observation(1.0, 0.25), Observation(1.0, 0.25, hints=1)),
        (Observation(1.0, 0.25, hints=1), Observation(1.0, 0.25, hints=2)),
        (Observation(1.0, 0.25), Observation(1.0, 0.25, attempts=2)),
        (Observation(1.0, time_ratio=0.6), Observation(1.0, time_ratio=2.5)),
        (Observation(1.0, confidence="sure"), Observation(1.0, confidence="guess")),
    ],
)
def test_better_evidence_leaves_a_higher_estimate(more, less):
    assert after(more) > after(less)


def test_what_moved_an_estimate_adds_up_to_how_far_it_moved():
    tracing = Tracing()
    estimate, _ = tracing.trace(tracing.start(), Observation(1.0), NOW)
    _, movement = tracing.trace(estimate, RICH, NOW + timedelta(days=9))
    assert dict(movement.parts).keys() == {
        "forgetting",
        "answer",
        "attempts",
        "hints",
        "time",
        "confidence",
        "learning",
    }
    assert sum(value for _, value in movement.parts) == pytest.approx(logit(movement.after) - logit(movement.before))


def test_what_was_not_seen_is_no_evidence():
    assert parts(Parameters(), Observation(1.0)).keys() == {"answer"}


def test_no_single_answer_and_no_number_of_them_makes_certain():
    assert after(*[Observation(1.0, confidence="sure", time_ratio=0.3)] * 60) < 1
    assert after(*[Observation(0.0, confidence="guess", time_ratio=9.0)] * 60) > 0


def test_knowledge_fades_with_time_and_more_slowly_after_spaced_reviews():
    assert after(RICH, days=0) > after(RICH, days=5) > after(RICH, days=50)
    reviews = Reviews()
    crammed = spaced = reviews.review(None, Observation(1.0), NOW)
    for n in range(1, 4):
        crammed = reviews.review(crammed, Observation(1.0), NOW + timedelta(minutes=n))
        spaced = reviews.review(spaced, Observation(1.0), NOW + timedelta(days=4 * n))
    assert spaced.stability > 2 * crammed.stability


def test_a_review_falls_due_when_recall_has_fallen_to_nine_in_ten():
    reviews = Reviews()
    memory = reviews.review(None, Observation(1.0), NOW)
    memory = reviews.review(memory, Observation(1.0), NOW + timedelta(days=3))
    assert reviews.recall(memory, memory.due) == pytest.approx(0.9, abs=0.01)
    assert reviews.recall(memory, memory.last) == 1.0


@pytest.mark.parametrize(
    ("seen", "grade"),
    [
        (Observation(0.0), "Again"),
        (Observation(0.5), "Again"),
        (Observation(0.75), "Hard"),
        (Observation(1.0, hints=1), "Hard"),
        (Observation(1.0, attempts=2), "Hard"),
        (Observation(1.0, time_ratio=3.0), "Hard"),
        (Observation(1.0), "Good"),
        (Observation(1.0, time_ratio=0.5), "Good"),
        (Observation(1.0, time_ratio=0.5, confidence="sure"), "Easy"),
    ],
)
def test_answers_as_grades_of_a_review(seen, grade):
    assert rating(seen).name == grade


def test_who_knows_is_never_less_likely_to_be_right():
    for guess in (0.0, 0.25, 0.5, 0.95):
        for difficulty in (-3.0, 0.0, 3.0):
            known, unknown = chances(Parameters(), guess, difficulty, hints=2, attempts=3)
            assert 0 <= unknown <= known <= 1


def test_a_clock_that_runs_backwards_does_not_break_tracing():
    tracing = Tracing()
    estimate, _ = tracing.trace(tracing.start(), Observation(1.0), NOW)
    estimate, _ = tracing.trace(estimate, Observation(1.0), NOW - timedelta(days=3))
    assert estimate.memory.last == NOW and estimate.answers == 2


def test_levels_of_confidence_have_a_share_for_every_kind_of_answer():
    p = Parameters()
    for response in (p.known_right, p.unknown_right, p.known_wrong, p.unknown_wrong):
        assert len(response.confidence) == len(CONFIDENCES) and sum(response.confidence) == pytest.approx(1)


# -- the record


@pytest.fixture
def record(tmp_path):
    record = LearningRecord(tmp_path / "learning.sqlite", Tracing())
    yield record
    record.close()


def test_an_estimate_survives_a_restart_and_can_be_opened(record):
    for n in range(3):
        record.answer("ann", "optics", f"q{n}", ["lens"], RICH, NOW + timedelta(days=n), response="b", seconds=12.0)
    again = LearningRecord(record.file, Tracing())
    assert again.estimates("ann", "optics") == record.estimates("ann", "optics")
    opened = again.evidence("ann", "optics", "lens")
    assert [e.item for e in opened] == ["q0", "q1", "q2"]
    assert opened[-1].movement.after == again.estimates("ann", "optics")["lens"].known
    assert dict(opened[0].movement.parts)["time"] > 0
    again.close()


def test_learners_and_courses_are_kept_apart(record):
    record.answer("ann", "optics", "q", ["lens"], RICH, NOW, response="b")
    assert record.estimates("bob", "optics") == record.estimates("ann", "sound") == {}


def test_an_answer_is_told_in_xapi_with_what_it_describes(record):
    record.answer("ann", "optics", "q", ["lens"], RICH, NOW, response="第二个", seconds=12.0)
    [told] = record.statements("ann", "optics")
    assert told["verb"]["id"].endswith("/answered") and told["object"]["id"].endswith("course/optics/question/q")
    assert told["result"] == {"score": {"scaled": 1.0}, "success": True, "response": "第二个", "duration": "PT12.0S"}
    assert told["context"]["extensions"]["urn:coursemate:hints"] == 1


def test_mastering_is_told_once(record):
    for n in range(8):
        record.answer("ann", "optics", f"q{n}", ["lens"], Observation(1.0), NOW + timedelta(minutes=n), response="b")
    verbs = [told["verb"]["display"]["en"] for told in record.statements("ann", "optics")]
    assert verbs.count("mastered") == 1


def test_an_answer_whose_event_cannot_be_written_leaves_nothing_behind(record, monkeypatch):
    monkeypatch.setattr("chatbot.learning.record.answered", lambda *a, **k: {"id": None, "timestamp": None})
    with pytest.raises(sqlite3.IntegrityError):
        record.answer("ann", "optics", "q", ["lens"], RICH, NOW, response="b")
    assert record.estimates("ann", "optics") == {} and record.evidence("ann", "optics", "lens") == []


def test_due_concepts_come_longest_due_first_whatever_the_time_zone(record):
    far = timezone(timedelta(hours=9))
    record.answer("ann", "optics", "q1", ["lens"], Observation(1.0), NOW.astimezone(far), response="b")
    record.answer("ann", "optics", "q2", ["prism"], Observation(0.0), NOW, response="b")
    assert [concept for concept, _ in record.due("ann", "optics", NOW + timedelta(days=30))] == ["prism", "lens"]
    assert record.due("ann", "optics", NOW) == []


def test_a_learner_can_be_forgotten(record):
    record.answer("ann", "optics", "q", ["lens"], RICH, NOW, response="b")
    record.chose("ann", "optics", "prism", "lens", "exam on prisms", NOW)
    assert len(record.statements("ann", "optics")) == 2
    record.forget("ann")
    assert record.statements("ann", "optics") == [] and record.estimates("ann", "optics") == {}


def test_questions_asked_come_oldest_first_and_once_for_each_time(record):
    for n, item in enumerate(("a", "b", "a")):
        record.answer("ann", "optics", item, ["lens", "prism"], RICH, NOW + timedelta(minutes=n), response="b")
    assert record.asked("ann", "optics") == ["a", "b", "a"]


def test_a_damaged_record_says_what_to_do(tmp_path):
    (tmp_path / "l.sqlite").write_bytes(b"no database at all, but long enough to look like one" * 10)
    with pytest.raises(StoreDamaged, match="Move that file away"):
        LearningRecord(tmp_path / "l.sqlite", Tracing())
