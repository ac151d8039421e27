"""Retriever: a question to the passages of a course that bear on it.

Searches by meaning, by words and, across languages, by the words that a dictionary has for them each bring candidates,
which their ranks choose, and so does, where the settings name a picture embedder, a search of what the figures show; then every candidate is compared with the question (knowledge/weighing.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np

from knowledge import figure_vectors, sentence_vectors
from knowledge.course import Course
from knowledge.documents import Passage, Why
from knowledge.embedding import Embedder, embedder_of
from knowledge.evidence import on_common_scale
from knowledge.figure_search import LIKE, Match, find_figures
from knowledge.glosses import Gloss, glossary
from knowledge.index import VectorIndex
from knowledge.keywords import rarity, telling, ways_to_say, words_of
from knowledge.language import is_cjk, language_of_question
from knowledge.lexical import as_written, content_words
from knowledge.picture import Picture
from knowledge.picture_embedding import PictureEmbedder
from knowledge.reranking import Reranker
from knowledge.weighing import Closeness, least_word, weigh

# Reciprocal rank fusion: Cormack, Clarke, Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank
# learning methods", SIGIR 2009; k = 60 is theirs.
_RANK_OFFSET = 60
# Measured on 18 questions about figures of the sample course other than the golden set's: 1.0, 0.5, 0.33 and 0.2 put the
# figure's own page among the first three for 78, 94, 94 and 94 %, with a mean reciprocal rank of 0.74, 0.82, 0.88, 0.93.
BESIDE_PICTURE = 0.25
SHOWN = 12.0  # a figure that is recognised outweighs whatever words say
# Not measured (see docs/decisions.md): so what a figure shows brings candidates in, and settles at most what half of the
# question's least word would.
_FIGURE = 0.5
_MANY_WORDS = 3  # content words of a picture
_CANDIDATES = 40  # per search
_ALIKE, _SAID_TWICE = 0.95, 0.85  # cosine, and share of the words, from which a chunk says nothing new
# Chosen on odd questions, as the weights in weighing.py: what the nearest sentence counts beside its whole passage, and what
# is left of the weight of two Chinese characters that only meet where one word ends and the next begins.
_SENTENCE, _SPANNING = 0.7, 0.6
_RERANKED = 20  # passages: a cross-encoder reads each of them anew
_WEIGHED = 60  # of all that were found: they are compared one by one


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. `seen` is the text read in the student's picture, searched for beside the question.

    `picture` is looked for among the course's figures. `documents` (paths) and `section` (words of a heading above the
    passage) narrow the search.
    """

    text: str
    seen: str = ""
    picture: Picture | None = None
    documents: tuple[str, ...] = ()
    section: str = ""


class Retriever:
    """Finds passages with the embedder that the course was made with, from one embedder or a choice of them."""

    def __init__(
        self,
        embedder: Embedder,
        index: VectorIndex | None = None,
        *,
        reranker: Reranker | None = None,
        picture_embedder: PictureEmbedder | None = None,
    ) -> None:
        """`index` is searched for vectors instead of the course's own; whoever gives it keeps it up to date. A `reranker`
        orders the first passages anew. With a `picture_embedder`, figures that have vectors of it are searched as well.
        """
        self._embedder, self._index = embedder, index
        self._reranker, self._picture_embedder = reranker, picture_embedder

    def retrieve(self, course: Course, query: Query, k: int = 6) -> tuple[Passage, ...]:
        """At most k passages, best first, without near-duplicates. Raises CourseError if the embedder is another."""
        embedder = embedder_of(course, self._embedder)
        search = _Search(course, course.within(query.documents, query.section), course if self._index is None else self._index)
        asked = [_Asked(search, embedder, text, weight) for text, weight in _texts(query)]
        by_look = search.find_shown(query.picture) if query.picture else []
        by_figure = search.find_figures(self._picture_embedder, query) if self._picture_embedder else []
        fused = fuse([(1.0, by_look), *by_figure, *(ranking for one in asked for ranking in one.rankings.values())])
        candidates = sorted(fused, key=fused.__getitem__, reverse=True)[:_WEIGHED]
        search.look_at(candidates)
        compared = [one.compare(candidates) for one in asked]
        totals = _totals([chunk for chunk in candidates if chunk in search.vectors], asked, compared, search)
        wanted = k if self._reranker is None else max(k, _RERANKED)
        best = _without_twins(sorted(totals, key=totals.__getitem__, reverse=True), search, wanted)
        passages = course.passages(best)
        found = [
            _as_passage(passages[chunk], rank, totals[chunk], asked, compared, search)
            for rank, chunk in enumerate((chunk for chunk in best if chunk in passages), start=1)
        ]
        if self._reranker is not None and query.text.strip():
            found = _reranked(self._reranker, query.text, found)
        return tuple(found[:k])

    def likeness(self, course: Course, text: str, others: Sequence[str]) -> list[float]:
        """The cosine of a text to each of several others, on the scale that is common to all embedders."""
        embedder = embedder_of(course, self._embedder)
        vectors = embedder.embed_passages([text, *others])
        language = language_of_question(text)
        return [
            on_common_scale(float(cosine), embedder.name, language, language_of_question(other))
            for other, cosine in zip(others, vectors[1:] @ vectors[0], strict=True)
        ]


