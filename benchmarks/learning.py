"""Learning: is a learner's state estimated well, and does the path reach mastery with fewer questions?

Learners are simulated (benchmarks/simulated_learners.py), by rules that are not the model's. Mastery is the simulator's truth,
the same for every order. A path that believes all to be mastered goes on with the least known concept until it is true.

The course material that questions are graded and written on is not part of this repository: `--eval FOLDER`, or EVAL_MATERIAL,
names it. `--scratch FOLDER` has questions written (benchmarks/written_questions.py), for `--within SECONDS`; what was written stays
there, and the next run goes on. `--only learners,shelf,grading,questions` measures parts.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import cache, partial
from itertools import pairwise, product
from pathlib import Path as File
from statistics import fmean, median

import numpy as np
from scipy.stats import rankdata

from benchmarks.course_shelf import shelf_figures
from benchmarks.graded_answers import PLEAS, mistyped, read_quiz, reworded
from benchmarks.learning_fit import Log, Sequences, fit, forward, sequences
from benchmarks.report import Figure, main
from benchmarks.simulated_learners import ITEMS, Learner, World, make_world
from chatbot.learning.course_map import Concept, CourseMap
from chatbot.learning.evidence import Parameters
from chatbot.learning.grading import Response, grade
from chatbot.learning.path import Item, Path
from chatbot.learning.questions import Criterion, Question
from chatbot.learning.tracing import Estimate, Tracing
from knowledge.lexical import content_words
from ui.commands.output import tell

_MOST = 3000  # questions after which a learner is given up
_TRAINED, _ANSWERS = 100, 200  # other learners to fit on, and answers of each
_IN_A_ROW = 3  # right answers after which the patient order goes on

_ORDERS = ("path", "fixed", "patient", "random")

Choose = Callable[[Learner, dict[str, Estimate], list[str], list[float]], Item]


PARTS = ("learners", "shelf", "grading", "questions")


def measure(
    quick: bool, *, material: File | None, scratch: File | None, within_s: float, only: Sequence[str]
) -> list[Figure]:
    count, figures = 40 if quick else 500, []
    if "learners" in only:
        with ProcessPoolExecutor() as cores:  # every learner is one of their own
            figures += [*_mastery(cores, count), *_estimates(cores, count)]
        figures.append(_next_step_ms())
    if "shelf" in only:
        figures += shelf_figures()
    quiz = material and material / "course-iot" / "quiz.jsonl"
    if "grading" in only and quiz and quiz.is_file():
        figures += [*_grading(quiz), *_rubrics(quiz)]
    if "questions" in only and scratch:
        # Here, for it loads engines, which nothing else of this needs.
        from benchmarks.written_questions import question_figures

        figures += question_figures(scratch, material, within_s)
    return figures


@cache
def _world() -> World:
    return make_world()


def _needed(order: str, seed: int) -> int:
    """How many questions one learner is asked in that order until all is mastered."""
    world, tracing = _world(), Tracing()
    choose = {
        "path": lambda: _path(world, tracing),
        "fixed": lambda: _fixed(world),
        "patient": lambda: _patient(world),
        "random": lambda: _random(world, seed),
    }[order]()
    return len(_run(Learner(world, seed), choose, tracing, traced=order == "path"))


def _mastery(cores: Executor, count: int) -> list[Figure]:
    needed = {}
    for name in _ORDERS:
        runs = list(cores.map(partial(_needed, name), range(count), chunksize=5))
        needed[name] = fmean(runs)
        given_up = sum(run >= _MOST for run in runs)
        tell(f"  {name:8} {fmean(runs):6.1f} questions on average, median {median(runs):.0f}, {given_up} given up")
    path = needed["path"]
    return [
        Figure(
            f"questions to mastery of 20 concepts, {count} learners",
            path,
            "questions",
            needed["fixed"],
            0.75 * needed["fixed"],
        ),
        Figure("the same, beside random order", path, "questions", needed["random"], 0.6 * needed["random"]),
        Figure(
            "the same, beside a fixed order that stays until 3 in a row are right", path, "questions", needed["patient"]
        ),
    ]


def _estimates(cores: Executor, count: int) -> list[Figure]:
    seeds = range(10_000, 10_000 + _TRAINED)
    trained = list(cores.map(_log, seeds, [seed % 2 == 0 for seed in seeds], chunksize=5))
    rich, poor = cores.map(partial(_fitted, trained), (True, False))
    figures = []
    for name, followed in (("on the path", True), ("in random order", False)):
        seen = sequences(cores.map(_log, range(count), [followed] * count, chunksize=5))
        truth, last = seen.score[seen.here], _last_five(seen)[seen.here]
        shipped, fitted, without = (
            forward(parameters, seen, rich=rich_too)[0][seen.here]
            for parameters, rich_too in ((Parameters(), True), (rich, True), (poor, False))
        )
        figures += [
            Figure(f"{name}: calibration error, as shipped", calibration(shipped, truth), "", None, 0.05),
            Figure(f"{name}: calibration error, fitted; beside without time and confidence",
                   calibration(fitted, truth), "", calibration(without, truth), 0.05),
            Figure(f"{name}: AUC, as shipped; beside accuracy of the last 5",
                   auc(shipped, truth), "", auc(last, truth), auc(last, truth), smaller=False),
            Figure(f"{name}: AUC, fitted; beside without time and confidence",
                   auc(fitted, truth), "", auc(without, truth), smaller=False),
        ]  # fmt: skip
    return figures


def _fitted(trained: list[Log], rich: bool) -> Parameters:
    return fit(trained, rich=rich)


def _next_step_ms() -> Figure:
    """A course ten times as large: 200 concepts, 10 questions each, a learner who has seen half of it."""
    random, tracing = np.random.default_rng(5), Tracing()
    concepts = tuple(Concept(f"c{n}", f"Concept {n}", (f"c{n - 1 - n % 3}",) if n > 3 else ()) for n in range(200))
    items = [Item(f"{c.id}-{i}", c.id, 0.25, float(random.normal())) for c in concepts for i in range(10)]
    path, learner = Path(CourseMap(concepts), items, tracing), Learner(make_world(), 1)
    estimates = {}
    for concept in concepts[:100]:
        for _ in range(3):
            before = estimates.get(concept.id) or tracing.start()
            seen = learner.answer(learner.world.items[0])
            estimates[concept.id], _ = tracing.trace(before, seen, learner.now)
    asked, times = [item.id for item in items[:200]], []
    for _ in range(21):
        began = time.perf_counter()
        path.next_step(estimates, learner.now, asked=asked)
        times.append((time.perf_counter() - began) * 1000)
    return Figure("next step, 200 concepts, 2,000 questions", median(times), "ms", None, 50)


def _grading(quiz: File, wordings: int = 3) -> list[Figure]:
    """Every option in other words, right or wrong; then every wrong one with every plea. By words alone, no model."""
    questions, agreed, total, swayed, pleas, exact = read_quiz(quiz), 0, 0, 0, 0, 0
    for question in questions:
        for option, said in enumerate(question.options):
            right = option in question.right
            for seed in range(wordings):
                typed = reworded(question, option, seed)
                agreed += (grade(question, Response(text=typed)).score == 1.0) == right
                exact += (typed.strip().lower() == question.options[question.right[0]].strip().lower()) == right
                total += 1
            if not right:
                asked = [plea.format(said, question.options[question.right[0]]) for plea in PLEAS]
                swayed += sum(grade(question, Response(text=text)).score > 0 for text in asked)
                pleas += len(asked)
    return [
        Figure(f"{total} typed answers graded as keyed; beside exact comparison", agreed / total, "share",
               exact / total, 0.95, smaller=False),
        Figure(f"wrong answers accepted in {pleas} attempts to persuade, of {len(PLEAS)} kinds", swayed, "answers", None, 0),
    ]  # fmt: skip


def _rubrics(quiz: File) -> list[Figure]:
    """Short answers to two quiz questions at once, graded by a rubric of both right ones: both said, one, or none; then pleas.

    The rules of saying.py were chosen on every third pair; the others were never looked at.
    """
    told = [q for q in read_quiz(quiz) if all(len(content_words(option)) > 1 for option in q.options)]
    pairs = [(n, a, b) for n, (a, b) in enumerate(pairwise(told)) if a.language == b.language]
    chosen_on, swayed = _rubric_figures([(a, b) for n, a, b in pairs if n % 3 == 0])
    others, swayed_too = _rubric_figures([(a, b) for n, a, b in pairs if n % 3])
    told_by = "short answers given the share of the rubric that they say"
    return [
        Figure(f"{others[1]} {told_by}, of quiz pairs never looked at", others[0] / others[1], "share", None, 0.95, smaller=False),
        Figure(f"{chosen_on[1]} {told_by}, of pairs that the rules were chosen on", chosen_on[0] / chosen_on[1], "share"),
        Figure("short answers that say nothing of the rubric and earn something by a plea", swayed + swayed_too, "answers", None, 0),
    ]  # fmt: skip


def _rubric_figures(asked: Sequence[tuple[Question, Question]]) -> tuple[tuple[int, int], int]:
    """How many answers earn what they say, of how many, and how many that say nothing earn something by a plea."""
    agreed = total = swayed = 0
    for a, b in asked:
        rubric = tuple(Criterion(q.options[q.right[0]], (q.options[q.right[0]],)) for q in (a, b))
        question = Question("r", "quiz", "short", f"{a.text} {b.text}", rubric=rubric, language=a.language)
        for first, second in product(range(len(a.options)), range(len(b.options))):
            chance = random.Random(f"{a.id} {first} {second}")
            typed = ". ".join(mistyped(q.options[n].rstrip(".。"), chance) for q, n in ((a, first), (b, second)))
            # The wrong answer to one question may be the right one to the other: it says what the rubric asks all the same.
            said = (a.options[first], b.options[second])
            earned = sum(q.options[q.right[0]] in said for q in (a, b)) / 2
            plain = grade(question, Response(text=typed)).score
            agreed += abs(plain - earned) < 0.01
            total += 1
            if not plain:
                swayed += sum(grade(question, Response(text=plea.format(typed, typed))).score > 0 for plea in PLEAS)
    return (agreed, total), swayed


def _run(learner: Learner, choose: Choose, tracing: Tracing, *, traced: bool) -> list[str]:
    """The questions that the learner is asked until all is mastered."""
    estimates: dict[str, Estimate] = {}
    asked: list[str] = []
    scores: list[float] = []
    while not learner.mastered and len(asked) < _MOST:
        item, when = choose(learner, estimates, asked, scores), learner.now
        seen = learner.answer(item)
        asked.append(item.id)
        scores.append(seen.score)
        if traced:
            estimates[item.concept], _ = tracing.trace(estimates.get(item.concept) or tracing.start(), seen, when)
    return asked


def _path(world: World, tracing: Tracing) -> Choose:
    path = Path(world.map, world.items, tracing)

    def choose(learner: Learner, estimates: dict[str, Estimate], asked: list[str], scores: list[float]) -> Item:
        if step := path.next_step(estimates, learner.now, asked=asked):
            return step.item
        least = min(world.map.order, key=lambda c: tracing.known(estimates.get(c) or tracing.start(), learner.now))
        return _items(world, least)[len(asked) % ITEMS]

    return choose


def _fixed(world: World) -> Choose:
    """One question on each concept in the course's order, and round again."""
    count = len(world.map.order)
    return lambda learner, estimates, asked, scores: _items(world, world.map.order[len(asked) % count])[
        len(asked) // count % ITEMS
    ]


