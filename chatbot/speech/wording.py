"""Text -> what a voice should say: Markdown dropped, formulas put into words; and where a streamed text may be cut.

Numbers are left to the voice. Other languages than Chinese get the English words for formulas.
"""

from __future__ import annotations

import re

from chatbot.speech.code import read_code
from chatbot.speech.dates import read_dates
from chatbot.speech.formulas import read_formula, read_symbols
from knowledge.sentences import sentences

_ABBREVIATIONS = (
    (r"\be\.g\.,?", "for example,"), (r"\bi\.e\.,?", "that is,"), (r"\betc\.", "et cetera"), (r"\bvs\.", "versus"),
    (r"\bapprox\.", "approximately"), (r"\bcf\.", "compare"), (r"\bFigs?\.\s*(?=\d)", "figure "), (r"\bEqs?\.\s*(?=[\d(])", "equation "),
    (r"\bSec\.\s*(?=\d)", "section "), (r"\bCh\.\s*(?=\d)", "chapter "), (r"\bNo\.\s*(?=\d)", "number "),
    (r"\bpp\.\s*(\d+)\s*[-–]\s*(\d+)", r"pages \1 to \2"), (r"\bp\.\s*(?=\d)", "page "),
    (r"\bet al\.", "and others"), (r"\bw\.r\.t\.", "with respect to"), (r"\bresp\.", "respectively"), (r"\bviz\.", "namely"),
    (r"\ba\.k\.a\.", "also known as"), (r"\biff\b", "if and only if"), (r"\bProf\.\s", "Professor "), (r"\bTab\.\s*(?=\d)", "table "),
    (r"\bno\.\s*(?=\d)", "number "), (r"\bEqns?\.\s*(?=[\d(])", "equation "), (r"\bvol\.\s*(?=\d)", "volume "),
)  # fmt: skip
_ABBREVIATIONS_ZH = (
    (r"\be\.g\.,?\s*", "例如"), (r"\bi\.e\.,?\s*", "即"), (r"\betc\.", "等等"), (r"\bvs\.?", "对比"), (r"\bet al\.", "等人"),
    (r"\bFigs?\.\s*(\d+)", r"图\1"), (r"\bEqs?\.\s*\(?(\d+)\)?", r"公式\1"), (r"\bpp\.\s*(\d+)\s*[-–]\s*(\d+)", r"第\1到\2页"),
    (r"\bp\.\s*(\d+)", r"第\1页"), (r"\bNo\.\s*(\d+)", r"第\1号"),
)  # fmt: skip
_WORDS = {"code": ("The code is in the text.", "代码请看文字。"), "link": ("link", "链接")}
_FORMULA = re.compile(
    r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<![\\$])\$(?=\S)([^$\n]*?)(?<=\S)\$(?!\d)", re.DOTALL
)
_CITATIONS = re.compile(r"(?:\s*[,，、]?\s*\[\d+(?:\s*[,，、–-]\s*\d+)*\](?!\())+")
_HELD = "\ue000"
_INLINE_CODE_OR_FORMULA = re.compile(
    rf"(?P<ticks>`{{1,2}})(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)|{_FORMULA.pattern}", re.DOTALL
)
_UNSPEAKABLE = re.compile(r"[\\{}~^]|(?<!\w)_+|_+(?!\w)|(?<!\w)\$(?!\d)|\*\*|\ue000")
_FIRST_WORDS = 8  # a longer first sentence is cut at a comma, so that the sound starts early
_FIRST_HAN = 20
_LONG_WORDS, _LEAST_WORDS = 11, 5
_JOINT = re.compile(r"\s(?:and|but|because|which|when|where|while|if)\s")
_FORMULA_MOST = 400  # a dollar sign that stays alone longer is money


def say(text: str, language: str) -> str:
    """The words of a piece of an answer for a voice of this language; empty when nothing in it can be spoken."""
    zh = language == "zh"
    text = re.sub(r"```.*?(?:```|\Z)", f"\n{_WORDS['code'][zh]}\n", text, flags=re.DOTALL)
    held: list[str] = []  # formulas and code are held back, lest "2 m" of one be read as two meters

    def hold(words: str) -> str:
        held.append(words)
        return f" {_HELD} "

    text = text.replace(_HELD, " ")
    text = _INLINE_CODE_OR_FORMULA.sub(lambda match: hold(_read_held(match, zh)), text)
    text = _drop_marks(text, zh)
    for pattern, words in _ABBREVIATIONS_ZH if zh else _ABBREVIATIONS:
        text = re.sub(pattern, words, text)
    text = read_symbols(read_dates(text, zh), zh)
    for words in held:
        text = text.replace(_HELD, words, 1)
    text = _UNSPEAKABLE.sub(" ", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([.,;:!?。，；：！？)])", r"\1", text)
    if zh:
        text = re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)
    return re.sub(r"([.。,，])\1+", r"\1", text).strip()


