"""Markdown -> Document. Formulas stay LaTeX, tables stay Markdown, HTML becomes text, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from knowledge.documents import Document
from knowledge.readers import Source
from knowledge.readers.gathering import Gathering
from knowledge.readers.plain_text import text_of
from knowledge.readers.web import parse_page, take_page
from knowledge.readers.web_elements import raised

_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[A-Za-z][^<>]*>", re.DOTALL | re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>", re.IGNORECASE)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^((?:\s|>|[-*+]\s|\d+[.)]\s)*)(`{3,}|~{3,})(.*)$")
_COLONS = re.compile(r"^\s*:{3,}\s*(?:\{?[\w-]+\}?)?\s*(.*)$")
_ALERT = re.compile(r"^(\s*>\s*)\[![A-Za-z]+\][-+]?\s*$")
_HEADING_MARK = re.compile(r"\s*\{[#.:][^{}]*\}\s*$")
_STAND_IN = "\ue0f4"  # a character of no text, around the name of a tag that raises or lowers
_SUP = re.compile(r"<(/?su[bp])\s*>", re.IGNORECASE)
_RAISED = re.compile(rf"{_STAND_IN}(su[bp]){_STAND_IN}([^{_STAND_IN}]*){_STAND_IN}/\1{_STAND_IN}")
_RAISING = re.compile(rf"{_STAND_IN}/?su[bp]{_STAND_IN}")
_RAISED_HTML = re.compile(r"<(su[bp])\s*>([^<>]*)</\1\s*>", re.IGNORECASE)
_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def read_markdown(source: Source) -> Document:
    """Reads a Markdown file; relative pictures inside the course become figures, counted from 1."""
    found = Gathering(source)
    title = take_markdown(text_of(source), found)
    return found.document("markdown", title=title or "")


def take_markdown(text: str, found: Gathering) -> str | None:
    """Adds what a Markdown text says to what was found; returns the title in its front matter."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # without digits beside a dollar: "US$4 ... US$30" is no formula
    parser.use(front_matter_plugin).use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    title = None
    for node in SyntaxTreeNode(parser.parse(_mended(text))).children:
        if node.type == "front_matter" and (match := _FRONT_TITLE.search(node.content)):
            title = match.group(1)
        _take(node, found)
    return title


def _mended(text: str) -> str:
    """What authors write and CommonMark does not know: fences closed with too many spaces, and fences of colons."""
    lines, fence, indent = [], "", ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[2].startswith(fence) and not mark[3].strip():
                deep = not mark[1].strip() and len(mark[1]) > len(indent) + 3
                line, fence = f"{indent}{mark[2]}" if deep else line, ""  # else it would reach to the text's end
        elif mark and not (mark[2][0] == "`" and "`" in mark[3]):
            indent, fence = " " * len(mark[1]), mark[2]
        elif colons := _COLONS.match(line):
            line = f"\n{colons[1]}\n"
        lines.append(_ALERT.sub(r"\1", line) if not fence else line)
    return "\n".join(lines)


def _take(node: SyntaxTreeNode, found: Gathering) -> None:
    """Adds what one top-level node says."""
    if node.type == "heading":
        found.add(_HEADING_MARK.sub("", _inline(node)), "heading", level=int(node.tag[1]))
    elif node.type in ("fence", "code_block"):
        found.add(_fenced(node), "code")
    elif node.type in ("math_block", "math_block_label"):
        found.add(f"$${node.content.strip()}$$", "formula")
    elif node.type == "table":
        found.add(_table(node), "table")
    elif node.type == "html_block" and "<table" in _COMMENT.sub("", node.content).lower():
        take_page(parse_page(node.content, name=found.source.name), found)
        return  # with its pictures
    elif node.type == "html_block":
        found.add(_plain(node.content))
    elif node.type in ("bullet_list", "ordered_list"):
        found.add("\n".join(_list_lines(node)))
    elif node.type == "blockquote":
        for child in node.children:
            _take(child, found)
    elif node.type == "paragraph":
        formula = _only_formula(node)
        found.add(formula or _inline(node), "formula" if formula else "text")
    for address, alt in _pictures(node):
        if node.type != "blockquote":  # its children were taken one by one
            found.picture_at(address, description=alt)


