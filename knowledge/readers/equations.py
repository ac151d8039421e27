"""Formulas of Word (OMML) and of the web (MathML) -> LaTeX, legible rather than exact. Nothing in them is dropped:
what has no rule of its own is written out part by part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.readers.markup import Element, attribute, child, children, tag

_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩϵϑϕϱϖ",
        (
            "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon "
            "varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega epsilon vartheta phi "
            "varrho varpi"
        ).split(),
        strict=True,
    )
)
_SIGNS = {
    "∑": "sum", "∏": "prod", "∐": "coprod", "∫": "int", "∬": "iint", "∭": "iiint", "∮": "oint", "⋃": "bigcup", "⋂": "bigcap",
    "±": "pm", "∓": "mp", "×": "times", "÷": "div", "⋅": "cdot", "·": "cdot", "∙": "cdot", "∘": "circ", "∗": "ast", "⊗": "otimes",
    "⊕": "oplus", "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "≡": "equiv", "≅": "cong", "∼": "sim", "≃": "simeq", "∝": "propto",
    "≪": "ll", "≫": "gg", "∈": "in", "∉": "notin", "∋": "ni", "⊂": "subset", "⊆": "subseteq", "⊃": "supset", "⊇": "supseteq",
    "∪": "cup", "∩": "cap", "∅": "emptyset", "∀": "forall", "∃": "exists", "¬": "neg", "∧": "wedge", "∨": "vee", "→": "to",
    "←": "leftarrow", "↔": "leftrightarrow", "⇒": "Rightarrow", "⇐": "Leftarrow", "⇔": "Leftrightarrow", "↦": "mapsto",
    "⟶": "longrightarrow", "⇌": "rightleftharpoons", "∞": "infty", "∂": "partial", "∇": "nabla", "ℏ": "hbar", "ℓ": "ell",
    "…": "dots", "⋯": "cdots", "⋮": "vdots", "⋱": "ddots", "⊥": "perp", "∥": "parallel", "∠": "angle", "△": "triangle", "∴": "therefore",
    "⟨": "langle", "⟩": "rangle", "〈": "langle", "〉": "rangle", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "‖": "|",
    "ℝ": "mathbb{R}", "ℕ": "mathbb{N}", "ℤ": "mathbb{Z}", "ℚ": "mathbb{Q}", "ℂ": "mathbb{C}", "†": "dagger", "√": "surd",
}  # fmt: skip
_PLAIN = {"−": "-", "′": "'", "″": "''", "∣": "|", "\u2061": "", "\u2062": "", "\u2063": "", "\u2064": "", "\u200b": "", "\u00a0": " "}
_ESCAPED = {"%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "{": r"\{", "}": r"\}", "_": r"\_", "\\": r"\backslash ", "~": r"\sim "}
_FUNCTIONS = set(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth log ln lg exp lim max min sup inf det dim ker gcd arg deg".split()
)
_ACCENTS = {
    "\u0302": "hat", "^": "hat", "ˆ": "hat", "\u0303": "tilde", "~": "tilde", "˜": "tilde", "\u0304": "bar", "\u0305": "overline", "¯": "bar",
    "‾": "bar", "\u0307": "dot", "˙": "dot", "\u0308": "ddot", "¨": "ddot", "\u20d7": "vec", "→": "vec", "⇀": "vec", "ˇ": "check",
    "\u030c": "check", "⏞": "overbrace", "⏟": "underbrace", "\u0332": "underline", "_": "underline", "―": "overline",
}  # fmt: skip
_STRETCHED = {"hat": "widehat", "tilde": "widetilde", "bar": "overline", "vec": "overrightarrow"}
_LIMITED = re.compile(r"\\(?:sum|prod|coprod|i*int|oint|bigcup|bigcap|lim|max|min|sup|inf)\b|\\operatorname")
_DEEPEST = 60  # nested formulas beyond this are written as their letters alone


def omml_to_latex(math: Element) -> str:
    """An `oMath` or `oMathPara` of a Word file."""
    if tag(math) == "oMathPara":
        return r" \\ ".join(_tidy(_omml(part, 0)) for part in math if tag(part) == "oMath")
    return _tidy(_omml(math, 0))


def mathml_to_latex(math: Element) -> str:
    """A `math` element; what its author wrote in TeX is preferred to what it was turned into."""
    for note in math.iter():
        if tag(note) == "annotation" and "tex" in note.get("encoding", "").lower() and note.text:
            return _tidy(_unwrapped(note.text))
    if math.get("alttext") and re.search(r"[\\^_]", math.get("alttext", "")):
        return _tidy(_unwrapped(math.get("alttext", "")))
    return _tidy(_mathml(math, 0))


def characters_to_latex(text: str) -> str:
    """Letters and signs as LaTeX writes them; names of functions with their backslash."""
    parts = []
    for word in re.findall(r"[A-Za-z]+|.", text, re.DOTALL):
        if word in _FUNCTIONS:
            parts.append(f"\\{word} ")
        elif name := _GREEK.get(word) or _SIGNS.get(word):
            parts.append(f"\\{name} ")
        else:
            parts.append(_PLAIN.get(word, _ESCAPED.get(word, word)))
    return "".join(parts)


def _omml(element: Element, depth: int) -> str:
    """One element of OMML with everything in it."""
    name = tag(element)
    if depth > _DEEPEST:
        return characters_to_latex("".join(element.itertext()))
    if name in ("rPr", "ctrlPr", "del", "moveFrom") or name.endswith("Pr"):
        return ""
    if name == "r":
        return _omml_run(element)

    def part(key: str) -> str:
        found = child(element, key)
        return _tidy("".join(_omml(inner, depth + 1) for inner in found)) if found is not None else ""

    def setting(key: str, default: str = "") -> str:
        found = child(element, f"{name}Pr", key)
        return default if found is None else attribute(found, "val", "")

    if name == "f":
        if setting("type") == "noBar":
            return f"\\binom{{{part('num')}}}{{{part('den')}}}"
        return f"\\frac{{{part('num')}}}{{{part('den')}}}"
    if name in ("sSup", "sSub", "sSubSup", "sPre"):
        marks = _scripts(part("sub"), part("sup"))
        return f"{{}}{marks}{part('e')}" if name == "sPre" else f"{_base(part('e'))}{marks}"
    if name == "rad":
        return _root(part("e"), "" if _is_on(child(element, "radPr", "degHide")) else part("deg"))
    if name == "nary":
        sign = characters_to_latex(setting("chr", "∫") or "∫").strip()
        return f"{sign}{_scripts(part('sub'), part('sup'))} {part('e')}"
    if name == "d":
        inner = [_tidy("".join(_omml(node, depth + 1) for node in e)) for e in children(element, "e")]
        return _fenced(setting("begChr", "("), f" {_fence(setting('sepChr', '|'))} ".join(inner), setting("endChr", ")"))
    if name == "func":
        return f"{_function(part('fName'))} {part('e')}"
    if name == "acc":
        return _accented(part("e"), setting("chr", "\u0302"))
    if name == "bar":
        return f"\\{'underline' if setting('pos') == 'bot' else 'overline'}{{{part('e')}}}"
    if name == "groupChr":
        return f"\\{'overbrace' if setting('pos') == 'top' else 'underbrace'}{{{part('e')}}}"
    if name in ("limLow", "limUpp"):
        return _stacked(_function(part("e")), part("lim"), above=name == "limUpp")
    if name == "m":
        return _matrix([[_tidy(_omml(cell, depth + 1)) for cell in children(row, "e")] for row in children(element, "mr")])
    if name == "eqArr":
        return _matrix([[_tidy(_omml(line, depth + 1))] for line in children(element, "e")])
    return "".join(_omml(inner, depth + 1) for inner in element)


def _omml_run(run: Element) -> str:
    text = "".join(part.text or "" for part in run if tag(part) in ("t", "delText"))
    plain = _is_on(child(run, "rPr", "nor"))
    if plain and re.search(r"[^\W\d_]{2}", text):
        return f"\\text{{{text}}}"
    if re.fullmatch(r"[^\W\d_]{2,}(?: [^\W\d_]+)+|[\u4e00-\u9fff]+", text):
        return f"\\text{{{text}}}"  # words between the signs, as in "if x is even"
    return characters_to_latex(text.replace("&", ""))


def _mathml(element: Element, depth: int) -> str:
    """One element of MathML with everything in it."""
    name = tag(element)
    parts = [inner for inner in element if tag(inner)]
    if depth > _DEEPEST:
        return characters_to_latex("".join(element.itertext()))

    def at(place: int) -> str:
        return _tidy(_mathml(parts[place], depth + 1)) if place < len(parts) else ""

    everything = lambda: "".join(_mathml(inner, depth + 1) for inner in parts)  # noqa: E731 - most branches need it unsaid
    if name in ("mi", "mn", "mo"):
        return characters_to_latex("".join("".join(element.itertext()).split()))
    if name in ("mtext", "ms"):
        text = " ".join("".join(element.itertext()).split())
        return f"\\text{{{text}}}" if re.search(r"\w", text) else " "
    if name in ("annotation", "annotation-xml", "maction"):
        return at(0) if name == "maction" else ""
    if name == "mfrac":
        return (f"\\binom{{{at(0)}}}{{{at(1)}}}") if element.get("linethickness") == "0" else f"\\frac{{{at(0)}}}{{{at(1)}}}"
    if name == "msqrt":
        return _root(_tidy(everything()), "")
    if name == "mroot":
        return _root(at(0), at(1))
    if name in ("msub", "msup", "msubsup"):
        return _base(at(0)) + _scripts("" if name == "msup" else at(1), at(2) if name == "msubsup" else at(1) if name == "msup" else "")
    if name in ("munder", "mover", "munderover"):
        return _under_over(name, at(0), at(1), at(2), parts)
    if name == "mfenced":
        separator = (element.get("separators", ",").strip() or " ")[:1]
        inner = f"{separator} ".join(at(place) for place in range(len(parts)))
        return _fenced(element.get("open", "("), inner, element.get("close", ")"))
    if name == "mtable":
        return _matrix([[_tidy(_mathml(cell, depth + 1)) for cell in row] for row in parts])
    return everything() + (" " if name == "mspace" else "")


def _under_over(name: str, base: str, first: str, second: str, parts: Sequence[Element]) -> str:
    """A sum's limits, an accent, or something written over or under."""
    if name == "munderover":
        return f"{base}{_scripts(first, second)}" if _LIMITED.match(base) else f"\\overset{{{second}}}{{\\underset{{{first}}}{{{base}}}}}"
    mark = "".join(parts[1].itertext()).strip() if len(parts) > 1 else ""
    if mark in _ACCENTS:
        return _accented(base, "_" if name == "munder" and _ACCENTS[mark] in ("bar", "overline") else mark)
    return _stacked(base, first, above=name == "mover")


