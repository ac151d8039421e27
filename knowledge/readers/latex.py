"""LaTeX sources -> Document: sections, paragraphs, formulas as they are written, lists, simple tables, figures.

Reads the source; runs nothing. What has no rule here keeps its words and loses its commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.readers import Source
from knowledge.readers.gathering import Cell, Gathering, spread, table_text
from knowledge.readers.latex_source import VERBATIM, braced, expanded, loaded
from knowledge.readers.latex_words import words

_LEVELS = {"part": 1, "chapter": 2, "section": 3, "subsection": 4, "subsubsection": 5, "paragraph": 6, "frametitle": 6}
_MATHS = "equation align gather multline flalign alignat eqnarray displaymath math dmath IEEEeqnarray".split()
_SIMPLE_MATHS = {"equation", "displaymath", "math", "dmath"}
_LISTS = ("itemize", "enumerate", "description", "compactitem", "compactenum", "tasks")
_TABLES = ("tabular", "tabularx", "tabular*", "longtable", "array", "tabulary", "tblr", "supertabular")
_DROPPED = ("tikzpicture", "pgfpicture", "picture", "filecontents", "filecontents*", "forest", "circuitikz")
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_DEEPEST = 40
_TOKEN = re.compile(
    r"\\begin\s*\{([A-Za-z*]+)\}|\\(part|chapter|section|subsection|subsubsection|paragraph|frametitle)\*?\s*(?:\[[^\]]*\])?\s*(?=\{)"
    r"|(\\\[)|(\$\$)|\\includegraphics\*?\s*(?:\[[^\]]*\])?\s*(?=(\{))|\\caption(?:of\{\w+\})?\*?\s*(?:\[[^\]]*\])?\s*(?=(\{))|(\n\s*\n)|\\(?:bigskip|medskip|newpage|clearpage|par)\b"
)  # fmt: skip


def read_latex(source: Source) -> Document:
    """Reads a .tex file with what it includes from inside the course. Raises UnreadableDocument."""
    found = Gathering(source)
    text = expanded(loaded(source, found))
    title = _title(text)
    begin, end = re.search(r"\\begin\{document\}", text), re.search(r"\\end\{document\}", text)
    if begin is None and "\\documentclass" in text:
        raise UnreadableDocument(
            f"{source.name} ends before its text begins. Copy it again, whole, and add that.",
            code="document_damaged",
            name=source.name,
        )
    body = text[begin.end() if begin else 0 : end.start() if end else len(text)]
    _Reading(found, _numbers(body), _folders(text)).take(body)
    return found.document("latex", title=title)


class _Reading:
    """One source while it is read; `numbers` are those of what is labelled, `folders` where pictures lie."""

    def __init__(self, found: Gathering, numbers: dict[str, str], folders: tuple[str, ...]) -> None:
        self.found, self.numbers, self.folders = found, numbers, folders

    def words(self, tex: str) -> str:
        return words(tex, self.numbers)

    def take(self, text: str, depth: int = 0) -> None:
        """Adds everything in a stretch of the source."""
        place = 0
        said: list[str] = []

        def flush() -> None:
            self.found.add(self.words("".join(said)))
            said.clear()

        while match := _TOKEN.search(text, place):
            said.append(text[place : match.start()])
            place = match.end()
            if match[1]:
                inner, place = _environment(text, match)
                if match[1] == "math":
                    said.append(f"${inner.strip()}$")
                    continue
                flush()
                self.environment(match[1], inner, depth)
            elif match[2]:
                flush()
                inner, place = braced(text, place)
                self.found.add(self.words(inner), "heading", level=_LEVELS[match[2]])
            elif match[3] or match[4]:
                end = text.find(r"\]" if match[3] else "$$", place)
                end = len(text) if end < 0 else end
                flush()
                self.formula(text[place:end])
                place = end + 2
            elif match[5] or match[6]:
                flush()
                inner, place = braced(text, place)
                self.picture(inner, "") if match[5] else self.found.add(self.words(inner), "caption")
            else:
                flush()
        said.append(text[place:])
        flush()

    def environment(self, name: str, inner: str, depth: int) -> None:
        """What stands between \\begin and \\end."""
        plain = name.rstrip("*")
        if plain in _MATHS:
            self.formula(inner, "" if plain in _SIMPLE_MATHS else "gathered" if plain in ("gather", "multline") else "aligned")
        elif name in VERBATIM:
            self.code(name, inner)
        elif plain in ("figure", "wrapfigure", "SCfigure", "marginfigure"):
            self.figure(inner, depth)
        elif name in _LISTS:
            self.found.add("\n".join(self.items(name, inner, 0)))
        elif name in _TABLES:
            self.table(name, inner)
        elif name in _DROPPED:
            if "file" not in name:
                self.found.warnings.append(f"A drawing written in LaTeX ({name}) was left out; a picture of it can be read.")
        elif depth < _DEEPEST:
            self.take(self.opened(name, inner), depth + 1)
        else:
            self.found.add(self.words(inner))

    def opened(self, name: str, inner: str) -> str:
        """The inside of any other environment, with what its opening says in words: a theorem's name, a frame's title."""
        inner = inner.lstrip()
        if name == "frame":
            inner = re.sub(r"^(?:<[^>]*>|\[[^\]]*\])+", "", inner)
            return f"\\frametitle{inner}" if inner.startswith("{") else inner
        if name in ("block", "alertblock", "exampleblock") and inner.startswith("{"):
            title, end = braced(inner, 0)
            return f"{title}: {inner[end:]}"
        option = re.match(r"\[([^\]]*)\]", inner)
        if re.match(r"(?:theorem|lemma|definition|corollary|proposition|example|exercise|remark|proof|problem|solution|axiom)\b", name):
            return f"{name.capitalize()}{f' ({option[1]})' if option else ''}. {inner[option.end() :] if option else inner}"
        if name in ("minipage", "column", "multicols", "wraptable", "adjustbox", "thebibliography"):
            inner = re.sub(r"^(?:\[[^\]]*\])*\{[^{}]*\}", "", inner)
        return inner[option.end() :] if option else inner

    def formula(self, tex: str, around: str = "") -> None:
        """A formula on its own; alignment signs need an environment around them to be set."""
        tex = re.sub(r"\\label\s*\{[^}]*\}|\\(?:nonumber|notag)\b|\\qed(?:here)?\b", "", tex)
        tex = " ".join(tex.split()).removesuffix(r"\\").strip()
        if not tex:
            return
        if around and ("&" in tex or r"\\" in tex):
            tex = f"\\begin{{{around}}} {tex} \\end{{{around}}}"
        self.found.add(f"$${tex}$$", "formula")

    def code(self, name: str, inner: str) -> None:
        language = ""
        if name == "minted":
            option = re.match(r"\s*(?:\[[^\]]*\])?\s*\{([\w+#-]*)\}", inner)
            language, inner = (option[1], inner[option.end() :]) if option else ("", inner)
        elif option := re.match(r"\s*\[([^\]]*)\]", inner):
            given = re.search(r"language\s*=\s*\{?(?:\[[^\]]*\])?\s*([\w+#]+)", option[1])
            caption = re.search(r"caption\s*=\s*\{?([^,}\]]+)", option[1])
            language, inner = (given[1].lower() if given else ""), inner[option.end() :]
            self.found.add(self.words(caption[1]) if caption else "", "caption")
        self.found.add(f"```{language}\n{inner.strip(chr(10)).rstrip()}\n```" if inner.strip() else "", "code")

    def figure(self, inner: str, depth: int) -> None:
        """A figure's pictures with its caption; without pictures whatever else it holds."""
        caption = next((braced(inner, m.end())[0] for m in re.finditer(r"\\caption\*?\s*(?:\[[^\]]*\])?\s*(?=\{)", inner)), "")
        files = [braced(inner, m.end())[0] for m in re.finditer(r"\\includegraphics\*?\s*(?:\[[^\]]*\])?\s*(?=\{)", inner)]
        label = next((key for key in re.findall(r"\\label\s*\{([^}]*)\}", inner) if key in self.numbers), None)
        text = self.words(caption)
        if text and label:
            text = f"Figure {self.numbers[label]}. {text}"  # as printed, and as the text refers to it
        if not files:
            self.take(inner.replace(f"{{{caption}}}", f"{{{text}}}", 1) if caption else inner, depth + 1)
        for number, file in enumerate(files):
            self.picture(file, text if number == 0 else "")

    def picture(self, file: str, caption: str) -> None:
        """A picture beside the source, in the folders and with the endings that LaTeX tries."""
        file = file.strip().strip('"')
        named = [file] if PurePosixPath(file).suffix.lower() in _PICTURES else [file + ending for ending in _PICTURES]
        for address in (f"{folder}{name}" for folder in ("", *self.folders) for name in named):
            try:
                data = self.found.beside(address)
            except UnreadableDocument:
                continue
            self.found.picture(data, caption, called=address)
            return
        self.found.warnings.append(
            f"The picture {file[:200]} was left out: no PNG or JPEG of that name lies in the course beside the file."
        )
        self.found.add(caption, "caption")

    def items(self, name: str, inner: str, level: int) -> list[str]:
        """The lines of a list, nested ones indented."""
        nested: list[list[str]] = []

        def put(match: re.Match[str]) -> str:
            nested.append(self.items(match[1], match[2], level + 1) if level < 8 else [match[2]])
            return f"\ue0fa{len(nested) - 1}\ue0fb"

        inner = _innermost_lists(re.sub(r"^\s*\[[^\]]*\]", "", inner), put)
        lines: list[str] = []
        for number, item in enumerate(re.split(r"\\(?:item|task)\b", inner)[1:], 1):
            option = re.match(r"\s*\[([^\]]*)\]", item)
            own, *rest = re.split(r"\ue0fa(\d+)\ue0fb", item[option.end() :] if option else item)
            mark = self.words(option[1]) + ("" if name != "description" else ":") if option else f"{number}." if "enum" in name else "-"
            lines.append(f"{'  ' * level}{mark} {' '.join(self.words(_one_line(own)).split())}")
            for place, text in zip(rest[::2], rest[1::2], strict=True):
                lines += nested[int(place)]
                lines += [f"{'  ' * (level + 1)}{line}" for line in (" ".join(self.words(_one_line(text)).split()),) if line]
        return lines

    def table(self, name: str, inner: str) -> None:
        """Rows and cells as Markdown; what sets lines, widths and colours is left out."""
        inner = re.sub(r"^\s*(?:\[[^\]]*\])?", "", inner)
        for _ in range(2 if name in ("tabularx", "tabular*", "tabulary") else 1):
            if (inner := inner.lstrip()).startswith("{"):
                inner = inner[braced(inner, 0)[1] :]
        inner = re.sub(r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|centering|noalign)\b", "", inner)
        inner = re.sub(r"\\(?:cline|cmidrule|rowcolor|cellcolor)(?:\([^)]*\))?(?:\[[^\]]*\])?\s*\{[^}]*\}|\\label\s*\{[^}]*\}", "", inner)
        rows = []
        for line in re.split(r"\\\\(?:\s*\[[^\]]*\])?|\\tabularnewline\b", inner):
            if line.strip():
                rows.append([self.cell(cell) for cell in re.split(r"(?<!\\)&", line)])
        self.found.add(table_text(spread(rows)), "table")

    def cell(self, tex: str) -> Cell:
        across = 1
        if match := re.match(r"\s*\\multicolumn\s*\{(\d{1,2})\}\s*\{[^{}]*\}\s*(?=\{)", tex):
            across, tex = int(match[1]), braced(tex, match.end())[0]
        if match := re.match(r"\s*\\multirow\s*(?:\[[^\]]*\])?\{(\d{1,3})\}\s*(?:\[[^\]]*\])?\{[^{}]*\}\s*(?=\{)", tex):
            tex = braced(tex, match.end())[0]  # the rows below leave their cells empty, so nothing is pushed aside
        return Cell(" ".join(self.words(_one_line(tex)).split()), max(1, across))


