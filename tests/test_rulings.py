"""A disagreement that the teacher settles: the mark, what is believed, the events, and what the student is told."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.learning.evidence import Observation
from chatbot.learning.questions import Criterion, Question
from chatbot.learning.record import LearningRecord
from chatbot.learning.rulings import Rulings
from chatbot.learning.tracing import MASTERED, Tracing

WHEN = datetime(2026, 3, 1, 9, tzinfo=UTC)
SHORT = Question("short", "lens", "short", "Why?", rubric=(Criterion("It bends.", ("bends",)),))
ANSWERS = (("a", 1.0), ("short", 0.0), ("b", 1.0), ("c", 1.0))


@pytest.fixture
def record(tmp_path):
    with closing(LearningRecord(tmp_path / "learning.sqlite", Tracing())) as record:
        yield record


def practise(record: LearningRecord, learner: str, *, short: float) -> None:
    for n, (item, score) in enumerate(ANSWERS):
        seen = Observation(short if item == "short" else score, 0.25, 0.3, n % 2, 1, 0.9, "unsure")
        record.answer(learner, "optics", item, ["lens"], seen, WHEN + timedelta(days=n), response="x", seconds=20)


def disagree(record: LearningRecord, learner: str = "ann", item: str = "short") -> str:
    record.disagreed(learner, "optics", item, "I said so", WHEN + timedelta(days=1, minutes=5))
    return record.disagreements("optics")[0]["id"]


def rule(record: LearningRecord, disagreement: str, *, granted: bool = True, question: Question | None = SHORT, note: str = ""):
    return Rulings(record).rule("optics", disagreement, question, WHEN + timedelta(days=5), granted=granted, note=note)


def verbs(record: LearningRecord) -> list[str]:
    return [told["verb"]["display"]["en"] for told in record.statements("ann", "optics")]


def test_a_mark_that_is_given_counts_as_if_it_had_been_given_at_once(record):
    practise(record, "ann", short=0.0)
    practise(record, "ben", short=1.0)
    before = record.estimates("ann", "optics")["lens"]
    assert rule(record, disagree(record)).before == 0.0
    after = record.estimates("ann", "optics")["lens"]
    assert after == record.estimates("ben", "optics")["lens"]
    assert after.known > before.known and after.memory.due > before.memory.due
    movements = [found.movement for found in record.evidence("ann", "optics", "lens")]
    assert movements == [found.movement for found in record.evidence("ben", "optics", "lens")]
    assert [found.first_score for found in record.evidence("ann", "optics", "lens")] == [None, 0.0, None, None]
    assert record.curve("ann", "optics") == record.curve("ben", "optics")


def test_events_stay_as_they_were_and_a_new_one_names_the_answer(record):
    practise(record, "ann", short=0.0)
    disagreement, told = disagree(record), record.statements("ann", "optics")
    rule(record, disagreement)
    now = record.statements("ann", "optics")
    assert [one for one in now if one in told] == told
    [scored] = [one for one in now if one["verb"]["display"]["en"] == "scored"]
    answered = next(one for one in told if one["object"]["id"].endswith("/question/short") and "result" in one)
    assert scored["context"]["statement"] == {"objectType": "StatementRef", "id": answered["id"]}
    assert scored["result"] == {"score": {"scaled": 1.0}, "success": True}
    assert scored["context"]["extensions"]["urn:coursemate:disagreement"] == disagreement


def test_mastery_that_comes_of_it_is_told(record):
    for n, item in enumerate(("a", "b", "c", "short")):
        seen = Observation(0.0 if item == "short" else 1.0, 0.25)
        record.answer("ann", "optics", item, ["lens"], seen, WHEN + timedelta(hours=n), response="x")
    disagreement = disagree(record)
    assert record.estimates("ann", "optics")["lens"].known < MASTERED
    told = verbs(record).count("mastered")
    rule(record, disagreement)
    assert record.estimates("ann", "optics")["lens"].known >= MASTERED
    assert verbs(record).count("mastered") == told + 1


def test_a_mark_that_stands_changes_nothing_and_is_told(record):
    practise(record, "ann", short=0.0)
    disagreement, before = disagree(record), (record.estimates("ann", "optics"), verbs(record))
    rule(record, disagreement, granted=False, note="Look at page 3.")
    assert (record.estimates("ann", "optics"), verbs(record)) == before
    [ruling] = Rulings(record).of("ann", "optics")
    assert (ruling.after, ruling.note, ruling.seen) == (None, "Look at page 3.", False)
    assert record.disagreements("optics") == []


def test_what_nobody_had_understood_counts_when_the_teacher_does(record):
    disagreement = disagree(record)
    assert record.disagreements("optics")[0]["score"] is None
    ruling = rule(record, disagreement)
    assert (ruling.before, ruling.after) == (None, 1.0)
    [found] = record.evidence("ann", "optics", "lens")
    assert (found.item, found.score) == ("short", 1.0) and found.at < ruling.at
    assert record.estimates("ann", "optics")["lens"].answers == 1
    assert verbs(record) == ["disagreed", "answered"]


def test_a_question_that_is_gone_and_was_not_counted_cannot_be_counted(record):
    assert rule(record, disagree(record), question=None).after is None


def test_a_disagreement_is_settled_once_and_only_in_its_course(record):
    practise(record, "ann", short=0.0)
    disagreement = disagree(record)
    assert Rulings(record).rule("other", disagreement, SHORT, WHEN, granted=True) is None
    assert rule(record, disagreement, granted=False) and rule(record, disagreement) is None
    assert record.evidence("ann", "optics", "lens")[1].score == 0.0
    assert Rulings(record).rule("optics", "no-such", SHORT, WHEN, granted=True) is None


def test_another_student_neither_reads_a_ruling_nor_takes_it_from_sight(record):
    practise(record, "ann", short=0.0)
    ruling, rulings = rule(record, disagree(record)), Rulings(record)
    rulings.saw("ben", "optics", ruling.id)
    assert rulings.of("ben", "optics") == [] and not rulings.of("ann", "optics")[0].seen
    rulings.saw("ann", "optics", ruling.id)
    assert rulings.of("ann", "optics")[0].seen
    record.forget("ann")
    assert rulings.of("ann", "optics") == []


def test_a_ruling_that_fails_half_way_changes_nothing(record, monkeypatch):
    practise(record, "ann", short=0.0)
    disagreement, before = disagree(record), record.estimates("ann", "optics")
    monkeypatch.setattr(record, "write_estimate", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rule(record, disagreement)
    assert record.estimates("ann", "optics") == before and record.disagreements("optics")[0]["id"] == disagreement
    assert "scored" not in verbs(record) and Rulings(record).of("ann", "optics") == []