def _scripts(below: str, above: str) -> str:
    return (f"_{_group(below)}" if below else "") + (f"^{_group(above)}" if above else "")


def _group(text: str) -> str:
    return text if len(text) == 1 else f"{{{text}}}"


def _base(text: str) -> str:
    """What a script hangs on: braces where it is more than one sign, so that all of it is meant."""
    simple = re.fullmatch(r".|\\[A-Za-z]+(?:\{[^{}]*\})?|\d+|\\left\(.*\\right\)|\(.*\)", text)
    return text if simple else f"{{{text}}}"


def _root(text: str, degree: str) -> str:
    return f"\\sqrt[{degree}]{{{text}}}" if degree else f"\\sqrt{{{text}}}"


def _function(name: str) -> str:
    bare = name.strip().removeprefix("\\text{").removesuffix("}")
    return f"\\operatorname{{{bare}}}" if re.fullmatch(r"[A-Za-z]{2,}", bare) else name


def _accented(text: str, mark: str) -> str:
    accent = _ACCENTS.get(mark, "hat")
    long = len(re.sub(r"\\[A-Za-z]+", "x", text)) > 1
    return f"\\{_STRETCHED.get(accent, accent) if long else accent}{{{text}}}"


def _stacked(base: str, mark: str, *, above: bool) -> str:
    if _LIMITED.match(base) or "brace" in base[:12]:
        return f"{base}{'^' if above else '_'}{_group(mark)}"
    return f"\\{'overset' if above else 'underset'}{{{mark}}}{{{base}}}"