def _environment(text: str, begin: re.Match[str]) -> tuple[str, int]:
    """The inside of the environment that begins here, and where it ends; to the end of the text if it never does."""
    name = re.escape(begin[1])
    if begin[1] in VERBATIM:
        end = re.compile(rf"\\end\s*\{{{name}\}}").search(text, begin.end())
        return (text[begin.end() : end.start()], end.end()) if end else (text[begin.end() :], len(text))
    depth = 1
    for match in re.compile(rf"\\(begin|end)\s*\{{{name}\}}").finditer(text, begin.end()):
        depth += 1 if match[1] == "begin" else -1
        if depth == 0:
            return text[begin.end() : match.start()], match.end()
    return text[begin.end() :], len(text)


def _innermost_lists(text: str, put: Callable[[re.Match[str]], str]) -> str:
    """Replaces every list in a list; one that holds lists itself is replaced whole."""
    kinds = "|".join(_LISTS)
    start = re.compile(rf"\\begin\s*\{{({kinds})\}}")
    place = 0
    while begin := start.search(text, place):
        inner, end = _environment(text, begin)
        whole = re.fullmatch(r"(\w+)\ue0fc(.*)", f"{begin[1]}\ue0fc{inner}", re.DOTALL)
        stand_in = put(whole) if whole else ""
        text = text[: begin.start()] + stand_in + text[end:]
        place = begin.start() + len(stand_in)
    return text


