from datetime import UTC, datetime, timedelta

import pytest

from chatbot.learning.course_map import Concept, CourseMap, InvalidMap
from chatbot.learning.evidence import Observation
from chatbot.learning.path import AIM, Goal, Item, Path
from chatbot.learning.tracing import MASTERED, Tracing
from ui.words import Words

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TRACING = Tracing()
MAP = CourseMap(
    (
        Concept("ray", "Rays"),
        Concept("mirror", "Mirrors", ("ray",)),
        Concept("lens", "Lenses", ("ray",)),
        Concept("scope", "Telescopes", ("mirror", "lens")),
    )
)
ITEMS = [
    Item(f"{concept}-{n}", concept, 0.25, difficulty, 30)
    for concept in ("ray", "mirror", "lens", "scope")
    for n, difficulty in enumerate((-2, -1, 0, 1, 2))
]


def learner(*answers: tuple[str, float], when: datetime = NOW):
    """Estimates after these answers (concept, score), a minute apart, the last at `when`."""
    estimates = {}
    for n, (concept, score) in enumerate(answers):
        at = when - timedelta(minutes=len(answers) - 1 - n)
        estimates[concept], _ = TRACING.trace(estimates.get(concept) or TRACING.start(), Observation(score), at)
    return estimates


def mastered(*concepts: str, when: datetime = NOW):
    return learner(*[(concept, 1.0) for concept in concepts for _ in range(5)], when=when)


def step(estimates=None, now=NOW, goal=Goal(), asked=(), items=ITEMS):
    return Path(MAP, items, TRACING).next_step(estimates or {}, now, goal, asked=asked)


def test_what_everything_rests_on_comes_first():
    first = step()
    assert (first.concept, first.reason.code) == ("ray", "prerequisite")
    assert first.reason.values["next"] == "Mirrors"


def test_a_concept_waits_until_its_prerequisites_carry_it():
    asked: list[str] = []
    estimates = {}
    for _ in range(4):
        found = step(estimates, asked=asked)
        asked.append(found.item.id)
        assert found.concept == "ray"
    assert step(mastered("ray")).concept in ("mirror", "lens")
    assert step(mastered("ray", "mirror", "lens")).concept == "scope"


def test_a_goal_leaves_out_what_does_not_lead_to_it():
    estimates = mastered("ray")
    assert step(estimates, goal=Goal(frozenset({"mirror"}))).concept == "mirror"
    done = mastered("ray", "mirror")
    assert step(done, goal=Goal(frozenset({"mirror"}))) is None


def test_what_was_mastered_and_faded_is_reviewed_with_the_days_in_the_reason():
    estimates = mastered("ray", "mirror", "lens", "scope", when=NOW - timedelta(days=60))
    found = step(estimates)
    assert found.kind == found.reason.code == "review" and found.reason.values["days"] == 60


def test_the_day_before_the_date_what_would_be_forgotten_by_then_is_seen_again():
    estimates = mastered("ray", "mirror", "lens", "scope")
    by = NOW + timedelta(days=1)
    held = {c: (TRACING.known(e, by) >= MASTERED) for c, e in estimates.items()}
    now, by = NOW, by
    while all(held.values()):  # go to the day on which the date would find something below mastery
        now, by = now + timedelta(hours=6), by + timedelta(hours=6)
        held = {c: (TRACING.known(e, by) >= MASTERED) for c, e in estimates.items()}
    assert step(estimates, now) is None
    assert step(estimates, now, Goal(by=by)).reason.code == "before_date"


def test_the_question_is_the_one_whose_chance_of_success_is_nearest_to_four_in_five():
    ray = [item for item in ITEMS if item.concept == "ray"]
    weak, strong = step(items=ray), step(learner(("ray", 1.0)), items=ray)
    assert strong.item.difficulty > weak.item.difficulty
    assert abs(strong.success - AIM) < 0.15


def test_questions_asked_lately_come_again_last():
    items = [Item("a", "ray", 0.25), Item("b", "ray", 0.25)]
    assert step(items=items, asked=["a"]).item.id == "b" and step(items=items, asked=["a", "b"]).item.id == "a"


def test_concepts_are_mixed_rather_than_drilled():
    estimates = mastered("ray")
    first = step(estimates)
    assert step(estimates, asked=[first.item.id]).concept != first.concept


def test_what_a_student_cannot_yet_answer_is_taught_before_it_is_asked():
    hard = [Item("h", "ray", 0.0, 1.0)]
    assert step(items=hard).kind == "lesson"
    assert step(items=hard, asked=["h"]).kind == "practise"


def test_five_minutes_are_filled_and_not_exceeded():
    plan = Path(MAP, ITEMS, TRACING).plan({}, NOW, Goal(minutes=5))
    seconds = sum(found.seconds for found in plan)
    assert 270 <= seconds <= 300 and len({found.item.id for found in plan}) == len(plan)


def test_less_time_than_any_question_takes_gives_no_step():
    assert step(goal=Goal(minutes=0.2)) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_is_a_sentence_in_the_catalogue(language):
    faded = mastered("ray", when=NOW - timedelta(days=60))
    goals = (Goal(), Goal(frozenset({"scope"})))
    cases = ({}, mastered("ray"), faded, mastered("ray", "mirror", "lens"), learner(("ray", 1.0), ("ray", 1.0)))
    codes = set()
    for estimates in cases:
        for goal in goals:
            if found := step(estimates, goal=goal):
                codes.add(found.reason.code)
                said = Words(language)(f"learning.reason_{found.reason.code}", **found.reason.values)
                assert "{" not in said and found.reason.values["concept"] in said
    assert codes >= {"prerequisite", "review"}


@pytest.mark.parametrize(
    "concepts",
    [
        (Concept("a", "A", ("b",)), Concept("b", "B", ("a",))),
        (Concept("a", "A", ("nowhere",)),),
        (Concept("a", "A"), Concept("a", "A again")),
    ],
)
def test_a_map_that_does_not_hold_together_is_refused_by_name(concepts):
    with pytest.raises(InvalidMap, match=r"at: (a|nowhere)"):
        CourseMap(concepts)


def test_a_map_comes_back_from_its_json_as_it_was():
    assert tuple(Concept.from_json(concept.to_json()) for concept in MAP.concepts) == MAP.concepts