def fuse(rankings: Sequence[tuple[float, Sequence[tuple[int, float]]]]) -> dict[int, float]:
    """Weighted reciprocal rank fusion of (weight, [(id, score), best first]); 1.0 would be first everywhere."""
    scores: dict[int, float] = {}
    total = sum(weight for weight, _ in rankings) or 1.0
    for weight, ranking in rankings:
        for place, (chunk_id, _) in enumerate(ranking):
            gain = weight / total * (_RANK_OFFSET + 1) / (_RANK_OFFSET + 1 + place)
            scores[chunk_id] = scores.get(chunk_id, 0.0) + gain
    return scores


class _Search:
    """One retrieval's view of the course; `among` the only chunks that count, or None for all."""

    def __init__(self, course: Course, among: np.ndarray | None, index: VectorIndex | Course) -> None:
        self.course, self.among = course, among
        self.nearest = index.nearest if isinstance(index, Course) else index.search
        self.vectors: dict[int, np.ndarray] = {}
        self.sentences: dict[int, np.ndarray] = {}
        self.said: dict[int, list[str]] = {}
        self.shown: dict[int, Match] = {}  # by chunk: its figure that the student's picture is a picture of
        self.at_figure: dict[int, int] = {}  # by chunk: the rank, from 1, of the nearest figure that it stands with

    def look_at(self, chunks: Sequence[int]) -> None:
        """Fetches once what every text that is searched for is compared with."""
        self.vectors = self.course.vectors(chunks)
        self.sentences = dict(sentence_vectors.read(self.course, chunks))
        self.said = words_of(self.course, chunks)

    def find_shown(self, picture: Picture) -> list[tuple[int, Match]]:
        """The chunks that stand with the figures of the course that the picture is a picture of, best first."""
        for match in find_figures(self.course, picture):
            if match.agreement >= LIKE:
                for chunk in self.course.chunks_at_figure(match.figure_id):
                    if self.among is None or chunk in self.among:
                        self.shown.setdefault(chunk, match)
        return sorted(self.shown.items(), key=lambda found: -found[1].agreement)

    def find_figures(self, embedder: PictureEmbedder, query: Query) -> list[tuple[float, list[tuple[int, int]]]]:
        """What the question's words, and what its picture, find among the figures, each as a ranking to be fused."""
        if not figure_vectors.can_search(self.course, embedder):
            return []
        wanted = [embedder.embed_query(query.text)] if content_words(query.text) else []
        if query.picture:
            wanted.append(embedder.embed_pictures([query.picture.to_image()])[0])
        found = [figure_vectors.nearest(self.course, embedder, vector, self.among) for vector in wanted]
        for chunk, rank in chain.from_iterable(found):
            self.at_figure[chunk] = min(rank, self.at_figure.get(chunk, rank))
        return [(1.0, ranking) for ranking in found]

    @cached_property
    def languages(self) -> set[str]:
        return {row[0] for row in self.course.rows("SELECT DISTINCT language FROM documents")}


class _Asked:
    """One text that is searched for: its words, its vector, how much it counts, and what each search found."""

    def __init__(self, search: _Search, embedder: Embedder, text: str, weight: float) -> None:
        self.text, self.weight, self._search, self._embedder = text, weight, search, embedder.name
        course, among = search.course, search.among
        self.about = content_words(text)
        self.rare = _by_words(text, rarity(course, self.about))
        self.glosses = ways_to_say(course, _across(text, search.languages))
        self.vector = embedder.embed_query(text)
        other = {word: None for ways in self.glosses for way in ways for word in way}
        self.rankings = {
            "meaning": (weight, search.nearest(self.vector, _CANDIDATES, among)),
            "words": (weight, course.matching(telling(course, self.about), _CANDIDATES, among)),
            "translation": (weight, course.matching(telling(course, list(other)), _CANDIDATES, among)),
        }

    def compare(self, chunks: Sequence[int]) -> dict[int, Closeness]:
        near = {chunk: self._meaning(chunk, _SENTENCE) for chunk in chunks if chunk in self._search.vectors}
        return weigh(near, {chunk: self._search.said.get(chunk, []) for chunk in near}, self.rare, self.glosses)

    def ranks(self, chunk: int) -> dict[str, int]:
        """Its rank, from 1, in each search that found it."""
        return {
            name: place
            for name, (_, ranking) in self.rankings.items()
            for place, (found, _) in enumerate(ranking, start=1)
            if found == chunk
        }

    def matching(self, chunk: int) -> list[str]:
        """The words of the text, as it writes them, that stand in the chunk."""
        return as_written(self.text, set(self.about) & set(self._search.said.get(chunk, ())))

    def likeness(self, chunk: int, passage: str) -> float:
        """How near the chunk is, on the scale that is common to all embedders and languages; it was measured by halves."""
        languages = language_of_question(self.text), language_of_question(passage)
        return on_common_scale(self._meaning(chunk, 0.5), self._embedder, *languages)

    def _meaning(self, chunk: int, sentence: float) -> float:
        """The cosine to the chunk, and by the share `sentence` of it to the sentence in it that is nearest."""
        whole = float(self._search.vectors[chunk] @ self.vector)
        parts = self._search.sentences.get(chunk)
        if parts is None or not len(parts):
            return whole
        return (1 - sentence) * whole + sentence * float((parts @ self.vector).max())