def _one_line(tex: str) -> str:
    """Display formulas as inline ones, for where a line must stay one."""
    tex = re.sub(r"\\\[(.*?)\\\]|\$\$(.*?)\$\$", lambda m: f"${(m[1] or m[2] or '').strip()}$", tex, flags=re.DOTALL)
    maths = "|".join(_MATHS)
    tex = re.sub(rf"\\begin\{{({maths})\*?\}}(.*?)\\end\{{\1\*?\}}", lambda m: f"${m[2].strip()}$", tex, flags=re.DOTALL)
    return re.sub(r"\\(?:begin|end)\s*\{[^}]*\}", " ", tex)


def _title(text: str) -> str:
    match = re.search(r"\\title\s*(?:\[[^\]]*\])?\s*(?=\{)", text)
    return " ".join(words(braced(text, match.end())[0], {}).split()) if match else ""


def _folders(text: str) -> tuple[str, ...]:
    match = re.search(r"\\graphicspath\s*(?=\{)", text)
    return tuple(re.findall(r"\{([^{}]+)\}", braced(text, match.end())[0])) if match else ()


def _numbers(text: str) -> dict[str, str]:
    """Label -> the number that is printed, for figures, tables and equations numbered through the text."""
    numbers: dict[str, str] = {}
    for kind in ("figure", "table", "equation"):
        for count, match in enumerate(re.finditer(rf"\\begin\{{{kind}\}}(.*?)\\end\{{{kind}\}}", text, re.DOTALL), 1):
            for label in re.findall(r"\\label\s*\{([^}]*)\}", match[1]):
                numbers[label] = str(count)
    return numbers
