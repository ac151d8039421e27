"""What the last reply of a chat model cost: for benchmarks and for the timings of an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Times count from when the reply's turn came; `first_token_ms` is None when nothing was said.

    A served model's token counts are estimates, and all that it took until the first piece counts as its prompt's.
    """

    prompt_tokens: int
    reused_tokens: int  # of the prompt, those that were read before
    answer_tokens: int
    prompt_ms: float
    first_token_ms: float | None
    total_ms: float