def _fence(sign: str) -> str:
    return characters_to_latex(sign).strip()


def _fenced(opening: str, inner: str, closing: str) -> str:
    """Brackets that grow only around what is tall; a bracket left out is LaTeX's full stop."""
    tall = re.search(r"\\(?:frac|binom|sum|prod|int|begin|sqrt)", inner)
    if not tall and opening and closing:
        return f"{_fence(opening)}{inner}{_fence(closing)}"
    return f"\\left{_fence(opening) or '.'} {inner} \\right{_fence(closing) or '.'}"


def _matrix(rows: Sequence[Sequence[str]]) -> str:
    body = r" \\ ".join(" & ".join(row) for row in rows)
    return f"\\begin{{matrix}} {body} \\end{{matrix}}"


def _unwrapped(tex: str) -> str:
    """TeX without the command that only sets its size."""
    match = re.fullmatch(r"\s*\{?\s*\\(?:displaystyle|textstyle)\b(.*?)\}?\s*", tex, re.DOTALL)
    if not match:
        return tex
    inner = match[1]
    return inner if inner.count("{") == inner.count("}") else inner + "}"


def _tidy(tex: str) -> str:
    """Single spaces, and none where LaTeX needs none."""
    tex = re.sub(r"\s+", " ", tex.replace("$", r"\$") if re.search(r"(?<!\\)\$", tex) else tex)
    return re.sub(r" (?=[}^_),.;]|$)", "", tex).strip()


def _is_on(element: Element | None) -> bool:
    return element is not None and attribute(element, "val", "1") not in ("0", "off", "false")
