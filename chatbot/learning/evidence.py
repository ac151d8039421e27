"""What one answer says about knowing a concept, in log-odds, part by part. Knows nothing of time passing or of storage.

An answer is likelier from someone who knows the concept, or from someone who does not; the logarithm of that ratio is what it
moves the estimate by (knowledge tracing: Corbett and Anderson, UMUAI 4, 1995). Correctness, hints, attempts, time and stated
confidence each give their own part, so that every estimate can be opened. All functions take numbers or arrays alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Confidence = Literal["guess", "unsure", "sure"]
CONFIDENCES: tuple[str, ...] = get_args(Confidence)
_MOST = 4.0  # log-odds that any one part may move an estimate by: no single answer is proof
_LONGEST = 2.5  # a student who went for tea is not slower than e^2.5 times the usual


@dataclass(frozen=True, slots=True)
class Observation:
    """One graded answer as evidence.

    `score` is in 0..1; `guess` the chance of being right without knowing (1 / options, 0 for open questions); `difficulty` in
    logits above the concept's usual question; `time_ratio` the seconds taken over the item's usual seconds, None if unknown.
    """

    score: float
    guess: float = 0.0
    difficulty: float = 0.0
    hints: int = 0
    attempts: int = 1
    time_ratio: float | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """How log seconds over usual seconds and stated confidence fall for one kind of answer: means, and shares of CONFIDENCES."""

    time_mean: float
    confidence: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the model believes of all learners. The defaults are cautious guesses; benchmarks/learning.py shows their worth
    beside fitted ones.

    `known` and `unknown` are the logits of being right, beyond guessing, with and without the concept. `known` is not fitted but
    says what knowing means: 9 in 10 usual open questions right. `learn_right` and `learn_wrong` are the chance that an answer
    with its feedback teaches it; `forget` the power of FSRS's retrievability that knowledge keeps over a pause; `hint_help` the
    share of the gap that one hint closes; `hint_taken` the log-odds of asking for one; `time_spread` the standard deviation of
    log time; `trust` what time and confidence count, 0..1, because they partly repeat what the answer says already.
    """

    prior: float = 0.15
    learn_right: float = 0.15
    learn_wrong: float = 0.18
    known: float = 2.2
    unknown: float = -1.6
    forget: float = 0.5
    hint_help: float = 0.35
    hint_taken: float = -0.7
    time_spread: float = 0.6
    trust: float = 0.6
    known_right: Response = Response(-0.2, (0.04, 0.22, 0.74))
    unknown_right: Response = Response(0.1, (0.35, 0.42, 0.23))
    known_wrong: Response = Response(-0.2, (0.12, 0.3, 0.58))
    unknown_wrong: Response = Response(0.0, (0.45, 0.35, 0.2))


def chances(parameters: Parameters, guess, difficulty, hints=0, attempts=1):
    """The probability of a right answer (with the concept, without it); hints and earlier attempts help who does not know."""
    helped = 1 - (1 - parameters.hint_help) ** hints
    luck = np.minimum(guess * attempts, 0.95)  # of k options, one is gone after each attempt
    known = luck + (1 - luck) / (1 + np.exp(difficulty - parameters.known))
    unknown = luck + (1 - luck) / (1 + np.exp(difficulty - parameters.unknown))
    return known, unknown + (known - unknown) * helped


def success(parameters: Parameters, known, guess, difficulty):
    """The probability that a learner who knows the concept with probability `known` answers right at once."""
    with_it, without = chances(parameters, guess, difficulty)
    return known * with_it + (1 - known) * without


def parts(parameters: Parameters, seen: Observation) -> dict[str, float]:
    """Log-odds that the answer adds to knowing the concept, by what they come from; only parts that apply."""
    bare = correctness(parameters, seen.score, seen.guess, seen.difficulty)
    found = {"answer": bare}
    if seen.attempts > 1:
        found["attempts"] = correctness(parameters, seen.score, seen.guess, seen.difficulty, 0, seen.attempts) - bare
    if seen.hints:
        without = correctness(parameters, seen.score, seen.guess, seen.difficulty, 0, seen.attempts)
        helped = correctness(parameters, seen.score, seen.guess, seen.difficulty, seen.hints, seen.attempts)
        found["hints"] = helped - without + parameters.hint_taken * seen.hints
    if seen.time_ratio is not None:
        found["time"] = time_part(parameters, seen.score, np.log(max(seen.time_ratio, 1e-3)))
    if seen.confidence is not None:
        found["confidence"] = confidence_part(parameters, seen.score, CONFIDENCES.index(seen.confidence))
    return {name: float(np.clip(value, -_MOST, _MOST)) for name, value in found.items()}


def time_part(parameters: Parameters, score, log_ratio):
    """Log-odds from the time taken: normal distributions of log time, of one spread, around each kind of answer's mean."""
    log_ratio = np.clip(log_ratio, -_LONGEST, _LONGEST)

    def ratio(known: Response, unknown: Response):
        apart = (log_ratio - unknown.time_mean) ** 2 - (log_ratio - known.time_mean) ** 2
        return apart / (2 * parameters.time_spread**2)

    right, wrong = (
        ratio(parameters.known_right, parameters.unknown_right),
        ratio(parameters.known_wrong, parameters.unknown_wrong),
    )
    return parameters.trust * (score * right + (1 - score) * wrong)


def confidence_part(parameters: Parameters, score, level):
    """Log-odds from how sure the student said to be; `level` indexes CONFIDENCES."""

    def ratio(known: Response, unknown: Response):
        return np.log(np.asarray(known.confidence)[level] / np.asarray(unknown.confidence)[level])

    right, wrong = (
        ratio(parameters.known_right, parameters.unknown_right),
        ratio(parameters.known_wrong, parameters.unknown_wrong),
    )
    return parameters.trust * (score * right + (1 - score) * wrong)


def correctness(parameters: Parameters, score, guess, difficulty, hints=0, attempts=1):
    """Log-odds from a score alone; a partial one lies between wrong and right."""
    with_it, without = chances(parameters, guess, difficulty, hints, attempts)
    return score * np.log(with_it / without) + (1 - score) * np.log((1 - with_it) / (1 - without))