def _inline(node: SyntaxTreeNode) -> str:
    """The words of a paragraph, heading or cell, with `$formulas$` and `code` kept as written."""
    words = _RAISED.sub(lambda found: raised(found[2], below=found[1] == "sub"), "".join(_inline_parts(node)))
    return re.sub(r"[ \t]*\n[ \t]*", "\n", _RAISING.sub("", words)).strip()


def _inline_parts(node: SyntaxTreeNode) -> Iterator[str]:
    if node.type == "text":
        yield node.content
    elif node.type == "code_inline":
        yield f"`{node.content}`"
    elif node.type == "math_inline":
        yield f"${node.content}$"
    elif node.type == "math_inline_double":
        yield f"$${node.content}$$"
    elif node.type == "softbreak":
        yield " "
    elif node.type == "hardbreak":
        yield "\n"
    elif node.type == "html_inline":
        if _BREAKS.match(node.content):
            yield "\n"
        elif mark := _SUP.fullmatch(node.content):
            yield f"{_STAND_IN}{mark[1].lower()}{_STAND_IN}"
        elif not _TAG.fullmatch(node.content):
            yield node.content
    elif node.type != "image":  # a picture's words become its caption
        for child in node.children:
            yield from _inline_parts(child)


def _only_formula(node: SyntaxTreeNode) -> str | None:
    """The formula of a paragraph that holds `$$...$$` and nothing else."""
    inline = node.children[0].children if node.children else []
    if len(inline) == 1 and inline[0].type == "math_inline_double":
        return f"$${inline[0].content.strip()}$$"
    return None


def _table(node: SyntaxTreeNode) -> str:
    rows = [row for part in node.children for row in part.children]
    cells = [[_inline(cell).replace("\n", " ").replace("|", "\\|") for cell in row.children] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    lines.insert(1, "|" + " --- |" * len(cells[0]))
    return "\n".join(lines)


def _list_lines(node: SyntaxTreeNode, depth: int = 0) -> Iterator[str]:
    """A list with its markers; nested lists are indented."""
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for index, item in enumerate(node.children):
        marker = "-" if start is None else f"{start + index}."
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _list_lines(child, depth + 1)
            elif child.type in ("fence", "code_block"):
                yield _fenced(child)
            elif child.type == "table":
                yield _table(child)
            elif text := _words(child):
                yield f"{'  ' * depth}{marker} {text}"
                marker = " "


def _fenced(node: SyntaxTreeNode) -> str:
    info = node.info.strip().split(" ")[0] if node.type == "fence" else ""
    return f"```{info}\n{node.content.rstrip()}\n```"


def _words(node: SyntaxTreeNode) -> str:
    """The words of what stands in a list's item."""
    if node.type in ("math_block", "math_block_label"):
        return f"$${node.content.strip()}$$"
    if node.type == "html_block":
        return _plain(node.content)
    if node.type == "blockquote":
        return "\n".join(filter(None, map(_words, node.children)))
    return _inline(node)


def _pictures(node: SyntaxTreeNode) -> Iterator[tuple[str, str]]:
    """Address and description of every picture under a node, HTML's included."""
    for inner in node.walk():
        if inner.type == "image":
            yield str(inner.attrs.get("src", "")), inner.content
        elif inner.type in ("html_inline", "html_block"):
            for tag in _IMG.findall(inner.content):
                found = {key.lower(): double or single for key, double, single in _ATTRIBUTE.findall(tag)}
                if found.get("src"):
                    yield unescape(found["src"]), unescape(found.get("alt", ""))


def _plain(html: str) -> str:
    """HTML as text: its tags, scripts and comments gone."""
    html = _RAISED_HTML.sub(lambda found: raised(found[2], below=found[1].lower() == "sub"), html)
    text = unescape(_TAG.sub("", _BREAKS.sub("\n", html)))
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"[ \t]+", " ", text)).strip()
