"""Formulas, units and mathematical signs as words, in English and Chinese. Numbers are left to the voice.

No library at hand reads formulas in both languages: Speech Rule Engine wants Node, MathCAT has no wheels for Python.
"""

from __future__ import annotations

import re

from chatbot.speech.signs import (
    ACCENTS,
    BIG,
    FUNCTIONS,
    GREEK,
    GREEK_NAMES,
    OPERATOR_WORDS,
    OPERATORS,
    UNITS,
    WORDS,
)

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
# Four small letters with a vowel are a word ("spins"); fewer are factors.
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|(?<![A-Za-z])(?=[a-z]*[aeiou])[a-z]{4,}(?![A-Za-z])|\S")
# What only sets, places or sizes. {\bf C} is an old way to write \mathbf{C}.
_SILENT = re.compile(
    r"\\(?:quad|qquad|(?:display|text|script)style|(?:no)?limits|bf|rm|it|cal|sf|tt|em|nonumber|notag|hfill|phantom|"
    r"left|right|middle|[bB]igg?[lrm]?|langle|rangle|lfloor|rfloor|lceil|rceil|[lr]vert|[lr]brace|[,;:!> {}|/-])|[()\[\]~.]"
)
_DROPPED = re.compile(r"\\(?:label|tag|ref|eqref|cite|hspace|vspace|color|rule)\*?\s*\{[^{}]*\}")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{([^{}]*)\}(?:\s*\{[lcr|]*\})?")
_WRAPPERS = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt)?|math(?:rm|bf|it|sf|tt|bb|cal|frak|scr|ring)|boldsymbol|bm|operatorname|mbox|hbox|"
    r"pmb|underline|underbrace|overbrace|boxed|cancel)\*?"
)
_FRACTIONS = ("\\frac", "\\dfrac", "\\tfrac", "\\cfrac")
_BINOMIALS = ("\\binom", "\\dbinom", "\\tbinom")
_FUNCTION_LETTERS = frozenset("fghFGHP")
_DEEPEST = 60  # groups within groups; who writes more wants to see us fail


def read_formula(source: str, zh: bool) -> str:
    """One LaTeX formula, without its dollar signs, as words: never raises, whatever stands in it."""
    source = _DROPPED.sub(" ", source.replace("$", " "))
    source = _ENVIRONMENT.sub(" ", source)
    plain = re.sub(r"\\(?:mathrm|text)\{\s*(.*?)\s*\}", r"\1", source).replace("\\,", " ").replace("\\%", "%")
    plain = re.sub(r"\^\{?\\circ\}?\s*", "°", plain).strip()
    number = re.match(r"[\d.\s]+", plain)
    if number and plain[number.end() :] in UNITS:
        return read_symbols(plain, zh).strip()
    words = _FormulaReader(_TOKEN.findall(source), zh).read()
    words = re.sub(r"\s+", " ", re.sub(r"[\\{}$^_&~#]", " ", words))
    return re.sub(r",(?: ?,)+", ",", words).strip(" ,，;")


def read_symbols(text: str, zh: bool) -> str:
    """Text with its units, signs, Greek letters, raised and lowered digits as words."""
    if zh:
        text = re.sub(r"(\d+(?:\.\d+)?)\s?%", r"百分之\1", text)
    units = "|".join(map(re.escape, sorted(UNITS, key=len, reverse=True)))
    text = re.sub(rf"(\d)\s?({units})(?![A-Za-z\d/²³^])", lambda m: f"{m[1]} {UNITS[m[2]][zh]}", text)
    if not zh:
        text = re.sub(r"(?<![\d.,])1 (\w+ )?(\w+?)s( per \w+| Celsius| squared)*\b", lambda m: _one(m), text)
    text = re.sub(r"[⁻⁰¹²³⁴-⁹]+", lambda m: " " + _power(m[0].translate(_SUPERSCRIPTS), zh), text)
    text = re.sub(r"[₀-₉]+", lambda m: f" {WORDS['sub'][zh]} {m[0].translate(_SUBSCRIPTS)}", text)
    text = re.sub(r"[=≈≠≤≥±×÷·→∝∈∞−∑∫∀∃⇒⇔∪∩⊂∂∇∠△⊥∥∴∵]|(?<=\s)[+<>*](?=\s)", lambda m: f" {_sign(m[0], zh)} ", text)
    text = re.sub(r"√\s*", "根号" if zh else " the square root of ", text)
    return "".join(f" {GREEK[c][zh]} " if c in GREEK else c for c in text)


def _sign(sign: str, zh: bool) -> str:
    return (OPERATORS.get(sign) or BIG[sign])[zh]


def _one(match: re.Match[str]) -> str:
    plural = match[2] + "s"
    whole = f"{match[1] or ''}{plural}"
    known = any(words[0] == whole or words[0].split()[0] == plural for words in UNITS.values())
    return match[0].replace(plural, match[2], 1) if known else match[0]


def _power(exponent: str, zh: bool) -> str:
    if exponent in ("2", "3"):
        return WORDS["squared" if exponent == "2" else "cubed"][zh]
    exponent = re.sub(r"^-\s*", "负" if zh else "minus ", exponent)
    return f"的{exponent}次方" if zh else f"to the power of {exponent}"


