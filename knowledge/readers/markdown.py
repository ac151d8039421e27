"""Markdown and plain text -> Document. Formulas stay LaTeX, tables stay Markdown, HTML becomes text, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from knowledge.documents import Block, Document, Figure, Locator
from knowledge.errors import InvalidPicture, UnreadableDocument
from knowledge.language import detect_language
from knowledge.picture import decode_picture
from knowledge.readers import Source

MOST_BYTES = 10_000_000  # of text: some ten thousand pages
_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[A-Za-z][^<>]*>", re.DOTALL | re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>", re.IGNORECASE)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def read_markdown(source: Source) -> Document:
    """Reads a Markdown file; relative pictures inside the course become figures, counted from 1."""
    return _Reading(source).document(_text_of(source))


def read_text(source: Source) -> Document:
    """Reads plain text: paragraphs are what blank lines part."""
    text = _text_of(source)
    paragraphs = [piece.strip() for piece in re.split(r"\n\s*\n", text)]
    blocks = tuple(Block(piece, Locator()) for piece in paragraphs if piece)
    return Document(
        path=source.name,
        title=Path(source.name).stem,
        kind="text",
        language=detect_language(text, source.language),
        blocks=blocks,
        warnings=() if blocks else ("The file holds no text.",),
    )


def _text_of(source: Source) -> str:
    """The file's text: UTF-8, UTF-16 with its mark, or GB18030, in which older Chinese files are kept."""
    if source.path.stat().st_size > MOST_BYTES:
        raise UnreadableDocument(
            f"{source.name} is larger than {MOST_BYTES // 1_000_000} MB of text. Split it and add the parts.",
            code="document_too_large",
            name=source.name,
            limit=f"{MOST_BYTES // 1_000_000} MB",
        )
    data = source.path.read_bytes()
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise UnreadableDocument(
        f"{source.name} is text in an encoding that is not known. Save it as UTF-8 and add it again.",
        code="document_encoding",
        name=source.name,
    )


class _Reading:
    """One Markdown file while it is read: the blocks, figures and warnings found so far, and the heading above."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.figures: list[Figure] = []
        self.warnings: list[str] = []
        self.heading: str | None = None

    def document(self, text: str) -> Document:
        parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        parser.use(front_matter_plugin).use(dollarmath_plugin, allow_space=False, double_inline=True)
        title = None
        for node in SyntaxTreeNode(parser.parse(text)).children:
            if node.type == "front_matter" and (match := _FRONT_TITLE.search(node.content)):
                title = match.group(1)
            self.take(node)
        heads = [block for block in self.blocks if block.kind == "heading"]
        top = min(heads, key=lambda block: block.level, default=None)
        return Document(
            path=self.source.name,
            title=title or (top.text if top else Path(self.source.name).stem),
            kind="markdown",
            language=detect_language(" ".join(block.text for block in self.blocks), self.source.language),
            blocks=tuple(self.blocks),
            figures=tuple(self.figures),
            warnings=tuple(self.warnings) if self.blocks else ("The file holds no text.",),
        )

    def take(self, node: SyntaxTreeNode) -> None:
        """Adds what one top-level node says."""
        if node.type == "heading":
            text = _inline(node)
            self.heading = text or self.heading
            self.add(text, "heading", level=int(node.tag[1]))
        elif node.type in ("fence", "code_block"):
            info = node.info.strip().split(" ")[0] if node.type == "fence" else ""
            self.add(f"```{info}\n{node.content.rstrip()}\n```", "code")
        elif node.type in ("math_block", "math_block_label"):
            self.add(f"$${node.content.strip()}$$", "formula")
        elif node.type == "table":
            self.add(_table(node), "table")
        elif node.type == "html_block":
            self.add(_plain(node.content))
        elif node.type in ("bullet_list", "ordered_list"):
            self.add("\n".join(_list_lines(node)))
        elif node.type == "blockquote":
            for child in node.children:
                self.take(child)
        elif node.type == "paragraph":
            formula = _only_formula(node)
            self.add(formula or _inline(node), "formula" if formula else "text")
        for address, alt in _pictures(node):
            if node.type != "blockquote":  # its children were taken one by one
                self.attach(address, alt)

    def add(self, text: str, kind: str = "text", *, level: int = 0) -> None:
        if text := text.strip():
            self.blocks.append(Block(text, Locator(heading=self.heading), kind, level))

    def attach(self, address: str, alt: str) -> None:
        """Adds a picture that lies inside the course as a figure, and its caption; else says why not."""
        number = len(self.figures) + 1
        try:
            path = self.inside(address)
        except UnreadableDocument as error:
            self.warnings.append(str(error))
            self.add(alt, "caption")
            return
        try:
            picture = decode_picture(path.read_bytes(), name=address)
        except (InvalidPicture, OSError) as error:
            self.warnings.append(f"The picture {address} was left out: {error}")
            self.add(alt, "caption")
            return
        locator = Locator(heading=self.heading, figure=number)
        seen = self.source.seer.look(picture).text if self.source.seer else ""
        self.figures.append(Figure(locator, picture.data, caption=alt, text=seen))
        text = "\n".join(part for part in (alt, seen) if part)
        if text:
            self.blocks.append(Block(text, locator, "caption"))

    def inside(self, address: str) -> Path:
        """The file that a relative address names. Raises UnreadableDocument when it is elsewhere or not there."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address.startswith("/"):
            raise self.left_out(address, "it lies outside the course, and nothing is fetched")
        try:
            root = self.source.root.resolve()
            path = (self.source.path.parent / unquote(parts.path)).resolve()
        except (OSError, ValueError) as error:
            raise self.left_out(address, "its address is no file's") from error
        if not path.is_relative_to(root):
            raise self.left_out(address, "it lies outside the course's folder")
        if not path.is_file():
            raise self.left_out(address, "there is no such file in the course")
        return path

    def left_out(self, address: str, reason: str) -> UnreadableDocument:
        return UnreadableDocument(
            f"The picture {address[:200]} was left out: {reason}.", code="picture_left_out", name=self.source.name
        )


def _inline(node: SyntaxTreeNode) -> str:
    """The words of a paragraph, heading or cell, with `$formulas$` and `code` kept as written."""
    return re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(_inline_parts(node))).strip()


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
                yield f"```\n{child.content.rstrip()}\n```"
            elif child.type == "table":
                yield _table(child)
            elif text := _inline(child):
                yield f"{'  ' * depth}{marker} {text}"
                marker = " "


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
    text = unescape(_TAG.sub("", _BREAKS.sub("\n", html)))
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"[ \t]+", " ", text)).strip()