def _by_words(text: str, rare: Mapping[str, float]) -> dict[str, float]:
    """The words with their weights, pairs of Chinese characters that span two words weighing less: they are rare by chance."""
    if not any(is_cjk(word[0]) for word in rare) or (dictionary := glossary()) is None:
        return dict(rare)
    within = dictionary.pairs_within_words(text)
    return {
        word: weight * (_SPANNING if len(word) == 2 and is_cjk(word[0]) and word not in within else 1.0)
        for word, weight in rare.items()
    }


def _across(text: str, languages: set[str]) -> list[Gloss]:
    """The question's words in the other language, where the course has documents in it."""
    chinese = any("\u3400" <= character <= "\u9fff" for character in text)
    wanted = languages - {"zh"} if chinese else languages & {"zh"}
    return dictionary.of(text) if wanted and (dictionary := glossary()) else []


def _totals(
    chunks: Sequence[int], asked: Sequence[_Asked], compared: Sequence[Mapping[int, Closeness]], search: _Search
) -> dict[int, float]:
    """What orders the chunks: how close each is to all that is asked, and what is known of its figures."""
    slight = _FIGURE * min((one.weight * least_word(one.rare) for one in asked), default=0.0)
    return {
        chunk: sum(one.weight * close[chunk].total for one, close in zip(asked, compared, strict=True))
        + (SHOWN * search.shown[chunk].agreement if chunk in search.shown else 0.0)
        + (slight / search.at_figure[chunk] if chunk in search.at_figure else 0.0)
        for chunk in chunks
    }


def _as_passage(
    passage: Passage,
    rank: int,
    total: float,
    asked: Sequence[_Asked],
    compared: Sequence[Mapping[int, Closeness]],
    search: _Search,
) -> Passage:
    chunk = passage.chunk_id
    shown = search.shown.get(chunk)
    ranks: dict[str, int] = {"picture": 1} if shown else {}
    if chunk in search.at_figure:
        ranks["figure"] = search.at_figure[chunk]
    matching: dict[str, None] = {}
    for one in asked:
        for name, place in one.ranks(chunk).items():
            ranks[name] = min(place, ranks.get(name, place))
        matching |= dict.fromkeys(one.matching(chunk))
    return replace(
        passage,
        rank=rank,
        score=1 / (1 + math.exp(-total / 2)),
        similarity=max((one.likeness(chunk, passage.text) for one in asked), default=0.0),
        overlap=max((max(close[chunk].covered, close[chunk].translated) for close in compared), default=0.0),
        figure_id=shown.figure_id if shown else None,
        why=Why(ranks, tuple(matching)),
    )


def _reranked(reranker: Reranker, question: str, found: Sequence[Passage]) -> list[Passage]:
    """The first passages in the reranker's order, behind those with the figure that the student shows.

    Scores keep their meaning, falling with the rank: the values stay and the passages change places among them.
    """
    head, rest = list(found[:_RERANKED]), list(found[_RERANKED:])
    read = reranker.scores(question, [" ".join((*passage.trail[-1:], passage.text)) for passage in head])
    shown = [passage.figure_id is not None for passage in head]
    order = sorted(range(len(head)), key=lambda i: (not shown[i], -read[i]))
    moved = [
        replace(
            head[i], rank=rank, score=score, why=Why({**head[i].why.ranks, "reranker": rank}, head[i].why.words)
        )
        for rank, (i, score) in enumerate(zip(order, [passage.score for passage in head], strict=True), start=1)
    ]
    return moved + rest


def _texts(query: Query) -> list[tuple[str, float]]:
    """The question and the words of the picture, with their weights.

    Beside a picture that is full of words, a question such as "what is the first one called?" says little about where.
    """
    seen, about = content_words(query.seen), content_words(query.text)
    texts = [(query.seen, 1.0)] if query.seen.strip() else []
    if query.text.strip() and (about or not texts):
        texts.insert(0, (query.text, BESIDE_PICTURE if len(seen) >= _MANY_WORDS else 1.0))
    return texts


def _without_twins(ranked: Sequence[int], search: _Search, k: int) -> list[int]:
    """The first k, leaving out a chunk that says nearly the same as a better one: it is near to it, and has few words besides.

    Nearness alone does not tell: a multilingual embedder lays much of one lesson within 0.97 of each other.
    """
    kept: list[int] = []
    for chunk in ranked:
        if len(kept) == k:
            break
        said = set(search.said.get(chunk, ()))
        if not any(
            float(search.vectors[chunk] @ search.vectors[other]) >= _ALIKE
            and len(said & set(search.said.get(other, ()))) >= _SAID_TWICE * len(said)
            for other in kept
        ):
            kept.append(chunk)
    return kept
