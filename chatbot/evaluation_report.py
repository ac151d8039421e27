"""What a golden set found, for people: figures with confidence intervals, two runs compared, a page with a plot.

Intervals are percentile bootstraps over questions (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993); two
runs are compared question by question, so that what both find hard does not hide a difference.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from chatbot.evaluation import GoldenSetError, Outcome
from knowledge.measures import ndcg_at, recall_at, reciprocal_rank

MEASURES = {
    "recall@1": lambda ranks: recall_at(ranks, 1),
    "recall@3": lambda ranks: recall_at(ranks, 3),
    "recall@10": lambda ranks: recall_at(ranks, 10),
    "MRR": reciprocal_rank,
    "nDCG@10": lambda ranks: ndcg_at(ranks, 10),
}
_DRAWS = 2000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its 95 % confidence interval; of a difference, all three may be negative."""

    mean: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Of a difference: whether its sign is."""
        return self.low > 0 or self.high < 0


Ranks = Mapping[str, tuple[str, Sequence[int]]]  # id of a question -> its kind, and the rank of each relevant place


def ranks_of(outcomes: Sequence[Outcome]) -> Ranks:
    """The questions that the course answers; the others have no place to be found."""
    return {o.golden.id: (o.golden.kind or "other", o.ranks) for o in outcomes if o.golden.relevant}


def read_ranks(file: Path) -> Ranks:
    """An earlier run, from what `coursemate eval --details` wrote. Raises GoldenSetError."""
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        return {line["id"]: (line["kind"] or "other", line["ranks"]) for line in lines if line["relevant"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GoldenSetError(
            f"{file} is no earlier run: {error}. Name a file that coursemate eval --details wrote.",
            code="golden_unreadable",
            file=str(file),
            reason=str(error),
        ) from error


def estimates(ranks: Ranks, before: Ranks | None = None) -> dict[str, dict[str, Estimate]]:
    """By kind of question and over "all", each measure; with `before`, how much it grew on the questions of both."""
    groups: dict[str, list[str]] = defaultdict(list)
    for question, (kind, _) in ranks.items():
        if before is None or question in before:
            groups["all"].append(question)
            groups[kind].append(question)
    found: dict[str, dict[str, Estimate]] = {}
    for kind, questions in groups.items():
        found[kind] = {}
        for name, measure in MEASURES.items():
            values = np.array([measure(ranks[question][1]) for question in questions])
            if before is not None:
                values = values - np.array([measure(before[question][1]) for question in questions])
            found[kind][name] = _estimate(values)
    return found


def _estimate(values: np.ndarray) -> Estimate:
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (_DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Estimate(float(values.mean()), float(low), float(high))


def shown(estimate: Estimate, *, difference: bool = False) -> str:
    """ "0.91 [0.85, 0.96]"; of a difference "+0.03 [-0.01, +0.07]", with an asterisk when its sign is certain."""
    sign = "+" if difference else ""
    star = "*" if difference and estimate.is_certain else ""
    return f"{estimate.mean:{sign}.2f} [{estimate.low:{sign}.2f}, {estimate.high:{sign}.2f}]{star}"


def to_html(title: str, found: Mapping[str, Mapping[str, Estimate]], grown: Mapping[str, Mapping[str, Estimate]] | None) -> str:
    """A page that stands alone: a plot of means with their intervals, and the same as a table."""
    parts = [_plot(found, 0.0, 1.0), _table(found)]
    if grown:
        parts += ["<h2>Beside the earlier run</h2>", _plot(grown, -1.0, 1.0), _table(grown, difference=True)]
    return _PAGE.format(title=escape(title), body="\n".join(parts))


_ROW, _LEFT, _WIDTH = 22, 210, 520  # pixels of the plot
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums }}
th, td {{ padding: .3rem .8rem; text-align: left; border-bottom: 1px solid #d8dde5 }}
</style></head><body><h1>{title}</h1>
{body}
<p>Brackets and bars: 95 % confidence, by bootstrap over questions. An asterisk: the sign of the difference is certain.</p>
</body></html>
"""


def _plot(found: Mapping[str, Mapping[str, Estimate]], low: float, high: float) -> str:
    def x(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * _WIDTH

    drawn, row = [], 0
    for kind, measures in found.items():
        for name, one in measures.items():
            y = _ROW * row + 16
            drawn.append(
                f'<text x="0" y="{y + 4}">{escape(kind)}: {escape(name)}</text>'
                f'<line x1="{x(one.low):.1f}" x2="{x(one.high):.1f}" y1="{y}" y2="{y}" stroke="#8a97a8" stroke-width="4"/>'
                f'<circle cx="{x(one.mean):.1f}" cy="{y}" r="5" fill="#1f5fbf"/>'
            )
            row += 1
    height = _ROW * row + 30
    axis = "".join(
        f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="0" y2="{height - 22}" stroke="#e3e7ee"/>'
        f'<text x="{x(value):.1f}" y="{height - 6}" text-anchor="middle">{value:g}</text>'
        for value in np.linspace(low, high, 5)
    )
    return f'<svg viewBox="0 0 {_LEFT + _WIDTH + 30} {height}" font-size="13" role="img">{axis}{"".join(drawn)}</svg>'


def _table(found: Mapping[str, Mapping[str, Estimate]], *, difference: bool = False) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in ("kind", *MEASURES))
    rows = "".join(
        f"<tr><td>{escape(kind)}</td>"
        + "".join(f"<td>{escape(shown(one, difference=difference))}</td>" for one in measures.values())
        + "</tr>"
        for kind, measures in found.items()
    )
    return f"<table><tr>{head}</tr>{rows}</table>"
