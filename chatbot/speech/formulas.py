"""Formulas, units and mathematical signs as words, in English and Chinese. Numbers are left to the voice."""

from __future__ import annotations

import re

# Each entry: LaTeX command or character -> (English, Chinese).
_OPERATORS = {
    "=": ("equals", "等于"), "+": ("plus", "加"), "-": ("minus", "减"), "−": ("minus", "减"), "*": ("times", "乘以"),
    "\\times": ("times", "乘以"), "×": ("times", "乘以"), "\\cdot": ("times", "乘以"), "·": ("times", "乘以"),
    "\\div": ("divided by", "除以"), "÷": ("divided by", "除以"), "\\pm": ("plus or minus", "正负"),
    "±": ("plus or minus", "正负"), "\\approx": ("is approximately", "约等于"), "≈": ("is approximately", "约等于"),
    "\\neq": ("is not equal to", "不等于"), "\\ne": ("is not equal to", "不等于"), "≠": ("is not equal to", "不等于"),
    "<": ("is less than", "小于"), ">": ("is greater than", "大于"), "\\le": ("is at most", "小于等于"),
    "\\leq": ("is at most", "小于等于"), "≤": ("is at most", "小于等于"), "\\ge": ("is at least", "大于等于"),
    "\\geq": ("is at least", "大于等于"), "≥": ("is at least", "大于等于"), "\\to": ("to", "趋于"), "→": ("to", "到"),
    "\\rightarrow": ("to", "到"), "\\Rightarrow": ("implies", "推出"), "\\propto": ("is proportional to", "正比于"),
    "∝": ("is proportional to", "正比于"), "\\in": ("in", "属于"), "∈": ("in", "属于"), "\\infty": ("infinity", "无穷大"),
    "∞": ("infinity", "无穷大"), "\\partial": ("partial", "偏"), "\\nabla": ("nabla", "梯度"), "|": ("bar", "竖线"),
}  # fmt: skip
_FUNCTIONS = {
    "\\sin": ("sine", "正弦"), "\\cos": ("cosine", "余弦"), "\\tan": ("tangent", "正切"), "\\log": ("log", "对数"),
    "\\ln": ("natural log", "自然对数"), "\\exp": ("the exponential of", "指数"), "\\arcsin": ("arc sine", "反正弦"),
    "\\arccos": ("arc cosine", "反余弦"), "\\arctan": ("arc tangent", "反正切"), "\\max": ("max", "最大值"),
    "\\min": ("min", "最小值"), "\\ldots": ("and so on", "等等"), "\\dots": ("and so on", "等等"),
}  # fmt: skip
_BIG = {
    "\\sum": ("the sum", "求和"),
    "\\int": ("the integral", "积分"),
    "\\prod": ("the product", "连乘"),
    "\\lim": ("the limit", "极限"),
}
_GREEK_LETTERS = """
    α alpha 阿尔法, β beta 贝塔, γ gamma 伽马, δ delta 德尔塔, ε epsilon 艾普西隆, ϵ epsilon 艾普西隆, ζ zeta zeta, η eta 伊塔,
    θ theta 西塔, ι iota iota, κ kappa 卡帕, λ lambda 兰姆达, μ mu 缪, ν nu 纽, ξ xi 克西, π pi 派, ρ rho 柔, σ sigma 西格玛,
    τ tau 陶, υ upsilon upsilon, φ phi 斐, ϕ phi 斐, χ chi 希, ψ psi 普西, ω omega 欧米伽, Δ Delta 德尔塔, Γ Gamma 伽马,
    Θ Theta 西塔, Λ Lambda 兰姆达, Σ Sigma 西格玛, Φ Phi 斐, Ψ Psi 普西, Ω Omega 欧米伽"""
