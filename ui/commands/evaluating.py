"""coursemate eval: a golden set put to a course, figures printed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from chatbot.evaluation import Outcome, evaluate, figures, read_golden, to_json
from chatbot.evaluation_report import MEASURES, Estimate, estimates, ranks_of, read_ranks, shown, to_html
from chatbot.loading import build_engines
from chatbot.settings import Settings
from chatbot.tutor import Tutor
from knowledge.library import Library
from ui.commands.output import result_json, result_table, tell


def evaluate_course(arguments: Namespace, settings: Settings) -> int:
    course = Library(settings.courses, index_on_gpu=settings.index_on_gpu).open(arguments.course)
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
    by_kind, ranks = figures(outcomes), ranks_of(outcomes)
    found = estimates(ranks)
    before = read_ranks(arguments.compare) if arguments.compare else None
    grown = estimates(ranks, before) if before is not None else None
    if arguments.html:
        arguments.html.write_text(to_html(f"{course.title}: {arguments.golden.name}", found, grown), encoding="utf-8")
    if arguments.json:
        told = {kind: row | _as_values("", found.get(kind)) for kind, row in by_kind.items()}
        if grown is not None:
            told = {kind: row | _as_values("grown ", grown.get(kind)) for kind, row in told.items()}
        result_json(told)
        return 0
    result_table(("kind", *MEASURES), [(kind, *map(shown, row.values())) for kind, row in found.items()])
    if grown is not None:
        tell(f"Beside {arguments.compare}; an asterisk where the sign is certain:")
        rows = [(kind, *(shown(one, difference=True) for one in row.values())) for kind, row in grown.items()]
        result_table(("kind", *MEASURES), rows)
    columns = list(dict.fromkeys(name for row in by_kind.values() for name in row if "@" not in name and name != "mrr"))
    result_table(
        ("kind", *columns),
        [(kind, *[_shown(row.get(column)) for column in columns]) for kind, row in by_kind.items()],
    )
    return 0


def _as_values(prefix: str, row: Mapping[str, Estimate] | None) -> dict[str, float | list[float]]:
    told = {f"{prefix}{name}": one.mean for name, one in (row or {}).items()}
    return told | {f"{prefix}{name} interval": [one.low, one.high] for name, one in (row or {}).items()}


def _shown(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.2f}"


def _progress(done: int, total: int) -> None:
    tell(f"\r{done} of {total} questions", end="")
