"""Fits the learner model's parameters to logged answers, all learners at once.

Core parameters by likelihood of the next answer (L-BFGS on the sequences, as arrays); how time and confidence fall, by the
moments of the answers, weighted with what the model believes of each (expectation maximization).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from scipy.optimize import minimize

from chatbot.learning.evidence import (
    CONFIDENCES,
    Observation,
    Parameters,
    Response,
    confidence_part,
    correctness,
    success,
    time_part,
)
from chatbot.learning.reviewing import Reviews

Log = Sequence[tuple[str, Observation, datetime]]  # one learner's answers: concept, answer, time
_CORE = {
    "prior": (0.02, 0.9), "learn_right": (0.01, 0.6), "learn_wrong": (0.01, 0.6), "unknown": (-4.0, 0.3),
    "forget": (0.05, 4.0), "hint_help": (0.0, 0.9), "trust": (0.0, 1.0),
}  # fmt: skip


@dataclass(frozen=True)
class Sequences:
    """Answers as arrays of shape (sequences, longest); a sequence is one learner's answers on one concept."""

    here: np.ndarray  # whether there is an answer
    score: np.ndarray
    guess: np.ndarray
    difficulty: np.ndarray
    hints: np.ndarray
    log_ratio: np.ndarray
    confidence: np.ndarray
    recall: np.ndarray  # FSRS's retrievability just before the answer


def sequences(logs: Iterable[Log]) -> Sequences:
    reviews, rows = Reviews(), []
    for log in logs:
        memories, by_concept = {}, {}
        for concept, seen, when in log:
            memory = memories.get(concept)
            recall = reviews.recall(memory, when) if memory else 1.0
            memories[concept] = reviews.review(memory, seen, when)
            level = CONFIDENCES.index(seen.confidence)
            row = (1.0, seen.score, seen.guess, seen.difficulty, seen.hints, np.log(seen.time_ratio), level, recall)
            by_concept.setdefault(concept, []).append(row)
        rows += by_concept.values()
    table = np.zeros((len(rows), max(map(len, rows)), 8))
    for n, row in enumerate(rows):
        table[n, : len(row)] = row
    columns = [table[:, :, n] for n in range(8)]
    return Sequences(columns[0] > 0, *columns[1:6], columns[6].astype(int), columns[7])


def forward(parameters: Parameters, seen: Sequences, *, rich: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """The predicted chance of each answer, and the belief after it; `rich` with time and confidence as evidence."""
    known = np.full(len(seen.score), parameters.prior)
    predicted, judged = np.zeros_like(seen.score), np.zeros_like(seen.score)
    for n in range(seen.score.shape[1]):
        known = np.clip(known * seen.recall[:, n] ** parameters.forget, 1e-3, 1 - 1e-3) if n else known
        score, guess, difficulty = seen.score[:, n], seen.guess[:, n], seen.difficulty[:, n]
        predicted[:, n] = success(parameters, known, guess, difficulty)
        odds = np.log(known / (1 - known)) + correctness(parameters, score, guess, difficulty, seen.hints[:, n])
        odds += parameters.hint_taken * seen.hints[:, n]
        if rich:
            odds += time_part(parameters, score, seen.log_ratio[:, n])
            odds += confidence_part(parameters, score, seen.confidence[:, n])
        belief = 1 / (1 + np.exp(-odds))
        judged[:, n] = belief
        learn = score * parameters.learn_right + (1 - score) * parameters.learn_wrong
        known = np.where(seen.here[:, n], np.clip(belief + (1 - belief) * learn, 1e-3, 1 - 1e-3), known)
    return predicted, judged


def fit(logs: Iterable[Log], *, rich: bool = True, rounds: int = 4) -> Parameters:
    seen, parameters = sequences(logs), Parameters()
    for _ in range(rounds):
        parameters = _core(parameters, seen, rich)
        if rich:
            parameters = _responses(parameters, seen)
    return _core(parameters, seen, rich)


def _core(parameters: Parameters, seen: Sequences, rich: bool) -> Parameters:
    score = seen.score[seen.here]

    def loss(values: np.ndarray) -> float:
        predicted, _ = forward(replace(parameters, **dict(zip(_CORE, values.tolist(), strict=True))), seen, rich=rich)
        chance = np.clip(predicted[seen.here], 1e-4, 1 - 1e-4)
        return -float(np.mean(score * np.log(chance) + (1 - score) * np.log(1 - chance)))

    start = [getattr(parameters, name) for name in _CORE]
    found = minimize(loss, start, method="L-BFGS-B", bounds=list(_CORE.values()), options={"maxiter": 25})
    return replace(parameters, **dict(zip(_CORE, found.x.tolist(), strict=True)))


def _responses(parameters: Parameters, seen: Sequences) -> Parameters:
    _, judged = forward(parameters, seen)
    belief, score = judged[seen.here], seen.score[seen.here]
    log_ratio, level = seen.log_ratio[seen.here], seen.confidence[seen.here]
    kinds, spread, weight = {}, 0.0, 0.0
    for name, share in (("known", belief), ("unknown", 1 - belief)):
        for answer, right in (("right", score), ("wrong", 1 - score)):
            w = share * right
            mean = float(np.sum(w * log_ratio) / np.sum(w))
            spread += float(np.sum(w * (log_ratio - mean) ** 2))
            weight += float(np.sum(w))
            shares = np.array([np.sum(w[level == n]) for n in range(len(CONFIDENCES))]) + 1.0
            kinds[f"{name}_{answer}"] = Response(mean, tuple((shares / shares.sum()).tolist()))
    hints = seen.hints[seen.here]
    taken = np.log(np.sum(belief * hints) / np.sum(belief)) - np.log(np.sum((1 - belief) * hints) / np.sum(1 - belief))
    return replace(parameters, **kinds, time_spread=float(np.sqrt(spread / weight)), hint_taken=float(taken))
