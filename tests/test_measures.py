import math

import pytest

from knowledge.documents import Locator, Passage
from knowledge.measures import Place, first_hits, hit_at, ndcg_at, recall_at, reciprocal_rank


def passage(rank: int, document: str, **place) -> Passage:
    return Passage(rank, 1.0, document, document, Locator(**place), "text")


def test_a_place_is_hit_by_the_first_passage_that_stands_there():
    found = [passage(1, "a.pdf", page=2), passage(2, "a.pdf", page=3), passage(3, "b.mp3", start_s=10.0, end_s=20.0)]
    relevant = [
        Place("a.pdf", Locator(page=3)),
        Place("b.mp3", Locator(start_s=15.0, end_s=16.0)),
        Place("b.mp3", Locator(start_s=20.0, end_s=22.0)),
        Place("a.pdf"),
    ]
    assert first_hits(found, relevant) == [2, 3, 0, 1]


@pytest.mark.parametrize(
    ("ranks", "hit", "recall", "rr"), [([1, 0], 1.0, 0.5, 1.0), ([4, 0], 0.0, 0.0, 0.25), ([0], 0.0, 0.0, 0.0), ([3, 2], 1.0, 1.0, 0.5)]
)
def test_hit_recall_and_reciprocal_rank(ranks, hit, recall, rr):
    assert (hit_at(ranks, 3), recall_at(ranks, 3), reciprocal_rank(ranks)) == (hit, recall, rr)


def test_ndcg_is_one_for_a_perfect_ranking_and_falls_with_rank():
    assert ndcg_at([1, 2], 6) == 1.0
    assert ndcg_at([2], 6) == pytest.approx(1 / math.log2(3))
    assert ndcg_at([1, 1], 6) == 1.0  # one passage that stands in both places is all that could be first
    assert ndcg_at([0, 0], 6) == 0.0
