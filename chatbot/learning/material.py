"""What a section's text offers to be asked about, found by rules alone: entries, definitions, lists, steps, quantities, reasons.

A small model words a question well and invents its matter badly. So everything that has to be right is taken from the text
here, word for word, and only the wording is left to the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot.learning.measures import Measure, measures, tolerance_of
from chatbot.learning.quantities import is_unit, read_quantity
from chatbot.learning.questions import Key
from chatbot.learning.sections import TALK
from chatbot.learning.tables import Cell, Row, cells
from chatbot.learning.worked import Worked, worked_examples
from knowledge.lexical import content_words
from knowledge.sentences import sentences

LEAST_WORDS = 5  # content words: a shorter sentence says too little to be asked about
_LONGEST_SENTENCE = 300
_LONGEST_TERM, _LONGEST_ITEM = 5, 90  # words; characters
_STEPS = (3, 6)
_LINE = re.compile(r"^\s*(?:[-*•–]|(\d+)[.)])\s+(\S.*)$")
_PAIR = re.compile(r"^(.{2,50}?)(?:\s+[-–—]\s+|:\s+|：)(\S.+)$")
_DEFINES = re.compile(
    r"^(?:An?\s+|The\s+)?([A-Za-z][\w/()-]*(?:\s+[\w/()-]+){0,3}?)\s+(?:is|are|means|stands for|refers to)\s+((?:an?|the)\s+[^,;:]{15,}.*)$",
)
_NO_TERM = re.compile(r"\b(?:of|every|each|names?|parts?|things?|\w+ing|there|here|what|who)\b", re.I)
_DEFINES_CHINESE = re.compile(r"^([\u4e00-\u9fff\w]{2,12}?)(?:是指|是一[种个类]|指的是|叫做)([^，。；]{6,60}.*)$")
_INLINE = re.compile(
    r"^(.*?\b(?:includes?|including|such as|are called|consists? of|(?:are|as) follows)):?\s+((?:[^,.;:()]{2,40},\s*)+(?:and|or)\s+[^,.;:()]{2,40})[.]?$"
)
_ORDERED = re.compile(r"\b(steps?|process|procedure|sequence|order|stages?|cycle|phases?)\b|步骤|过程|顺序|流程", re.I)
_SIGNS = re.compile(r"^[^\w\s\"“'‘(\u4e00-\u9fff]+\s*")  # an emoji or a bullet before a sentence
_WHY = re.compile(r"\b(because|since (?:it|the|an?)\b|so that|in order to|due to)\b|因为|以便", re.I)
# Who or what is spoken of stands in another sentence, or may.
_LEANING = re.compile(r"\b(they|he|she|we|them|him|this|these|those|such|former|latter|(?:first|other|second|new|old) ones?)\b|\b(?:above|below)\b(?!\s+(?:an?|the|it|\d))", re.I)
_PRONOUN = re.compile(r"\b(?:it|its|their|his|her)\b", re.I)
_VERB = re.compile(
    r"""\b(is|are|was|were|has|have|had|can|cannot|could|will|may|must|does|do|did|takes?|needs?|runs?|moves?|makes?|gives?|reach(es)?|measures?|costs?
    |lasts?|covers?|weighs?|holds?|becomes?|uses?|sends?|works?|requires?|lies|stands|turns?|means?|allows?|lets?|contains?|includes?|converts?|stores?
    |provides?|refers?|magnif(?:y|ies)|enters?|falls?|grows?|swallows?|softens?|looks?|seems?|fills?|spreads?|equals?|folds?|detects?|controls?|responds?|flows?|increases?|reduces?|connects?|bends?|meets?|forms?|shows?|travels?|comes?|goes|gets?|keeps?|helps?|causes?|depends?|changes?|gathers?|\w{3,}ed)\b|[\u4e00-\u9fff]""",
    re.IGNORECASE | re.VERBOSE,
)
_VERBS = re.compile(
    rf"\s*(?:{_VERB.pattern.replace('(es)?', '(?:es)?').replace('(is|', '(?:is|', 1)})\s*", re.IGNORECASE | re.VERBOSE
)
_STATES = re.compile(  # verbs that may be something else beside an article, so that they part no term
    r"""\b(?:sees?|saw|throws?|tells|told|combines?|appears?|returns|leaves|gains?|reflects?|finds?|shrinks?|melts?|draws?|stays?|obeys?|crosses|passes|collects?
    |explains?|describes?|defines?|senses?|creates?|produces?|transmits?|receives?|publish(?:es)?|subscribes?|supports?|drives?|switches|determines?|happens?
    |begins?|begun|enables?|acts?|counts?|touches|lifts?|lights?|reads?|built|sent|kept|made|given|known|seen|found|set|put)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_HANGING = frozenset(
    """this that these those it they he she such here there however but so then therefore thus also instead another other
    both each once similarly like one now by as to and or after before otherwise more most
    unfortunately finally first second third next where""".split()
)  # fmt: skip
# What a reader is told to do or to look at, and what leans on the sentence before by its first words.
_TOLD = re.compile(
    r"""^(?:\(|(?:always|never|please|just|only|work|use|find|make|think|remember|monitor|research|imagine|hold|move|walk|throw|look|try|take|turn|add|create|run|open
    |set|check|clean|note|see|read|start|begin|choose|select|copy|connect|keep|put|let|go|do|replace|notice|consider|ensure)\b(?!\s+(?:is|are|was|can))
    |in\s+(?:(?:short|general),|exchange\b|turn\b|addition\b|fact\b|contrast\b|other\b|both\b|each\b|the\s+(?:example|figure|picture|drawing)\b)|at\s+(?:first|last)\b|with\s+(?:it|that)\b|for\s+(?:example|instance|this|that|each|more|now)\b)|\byour?\b
    |\b(?:figure|picture|drawing|example|photo|diagram)\s+(?:above|below|shows)|\b(?:drawn|drawing)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_DEMONSTRATIVE = re.compile(r"^(?:this|these|it|they)\s+(?:is|are|(?=\w))\s*", re.I)
_QUANTITY = re.compile(
    r"(?<![\w.,/-])(\d[\d,]*(?:\.\d+)?)\s?(°C|°F|°|%|Ω|[A-Za-zµμ]+(?:/[A-Za-z]+(?:\^?\d)?)?)(?![\w])"
)
_ENDS = re.compile(
    r"\s*(?:[,:](?!\d)|[;()\"“”|]|\s[-–—]\s|\b(?:a|an|the|and|or|of|to|in|on|at|by|for|from|with|into|onto|as|that|which|who|is|are|was|were|be|been|can|"
    r"could|will|would|may|might|must|should|has|have|had|do|does|did|it|its|they|them|their|this|these|those|when|where|if|so|such|than|"
    r"then|not|no|only|also|one|some|any|all|each|every|very|more|most|you|your|we|our|but|because|while|using|used|called|there|how|what|"
    r"being|between|about|over|under|like|i\.e|e\.g)\b)\s*",
    re.I,
)
_ENDS_CHINESE = re.compile(r"[，。、；：（）“”的是在和与或将把被从到对于以及可以会能了]|通过|使用|一个|一种|进行")


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed term and what the list says of it; `others` are the terms beside it."""

    term: str
    said: str
    quote: str
    others: tuple[str, ...]
    lead: str


@dataclass(frozen=True, slots=True)
class Definition:
    term: str
    said: str
    quote: str


@dataclass(frozen=True, slots=True)
class Group:
    """Things that belong together, after the words that lead to them."""

    lead: str
    items: tuple[str, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Steps:
    lead: str
    items: tuple[str, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity as written in a sentence, read."""

    sentence: str
    written: str
    key: Key


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, and the runs of words in it that could be an answer."""

    sentence: str
    spans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence that gives a reason, what it is given for, and the reason's parts with the words that say them."""

    sentence: str
    stated: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]


Matter = Worked | Cell | Row | Entry | Definition | Group | Steps | Quantity | Measure | Statement | Reason


def matter_of(text: str, heading: str = "") -> list[Matter]:
    """All that can be asked about, what needs least of a model first."""
    lists = list(_lists(text))
    said = askable(text)
    return [
        *worked_examples(text, heading),
        *cells(text),
        *(entry for lead, lines, _ in lists for entry in _entries(lead, lines)),
        *(found for sentence in said if (found := definition(sentence))),
        *(steps for lead, lines, numbered in lists if (steps := _steps(lead, lines, numbered))),
        *(group for lead, lines, numbered in lists if not numbered and (group := _group(lead, lines))),
        *(group for sentence in said if (group := _inline(sentence))),
        *(found for sentence in said if (found := quantity(sentence))),
        *measures(sentence for sentence in said if quantity(sentence) is None),
        *(found for sentence in said if (found := reason(sentence))),
        *(Statement(sentence, spans) for sentence in said if len(spans := spans_of(sentence)) >= 2),
    ]


def askable(text: str) -> list[str]:
    """Sentences that state something: long enough, no question, no formula or code, not hanging on what came before, no talk."""
    found = []
    for sentence in sentences(text):
        plain = _SIGNS.sub("", sentence).strip()
        short = len(content_words(plain)) < LEAST_WORDS or len(plain) > _LONGEST_SENTENCE
        hanging = re.split(r"[\s,]", plain)[0].lower() in _HANGING
        broken = "\n" in plain or _LINE.match(plain) or not re.search(r"[.!。！]$", plain)
        odd = plain.endswith(("?", "？", ":", "：")) or set(plain) & set("{}`$|<>\\")
        leaning = _LEANING.search(plain) or not _states(plain) or _pronoun_first(plain)
        entry = re.match(r"(.{2,60}?)\s[-–—]\s", plain)
        broken = broken or (entry and not _states(entry[1]))  # of a list: a term and what is said of it
        if not (short or hanging or broken or odd or leaning or TALK.search(plain) or _TOLD.search(plain)):
            found.append(plain)
    return found


def _states(text: str) -> bool:
    return (_VERB.search(text) or _STATES.search(text)) is not None


def _pronoun_first(sentence: str) -> bool:
    """Whether "it" or its like comes before the sentence has named what it could mean."""
    found = _PRONOUN.search(sentence)
    if found and found[0].lower() == "it" and re.match(r"(?:with|for|in|at|from|on|under|by|of)\b", sentence, re.I) and re.search(r"(?:^[^,]*|,)\s$", sentence[: found.start()]):
        return True  # "With the image at the near point it gains one more"
    return found is not None and len(content_words(sentence[: found.start()])) < 2


def definition(sentence: str) -> Definition | None:
    """What a sentence of the form "A sensor is a device that ..." defines."""
    for form in (_DEFINES, _DEFINES_CHINESE):
        if found := form.match(sentence):
            term, said = found[1].strip(), found[2].strip().rstrip(".。")
            known = content_words(term)
            if (
                known
                and not _NO_TERM.search(term)
                and not set(known) & set(content_words(said))
                and len(content_words(said)) >= 4
                and len(said) <= 140
            ):
                return Definition(term, said, sentence)
    return None


def quantity(sentence: str) -> Quantity | None:
    """The quantity with a unit in a sentence that has no other number; tolerance is half of its last digit, and from 1 to 5 %."""
    found = [(m[0], read_quantity(m[0])) for m in _QUANTITY.finditer(sentence) if is_unit(m[2])]
    if len(found) != 1 or found[0][1] is None or len(re.findall(r"\d[\d,.]*", sentence)) != 1:
        return None
    written, (value, unit) = found[0]
    return Quantity(sentence, written, Key(value, unit, tolerance_of(written, value)))


def reason(sentence: str) -> Reason | None:
    """The reason that a sentence gives for what it states before, in up to three parts that each say something of their own."""
    found = _WHY.search(sentence)
    if found is None:
        return None
    stated = sentence[: found.start()].rstrip(" ,;:，；")
    known = set(content_words(stated))
    parts = []
    told = re.split(r"[;:；：]", sentence[found.end() :])[0].rstrip(".。").strip()
    for part in (re.split(r",\s|，", one)[0] for one in re.split(r",?\s+and\s+|，(?=而|且|并)", told)):
        words = tuple(
            span for span in spans_of(part) if len(content_words(span)) <= 3 and not set(content_words(span)) <= known
        )
        if words and len(content_words(part)) >= 2:
            parts.append((part.strip(), words[:2]))
    return Reason(sentence, stated, tuple(parts[:3])) if parts and len(known) >= 4 and not _PRONOUN.search(stated) else None


def spans_of(sentence: str) -> tuple[str, ...]:
    """Runs of words between those that only join: what a question about the sentence could be answered with."""
    chinese = re.search(r"[\u4e00-\u9fff]", sentence) is not None
    plain = sentence.rstrip(".!。！")
    runs = (
        _ENDS_CHINESE.split(plain)
        if chinese
        else [run for part in re.split(_ENDS, plain) if part for run in _VERBS.split(part)]
    )
    kept = []
    for run in map(str.strip, runs):
        most = 12 if chinese else 5
        size = len(run) if chinese else len(run.split())
        if (
            re.search(r"(?:ing|ly|[a-z]er)$|['’]t\b", run.split(" ")[-1 if len(run.split()) > 1 else 0])
            and not chinese
            and " " in run
        ):
            continue
        if content_words(run) and len(run) >= (2 if chinese else 4) and size <= most and sentence.count(run) == 1:
            kept.append(run)
    return tuple(dict.fromkeys(kept))


# -- lists


def _lists(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """Every list: the words that lead to it, its lines without their marks, and whether they are numbered."""
    lead, lines, numbers = "", [], []
    for line in [*text.splitlines(), ""]:
        found = _LINE.match(line)
        if found and not line.startswith(("    ", "\t")):
            lines.append(found[2].strip())
            numbers.append(found[1])
            continue
        if line.strip() and lines:
            yield lead, lines, all(numbers)
            lead, lines, numbers = "", [], []
        if line.strip():
            last = sentences(line)[-1:] or [""]
            lead = last[0].strip()
    if lines:
        yield lead, lines, all(numbers)


def _useful(lead: str) -> bool:
    """Whether a list's first words can stand alone: what it is a list of."""
    hanging = _LEANING.search(lead) or lead.split(" ")[0].lower().strip(",") in _HANGING
    return (
        lead.rstrip().endswith((":", "："))
        and not TALK.search(lead)
        and not hanging
        and len(lead) <= 160
        and len(content_words(lead)) >= 2
    )


def _entries(lead: str, lines: list[str]) -> Iterator[Entry]:
    pairs = [(found[1].strip(" *_`"), found[2].strip(), line) for line in lines if (found := _PAIR.match(line))]
    pairs = [
        (term, said, line) for term, said, line in pairs if len(term.split()) <= _LONGEST_TERM and not TALK.search(line)
    ]
    if len(pairs) < 3 or TALK.search(lead):
        return
    for term, said, line in pairs:
        first = sentences(said)[0]
        if len(content_words(first)) >= 3 and not set("`{}$") & set(line):
            yield Entry(
                term,
                _DEMONSTRATIVE.sub("", first.rstrip(".")),
                line,
                tuple(other for other, _, _ in pairs if other != term),
                lead,
            )


def _items(lines: list[str]) -> list[str]:
    items = [(found[1] if (found := _PAIR.match(line)) else sentences(line)[0]).strip(" .;,*_") for line in lines]
    return [
        item
        for item in items
        if 2 <= len(item) <= _LONGEST_ITEM and not set("`{}$|") & set(item) and not TALK.search(item)
    ]


def _group(lead: str, lines: list[str]) -> Group | None:
    items = _items(lines)
    if not _useful(lead) or len(set(items)) < max(3, len(lines) - 1) or _ORDERED.search(lead):
        return None
    return Group(lead.rstrip(":： "), tuple(items), lead)


def _inline(sentence: str) -> Group | None:
    found = _INLINE.match(sentence)
    if found is None:
        return None
    items = [re.sub(r"^(?:and|or)\s+", "", item.strip()) for item in re.split(r",\s*|\s+(?:and|or)\s+", found[2])]
    items = [item for item in items if content_words(item)]
    return Group(found[1].strip(), tuple(items), sentence) if len(items) >= 3 else None


def _steps(lead: str, lines: list[str], numbered: bool) -> Steps | None:
    items = [
        re.sub(r"^(?:first|then|next|now|finally|lastly)\b,?\s*", "", step, flags=re.I)
        for step in _items_of_steps(lines)
    ]
    told = sum(re.match(r"(?:an?|the|your|it|there|what|how|which|some)\b", item, re.I) is not None for item in items)
    ordered = (
        (numbered or _ORDERED.search(lead))
        and told <= len(items) / 4
        and not any(item.endswith(("?", "？")) for item in items)
    )
    if not ordered or not _STEPS[0] <= len(items) or len(items) < len(lines) or TALK.search(lead):
        return None
    lead = lead if _useful(lead) else ""
    return Steps(lead.rstrip(":： "), tuple(f"{item[:1].upper()}{item[1:]}" for item in items[: _STEPS[1]]), lines[0])


def _items_of_steps(lines: list[str]) -> list[str]:
    firsts = [sentences(line)[0].strip(" .;:") for line in lines]
    return [
        step
        for step in firsts
        if 8 <= len(step) <= 140 and len(content_words(step)) >= 2 and not set("`{}$|") & set(step)
    ]
