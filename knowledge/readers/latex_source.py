"""The text of a LaTeX source: its included files, without comments, with its simple macros written out.

Nothing is run: a macro is replaced by its words, so far as its definition is plain and the text does not explode.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from knowledge.errors import UnreadableDocument
from knowledge.readers import Source
from knowledge.readers.gathering import Gathering
from knowledge.readers.plain_text import MOST_BYTES, decoded, text_of

VERBATIM = ("verbatim", "verbatim*", "Verbatim", "lstlisting", "minted", "alltt")
_INCLUDE = re.compile(r"\\(?:input|include|subfile)\s*\{([^{}]+)\}")
_LISTING = re.compile(
    r"\\begin\{(?P<name>" + "|".join(re.escape(name) for name in VERBATIM) + r")\}|\\verb\*?(?P<mark>[^A-Za-z\s*])[^\n]*?(?P=mark)"
)
_LEFT_OUT = re.compile(r"\\begin\{comment\}.*?\\end\{comment\}|\\iffalse\b.*?\\fi\b", re.DOTALL)
_MOST_INCLUDED = 200
_MOST_ROUNDS = 6  # macros within macros
_DEFINED = re.compile(r"\\(?:(?:re|provide)?newcommand|DeclareRobustCommand)\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(\[\d\](?:\[[^\]]*\])?)?\s*(?=\{)")
_DEF = re.compile(r"\\def\s*(\\[A-Za-z]+)\s*(?=\{)")
_OPERATOR = re.compile(r"\\DeclareMathOperator(\*?)\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(?=\{)")


def loaded(source: Source, found: Gathering) -> str:
    """The whole text with its included files in place; what lies outside the course stays out, with a warning."""
    count, size = 0, 0

    def included(text: str, inside: tuple[str, ...]) -> str:
        def put(match: re.Match[str]) -> str:
            nonlocal count, size
            name = match[1].strip()
            path = name if re.search(r"\.\w{1,5}$", name) else f"{name}.tex"
            count += 1
            if path in inside or count > _MOST_INCLUDED or size > MOST_BYTES:
                return ""
            try:
                data = found.beside(path)
                inner = decoded(data, name=path)
            except (UnreadableDocument, OSError) as error:  # the rest of the document is still worth reading
                found.warnings.append(str(error).replace("The picture ", "The included file "))
                return ""
            size += len(data)
            return included(without_comments(inner), (*inside, path))

        return _INCLUDE.sub(put, text)

    return included(without_comments(text_of(source)), (source.path.name,))


def without_comments(text: str) -> str:
    """The text without what follows a per cent sign, except in listings."""
    kept: list[str] = []
    place = 0
    never_end: set[str] = set()  # looked for once: a text that only opens listings is not searched again and again
    for match in _LISTING.finditer(text):
        name = match["name"]
        before = text[max(place, match.start() - 2000) : match.start()]  # of one line, in any file that a person wrote
        line = before[before.rfind("\n") + 1 :]
        if match.start() < place or name in never_end or re.search(r"(?<!\\)%", line):
            continue
        ending = f"\\end{{{name}}}"
        end = text.find(ending, match.end()) + len(ending) if name else match.end()
        if name and end < match.end():
            never_end.add(name)
            continue
        kept += [_uncommented(text[place : match.start()]), text[match.start() : end]]
        place = end
    text = "".join([*kept, _uncommented(text[place:])])
    return _LEFT_OUT.sub("", text)


def _uncommented(text: str) -> str:
    text = re.sub(r"(?m)^[ \t]*%.*\n?", "", text)
    return re.sub(r"(?<!\\)((?:\\\\)*)%.*\n?[ \t]*", r"\1", text)


def expanded(text: str) -> str:
    """The text with its macros without arguments written out, and their definitions gone."""
    macros: dict[str, str] = {}
    text = _collect(text, _DEFINED, lambda m, body: macros.setdefault(m[1], body) if not m[2] else None)
    text = _collect(text, _DEF, lambda m, body: macros.setdefault(m[1], body))
    text = _collect(text, _OPERATOR, lambda m, body: macros.setdefault(m[2], rf"\operatorname{m[1]}{{{body}}}"))
    if not macros:
        return text
    names = re.compile("(" + "|".join(re.escape(name) for name in sorted(macros, key=len, reverse=True)) + r")(?![A-Za-z])(?:\{\})?")
    limit = 2 * len(text) + 100_000
    for _ in range(_MOST_ROUNDS):
        # a bound on one round's growth is found before it is written: each use adds what its macro holds
        growth = sum(len(macros[use]) for use in names.findall(text))
        if not growth or len(text) + growth > limit:
            break
        text = names.sub(lambda m: macros[m[1]], text)
    return text


def braced(text: str, start: int) -> tuple[str, int]:
    """What stands in the braces that open at `start`, and where they end; all that is left when they never close."""
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                return text[start + 1 : match.start()], match.end()
    return text[start + 1 :], len(text)


def _collect(text: str, pattern: re.Pattern[str], keep: Callable[[re.Match[str], str], object]) -> str:
    """Hands every definition and its body to `keep`; returns the text without them."""
    parts, place = [], 0
    while match := pattern.search(text, place):
        body, end = braced(text, match.end())
        keep(match, body)
        parts.append(text[place : match.start()])
        place = end
    return "".join([*parts, text[place:]])
