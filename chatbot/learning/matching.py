"""Which option a typed answer means: by its words, typing errors and negations. Knows no key, so nothing typed can sway it.

The question's options are compared as sets of words, those that tell the options apart weighing most. An answer that names
two different options means neither. English and Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from knowledge.language import simplified
from knowledge.lexical import content_words, words

_ENOUGH = 0.5  # weighted overlap from which a clause means an option
_MARGIN = 0.02  # by which it must be ahead of every other option
_CLAUSES = re.compile(r"[;!?。；！？\n]+|\.(?!\d)|，|,\s+(?=(?:but\s+)?(?:no|not)\b|i mean|actually)")
_OR = re.compile(r"\bor\b|还是|或者?")
_HEDGE = re.compile(
    r"\beither\b|\bwhichever\b|\bcan(?:no|['’])t decide\b|\bone of (?:them|these|those|the)\b|随便|都行"
)
_NEGATIONS = re.compile(r"\b(?:not|no|never|cannot|none|without)\b|n['’]t\b|[不没无非别]")
_MISTYPED = ("never", "cannot", "without")  # long enough that a typing error is one, and not another word, but for these:
_NO_NEGATIONS = frozenset("ever every fever lever sever newer cannon".split())
_CJK = re.compile(r"[\u3400-\u9fff]")
_TRUE = "true correct right yes yep yeah agree accurate 正确 对 是的 没错 真".split()
_FALSE = "false wrong incorrect nope disagree untrue inaccurate 错误 错 否 假 不对 不正确 不是".split()
# What talks to a grader instead of answering. Such sentences say nothing about the subject and are not read.
_PLEA = re.compile(
    r"""(ignor|disregard|overrid|forget)\w*\b.{0,40}(instruction|rubric|rule|key|above|previous|option|prompt)
    |\b(mark|grad|scor|count|accept|treat|regard|consider|rate)\w*\b.{0,40}\b(correct|right|true|full|pass|credit|points?|answer|this|it|me)\b
    |\b(full|maximum)\s+(marks?|credit|score|points?)|\b(teacher|professor|developer|admin\w*|system|author)\b.{0,25}\b(sa(id|ys)|told|confirm|approv|agree|note|prompt|message)
    |\b(answer\s+key|grader|grading)\b|\bplease\s+accept\b
    |(忽略|无视|不要管).{0,12}(指令|规则|答案|要求)|(判|算|记|标|打).{0,8}(对|正确|满分|分)|老师.{0,6}(说|确认|同意)|评分|系统(消息|提示)|管理员""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Meant:
    """The option that was meant, by place from 0. `code`: "one", "several" (they contradict each other) or "none"."""

    option: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed and its stem; Chinese comes as pairs of characters, whose stem is themselves."""

    typed: str
    stem: str


def which_option(answer: str, question: str, options: Sequence[str]) -> Meant:
    """The option that the answer means by its words alone."""
    clauses = [clause for clause in clauses_of(answer) if not _PLEA.search(clause)]
    if not any(_OR.search(option.lower()) for option in options):
        if any(_HEDGE.search(clause) for clause in clauses_of(answer)):
            return Meant(None, "several")
        clauses = [part.strip() for clause in clauses for part in _OR.split(clause) if part.strip()]
    if len(clauses) == 1 and (letter := _letter(clauses[0], len(options))) is not None:
        return Meant(letter, "one")
    truths = _truths(options)
    found = [_truth(c, question, truths) if truths else _nearest(c, options) for c in clauses]
    meant = {option for option in found if option is not None}
    if not meant and not truths and len(clauses) > 1:
        whole = _nearest(" ".join(clauses), options)
        meant = {whole} if whole is not None else set()
    if len(meant) == 1:
        return Meant(meant.pop(), "one")
    return Meant(None, "several" if meant else "none")


def without_pleas(answer: str) -> str:
    """The answer without what talks to a grader."""
    return ". ".join(
        clause for clause in re.split(r"[.!?。！？\n]+", answer) if clause.strip() and not _PLEA.search(clause)
    ).strip()


def clauses_of(answer: str) -> list[str]:
    plain = simplified(unicodedata.normalize("NFKC", answer)).lower()
    clauses = [clause.strip() for clause in _CLAUSES.split(plain) if clause and clause.strip()]
    return [part for clause in clauses for part in re.split(r"(?<=^no),\s*|(?<=^yes),\s*", clause)]


def _letter(clause: str, count: int) -> int | None:
    """An option named by its letter alone: "b", "(B)", "option b"."""
    found = re.fullmatch(r"(?:option|answer|选项?|答案是?)?\s*\(?([a-h])\)?", clause)
    return ord(found[1]) - 97 if found and ord(found[1]) - 97 < count else None


# -- true or false


def _truths(options: Sequence[str]) -> dict[bool, int] | None:
    """Which option says true and which false, if that is what the options are."""
    if len(options) != 2:
        return None
    found = {}
    for n, option in enumerate(options):
        plain = option.strip().strip(".。").lower()
        if plain in _TRUE or plain in _FALSE:
            found[plain in _TRUE] = n
    return found if len(found) == 2 else None


def _truth(clause: str, question: str, truths: dict[bool, int]) -> int | None:
    """True or false by its words, or by the statement said again as it is or denied."""
    if _CJK.search(clause):
        said = _chinese_truth(clause)
    else:
        typed = re.findall(r"[a-z]+", clause)
        said = {
            value
            for value, names in ((True, _TRUE), (False, _FALSE))
            for name in names
            for word in typed
            if word == name or (len(word) > 3 and len(name) > 3 and _distance(word, name) <= 1)
        }
        if clause == "no":
            return truths[False]
        if said and denies(clause):
            said = {not value for value in said}
    if len(said) == 1:
        return truths[said.pop()]
    about = set(content_words(question))
    if not said and about and len(about & set(words(clause))) / len(about) >= 0.6:
        return truths[denies(clause) == denies(question)]
    return None


def _chinese_truth(clause: str) -> set[bool]:
    false = (
        any(name in clause for name in _FALSE if _CJK.search(name)) and "没错" not in clause and "不错" not in clause
    )
    rest = clause
    for name in (*_FALSE, "不"):
        rest = rest.replace(name, "□")
    true = any(name in rest for name in _TRUE if _CJK.search(name)) or "没错" in clause
    return {True} if true and not false else {False} if false and not true else set()


# -- other options


def _nearest(clause: str, options: Sequence[str]) -> int | None:
    apart = _apart(options)
    parts = [words_of(option, apart) for option in options]
    vocabulary = {word.stem: word for part in parts for word in part}
    share = {stem: sum(any(word.stem == stem for word in part) for part in parts) for stem in vocabulary}
    weight = {stem: 0.15 if count == len(options) > 1 else 1 / count for stem, count in share.items()}
    typed = [stem for word in words_of(clause, apart) if (stem := _known(word, vocabulary)) is not None]
    if not typed:
        return None
    overlaps = []
    for n, part in enumerate(parts):
        stems = [word.stem for word in part]
        union = sum(weight[stem] for stem in {*stems, *typed})
        shared = sum(weight[stem] for stem in set(stems) & set(typed)) / union if union else 0.0
        alike = 0.7 * shared + 0.3 * SequenceMatcher(None, stems, typed, autojunk=False).ratio()
        piled = (
            bool(_OR.search(options[n].lower())) and len(typed) > 1.25 * len(stems) + 0.5
        )  # "a, or a or b" means neither
        overlaps.append((alike if denies(options[n]) == denies(clause) and not piled else 0.0, n))
    (best, option), (second, _) = sorted(overlaps, reverse=True)[:2] if len(overlaps) > 1 else (overlaps[0], (0.0, -1))
    return option if best >= _ENOUGH and best - second >= _MARGIN else None


def _apart(options: Sequence[str]) -> frozenset[str]:
    """Words in some options and not in others: these are kept, also where a search would pass over them."""
    sets = [set(re.findall(r"[a-z]+", option.lower())) for option in options]
    return frozenset(set().union(*sets) - (set.intersection(*sets) if len(sets) > 1 else set())) - _EMPTY


def words_of(text: str, keep: frozenset[str] = frozenset()) -> list[Word]:
    plain = simplified(unicodedata.normalize("NFKC", text)).lower()
    found = []
    for run in re.findall(r"[a-z]+|\d+(?:\.\d+)?|[\u3400-\u9fff]+", plain):
        if _CJK.match(run):
            found += [Word(pair, pair) for pair in words(run)]
        elif run[0].isdigit():  # whole: of "1.52" and "1.62" a search would keep "1"
            found.append(Word(run, run))
        elif stems := (words(run) if run in keep else content_words(run)):
            found.append(Word(run, stems[0]))
    return found


_EMPTY = frozenset("a an the it is that this of to i in be are was for what by as they you".split())


def _known(word: Word, vocabulary: dict[str, Word]) -> str | None:
    """The options' word that was meant: the same, or the one nearest to it if only one is; digits must be the same."""
    if word.stem in vocabulary:
        return word.stem
    if word.typed[0].isdigit() or _CJK.match(word.typed):
        return None
    near = sorted(
        (_distance(word.typed, other.typed), stem) for stem, other in vocabulary.items() if same_word(word, other)
    )
    if not near or (len(near) > 1 and near[1][0] == near[0][0]):
        return None
    return near[0][1]


def same_word(have: Word, want: Word) -> bool:
    if have.stem == want.stem:
        return True
    if have.typed[0].isdigit() or want.typed[0].isdigit() or _CJK.match(have.typed) or _CJK.match(want.typed):
        return False
    return _distance(have.typed, want.typed) <= (0 if len(want.typed) < 4 else 1 if len(want.typed) < 8 else 2)


def denies(text: str) -> bool:
    """Whether it is denied once more than it is confirmed; a double denial is none. Typing errors are forgiven."""
    plain = text.lower().replace("没错", "").replace("不错", "").replace("只", "")
    mistyped = [word for word in re.findall(r"[a-z]{4,}", plain) if _is_mistyped_negation(word)]
    return (len(_NEGATIONS.findall(plain)) + len(mistyped)) % 2 == 1


def _is_mistyped_negation(word: str) -> bool:
    return word not in _NO_NEGATIONS and any(_distance(word, negation) == 1 for negation in _MISTYPED)


def _distance(a: str, b: str) -> int:
    """Insertions, deletions, changes and swaps of neighbours that turn one into the other."""
    if abs(len(a) - len(b)) > 2:
        return 3
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
