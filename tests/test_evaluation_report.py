"""What is said of a golden set: means with their intervals, and two runs beside each other."""

import json

import pytest

from chatbot.evaluation import GoldenSetError
from chatbot.evaluation_report import estimates, read_ranks, shown, to_html

GOOD = {f"q{n}": ("short" if n % 2 else "full", [1]) for n in range(40)}
WORSE = {question: (kind, [1 if n % 2 else 4]) for n, (question, (kind, _)) in enumerate(GOOD.items())}


def test_every_kind_and_all_of_them_get_each_measure_with_an_interval_around_the_mean():
    found = estimates(WORSE)
    assert set(found) == {"all", "short", "full"}
    one = found["all"]["recall@1"]
    assert one.mean == 0.5 and 0.3 < one.low < 0.5 < one.high < 0.7
    assert found["short"]["recall@1"].mean == 1.0 and found["full"]["MRR"].mean == 0.25
    assert found["all"]["recall@10"] .mean == 1.0


def test_more_questions_make_the_interval_narrower():
    few, many = {q: WORSE[q] for q in list(WORSE)[:10]}, {f"{q}-{n}": row for q, row in WORSE.items() for n in range(10)}
    width = [one.high - one.low for one in (estimates(few)["all"]["MRR"], estimates(many)["all"]["MRR"])]
    assert width[1] < 0.5 * width[0]


def test_a_difference_is_certain_only_where_its_interval_leaves_out_zero():
    grown = estimates(GOOD, WORSE)
    assert grown["all"]["recall@1"].mean == 0.5 and grown["all"]["recall@1"].is_certain
    assert grown["short"]["recall@1"].mean == 0.0 and not grown["short"]["recall@1"].is_certain
    assert shown(grown["all"]["recall@1"], difference=True).startswith("+0.50 [+") and shown(grown["all"]["recall@1"], difference=True).endswith("*")


def test_only_questions_of_both_runs_are_compared():
    assert estimates(GOOD, {"q0": ("full", [2])}).keys() == {"all", "full"}


def test_an_earlier_run_is_read_from_its_details_and_refused_when_it_is_none(tmp_path):
    file = tmp_path / "run.jsonl"
    lines = [{"id": "a", "kind": "short", "ranks": [2], "relevant": [["x.md", {}]]}, {"id": "b", "kind": "", "ranks": [], "relevant": []}]
    file.write_text("\n".join(map(json.dumps, lines)))
    assert read_ranks(file) == {"a": ("short", [2])}
    file.write_text("{}")
    with pytest.raises(GoldenSetError):
        read_ranks(file)


def test_the_page_stands_alone_and_escapes_what_comes_from_outside():
    page = to_html("<b>course</b>", estimates({"q": ("<script>", [1])}), None)
    assert "<script>" not in page and "<b>course</b>" not in page and "<svg" in page and "http" not in page
