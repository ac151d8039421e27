"""A Document cut into chunks that make sense alone: under one heading, on one page or slide, at sentence ends.

The chunk's text is the document's own words, so that a quote from it is found on the page; the headings above it are
in its trail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from knowledge.captions import caption_in, figures_in
from knowledge.documents import Block, Chunk, Document, Locator
from knowledge.language import detect_language, is_cjk
from knowledge.sentences import sentences

__all__ = ["detect_language", "split"]

_TINY = 0.25  # of the target: a chunk smaller than this says too little alone
_LONGEST_S = 40.0  # seconds of one chunk of a recording
_SOON_S = 10.0  # a slide's first words that come later are no words to it
_FENCE = re.compile(r"^```.*$", re.MULTILINE)

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not cut any further: a paragraph, a table or part of one, a formula with its paragraph."""

    text: str
    kind: str
    locator: Locator
    tokens: int


def split(document: Document, *, count_tokens: Count, target: int = 160, most: int = 220) -> list[Chunk]:
    """Cuts a document into chunks of about `target` and at most `most` tokens.

    Only what has no place to be cut, a sentence or a table row, a line of code, is cut between words when it alone
    is longer than `most`. No chunk crosses a heading, a page, a slide, or 40 seconds of what is said in a recording.
    """
    cutter = _Cutter(count_tokens, target, most)
    chunks: list[Chunk] = []
    for trail, blocks in _sections(document.blocks, document.kind):
        if document.kind == "slides":
            chunks.extend(cutter.slide(trail, blocks))
        elif document.kind == "recording" or blocks[0].kind == "transcript":
            chunks.extend(cutter.recording(trail, blocks))
        else:
            chunks.extend(cutter.section(trail, blocks))
    return chunks


def _sections(blocks: Sequence[Block], kind: str) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Runs of blocks with one trail and one page or slide. A slide's title holds for that slide alone."""
    by_slide = kind in ("slides", "recording")
    place = _shown if kind == "recording" else _place
    heads: list[Block] = []
    section: list[Block] = []
    for block in blocks:
        turned = bool(section) and place(section[-1]) != place(block)
        if (turned or block.kind == "heading") and section:
            yield _trail(heads), section
            section = []
        if by_slide and heads and place(heads[-1]) != place(block):
            heads = []
        if block.kind == "heading":
            heads = [head for head in heads if head.level < block.level] + [block]
            if by_slide:
                section = [block]  # a title alone is what some slides say
        else:
            if section and section[-1].kind == "heading" and not by_slide:
                section = []
            section.append(block)
    if section:
        yield _trail(heads), section


def _trail(heads: Sequence[Block]) -> tuple[str, ...]:
    return tuple(head.text for head in heads)


def _place(block: Block) -> tuple[int | None, int | None]:
    return block.locator.page, block.locator.slide


def _shown(block: Block) -> int | None:
    """The slide of a film, which is a figure of it."""
    return block.locator.figure