class _FormulaReader:
    """Reads LaTeX tokens aloud, one atom with its scripts at a time. What it does not know, it names or leaves out."""

    def __init__(self, tokens: list[str], zh: bool) -> None:
        self._tokens, self._zh, self._at, self._depth = tokens, zh, 0, 0

    def read(self, until: str | None = None) -> str:
        self._depth += 1
        words: list[str] = []
        while (token := self._peek()) is not None and token != until:
            if token == "/" and words:
                self._at += 1
                words.append(self._over(words.pop(), self._scripted()))
            elif token in ("\\over", "\\atop"):  # Plain TeX: all before it in the group is above the line
                self._at += 1
                words = [self._over(self._join(words), self.read(until))]
                self._at -= 1
            elif token in "-−" and (not words or words[-1] in OPERATOR_WORDS[self._zh]):
                self._at += 1
                words.append("负" if self._zh else "minus")
            elif atom := self._scripted():
                words.append(atom)
        self._at += 1
        self._depth -= 1
        return self._join(words)

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _join(self, words: list[str]) -> str:
        joined = " ".join(filter(None, words)).replace(" ,", ",")
        return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", joined) if self._zh else joined

    def _over(self, above: str, below: str) -> str:
        return f"{below}分之{above}" if self._zh else f"{above} over {below}"

    def _scripted(self) -> str:
        token = self._peek()
        big = token in BIG
        words = [self._atom()]
        while (mark := self._peek()) in ("^", "_", "'", "\\limits", "\\nolimits"):
            self._at += 1
            if mark == "'":
                words.append(WORDS["prime"][self._zh])
            elif mark[0] == "\\":
                continue
            elif self._peek() == "\\circ" or self._tokens[self._at : self._at + 3] == ["{", "\\circ", "}"]:
                self._at += 1 if self._peek() == "\\circ" else 3
                words.append(WORDS["degrees"][self._zh])
            else:
                words.append(self._script(mark, self._atom(), big))
        if not big:
            return self._join(words)
        words[1:] = sorted(words[1:], key=lambda word: word.startswith(("to ", "到")))  # "from" comes first
        return self._join([*words, "" if self._zh else "of"])

    def _script(self, mark: str, inner: str, big: bool) -> str:
        if not inner or inner in (WORDS["prime"][self._zh], WORDS["prime"][0]):
            return inner
        if big:
            return ("从" if self._zh else "from ") + inner if mark == "_" else ("到" if self._zh else "to ") + inner
        if mark == "^":
            return _power(re.sub(r"^(?:minus |负)", "-", inner), self._zh)
        return self._join([WORDS["sub"][self._zh], inner])

    def _atom(self) -> str:
        token = self._peek()
        self._at += 1
        if token is None or token == "}" or _SILENT.fullmatch(token):
            return ""
        if token == "{":
            return self.read("}") if self._depth < _DEEPEST else ""
        if token in ("\\\\", "&"):  # the next row, the next cell
            return ","
        if (token[0] == "\\" or token == "√") and (read := self._construct(token)) is not None:
            return read
        if token in _FUNCTION_LETTERS and self._peek() == "(" and not self._zh:
            return f"{token} of"
        if token == "'":
            return WORDS["prime"][self._zh]
        for table in (OPERATORS, FUNCTIONS, BIG):
            if token in table:
                return table[token][self._zh]
        words = GREEK_NAMES.get(token) or GREEK.get(token)
        return words[self._zh] if words else token.strip("\\*") if token[0] == "\\" else token

    def _construct(self, token: str) -> str | None:
        """A command with arguments; None for any other."""
        if self._depth >= _DEEPEST:
            return None
        self._depth += 1
        try:
            if token in _FRACTIONS:
                return self._over(self._atom(), self._atom())
            if token in _BINOMIALS:
                return self._join([self._atom(), WORDS["choose"][self._zh], self._atom()])
            if token in ("\\sqrt", "√"):
                return self._root()
            if token in ("\\vec", "\\overrightarrow"):
                return self._join([WORDS["vector"][self._zh], self._atom()])
            if token in ACCENTS:
                return self._join([self._atom(), ACCENTS[token][self._zh]])
            return self._verbatim() if _WRAPPERS.fullmatch(token) else None
        finally:
            self._depth -= 1

    def _root(self) -> str:
        order = ""
        if self._peek() == "[" and "]" in self._tokens[self._at :]:
            self._at += 1
            order = self.read("]")
        if order == "3":
            return ("三次根号" if self._zh else "the cube root of ") + self._atom()
        if order and order != "2":
            if self._zh:
                return f"{order}{WORDS['root'][1]}{self._atom()}"
            return f"{WORDS['root'][0]} {order} of {self._atom()}"
        return ("根号" if self._zh else "the square root of ") + self._atom()

    def _verbatim(self) -> str:
        """The group behind \\text and its like; a word in it is one word, and may be a unit."""
        if self._peek() != "{":
            return self._atom()
        end = self._tokens.index("}", self._at) if "}" in self._tokens[self._at :] else len(self._tokens)
        inside = self._tokens[self._at + 1 : end]
        if any(token[0] in "\\{^_" for token in inside):
            return self._atom()
        inner = "".join(inside)
        self._at = end + 1
        return UNITS[inner][self._zh] if inner in UNITS else inner
