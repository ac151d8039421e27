"""Passages to sections that can be asked about: what stands under one heading, read together, without a course's own talk.

A list is often parted from the sentence that leads to it, and a question on either alone would be a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.documents import Locator, Passage

_LONGEST = 1100  # characters: about 270 tokens, read once for all questions on a section
_KINDS = ("text", "table", "transcript", "notes", "formula", "picture")
# What a course says of itself and to its reader: true, and not worth knowing.
_NOTHING_TAUGHT = re.compile(
    r"""((pre|post)-?lecture\ )?quiz.*|tests?|assignments?.*|homework.*|challenges?.*|(review|self).*|exercises?.*|problems?|questions?|answers?|solutions?|check\ yourself|try\ it.*|([\d.]+\s+)?try\ it.*|references?|bibliography
    |(further|more)\ reading|(table\ of\ )?contents|index|pre-?requisites?|objectives?|(learning\ )?(goals|outcomes|objectives)|agenda|acknowledg.*
    |about\ (the|this).*|licen[cs]e|credits|clean\ up.*|install.*|what\ you.*learn.*|next\ steps|resources|links
    |练习.*|习题|作业.*|课后.*|课前.*|测验.*|参考.*|目录|.*目标|挑战.*|复习.*|许可.*""",
    re.IGNORECASE | re.VERBOSE,
)
TALK = re.compile(
    r"""https?:|www\.|\b(lessons?|videos?|sketchnotes?|click\w*|assignments?|quiz\w*|homework|wikipedia|github|licen[cs]e|copyright|(?:chapter|section)s?\ \d+|this\ (?:chapter|section)
    |read\ more|learn\ more|documentation|tutorials?|do\ some\ research|refer\ to|you['’]ll|we['’]ll|let['’]s|you\ (?:will|should|can|need|have|are)
    |follow\ the|as\ (?:shown|mentioned|discussed)|see\ (?:the|below|above|figure|page)|(?:figure|page|slide|table)\ \d+|this\ (?:course|part|guide|page|slide|unit)
    |(?-i:I)(?:['’]ve|['’]m)?|we(?:['’]re|['’]ve)?|my|our|us|author|instructor|teacher|exercise|challenge|mini-lecture|homework|at\ the\ time\ of\ writing|described\ here)\b|[✅⛔🎥💻🚀]|本(课|章|节|文|页)|作业|测验|练习|点击|视频|作者""",
    re.IGNORECASE | re.VERBOSE,
)


def sections(passages: Sequence[Passage]) -> list[Passage]:
    """Neighbouring passages of one place and heading as one, in order; those under headings that teach nothing are left out.

    The place of a section is that of its first passage, without the figure that may stand in it.
    """
    found: list[Passage] = []
    for passage in passages:
        if passage.kind not in _KINDS or not _teaches(passage):
            continue
        at = replace(passage.locator, figure=None)
        last = found[-1] if found else None
        if last is not None and _together(last, passage, at) and len(last.text) + len(passage.text) < _LONGEST:
            found[-1] = replace(last, text=f"{last.text}\n\n{passage.text}", locator=_over(last.locator, at))
        else:
            found.append(replace(passage, locator=at))
    return found


def _teaches(passage: Passage) -> bool:
    return not passage.trail or not _NOTHING_TAUGHT.fullmatch(re.sub(r"^\W+|\W+$", "", passage.trail[-1]))


def _together(last: Passage, passage: Passage, at: Locator) -> bool:
    same = (last.document, last.trail, last.locator.page, last.locator.slide) == (
        passage.document, passage.trail, at.page, at.slide,
    )  # fmt: skip
    return same and passage.chunk_id == last.chunk_id + 1 if passage.chunk_id and last.chunk_id else same


def _over(first: Locator, last: Locator) -> Locator:
    return replace(first, end_s=last.end_s) if last.end_s is not None else first