class _Cutter:
    """Knows how long a chunk may be, and how to count."""

    def __init__(self, count: Count, target: int, most: int) -> None:
        self.count, self.target, self.most = count, target, most

    def section(self, trail: tuple[str, ...], blocks: Sequence[Block]) -> list[Chunk]:
        """The chunks of what stands under one heading on one page."""
        units = [unit for block in blocks for unit in self.units(block)]
        units = self.glued(_captions_at_their_text(units))
        return [_chunk(group, trail) for group in self.packed(units)]

    def slide(self, trail: tuple[str, ...], blocks: Sequence[Block]) -> list[Chunk]:
        """A slide's body in one chunk, with its notes if both fit; a title alone is a chunk too."""
        body = [b for b in blocks if b.kind not in ("heading", "notes")]
        notes = [b for b in blocks if b.kind == "notes"]
        if not body and not notes:
            return [Chunk(b.text, b.locator, (), "text") for b in blocks if b.kind == "heading"]
        together = "\n\n".join(b.text for b in [*body, *notes])
        if self.count(together) <= self.most:
            kind = body[0].kind if len(body) == 1 and not notes else "text" if body else "notes"
            return [Chunk(together, _common([b.locator for b in [*body, *notes]]), trail, kind)]
        chunks = []
        for part in (body, notes):
            units = [unit for block in part for unit in self.units(block)]
            chunks.extend(_chunk(group, trail) for group in self.packed(units))
        return chunks

    def recording(self, trail: tuple[str, ...], blocks: Sequence[Block]) -> list[Chunk]:
        """Spans of 20 to 40 seconds that end where a segment ends, better where a sentence does.

        The slide that is shown meanwhile stands before the first words that are said to it.
        """
        groups: list[list[Block]] = []
        for block in (block for block in blocks if block.kind not in ("heading", "picture")):
            group = groups[-1] if groups else None
            if group is None or self.is_full(group, block):
                groups.append([block])
            else:
                group.append(block)
        if len(groups) > 1 and _seconds(groups[-1]) < 0.5 * _LONGEST_S and self.fits([*groups[-2], *groups[-1]]):
            groups[-2:] = [[*groups[-2], *groups[-1]]]  # the last words join what leads to them
        shown = [block for block in blocks if block.kind == "picture"]
        return self.with_slide([self.span(group, trail) for group in groups], shown, trail)

    def with_slide(self, said: list[Chunk], shown: Sequence[Block], trail: tuple[str, ...]) -> list[Chunk]:
        if not shown:
            return said
        place = shown[0].locator
        if said and len(shown) == 1 and said[0].locator.start_s - place.start_s <= _SOON_S:
            together = f"{shown[0].text}\n\n{said[0].text}"
            if self.count(together) <= self.most:
                start_s = min(place.start_s, said[0].locator.start_s)
                return [replace(said[0], text=together, locator=replace(said[0].locator, start_s=start_s)), *said[1:]]
        units = [unit for block in shown for unit in self.units(block)]
        return [*(_chunk(group, trail) for group in self.packed(units)), *said]

    def is_full(self, group: Sequence[Block], block: Block) -> bool:
        ended = group[-1].text.rstrip().endswith((".", "!", "?", "。", "！", "？"))
        return not self.fits([*group, block]) or (_seconds(group) >= 0.5 * _LONGEST_S and ended)

    def fits(self, group: Sequence[Block]) -> bool:
        return _seconds(group) <= _LONGEST_S and self.count(_said(group)) <= self.most

    def span(self, group: Sequence[Block], trail: tuple[str, ...]) -> Chunk:
        locator = replace(group[0].locator, end_s=group[-1].locator.end_s)
        return Chunk(_said(group), locator, trail, "transcript")

    def units(self, block: Block) -> Iterator[_Unit]:
        """A block whole if it fits, else cut where its kind allows."""
        tokens = self.count(block.text)
        if tokens <= self.most:
            yield _Unit(block.text, block.kind, block.locator, tokens)
            return
        if block.kind == "table":
            pieces = self.cut_table(block.text)
        elif block.kind == "code":
            pieces = self.cut_code(block.text)
        else:
            pieces = self.cut_prose(block.text)
        for piece in pieces:
            yield _Unit(piece, block.kind, block.locator, self.count(piece))

    def cut_prose(self, text: str) -> list[str]:
        """Pieces of whole sentences, as even as they come, so that no crumb is left over."""
        parts = [piece for part in sentences(text) for piece in self.cut_words(part)]
        pieces = max(1, -(-self.count(text) // self.most))
        return self.filled(parts, limit=min(self.most, max(self.target, self.count(text) // pieces)))

    def cut_table(self, text: str) -> list[str]:
        """Some rows at a time, each time under the header."""
        header, rows = text.split("\n")[:2], text.split("\n")[2:]
        head = "\n".join(header)
        room = max(self.most - self.count(head), self.most // 4)
        return [f"{head}\n{piece}" for piece in self.filled(rows, limit=room, joiner="\n")] or [text]

    def cut_code(self, text: str) -> list[str]:
        """Some lines at a time, each piece fenced again."""
        fence = _FENCE.match(text)
        opening = fence.group() if fence else "```"
        lines = [piece for line in _FENCE.sub("", text).strip("\n").split("\n") for piece in self.cut_words(line)]
        pieces = self.filled(lines, limit=self.most - self.count(f"{opening}\n```"), joiner="\n")
        return [f"{opening}\n{piece}\n```" for piece in pieces]

    def cut_words(self, text: str) -> list[str]:
        """The last resort for a sentence, or whatever has no end, longer than a chunk."""
        if self.count(text) <= self.most:
            return [text]
        words = list(text) if sum(map(is_cjk, text)) > 0.3 * len(text) else text.split(" ")
        if len(words) < 2:
            middle = len(text) // 2
            return [*self.cut_words(text[:middle]), *self.cut_words(text[middle:])] if middle else [text]
        middle, glue = len(words) // 2, "" if words == list(text) else " "
        return [*self.cut_words(glue.join(words[:middle])), *self.cut_words(glue.join(words[middle:]))]

    def filled(self, parts: Sequence[str], *, limit: int, joiner: str | None = None) -> list[str]:
        """Joins parts, in order, into pieces of at most `limit` tokens."""
        pieces: list[str] = []
        for part in parts:
            glue = joiner if joiner is not None else _glue(pieces[-1] if pieces else "", part)
            if pieces and self.count(pieces[-1] + glue + part) <= limit:
                pieces[-1] += glue + part
            else:
                pieces.append(part)
        return pieces

    def glued(self, units: Sequence[_Unit]) -> list[_Unit]:
        """Formulas joined to the paragraph before, captions to the text beside them, as long as they fit."""
        found: list[_Unit] = []
        for unit in units:
            last = found[-1] if found else None
            fits = last is not None and last.tokens + unit.tokens <= self.most
            formula = unit.kind == "formula" or (last is not None and last.kind == "formula")
            explained = unit.kind == "text" and unit.text[:1].islower() and last is not None and last.kind != "table"
            caption = last is not None and _belongs(last, unit)
            if fits and (formula or explained or caption):
                found[-1] = self.joined(last, unit)
            else:
                found.append(unit)
        return found

    def joined(self, first: _Unit, second: _Unit) -> _Unit:
        text = f"{first.text}\n\n{second.text}"
        kind = first.kind if first.kind == second.kind else _main_kind((first.kind, second.kind))
        return _Unit(text, kind, _common([first.locator, second.locator]), self.count(text))

    def packed(self, units: Sequence[_Unit]) -> list[list[_Unit]]:
        """Groups neighbours up to the target, and up to the limit where one would be left over too small."""
        groups: list[list[_Unit]] = []
        sizes: list[int] = []
        for index, unit in enumerate(units):
            last = index == len(units) - 1
            tiny = bool(groups) and (sizes[-1] < _TINY * self.target or (last and unit.tokens < _TINY * self.target))
            if groups and sizes[-1] + unit.tokens <= (self.most if tiny else self.target):
                groups[-1].append(unit)
                sizes[-1] += unit.tokens
            else:
                groups.append([unit])
                sizes.append(unit.tokens)
        return groups


def _captions_at_their_text(units: list[_Unit]) -> list[_Unit]:
    """Moves every caption of a figure behind the paragraph that first refers to the figure, if one here does."""
    ordered = [unit for unit in units if unit.kind != "caption" or unit.locator.figure is None]
    for caption in (unit for unit in units if unit.kind == "caption" and unit.locator.figure is not None):
        place = next((i for i, unit in enumerate(ordered) if unit.kind == "text" and _refers(unit, caption)), None)
        if place is None:  # where it stood: behind what came before it
            before = units[: units.index(caption)]
            place = next((i for i, unit in reversed(list(enumerate(ordered))) if unit in before), -1)
        while place + 1 < len(ordered) and ordered[place + 1].kind == "formula":
            place += 1  # a formula stays with the paragraph that leads to it
        ordered.insert(place + 1, caption)
    return ordered


def _refers(unit: _Unit, caption: _Unit) -> bool:
    written = caption_in(caption.text)
    number = written.number if written is not None else str(caption.locator.figure)
    return number in figures_in(unit.text)


def _belongs(before: _Unit, unit: _Unit) -> bool:
    """Whether a caption stands beside its text or table, or the text beside its caption."""
    if unit.kind == "caption":
        return before.kind == "text" and _refers(before, unit)
    if before.kind == "caption":
        return unit.kind == "table" if before.locator.figure is None else _refers(unit, before)
    return False


def _chunk(group: Sequence[_Unit], trail: tuple[str, ...]) -> Chunk:
    kinds = {unit.kind for unit in group}
    return Chunk(
        "\n\n".join(unit.text for unit in group), _common([unit.locator for unit in group]), trail, _main_kind(kinds)
    )


def _main_kind(kinds: Sequence[str] | set[str]) -> str:
    """What a mixed chunk is called: a table or code with words around it stays one; anything else is text."""
    found = set(kinds) - {"caption", "formula"} or set(kinds)
    if len(found) == 1:
        return next(iter(found))
    special = found - {"text", "caption", "formula"}
    return next(iter(special)) if len(special) == 1 and special <= {"table", "code"} else "text"


def _common(locators: Sequence[Locator]) -> Locator:
    """The place of several things on one page: its figure only when they show exactly one."""
    figures = {locator.figure for locator in locators if locator.figure is not None}
    return replace(locators[0], figure=figures.pop() if len(figures) == 1 else None)


def _seconds(group: Sequence[Block]) -> float:
    return (group[-1].locator.end_s or 0.0) - (group[0].locator.start_s or 0.0)


def _said(group: Sequence[Block]) -> str:
    text = group[0].text
    for block in group[1:]:
        text += _glue(text, block.text) + block.text
    return text


def _glue(before: str, after: str) -> str:
    """What stands between two sentences: nothing in Chinese, a line break before a list's item, else a space."""
    if re.match(r"(?:[-*•]|\d{1,3}[.)])\s", after):
        return "\n"
    return "" if is_cjk(before[-1:]) and is_cjk(after[:1]) else " "
