"""A stretch of LaTeX prose as plain words: commands gone, their words kept, formulas left as they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from knowledge.readers.latex_source import braced

_FORMULA = re.compile(r"(?<!\\)\$(?:\\.|[^$\\])+\$|\\\((?:[^\\]|\\[^()])+\\\)|\\verb\*?([^A-Za-z\s]).*?\1|\\lstinline(?:\[[^\]]*\])?([^A-Za-z\s\[]).*?\2", re.DOTALL)
_ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304", ".": "\u0307", "u": "\u0306", "v": "\u030c",
            "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323", "b": "\u0331"}  # fmt: skip
_LETTERS = {"ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "aa": "å", "AA": "Å", "i": "i", "j": "j",
            "ldots": "…", "dots": "…", "textellipsis": "…", "LaTeX": "LaTeX", "TeX": "TeX", "copyright": "©", "S": "§", "P": "¶", "pounds": "£",
            "euro": "€", "degree": "°", "textdegree": "°", "textbackslash": "\\", "textasciitilde": "~", "textbar": "|", "textless": "<",
            "textgreater": ">", "quad": " ", "qquad": " ", "newline": "\n", "linebreak": "\n", "textendash": "–", "textemdash": "—",
            "textbullet": "•", "textmu": "µ", "today": ""}  # fmt: skip
_SILENT = set(
    "label index cite citep citet parencite textcite autocite nocite footcite vspace hspace bibliography bibliographystyle usepackage "
    "pagestyle thispagestyle setlength addtolength setcounter addtocounter hypersetup color pagenumbering input include "
    "documentclass geometry graphicspath author date title institute thanks vskip hskip phantom vphantom hphantom fontsize "
    "selectlanguage addcontentsline markboth markright usetheme usecolortheme bibitem newtheorem theoremstyle definecolor "
    "newcommand renewcommand providecommand newenvironment renewenvironment tableofcontents maketitle caption".split()
)
_SKIP_FIRST = {"href": 1, "textcolor": 1, "colorbox": 1, "parbox": 1, "raisebox": 1, "scalebox": 1, "foreignlanguage": 1, "multirow": 2}
_CODE = {"texttt", "code", "lstinline", "path"}
_COMMAND = re.compile(r"\\(?:([A-Za-z@]+)\*?|(.))[ \t]*\n?[ \t]*", re.DOTALL)
_OPTION = re.compile(r"\s*(?:\[[^\[\]]*\]|<[^<>]{0,20}>)")
_UNITS = re.compile(r"\\(?:SI|qty)\s*(?:\[[^\]]*\])?\{([^{}]*)\}\s*\{([^{}]*)\}|\\num\s*\{([^{}]*)\}")
_DEEPEST = 40


def words(tex: str, numbers: Mapping[str, str], depth: int = 0) -> str:
    """Plain words with `$formulas$`; `numbers` gives what a \\ref is printed as."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        found = match[0]
        if found.startswith(("\\verb", "\\lst")):
            found = f"`{found[found.index(match[1] or match[2]) + 1 : -1]}`"
        elif found.startswith("\\("):
            found = f"${found[2:-2].strip()}$"
        kept.append(" ".join(found.split()))
        return f"\ue0f8{len(kept) - 1}\ue0f9"

    text = _plain(_FORMULA.sub(keep, tex), numbers, depth)
    text = text.replace("``", "“").replace("''", "”").replace("---", "—").replace("--", "–")
    lines = [" ".join(line.split()) for line in text.replace("\n", " ").split("\v")]
    text = re.sub(r" (?=[,.;:!?)])", "", "\n".join(line for line in lines if line))
    return re.sub("\ue0f8(\\d+)\ue0f9", lambda m: kept[int(m[1])], text)


def _plain(tex: str, numbers: Mapping[str, str], depth: int) -> str:
    tex = _UNITS.sub(lambda m: m[3] or f"{m[1]} {m[2].replace(chr(92), '')}", tex)
    parts, place = [], 0
    while match := _COMMAND.search(tex, place):
        parts.append(_without_braces(tex[place : match.start()]))
        place = match.end()
        if match[2]:
            said, place = _sign(match[2], tex, match.start() + 2)
        else:
            said, place = _command(match[1], tex, place, numbers, depth)
        parts.append(said)
    return "".join([*parts, _without_braces(tex[place:])])


def _sign(sign: str, tex: str, place: int) -> tuple[str, int]:
    """A command of one sign: a line break, an accent, an escaped character, a space."""
    if sign == "\\":
        option = re.compile(r"\*?(?:\[[^\]]*\])?").match(tex, place)
        return "\v", option.end() if option else place
    if sign in _ACCENTS:
        return _accented(sign, tex, place)
    return {",": " ", ";": " ", ":": " ", " ": " ", "\n": " ", "!": "", "-": "", "/": "", "@": ""}.get(sign, sign), place


def _command(name: str, tex: str, place: int, numbers: Mapping[str, str], depth: int) -> tuple[str, int]:
    """A named command: what it says, and where its arguments end."""
    if name in _ACCENTS and re.compile(r"\{?\\?[A-Za-z]\b").match(tex, place) and (tex[place : place + 1] == "{" or len(name) == 1):
        return _accented(name, tex, place)
    if name in _LETTERS:
        space = " " if tex[place - 1 : place].isspace() and name in ("ldots", "dots") else ""
        return _LETTERS[name] + space, place + 2 if tex[place : place + 2] == "{}" else place
    while option := _OPTION.match(tex, place):
        place = option.end()
    arguments: list[str] = []
    # a command that only switches (\bfseries) takes no braces, so a group behind it is read as its words all the same
    while place < len(tex) and tex[place] == "{" and len(arguments) < 4:
        inner, place = braced(tex, place)
        arguments.append(inner)
        if name not in _SKIP_FIRST and name not in _SILENT:
            break
    if name in ("ref", "eqref", "autoref", "cref", "Cref", "pageref") and arguments:
        number = numbers.get(arguments[0], "")
        return (f"({number})" if name == "eqref" and number else number), place
    if name in _SILENT or not arguments:
        return "", place
    if depth > _DEEPEST:
        return arguments[-1], place
    said = _plain(arguments[-1], numbers, depth + 1)
    if name == "footnote":
        return f" ({said.strip()})", place
    return (f"`{said}`" if name in _CODE and "`" not in said else said), place


def _accented(accent: str, tex: str, place: int) -> tuple[str, int]:
    match = re.compile(r"\s*(?:\{\\?([A-Za-z]?)\}|\\([ij])\b\s?|([A-Za-z]))").match(tex, place)
    letter = next((group for group in match.groups() if group), "") if match else ""
    if not match or not letter:
        return "", match.end() if match else place
    return unicodedata.normalize("NFC", letter + _ACCENTS[accent]), match.end()


def _without_braces(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("~", " ").replace("&", " ")
