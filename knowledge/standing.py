"""Whether a passage stands alone, and what it needs where it does not: the words just before it that it leans on.

A chunk that begins with "This is why" or with the third item of a list says little without what led to it. What is put
before it are whole sentences of the document, as few as do; nothing is made up, and what a model reads grows little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from knowledge.course import Course
from knowledge.course_rows import SELECT_PASSAGE, passage_of
from knowledge.documents import Passage
from knowledge.language import is_cjk
from knowledge.sentences import sentences

_LONGEST = 320  # characters put before a passage; Chinese says as much in a third
_BACK = 3  # chunks: a list or a table may have been cut in so many before this one

# The beginnings of a sentence that speaks of the one before it, and the exceptions that do not.
_POINTS_BACK = re.compile(
    r"(?:this|these|those|that|it|they|he|she|its|their|his|her|such|both|neither|either|the (?:latter|former|same|other)"
    r"|however|therefore|thus|hence|consequently|but|and|or|so|then|instead|otherwise|similarly|likewise|nevertheless"
    r"|conversely|in (?:this|that|these|such|both|contrast|other words|addition)|for (?:this|that|these|example|instance)"
    r"|as a (?:result|consequence)|because of (?:this|that)|on the other hand)\b",
    re.IGNORECASE,
)
_ITSELF = re.compile(  # "this lesson" is the document, "it is important to" and "that light bends is" are nothing before
    r"(?:this|these|in this|in these|for this) (?:lesson|chapter|section|course|unit|lecture|module|page|part|book|guide"
    r"|tutorial|exercise|assignment|quiz|video|table|figure|image|diagram|picture|graph|slide)s?\b"
    r"|it (?:is|was|'s|has been|can be|may be|might be|will be) (?:\w+ )?\w+ (?:to|that|for)\b|it takes\b|it turns out\b"
    r"|(?:both|either|neither) [^.,;]+ (?:and|n?or) |so[- ]called\b|then and now\b",
    re.IGNORECASE,
)
_POINTS_BACK_ZH = re.compile(
    r"这(?!(?:节|一节|门|一课|个课|堂)课|[一]?[章节])|那(?:么|些|个|样|种)|它|其(?!实|他)|他们|她们|此(?!外)|该|上述|前者|后者|因此|所以|但是?|然而|于是"
    r"|否则|相反|同样|同理|也就是说|换句话说|例如|比如|由此|结果"
)
_REMARK = re.compile(
    r"(?:notes?|remark|source)\s*:|[*†](?=\s|\w)|[（(]?(?:注|说明|备注|其中|来源)[:：,，]", re.IGNORECASE
)
_ITEM = re.compile(r"\s*(?:[-*•+–]|(\d{1,3})[.)、])\s*")
_LEADS = (":", "：")
_ENDS = (".", "!", "?", ":", "。", "！", "？", "：", ")", "）", '"', "”", "$")
_CODE_WORD = re.compile(r"\w*[_.(=\[]\S|(?:if|for|while|def|import|from|print|return)\b.*[:(=]\s*$", re.MULTILINE)
_CALL = re.compile(r"\w\([\w\"']+[),]")  # code that was cut away from its fence
_CODE = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)

# Headings that say what kind of part stands under them, not what about.
_KIND_OF_PART = re.compile(
    r"(?:[\W\d_]|introduction|overview|background|summary|conclusions?|examples?|exercises?|solutions?|answers?|tasks?"
    r"|challenge|assignment|review|self|study|and|notes?|remarks?|definitions?|proof|discussion|further|reading|references?"
    r"|steps?|part|section|chapter|[ivx]|the|more|questions?|quiz|pre|post|lecture"
    r"|简介|介绍|引言|概述|背景|总结|小结|结论|例题?|例子|示例|练习|习题|解答|答案|任务|挑战|作业|复习|自学|与|和|定义|证明|讨论|参考|文献|步骤"
    r"|第|[一二三四五六七八九十]|[章节部分]|课[前后]|测验|问题)+",
    re.IGNORECASE,
)
_Lead = Callable[[list[Passage]], str]


def standing_alone(course: Course, passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """The passages, each with the words of its document before it that it needs; most need none and stay as they are."""
    return tuple(
        replace(passage, text=f"{lead}{_glue(lead, passage.text)}{passage.text}")
        if (lead := lead_of(course, passage))
        else passage
        for passage in passages
    )


def lead_of(course: Course, passage: Passage) -> str:
    """What must be read before the passage, from the chunks before it under the same headings; "" if it stands alone."""
    want = _wanted(passage)
    if want is None:
        return ""
    before = _before(course, passage)
    if not before:
        return ""
    lead = want(before)
    limit = _LONGEST // 3 if sum(map(is_cjk, lead)) > len(lead) / 3 else _LONGEST
    return lead if len(lead) <= limit and not _CALL.search(lead) else ""


def heading_of(passage: Passage) -> str:
    """The heading that says what a passage is about: the innermost, with the nearest above it that tells more where the
    innermost is only "Example 2" or "Summary"; "" without headings.
    """
    if not passage.trail:
        return ""
    inner = passage.trail[-1]
    if not _KIND_OF_PART.fullmatch(inner):
        return inner
    above = next((head for head in reversed(passage.trail[:-1]) if not _KIND_OF_PART.fullmatch(head)), "")
    return f"{above}: {inner}" if above else inner


def _wanted(passage: Passage) -> _Lead | None:
    """What finds the lead of such a passage in the chunks before it, the nearest first; None where none is needed."""
    text = passage.text.lstrip()
    if passage.kind in ("code", "notes"):
        return None
    if passage.kind == "transcript":
        return _last_sentence if _leans(text) else None
    if passage.kind == "table":
        return _what_leads_here
    if _REMARK.match(text):
        return partial(_remarked_on, otherwise=_what_leads_to_the_list if _ITEM.match(text) else _last_sentence)
    if _ITEM.match(text):
        return _what_leads_to_the_list
    return _last_sentence if _leans(text) else None


def _leans(text: str) -> bool:
    """Whether the first sentence speaks of one before it, or is the rest of one."""
    if is_cjk(text[:1]):
        return bool(_POINTS_BACK_ZH.match(text))
    if _ITSELF.match(text):
        return False
    rest_of_a_sentence = text[:1].islower() and not _CODE_WORD.match(text)
    return rest_of_a_sentence or bool(_POINTS_BACK.match(text))


def _before(course: Course, passage: Passage) -> list[Passage]:
    """The chunks before it in its document and under its headings, the nearest first."""
    rows = course.rows(
        f"""{SELECT_PASSAGE} WHERE chunks.document = (SELECT document FROM chunks WHERE id = ?)
        AND ordinal < (SELECT ordinal FROM chunks WHERE id = ?) ORDER BY ordinal DESC LIMIT ?""",
        *(passage.chunk_id, passage.chunk_id, _BACK),
    )
    found = []
    for row in rows:
        other = passage_of(row, 0)
        if other.trail != passage.trail or (other.locator.slide != passage.locator.slide):
            break
        found.append(other)
    return found


def _last_sentence(before: list[Passage]) -> str:
    """The sentence before, with the one that it leans on itself; before a list has ended, what led to the list."""
    text = _prose(before[0].text)
    parts = [part for part in sentences(text) if part.endswith(_ENDS)]  # what has no end is a caption or a title
    if _ITEM.match(text.strip().rsplit("\n", 1)[-1]):
        return _what_leads_to_the_list(before)
    if len(parts) > 1 and _leans(parts[-1]):
        both = f"{parts[-2]}{_glue(parts[-2], parts[-1])}{parts[-1]}"
        return both if len(both) <= _LONGEST else parts[-1]
    return parts[-1] if parts else ""


def _what_leads_here(before: list[Passage]) -> str:
    """The sentence that announces what comes, if the one before does."""
    parts = sentences(_prose(before[0].text))
    return parts[-1] if parts and parts[-1].rstrip().endswith(_LEADS) else ""


def _what_leads_to_the_list(before: list[Passage]) -> str:
    """The sentence before a list's first item, however many chunks ago that was."""
    for other in before:
        lines = [line for line in _prose(other.text).split("\n") if line.strip()]
        if not lines:
            continue
        at = len(lines)
        while at and (_ITEM.match(lines[at - 1]) or lines[at - 1][:1].isspace()):
            at -= 1
        if at:
            parts = sentences(lines[at - 1])
            return parts[-1] if parts and parts[-1].rstrip().endswith(_LEADS) else ""
    return ""


def _remarked_on(before: list[Passage], otherwise: _Lead) -> str:
    """A table's head, for a remark that follows it."""
    return before[0].text.strip().split("\n")[0] if before[0].kind == "table" else otherwise(before)


def _prose(text: str) -> str:
    """The text without its tables and code, of which no sentence is the last."""
    return "\n".join(line for line in _CODE.sub("", text).split("\n") if not line.lstrip().startswith("|"))


def _glue(before: str, after: str) -> str:
    if _ITEM.match(after) or after.startswith(("|", "```")) or before.startswith("|"):
        return "\n"
    return "" if is_cjk(before[-1:]) or before[-1:] in "。！？：；" else " "
