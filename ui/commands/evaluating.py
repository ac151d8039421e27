"""coursemate eval: a golden set put to a course, figures printed."""

from __future__ import annotations

from argparse import Namespace

from chatbot.evaluation import Outcome, evaluate, figures, read_golden, to_json
from chatbot.loading import build_engines
from chatbot.settings import Settings
from chatbot.tutor import Tutor
from knowledge.library import Library
from ui.commands.output import result_json, result_table, tell


def evaluate_course(arguments: Namespace, settings: Settings) -> int:
    course = Library(settings.courses).open(arguments.course)
    golden = read_golden(arguments.golden, settings)
    answers = not arguments.retrieval_only and any(question.answer for question in golden)
    engines = build_engines(settings)
    outcomes: list[Outcome] = []
    try:
        for outcome in evaluate(Tutor(engines, settings), course, golden, answers=answers, on_progress=_progress):
            outcomes.append(outcome)
    finally:
        engines.close()
    tell()
    if arguments.details:
        arguments.details.write_text("".join(to_json(outcome) + "\n" for outcome in outcomes), encoding="utf-8")
    by_kind = figures(outcomes)
    if arguments.json:
        result_json(by_kind)
        return 0
    columns = list(dict.fromkeys(name for row in by_kind.values() for name in row))
    result_table(
        ("kind", *columns),
        [(kind, *[_shown(row.get(column)) for column in columns]) for kind, row in by_kind.items()],
    )
    return 0


def _shown(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.2f}"


def _progress(done: int, total: int) -> None:
    tell(f"\r{done} of {total} questions", end="")
