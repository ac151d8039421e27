"""Markdown as a model or a course wrote it -> HTML that is safe to show. Untrusted text comes in, nothing active gets out.

Raw HTML is shown as text, pictures are dropped (a picture's address could carry words out of the house), links open
only when clicked. Mathematics is left between \\( \\) and \\[ \\], which the page sets with KaTeX. A citation marker [n]
becomes whatever the caller makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html import escape

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.texmath import texmath_plugin

_MARKER = re.compile(r"\[(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\]")
# Private-use characters stand for a marker until the HTML has been cleaned; they are removed from what comes in.
_OPEN, _CLOSE, _BEGIN, _FINISH = "\ue000", "\ue001", "\ue002", "\ue003"
_STAND_INS = re.compile("[\ue000-\ue003]")
_INLINE_MATH = re.compile(r"\$([^$\n]+)\$")
_TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "table", "thead", "tbody", "tr", "th", "td", "span", "div", "sup", "sub", "mark",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "span": {"class"}, "div": {"class"}, "code": {"class"}, "ol": {"start"}}
_CELL_BORDER = re.compile(r"(?<!\\)\|")
# a whole row, or one that a quote begins or ends within; "|x| < |y|" is none
_ROW = re.compile(r"^\s*\|(?:\s.*\s\||[\s:|-]*)\s*$|^\s*\|\s.*\s\|\s|\s\|\s.*\s\|\s*$")
_RULE = re.compile(r":?-{3,}:?")
_MARKED = re.compile(_OPEN + r"(\d+)" + _CLOSE)
# A line must not break between the last word, its markers and the full stop.
_HELD_TOGETHER = re.compile(
    rf"(^|[^\w'’-])([\w'’-]{{0,14}})\s*((?:{_OPEN}\d+{_CLOSE}\s?)+)([.,;:!?。，；：！？]?)", re.ASCII
)


def to_html(text: str, on_marker: Callable[[int], str] | None = None, *, copy_label: str = "", quote: str = "") -> str:
    """Renders Markdown. `on_marker` gives the HTML for a marker [n]; without it markers stay as they are written.

    The first place where `quote` stands in the text is marked.
    """
    text = _with_quote(_STAND_INS.sub("", text), quote)
    html = _markdown(on_marker is not None).render(_brackets_to_dollars(text))
    html = html.replace(_BEGIN, "<mark>").replace(_FINISH, "</mark>")
    html = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow", set_tag_attribute_values={"a": {"target": "_blank"}},
    )  # fmt: skip
    if on_marker is not None:
        html = _HELD_TOGETHER.sub(r'\1<span class="cm-held">\2\3\4</span>', html)
        html = _MARKED.sub(lambda found: on_marker(int(found[1])), html)
    return _with_copy_buttons(html, copy_label) if copy_label else html


def marked_lines(text: str, quote: str = "") -> str:
    """Plain text as HTML: escaped, line by line, with the quote marked."""
    html = escape(_with_quote(_STAND_INS.sub("", text.strip()), quote)).replace("\n", "<br>")
    return html.replace(_BEGIN, "<mark>").replace(_FINISH, "</mark>")


def inline_text(text: str) -> str:
    """One line of a course's text as HTML: escaped, its $mathematics$ between \\( \\)."""
    return _INLINE_MATH.sub(lambda found: rf"\({found[1]}\)", escape(" ".join(text.split())))


def readable_rows(text: str) -> str:
    """Rows of a Markdown table as one reads them aloud, "water · 1.33; glass · 1.52"; other text as it is."""
    rows: list[str] = []
    lines: list[str] = []
    for line in text.split("\n"):
        cells = [cell.strip().replace(r"\|", "|") for cell in _CELL_BORDER.split(line.strip()) if cell.strip()]
        if not _ROW.search(line) or not cells:
            lines += ["; ".join(rows)] * bool(rows) + [line]
            rows = []
        elif not all(_RULE.fullmatch(cell) for cell in cells):
            rows.append(" · ".join(cells))
    return "\n".join(lines + ["; ".join(rows)] * bool(rows))


@cache
def _markdown(markers: bool) -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": False}).enable(["table", "strikethrough"])
    markdown.disable("image")
    markdown.use(dollarmath_plugin, allow_digits=False, double_inline=True)
    markdown.use(texmath_plugin, delimiters="brackets")
    rules = {"math_inline": r"\({}\)", "math_inline_double": r"\[{}\]", "math_block": r"\[{}\]"}
    for name, form in rules.items():
        markdown.add_render_rule(name, _math(form))
    for side in ("heading_open", "heading_close"):
        markdown.add_render_rule(side, _lower_heading)
    if markers:
        markdown.core.ruler.push("citation_markers", _find_markers)
    return markdown


def _brackets_to_dollars(text: str) -> str:
    r"""Display mathematics in \[ \] across lines as $$ $$, the only form of a block that the parser takes inside text."""
    return re.sub(r"\\\[(.+?)\\\]", lambda found: f"$${found[1].strip()}$$", text, flags=re.DOTALL)


def _math(form: str) -> Callable:
    def render(_self, tokens, index, _options, _env) -> str:
        display = form.startswith(r"\[")
        tag, name = ("div", "math display") if display else ("span", "math")
        content = tokens[index].content
        formula = f'<{tag} class="{name}">{form.format(escape(_STAND_INS.sub("", content).strip()))}</{tag}>'
        return ("" if _BEGIN not in content else _BEGIN) + formula + ("" if _FINISH not in content else _FINISH)

    return render


def _lower_heading(self, tokens, index, options, env) -> str:
    """A heading inside an answer must not compete with the page's own."""
    token = tokens[index]
    token.tag = f"h{min(6, max(3, int(token.tag[1]) + 2))}" if token.tag in ("h1", "h2", "h3", "h4") else "h6"
    return self.renderToken(tokens, index, options, env)


def _with_quote(text: str, quote: str) -> str:
    """The text with stand-ins around the quote, block by block: a mark must not reach over the end of a paragraph."""
    start = text.find(quote) if quote else -1
    if start < 0:
        return text
    pieces = re.split(r"(\n\s*\n|\n)", quote)
    marked = "".join(f"{_BEGIN}{piece}{_FINISH}" if piece.strip() else piece for piece in pieces)
    return text[:start] + marked + text[start + len(quote) :]


def _find_markers(state) -> None:
    """[1] and [1, 2] in running text (never in code or mathematics) become the characters that stand for a marker."""
    for block in state.tokens:
        for token in block.children or ():
            if token.type == "text":
                token.content = _MARKER.sub(_stand_in, token.content)


def _stand_in(found: re.Match) -> str:
    return "".join(f"{_OPEN}{number}{_CLOSE}" for number in re.findall(r"\d+", found[1]))


def _with_copy_buttons(html: str, label: str) -> str:
    button = f'<button class="cm-copy" data-copy>{escape(label)}</button>'
    return html.replace("<pre>", f'<div class="cm-code">{button}<pre tabindex="0">').replace("</pre>", "</pre></div>")