_GREEK = {letter: (en, zh) for letter, en, zh in (entry.split() for entry in _GREEK_LETTERS.split(","))}
_GREEK_NAMES = {f"\\{words[0]}": words for words in _GREEK.values()}
_GREEK_NAMES |= {"\\varphi": _GREEK["φ"], "\\varepsilon": _GREEK["ε"], "\\hbar": ("h bar", "h 拔")}
_UNITS = {
    "km/h": ("kilometers per hour", "千米每小时"), "m/s^2": ("meters per second squared", "米每二次方秒"),
    "m/s²": ("meters per second squared", "米每二次方秒"), "m/s": ("meters per second", "米每秒"), "km": ("kilometers", "千米"),
    "cm": ("centimeters", "厘米"), "mm": ("millimeters", "毫米"), "nm": ("nanometers", "纳米"), "µm": ("micrometers", "微米"),
    "μm": ("micrometers", "微米"), "kg": ("kilograms", "千克"), "mg": ("milligrams", "毫克"), "ms": ("milliseconds", "毫秒"),
    "kHz": ("kilohertz", "千赫"), "MHz": ("megahertz", "兆赫"), "GHz": ("gigahertz", "吉赫"), "Hz": ("hertz", "赫兹"),
    "°C": ("degrees Celsius", "摄氏度"), "°F": ("degrees Fahrenheit", "华氏度"), "°": ("degrees", "度"), "%": ("percent", "百分之"),
    "m": ("meters", "米"), "s": ("seconds", "秒"), "g": ("grams", "克"), "N": ("newtons", "牛"), "J": ("joules", "焦"),
    "W": ("watts", "瓦"), "V": ("volts", "伏"), "K": ("kelvin", "开"),
}  # fmt: skip
_WORDS = {
    "sub": ("sub", "下标"), "squared": ("squared", "的平方"), "cubed": ("cubed", "的立方"), "degrees": ("degrees", "度"),
    "prime": ("prime", "撇"),
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")
_SILENT = re.compile(r"\\(?:left|right|quad|qquad|displaystyle|limits|[,;:! {}\\])|[()\[\]&~]")
_WRAPPERS = re.compile(r"\\(?:text|mathrm|mathbf|mathit|boldsymbol|operatorname|vec|hat|bar|overline)")
_FUNCTION_LETTERS = frozenset("fghFGHP")


def read_formula(source: str, zh: bool) -> str:
    """One LaTeX formula, without its dollar signs, as words."""
    plain = re.sub(r"\\(?:mathrm|text)\{\s*(.*?)\s*\}", r"\1", source).replace("\\,", " ").replace("\\%", "%")
    plain = re.sub(r"\^\{?\\circ\}?\s*", "°", plain).strip()
    number = re.match(r"[\d.\s]+", plain)
    if number and plain[number.end() :] in _UNITS:
        return read_symbols(plain, zh).strip()
    return re.sub(r"\s+", " ", _FormulaReader(_TOKEN.findall(source), zh).read())


def read_symbols(text: str, zh: bool) -> str:
    """Text with its units, signs, Greek letters, raised and lowered digits as words."""
    if zh:
        text = re.sub(r"(\d+(?:\.\d+)?)\s?%", r"百分之\1", text)
    units = "|".join(map(re.escape, _UNITS))
    text = re.sub(rf"(\d)\s?({units})(?![A-Za-z\d/²^])", lambda m: f"{m[1]} {_UNITS[m[2]][zh]}", text)
    if not zh:
        text = re.sub(r"(?<![\d.])1 (\w+?)s( per \w+| Celsius| squared)*\b", lambda m: _one(m), text)
    text = re.sub(r"[⁻⁰¹²³⁴-⁹]+", lambda m: " " + _power(m[0].translate(_SUPERSCRIPTS), zh), text)
    text = re.sub(r"[₀-₉]+", lambda m: f" {_WORDS['sub'][zh]} {m[0].translate(_SUBSCRIPTS)}", text)
    text = re.sub(r"[=≈≠≤≥±×÷·→∝∈∞−]|(?<=\s)[+<>*](?=\s)", lambda m: f" {_OPERATORS[m[0]][zh]} ", text)
    return "".join(f" {_GREEK[c][zh]} " if c in _GREEK else c for c in text)


def _one(match: re.Match[str]) -> str:
    plural = match[1] + "s"
    known = any(words[0].split()[0] == plural for words in _UNITS.values())
    return match[0].replace(plural, match[1], 1) if known else match[0]


def _power(exponent: str, zh: bool) -> str:
    if exponent in ("2", "3"):
        return _WORDS["squared" if exponent == "2" else "cubed"][zh]
    exponent = re.sub(r"^-\s*", "负" if zh else "minus ", exponent)
    return f"的{exponent}次方" if zh else f"to the power of {exponent}"


class _FormulaReader:
    """Reads LaTeX tokens aloud, one atom with its scripts at a time. What it does not know, it names or leaves out."""

    def __init__(self, tokens: list[str], zh: bool) -> None:
        self._tokens, self._zh, self._at = tokens, zh, 0

    def read(self, until: str | None = None) -> str:
        words: list[str] = []
        while (token := self._peek()) is not None and token != until:
            if token == "/" and words:
                self._at += 1
                words.append(self._over(words.pop(), self._scripted()))
            elif token in "-−" and (not words or words[-1] in self._operators()):
                self._at += 1
                words.append("负" if self._zh else "minus")
            elif atom := self._scripted():
                words.append(atom)
        self._at += 1
        return self._join(words)

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _operators(self) -> set[str]:
        return {words[self._zh] for words in _OPERATORS.values()}

    def _join(self, words: list[str]) -> str:
        joined = " ".join(filter(None, words))
        return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", joined) if self._zh else joined

    def _over(self, above: str, below: str) -> str:
        return f"{below}分之{above}" if self._zh else f"{above} over {below}"

    def _scripted(self) -> str:
        token = self._peek()
        big = token in _BIG
        words = [self._atom()]
        while (mark := self._peek()) in ("^", "_", "'"):
            self._at += 1
            if mark == "'":
                words.append(_WORDS["prime"][self._zh])
            elif self._peek() == "\\circ" or self._tokens[self._at : self._at + 3] == ["{", "\\circ", "}"]:
                self._at += 1 if self._peek() == "\\circ" else 3
                words.append(_WORDS["degrees"][self._zh])
            else:
                words.append(self._script(mark, self._atom(), big))
        return self._join([*words, "" if not big else "" if self._zh else "of"])

    def _script(self, mark: str, inner: str, big: bool) -> str:
        if big:
            return ("从" if self._zh else "from ") + inner if mark == "_" else ("到" if self._zh else "to ") + inner
        if mark == "^":
            return _power(inner.replace("minus ", "-").replace("负", "-"), self._zh)
        return self._join([_WORDS["sub"][self._zh], inner])

    def _atom(self) -> str:
        token = self._peek()
        self._at += 1
        if token is None or _SILENT.fullmatch(token):
            return ""
        if token == "{":
            return self.read("}")
        if token in ("\\frac", "\\dfrac", "\\tfrac"):
            return self._over(self._atom(), self._atom())
        if token == "\\sqrt":
            return ("根号" if self._zh else "the square root of ") + self._atom()
        if _WRAPPERS.fullmatch(token):
            return self._verbatim()
        if token in _FUNCTION_LETTERS and self._peek() == "(" and not self._zh:
            return f"{token} of"
        for table in (_OPERATORS, _FUNCTIONS, _BIG, _UNITS if token == "%" else {}):
            if token in table:
                return table[token][self._zh]
        words = _GREEK_NAMES.get(token) or _GREEK.get(token)
        return words[self._zh] if words else token.lstrip("\\")

    def _verbatim(self) -> str:
        """The group behind \\text and its like; a word in it is one word, and may be a unit."""
        if self._peek() != "{":
            return self._atom()
        end = self._tokens.index("}", self._at) if "}" in self._tokens[self._at :] else len(self._tokens)
        inner = "".join(self._tokens[self._at + 1 : end])
        self._at = end + 1
        return _UNITS[inner][self._zh] if inner in _UNITS else inner.lstrip("\\")