def _read_held(match: re.Match[str], zh: bool) -> str:
    if match["code"] is not None:
        return read_code(match["code"], zh)
    return read_formula(next(filter(None, match.groups()[2:]), ""), zh)


def _drop_marks(text: str, zh: bool) -> str:
    """Citations, Markdown and HTML go; each heading, list item and table row becomes a sentence."""
    text = _CITATIONS.sub("", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"https?://\S+", _WORDS["link"][zh], text)
    text = re.sub(r"</?[A-Za-z][^>]*>", "", text).replace("`", "")
    text = re.sub(r"(\*\*|~~|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])([*_])(?=\S)(.+?)(?<=\S)\1(?![\w*])", r"\2", text)
    return "\n".join(filter(None, (_read_line(line, zh) for line in text.splitlines())))


def _read_line(line: str, zh: bool) -> str:
    if re.fullmatch(r"[\s|:*_-]*", line):  # blank, a rule, or the line below a table's head
        return ""
    marked = re.match(r"\s*(?:#{1,6}\s+|>\s*|[-*+•]\s+|(\d{1,3})[.)]\s+|\|)", line)
    if not marked:
        return line
    number = f"{marked[1]}{'，' if zh else ', '}" if marked[1] else ""
    body = re.sub(r"\s*\|\s*", "，" if zh else ", ", line[marked.end() :].strip().strip("|").strip())
    return number + body + ("" if re.search(r"[.!?:;。！？：；]$", body) else "。" if zh else ".")


class SentenceFeed:
    """Takes the pieces of a streamed answer, gives its sentences as soon as they are certain to have ended.

    Never cuts inside a formula, code or a number. Only a long first sentence is cut, at a comma.
    """

    def __init__(self) -> None:
        self._text = ""
        self._begun = False

    def feed(self, piece: str) -> list[str]:
        """The sentences that this piece completes."""
        self._text += piece
        found = self._complete()
        if not found and not self._begun and (cut := _early_cut(self._text)):
            found = [self._text[:cut].strip()]
            self._text = self._text[cut:]
        self._begun = self._begun or bool(found)
        return found

    def flush(self) -> list[str]:
        """What is left when the answer has ended."""
        found = self._take(sentences(self._text))
        rest, self._text, self._begun = self._text.strip(), "", False
        return [*found, rest] if rest else found

    def _complete(self) -> list[str]:
        # Whether a full stop ends a sentence shows in what follows; "Xx" stands for it until it comes.
        awaits = self._text[-1:].isspace() or self._text[-1:] in "。！？"
        return self._take(sentences(self._text + "Xx" if awaits else self._text)[:-1])

    def _take(self, pieces: list[str]) -> list[str]:
        """Takes these pieces off the text's beginning, each joined to the next while a formula or code is open in it."""
        found: list[str] = []
        at = done = 0
        for piece in pieces:
            at = self._text.index(piece, at) + len(piece)
            if not _is_open(self._text[done:at]):
                found.append(self._text[done:at].strip())
                done = at
        self._text = self._text[done:]
        return found


def _is_open(text: str) -> bool:
    """Whether a formula, code or a link has begun in the text and not ended."""
    if text.count("```") % 2:
        return True
    rest = _FORMULA.sub("", text)
    if any(rest.count(a) > rest.count(b) for a, b in (("\\(", "\\)"), ("\\[", "\\]"))) or "$$" in rest:
        return True
    line = rest.rpartition("\n")[2]
    money = re.search(r"\$\d[\d,.]*(?:\s|$)", line)
    return (line.count("$") % 2 == 1 and not money and len(line) < _FORMULA_MOST) or line.count("`") % 2 == 1


def _early_cut(text: str) -> int | None:
    """Behind which character a long first sentence may be cut: its first comma that leaves enough to say."""
    if len(text.split()) <= _FIRST_WORDS and len(re.findall(r"[一-鿿]", text)) <= _FIRST_HAN:
        return None
    for comma in re.finditer(r"[,;:](?=\s)|[，；：]", text):
        before = text[: comma.end()]
        enough = len(before.split()) >= 4 or len(re.findall(r"[一-鿿]", before)) >= 6
        if enough and not _is_open(before):
            return comma.end()
    if len(text.split()) > _LONG_WORDS:  # and no comma: cut where a part of a sentence begins
        for joint in _JOINT.finditer(text):
            before = text[: joint.start()]
            if len(before.split()) >= _LEAST_WORDS and not _is_open(before):
                return joint.start()
    return None
