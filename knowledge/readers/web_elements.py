"""What the elements of a web page mean: which are for the browser alone, which are formulas, code, or plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.readers.equations import mathml_to_latex
from knowledge.readers.markup import Element, tag

_DEEPEST = 150  # elements within elements
_DROPPED = set(
    "script style template noscript nav footer iframe object embed head button select input textarea svg canvas audio "
    "video dialog link meta rp rt".split()
)
_ROLES = {"navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "doc-toc", "doc-backlink"}
_FURNITURE = re.compile(
    r"(?:^|\s)(?:nav|navbar|navigation|navbox|sidebar|breadcrumbs?|toc|footer|menu|headerlink|anchorjs-link|mw-editsection|"
    r"mw-jump-link|noprint|skip-link|sr-only|visually-hidden|cookie\S*|reference-link|prompt|linenos?|lineno|gutter)(?:\s|$)",
    re.IGNORECASE,
)
_MAY_BE_FURNITURE = set("div section ul ol a span aside td table p".split())
_LANGUAGE = re.compile(r"(?:^|\s)(?:(?:language|lang|highlight-source|highlight)-|brush: ?)([A-Za-z][\w+#]*)")
_TEX = re.compile(r"\\\(((?:[^\\]|\\[^()])+)\\\)|\\\[(.+?)\\\]", re.DOTALL)
HARD_SPACE = "\ue0ff"  # a character of no page
_SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def raised(text: str, *, below: bool = False) -> str:
    """Superscript or subscript digits and signs; letters as they are, as in 1st."""
    turned = text.strip().replace("−", "-").translate(_SUBSCRIPTS if below else _SUPERSCRIPTS)
    return turned if turned and not re.search(r"[A-Za-z0-9]", turned) else text


def is_dropped(element: Element) -> bool:
    """Whether an element is for the browser or for finding one's way, not for reading."""
    name = tag(element)
    if name in _DROPPED or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if element.get("role") in _ROLES or "display:none" in element.get("style", "").replace(" ", "").lower():
        return True
    if name == "header" and tag(element.getparent()) == "body":
        return not any(tag(inner) == "h1" for inner in element.iter())
    return name in _MAY_BE_FURNITURE and bool(
        _FURNITURE.search(element.get("class", "")) or _FURNITURE.search(element.get("id", ""))
    )


def formula_of(element: Element) -> str | None:
    """A formula as `$...$` or `$$...$$` if the element is one: MathML, KaTeX, MathJax, or a picture of one."""
    name, classes = tag(element), element.get("class", "").split()
    if name == "math":
        display = element.get("display") == "block" or element.get("mode") == "display"
        return dollars(mathml_to_latex(element), display=display)
    if "katex" in classes or "katex-display" in classes or name == "mjx-container" or "mwe-math-element" in classes:
        math = next((inner for inner in element.iter() if tag(inner) == "math"), None)
        if math is None:
            return None if name != "mjx-container" else ""
        display = "katex-display" in classes or element.get("display") == "true" or math.get("display") == "block"
        return dollars(mathml_to_latex(math), display=display)
    if any(word in ("MathJax_Preview", "MathJax", "MathJax_Display") for word in classes):
        return ""  # what is shown until, or instead of, the script beside it, which holds the TeX
    if name == "img" and {"tex", "latex", "math", "mwe-math-fallback-image-inline"} & set(classes):
        return dollars(element.get("alt", "").strip("$ "), display=False)
    return None


def is_tex_script(element: Element) -> bool:
    return tag(element) == "script" and element.get("type", "").lower().startswith("math/tex")


def dollars(tex: str, *, display: bool) -> str:
    tex = " ".join(tex.split())
    if not tex:
        return ""
    return f"\v$${tex}$$\v" if display else f"${tex}$"


def text_from(raw: str) -> str:
    """Words with single spaces; a vertical tab stands for a line break that is meant."""
    raw = raw.replace("\u00ad", "").replace("\u200b", "")
    lines = [re.sub(r"[ \t\r\n\f\u00a0]+", " ", line).strip(" ") for line in raw.split("\v")]
    text = "\n".join(line for line in lines if line).replace(HARD_SPACE, " ")
    return _TEX.sub(lambda found: f"${found[1].strip()}$" if found[1] else f"$${found[2].strip()}$$", text)


def code_of(element: Element) -> str:
    """A listing with its language, if a class names one."""
    classes = " ".join(
        inner.get("class", "") for inner in (element, *list(element)[:1], element.getparent(), _grandparent(element))
        if inner is not None
    )  # fmt: skip
    language = next((found for found in _LANGUAGE.findall(classes) if found not in ("text", "none", "default")), "")
    text = "".join(_listing(element, 0)).replace("\u00a0", " ").strip("\n").rstrip()
    return f"```{language}\n{text}\n```" if text.strip() else ""


def _listing(element: Element, depth: int) -> Iterator[str]:
    """The characters of code, every space kept; line numbers and prompts are none of it."""
    yield element.text or ""
    for inner in element:
        if tag(inner) == "br":
            yield "\n"
        elif tag(inner) and depth < _DEEPEST and not is_dropped(inner):
            yield from _listing(inner, depth + 1)
        yield inner.tail or ""


def _grandparent(element: Element) -> Element | None:
    parent = element.getparent()
    return parent.getparent() if parent is not None else None


def code_of_listing(table: Element) -> Element | None:
    """The code in a table that is only there to put line numbers beside it."""
    listings = [inner for inner in table.iter() if tag(inner) == "pre"]
    numbers = [pre for pre in listings if re.fullmatch(r"[\d\s]*", "".join(pre.itertext()))]
    return next((pre for pre in listings if pre not in numbers), None) if len(listings) == 2 and len(numbers) == 1 else None
