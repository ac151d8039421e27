"""The golden set of the sample course: is the right place found, cited and quoted, and silence kept where it should be?

The baseline is the same course searched by vectors alone, as most products do.
"""

from __future__ import annotations

import sys
from statistics import fmean

from benchmarks.bench_home import GOLDEN, read_beforehand, sample_course
from benchmarks.report import Figure, main
from chatbot.evaluation import GoldenQuestion, evaluate, figures, read_golden
from chatbot.rewriting import stand_alone
from chatbot.tutor import Tutor
from knowledge.course import Course
from knowledge.embedding import Embedder
from knowledge.measures import first_hits, hit_at
from ui.commands.output import tell


def measure(quick: bool) -> list[Figure]:
    settings, engines, course = sample_course()
    golden = read_golden(GOLDEN, settings)
    if quick:
        golden = [question for question in golden if question.turn.sound is None]
    if not quick:
        read_beforehand(course, engines.load("chat"))
    outcomes = list(
        evaluate(
            Tutor(engines, settings), course, golden, answers=not quick,
            on_progress=lambda done, total: tell(f"\r{done} of {total} questions", end=""),
        )
    )  # fmt: skip
    tell()
    found = figures(outcomes)["all"]
    told = [question for question in golden if question.relevant]
    silent = len(golden) - len(told)
    vectors = _vectors_alone(course, engines.load("embedder"), told)
    rows = [
        Figure("right passage in the first three", found["hit@3"], "share", vectors, 0.9, smaller=False),
        Figure("mean reciprocal rank", found["mrr"], "", smaller=False),
        Figure("nDCG@6", found["ndcg@6"], "", smaller=False),
    ]
    if not quick:
        rows += [
            Figure("silence kept where the course is silent", found["not_found"], "share", None, 7 / 8, smaller=False),
            Figure("answerable but called not found", 1 - found["answered"], "share", None, 2 / 32),
            Figure("quotes that stand in their source", found["quotes_stand"], "share", None, 1.0, smaller=False),
            Figure("answers that cite a right place", found["cites_right"], "share", smaller=False),
            Figure("words of the reference answer", found["agrees"], "share", smaller=False),
        ]
    rows.append(Figure("questions, of which the course is silent on", silent, f"of {len(golden)}"))
    return rows


def _vectors_alone(course: Course, embedder: Embedder, golden: list[GoldenQuestion]) -> float:
    """The share of questions whose right place is among the three nearest vectors to the words of the question."""
    hits = []
    for question in golden:
        nearest = course.nearest(embedder.embed_query(stand_alone(question.asked, question.history)), 3)
        passages = course.passages([chunk_id for chunk_id, _ in nearest])
        ranked = [passages[chunk_id] for chunk_id, _ in nearest]
        hits.append(hit_at(first_hits(ranked, question.relevant), 3))
    return fmean(hits)


if __name__ == "__main__":
    sys.exit(main(measure, __doc__))