def _patient(world: World) -> Choose:
    """Stays with a concept until three answers in a row are right, then goes on, and round again."""
    state = {"at": 0}

    def choose(learner: Learner, estimates: dict[str, Estimate], asked: list[str], scores: list[float]) -> Item:
        concept = world.map.order[state["at"] % len(world.map.order)]
        lately = [
            score
            for item, score in zip(asked[-_IN_A_ROW:], scores[-_IN_A_ROW:], strict=True)
            if item.startswith(f"{concept}-")
        ]
        if len(lately) == _IN_A_ROW and all(lately):
            state["at"] += 1
            concept = world.map.order[state["at"] % len(world.map.order)]
        return _items(world, concept)[len(asked) % ITEMS]

    return choose


def _random(world: World, seed: int) -> Choose:
    random = np.random.default_rng([seed, 3])
    return lambda learner, estimates, asked, scores: world.items[random.integers(len(world.items))]


def _items(world: World, concept: str) -> list[Item]:
    at = int(concept.removeprefix("c")) * ITEMS
    return list(world.items[at : at + ITEMS])


def _log(seed: int, followed: bool) -> Log:
    """What one learner answers, following the path or in random order."""
    world = _world()
    learner, tracing, estimates = Learner(world, seed), Tracing(), {}
    choose = _path(world, tracing) if followed else _random(world, seed)
    asked: list[str] = []
    log = []
    for _ in range(_ANSWERS):
        item, when = choose(learner, estimates, asked, []), learner.now
        seen = learner.answer(item)
        asked.append(item.id)
        log.append((item.concept, seen, when))
        estimates[item.concept], _ = tracing.trace(estimates.get(item.concept) or tracing.start(), seen, when)
    return log


