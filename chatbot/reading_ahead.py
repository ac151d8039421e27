"""In which order passages stand in a prompt of which a part was read before its question was known.

An engine knows a prompt by its beginning: one other passage in front, and all that follows is read again. So what was read
keeps its place as long as it may be of use, what is missing comes after it, and a question that comes late to a passage is
shown no more of it than bears on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from chatbot.chat_model import ChatModel, Message
from chatbot.prompting import opening, room_for, within_budget
from knowledge.documents import Passage

_NEARLY = 60  # tokens: a passage of which no more is left counts as read. A dozen are always left where more follows
READ = 12  # tokens: what differs at a passage's end by what follows it, and no more
_STILL = 2  # of the likeliest: what is being read is not put off for another as long as it is among them
_IDLE = 300  # tokens of passages that turned out to be of no use, at most, before others that are
_ENOUGH = 200  # tokens of useful passages: less does not answer well, and more is not waited for
_LATE = (100, 50)  # tokens of the best passage, or of the one after it, that are waited for when it was not read


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a draft had read for its question, or was about to: the passages in their order.

    How much of it is still known is asked of the engine.
    """

    passages: tuple[Passage, ...] = ()

    def read_by(self, chat: ChatModel, most_left: int = _NEARLY) -> tuple[Passage, ...]:
        """Those of the passages that need not be read again, or only `most_left` tokens of them."""
        for n in range(len(self.passages), 0, -1):
            if chat.unread(self.opening(n)) <= most_left:
                return self.passages[:n]
        return ()

    def opening(self, n: int) -> list[Message]:
        return opening(self.passages[:n])


NOTHING_AHEAD = Ahead()


def planned(
    before: Sequence[Passage], read: int, likely: Sequence[Passage], room: int, most: int, count_tokens: Callable[[str], int]
) -> tuple[Passage, ...]:
    """What should be read for words that are still being typed. Of the plan `before`, the first `read` passages were; they stay
    as far as they are `likely`. Then comes the one that is being read, if it is still likely enough, and then the likeliest.

    At most `room` tokens, and no more than `most` of the likely passages.
    """
    plan = list(_beginning(before[:read], {passage.chunk_id for passage in likely}, count_tokens))
    there = {passage.chunk_id for passage in plan}
    begun = before[read].chunk_id if len(plan) == read < len(before) else None
    order = sorted(likely[:most], key=lambda passage: passage.chunk_id != begun)
    if begun not in {passage.chunk_id for passage in likely[:_STILL]}:
        order = likely[:most]
    room -= sum(room_for(passage, count_tokens) for passage in plan)
    for passage in order:
        if passage.chunk_id not in there and (size := room_for(passage, count_tokens)) <= room:
            plan.append(passage)
            room -= size
    return tuple(plan)


def laid_out(
    read: Sequence[Passage],
    ranked: Sequence[Passage],
    wanted: Sequence[Passage],
    about: str,
    *,
    most_tokens: int,
    count_tokens: Callable[[str], int],
) -> tuple[Passage, ...]:
    """The passages for a question. `ranked` are the best for it; `wanted` those that it is shown when nothing was read.

    What was read and is ranked at all is shown as far as `most_tokens` go; what was not is waited for only where it matters.
    """
    if not read:
        return tuple(wanted)
    useful = {passage.chunk_id for passage in wanted}
    kept = _beginning(read, useful, count_tokens)
    left = most_tokens - sum(room_for(passage, count_tokens) for passage in kept)
    places = {passage.chunk_id for passage in ranked}
    for passage in read[len(kept) :]:
        left -= room_for(passage, count_tokens)
        if left < 0 or passage.chunk_id not in places:
            break
        kept = (*kept, passage)
    there = {passage.chunk_id for passage in kept}
    missing = [passage for passage in ranked[: len(wanted)] if passage.chunk_id not in there]
    return (*kept, *_late(missing, kept, ranked, about, count_tokens))


def _late(
    missing: Sequence[Passage],
    kept: Sequence[Passage],
    ranked: Sequence[Passage],
    about: str,
    count_tokens: Callable[[str], int],
) -> tuple[Passage, ...]:
    """What is read after the question was asked, of passages that were not read before."""
    places = {passage.chunk_id for passage in ranked}
    absent = {passage.chunk_id for passage in missing}
    short = _ENOUGH - sum(room_for(passage, count_tokens) for passage in kept if passage.chunk_id in places)
    waited = next((late for passage, late in zip(ranked, _LATE, strict=False) if passage.chunk_id in absent), 0)
    return within_budget(missing, about, most_tokens=max(short, waited), count_tokens=count_tokens, most=len(missing))


def _beginning(
    read: Sequence[Passage], useful: Collection[int], count_tokens: Callable[[str], int]
) -> tuple[Passage, ...]:
    """What was read up to the last useful passage that does not stand behind too much that is of no use."""
    length = idle = 0
    for n, passage in enumerate(read, start=1):
        if passage.chunk_id in useful:
            length = n
        else:
            idle += room_for(passage, count_tokens)
            if idle > _IDLE:
                break
    return tuple(read[:length])