def _last_five(seen: Sequences) -> np.ndarray:
    """The usual estimate: the share of right ones among the last five answers on the concept, 0.5 before the first."""
    found = np.full_like(seen.score, 0.5)
    for n in range(1, seen.score.shape[1]):
        found[:, n] = seen.score[:, max(0, n - 5) : n].mean(axis=1)
    return found


def calibration(predicted: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance between predicted and seen shares, over bins of equal width."""
    which = np.minimum((predicted * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(predicted[which == n].mean() - truth[which == n].mean()) * np.mean(which == n)
            for n in range(bins)
            if (which == n).any()
        )
    )


def auc(predicted: np.ndarray, truth: np.ndarray) -> float:
    """The chance that a right answer was predicted higher than a wrong one (Mann and Whitney)."""
    ranks, right = rankdata(predicted), truth == 1
    count = right.sum()
    return float((ranks[right].sum() - count * (count + 1) / 2) / (count * (len(truth) - count)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--eval", type=File, default=os.environ.get("EVAL_MATERIAL") or None)
    parser.add_argument("--scratch", type=File)
    parser.add_argument("--within", type=float, default=3600.0)
    parser.add_argument("--only", default=",".join(PARTS))
    known, sys.argv[1:] = parser.parse_known_args()
    measured = partial(
        measure, material=known.eval and File(known.eval), scratch=known.scratch, within_s=known.within,
        only=known.only.split(","),
    )  # fmt: skip
    sys.exit(main(measured, __doc__))
